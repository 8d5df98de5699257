"""The command: help, exit codes, JSON on stdout, talk on stderr."""

import json
import subprocess
import sys

import pytest

from shuibei_index.cli import main
from shuibei_index.cli.main import VERBS


def call(capsys, *arguments):
    code = main(list(arguments))
    out = capsys.readouterr()
    return code, out.out, out.err


@pytest.mark.parametrize("verb", VERBS)
def test_every_verb_has_help_with_examples(verb, capsys):
    with pytest.raises(SystemExit) as stop:
        main([verb, "--help"])
    out = capsys.readouterr().out
    assert stop.value.code == 0 and f"shuibei-index {verb}" in out and "examples:" in out


def test_help_starts_without_the_heavy_libraries():
    code = "import sys, shuibei_index.cli as c\ntry:\n c.main(['--help'])\nexcept SystemExit:\n pass\n"
    code += "bad = {'pandas', 'numpy', 'pyarrow', 'matplotlib', 'scipy'} & set(sys.modules)\nassert not bad, bad"
    subprocess.run([sys.executable, "-c", code], check=True, capture_output=True)


def test_wrong_usage_is_exit_2(capsys, tmp_path):
    with pytest.raises(SystemExit) as stop:
        main(["compute"])
    assert stop.value.code == 2
    assert call(capsys, "intake", "--workspace", str(tmp_path), "--month", "2025-06")[0] == 2
    code, _, err = call(capsys, "run", "--workspace", str(tmp_path))
    assert code == 2 and "请给出 --month" in err and "--from and --to" in err
    code, _, err = call(capsys, "compile", "--workspace", str(tmp_path), "--month", "2025-06")
    assert code == 2 and "不是工作区" in err and "workspace.toml is missing" in err
    call(capsys, "init", str(tmp_path / "ws"))
    for month in ("2025-13", "2025-6", "June"):
        code, _, err = call(capsys, "intake", "--workspace", str(tmp_path / "ws"), "--month", month)
        assert code == 2 and "应为 YYYY-MM" in err and "expected YYYY-MM" in err
    code, out, _ = call(capsys, "run", "--workspace", str(tmp_path / "ws"), "--month", "2025-13", "--json")
    assert code == 2 and json.loads(out)["exit_code"] == 2


def test_init_makes_a_workspace_that_opens_and_refuses_a_full_folder(capsys, tmp_path):
    from shuibei_index.workspace import Workspace

    code, out, _ = call(capsys, "init", str(tmp_path / "ws"), "--base-period", "2019", "--trial")
    assert code == 0 and "workspace.toml" in out
    workspace = Workspace.open(tmp_path / "ws")
    assert workspace.settings.base_period == "2019" and workspace.settings.trial
    assert len(workspace.panel()) == len(workspace.weights()) == len(workspace.metal_prices()) == 0
    assert call(capsys, "init", str(tmp_path / "ws"))[0] == 2


def test_rules_show_and_check(capsys):
    code, out, _ = call(capsys, "rules", "show", "--at", "2025-06", "--rule", "vat_rate", "--json")
    assert code == 0 and json.loads(out)[0]["value"] == 13.0
    assert call(capsys, "rules", "show", "--at", "2025-06", "--rule", "vat_rat")[0] == 2
    code, out, _ = call(capsys, "rules", "check", "--json")
    assert code == 0 and len(json.loads(out)["digest"]) == 64
    assert call(capsys, "rules", "show", "--at", "1990-01")[0] == 1


def test_round_trip_by_commands(capsys, tmp_path):
    ws = str(tmp_path / "ws")
    options = ["--from", "2023-11", "--to", "2024-02", "--seed", "4", "--firms", "6", "--json"]
    code, out, _ = call(capsys, "simulate", ws, *options)
    assert code == 0 and json.loads(out)["seed"] == 4
    for month in ("2023-11", "2023-12", "2024-01", "2024-02"):
        code, out, _ = call(capsys, "intake", "--workspace", ws, "--month", month, "--json")
        counts = json.loads(out)
        assert code == 0 and counts["month"] == month
        assert counts["records_read"] == counts["accepted"] + counts["held"] + counts["rejected"]
        assert call(capsys, "validate", "--workspace", ws, "--month", month)[0] == 0
    code, out, _ = call(capsys, "compile", "--workspace", ws, "--month", "2024-02", "--json")
    assert code == 0 and json.loads(out)["indices"][0]["class_code"] == "00"
    code, out, _ = call(capsys, "adjust", "--workspace", ws, "--month", "2024-02", "--json")
    refused = json.loads(out)["diagnostics"]
    # four months are too few; what metal makes is not adjusted, by rule
    assert code == 0 and {d["status"] for d in refused} == {"refused", "not_adjusted"}
    assert all(d["reason_zh"] and d["reason_en"] for d in refused)
    code, out, _ = call(capsys, "release", "--workspace", ws, "--month", "2024-02", "--out", str(tmp_path / "copy"))
    assert code == 0 and "2024-02" in out
    code, out, _ = call(capsys, "verify", str(tmp_path / "copy"), "--workspace", ws, "--json")
    assert code == 0 and json.loads(out)["recomputed"] and json.loads(out)["ok"]
    code, out, _ = call(capsys, "explain", "0101", "--workspace", ws, "--month", "2024-02", "--json")
    found = json.loads(out)
    assert sum(p["points_pp"] for p in found["parts"]) == pytest.approx(found["change_pct"], abs=1e-9)
    code, out, _ = call(capsys, "explain", "01010101", "--workspace", ws, "--month", "2024-02")
    assert code == 0 and "规格品" in out
    assert call(capsys, "explain", "0199", "--workspace", ws, "--month", "2024-02")[0] == 2


def test_gate_not_met_is_exit_3(capsys, tmp_path):
    ws = str(tmp_path / "ws")
    options = ["--from", "2024-01", "--to", "2024-02", "--seed", "4", "--firms", "6", "--json", "--response", "1"]
    call(capsys, "simulate", ws, *options, "--late", "0")
    files = sorted((tmp_path / "ws" / "inbox" / "2024-02").iterdir())
    for path in files[1:]:
        path.unlink()
    code, out, err = call(capsys, "run", "--workspace", ws, "--from", "2024-01", "--to", "2024-02", "--json")
    assert code == 3 and json.loads(out)["exit_code"] == 3
    assert "gate_response_count" in err and "回收率" in err
    assert not (tmp_path / "ws" / "releases").exists()


LOUD = """
import os, sys
from shuibei_index.cli.main import main
from shuibei_index.pipeline import calendar
planned = calendar.planned
def loud(*given, **more):
    os.write(1, b"a library prints")
    return planned(*given, **more)
calendar.planned = loud
sys.argv = ["shuibei-index", "calendar", "--year", "2026", "--json"]
sys.exit(main())
"""


def test_what_a_library_prints_is_no_part_of_a_result():
    done = subprocess.run([sys.executable, "-c", LOUD], capture_output=True, check=True)
    assert len(json.loads(done.stdout)) >= 12 and b"a library prints" in done.stderr
