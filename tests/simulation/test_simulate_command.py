"""Options of the command: kinds of mistakes, and any number of the settings."""

from __future__ import annotations

import pandas as pd

from shuibei_index.cli import main

SPAN = ("--from", "2024-01", "--to", "2024-02", "--seed", "4", "--firms", "8", "--mistakes", "0.3")


def test_kinds_and_numbers(tmp_path, capsys):
    chosen = ("--kinds", "tax_flag, charge_doubled", "--set", "deal_log_sd=0.012", "--set", "copied=0.1")
    assert main(["simulate", str(tmp_path / "a"), *SPAN, *chosen]) == 0
    key = pd.read_csv(tmp_path / "a" / "answer_key.csv")
    assert set(key["kind"]) == {"tax_flag", "charge_doubled"}
    told = (tmp_path / "a" / "README.txt").read_text(encoding="utf-8")
    assert "deal_log_sd = 0.012" in told and "kinds = ('tax_flag', 'charge_doubled')" in told
    assert "charge_doubled: " in told and "stale_price: " not in told
    assert main(["simulate", str(tmp_path / "b"), *SPAN, "--kinds", "all", "--set", "copied=1"]) == 0
    assert "last_month_copied" in set(pd.read_csv(tmp_path / "b" / "answer_key.csv")["kind"])
    capsys.readouterr()


def test_what_is_no_number_of_the_settings_is_refused(tmp_path, capsys):
    for pair, told in (
        ("deal_logsd=1", "did you mean 'deal_log_sd'"),
        ("deal_log_sd=much", "'much' is not a number"),
        ("firms", "'' is not a number"),
        ("formats=csv", "no such number"),
        ("copied=2", "expected a share"),
    ):
        assert main(["simulate", str(tmp_path / "ws"), *SPAN, "--set", pair]) == 2
        assert told in capsys.readouterr().err
    assert not (tmp_path / "ws").exists()
