"""The tool that compares environments: what it calls a difference, and what it forgives only where it is stated."""

import json
import sys
import zipfile
from pathlib import Path

import pandas as pd
import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "tools"))

from reproduce import Case, lower_bounds, verdict
from reproduce_compare import TOLERANCE, differences
from reproduce_inbox import other_lines, other_names, other_writing

FRAME = pd.DataFrame({"period": ["2025-06", "2025-07"], "index": [101.25, float("nan")]})


@pytest.fixture
def two(tmp_path):
    """Two equal folders of a release."""
    manifest = {"release": "2025-06", "digests": {"inputs": "a", "rules": "b"}, "files": []}
    for name in ("one", "other"):
        (tmp_path / name / "charts").mkdir(parents=True)
        FRAME.to_parquet(tmp_path / name / "indices.parquet")
        (tmp_path / name / "manifest.json").write_text(json.dumps(manifest))
        (tmp_path / name / "charts" / "a.svg").write_text("<svg/>")
    return tmp_path / "one", tmp_path / "other"


def change(folder, **digests):
    manifest = json.loads((folder / "manifest.json").read_text())
    manifest["digests"].update(digests)
    (folder / "manifest.json").write_text(json.dumps(manifest))


def test_equal_folders(two):
    assert differences(*two) == []
    assert verdict(Case("x"), [])[0]


def test_every_byte_counts_by_default(two):
    (two[1] / "charts" / "a.svg").write_text("<svg />")
    found = differences(*two)
    assert [d.path for d in found] == ["charts/a.svg"]
    assert not verdict(Case("x"), found)[0] and not verdict(Case("x", same="figures"), found)[0]
    assert verdict(Case("x", same="tolerance"), found)[0]


@pytest.mark.parametrize(("by", "within"), [(TOLERANCE / 10, True), (TOLERANCE * 10, False)])
def test_a_figure_within_the_tolerance(two, by, within):
    FRAME.assign(index=FRAME["index"] * (1 + by)).to_parquet(two[1] / "indices.parquet")
    found = differences(*two)
    assert verdict(Case("x", same="tolerance"), found)[0] is within
    assert not verdict(Case("x"), found)[0]


@pytest.mark.parametrize("other", [FRAME.fillna(1.0), FRAME[:1], FRAME.assign(period="2025-06")])
def test_gaps_rows_and_words_are_no_tolerance(two, other):
    other.to_parquet(two[1] / "indices.parquet")
    assert not verdict(Case("x", same="tolerance"), differences(*two))[0]


def test_the_digest_of_the_inputs_alone_may_differ_where_other_files_came_in(two):
    for folder, digest in zip(two, ("a" * 64, "c" * 64), strict=True):
        change(folder, inputs=digest)
        (folder / "metadata.json").write_text(f'{{"zh": "inputs {digest}"}}')
        with zipfile.ZipFile(folder / "bulletin.xlsx", "w") as book:
            book.writestr(zipfile.ZipInfo("text.xml"), digest)
    assert len(differences(*two)) == 3
    found = differences(*two)
    assert verdict(Case("x", same="figures"), found)[0] and not verdict(Case("x"), found)[0]
    change(two[1], rules="c")
    assert not verdict(Case("x", same="figures"), differences(*two))[0]


def test_a_missing_file(two):
    (two[1] / "indices.parquet").unlink()
    assert not verdict(Case("x", same="tolerance"), differences(*two))[0]


def test_lower_bounds_are_those_of_the_project():
    bounds = lower_bounds(Path(__file__).parents[1] / "pyproject.toml")
    assert [text for text in bounds if text.startswith("scipy==")] and not [
        text for text in bounds if ">" in text or "==" not in text
    ]


def test_an_inbox_in_another_order_has_the_same_lines(tmp_path):
    inbox = tmp_path / "inbox" / "2025-06"
    inbox.mkdir(parents=True)
    lines = [f"E001,{n},{n * 100}" for n in range(1, 30)]
    text = "企业代码,行号,金额\n" + "\n".join(lines) + "\n合计,,43500\n"
    (inbox / "E001_a.csv").write_text(text, encoding="utf-8")
    (inbox / "E001_b.csv").write_bytes(text.encode("gb18030"))
    (inbox / "E002_a.csv").write_text(text, encoding="utf-8")
    other_writing(tmp_path / "inbox")
    assert (inbox / "E001_a.csv").read_text("utf-8") == text
    other_lines(tmp_path / "inbox")
    for name, encoding in (("E001_a.csv", "utf-8"), ("E001_b.csv", "gb18030")):
        now = (inbox / name).read_text(encoding).splitlines()
        assert (now[0], now[-1]) == ("企业代码,行号,金额", "合计,,43500")
        assert now[1:-1] != lines and sorted(now[1:-1]) == sorted(lines)
    other_names(tmp_path / "inbox")
    # the firms change places, the files of one firm do not
    assert [p.name for p in sorted(inbox.iterdir())] == ["001_E002_a.csv", "002_E001_a.csv", "002_E001_b.csv"]
