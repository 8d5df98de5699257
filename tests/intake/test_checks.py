from __future__ import annotations

import re
import string
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

import shuibei_index.intake as intake
from shuibei_index.checks import Checks, gather, no_findings
from shuibei_index.errors import RulesError, ShapeError
from shuibei_index.intake.schema import FINDING_COLUMNS

CHECKS = Checks.load()
GOOD = 'severity="note"\nscope="file"\nzh="甲"\nen="a"\nexpected=""\nreference="r"\n'


def folder(tmp_path: Path, text: str) -> Path:
    (tmp_path / "checks").mkdir()
    (tmp_path / "checks" / "x.toml").write_text(text, encoding="utf-8")
    return tmp_path


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[a]\n" + GOOD.replace("note", "fatal"), "severity 'fatal'"),
        ("[a]\n" + GOOD.replace("file", "planet"), "scope 'planet'"),
        ("[a]\n" + GOOD + "zhh='x'\n", "unknown key 'zhh'; did you mean 'zh'"),
        ("[a]\n" + GOOD.replace('en="a"\n', ""), "'en' is missing"),
        ("[a]\n" + GOOD.replace('en="a"', 'en="{value!r}"'), "only plain fields"),
        ("[a]\n" + GOOD.replace('en="a"', 'en="{value.x}"'), "only plain fields"),
        ("a = 1\n", "must be a table"),
        ("[a\n", "not valid TOML"),
    ],
)
def test_broken_catalogues_are_refused(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(RulesError, match=re.escape(message)):
        Checks.load(folder(tmp_path, text))


def test_no_catalogue_and_double_names(tmp_path: Path) -> None:
    with pytest.raises(RulesError, match="no catalogue"):
        Checks.load(tmp_path)
    root = folder(tmp_path, "[a]\n" + GOOD)
    (root / "checks" / "y.toml").write_text("[a]\n" + GOOD, encoding="utf-8")
    with pytest.raises(RulesError, match=re.escape("already stands in x.toml")):
        Checks.load(root)


def test_find_fills_both_languages_row_by_row() -> None:
    coded = pa.array(["E1", None]).dictionary_encode()
    frame = CHECKS.find(
        "number_format",
        enterprise_id=coded,
        line_no=pa.array([4, None]),
        value=["a", "b"],
        column="金额",
        column_en="x",
    )
    assert list(frame.columns) == list(FINDING_COLUMNS)
    assert frame["enterprise_id"].tolist() == ["E1", ""]
    assert frame["line_no"].dtype == "Int64"
    assert frame["line_no"].isna().tolist() == [False, True]
    assert "“a”" in frame["message_zh"][0] and "x b is" in frame["message_en"][1]
    assert frame["expected"].tolist() == ["a number such as 1234.5"] * 2


def test_find_refuses_what_does_not_fit() -> None:
    with pytest.raises(RulesError, match="did you mean 'number_format'"):
        CHECKS.find("number_fromat")
    with pytest.raises(RulesError, match=re.escape("{column}")):
        CHECKS.find("number_format", value="x")
    with pytest.raises(ShapeError, match="different lengths"):
        CHECKS.find("number_format", value=["a"], file=["b", "c"], column="", column_en="")


def test_gather_and_empty() -> None:
    one = CHECKS.find("file_empty", file="a.csv")
    empty = CHECKS.find("file_empty", file=np.array([], dtype=object))
    assert len(empty) == 0
    both = gather([no_findings(), one, empty, one])
    assert both["file"].tolist() == ["a.csv", "a.csv"]
    assert both.dtypes.equals(no_findings().dtypes)


def test_severity_can_be_raised_by_the_caller() -> None:
    assert CHECKS.find("file_empty", severity="query")["severity"].tolist() == ["query"]


def test_every_intake_check_is_used_and_every_used_one_exists() -> None:
    source = "".join(p.read_text(encoding="utf-8") for p in Path(intake.__file__).parent.rglob("*.py"))
    source += (Path(intake.__file__).parent.parent / "store" / "store.py").read_text(encoding="utf-8")
    names = {n for n in CHECKS if CHECKS[n].source == "intake.toml"}
    assert {n for n in names if f'"{n}"' not in source} == set()
    used = set(re.findall(r'(?:FileFault|read\.say|part\.add|skip)\(\s*"([a-z_]+)"', source)) - {"_yuan"}
    assert used <= names
    assert len(used) > 25


def test_both_languages_speak_of_the_same_fields() -> None:
    def fields(text: str) -> set[str]:
        found = {name for _, name, _, _ in string.Formatter().parse(text) if name}
        return {re.sub(r"_(zh|en)$", "", name) for name in found}

    for name in CHECKS:
        assert fields(CHECKS[name].zh) == fields(CHECKS[name].en), name
