"""Tables on the screen: bilingual heads, numbers right, whole line numbers, and of many firms only those in doubt."""

import pandas as pd

from shuibei_index.cli.intake import _MANY, _show, refused_files
from shuibei_index.cli.output import frame_table
from shuibei_index.cli.query import _short, _worded
from shuibei_index.workspace import Workspace


def test_heads_are_bilingual_and_numbers_stand_right():
    frame = pd.DataFrame(
        {"class_code": ["00", "0101"], "index": ["101.25", "–"], "value": ["5.4%", "100.0%"], "x": "a"}
    )
    lines = frame_table(frame).splitlines()
    assert lines[0].split("  ")[0] == "分类 class" and "指数 index" in lines[0] and lines[0].endswith("x")
    assert lines[2].startswith("00 ") and lines[3].startswith("0101")
    ends = [line.index("%") for line in lines[2:]]
    assert ends[0] == ends[1]


def test_line_numbers_stay_whole_beside_an_empty_one():
    frame = pd.DataFrame({"line_no": [3.0, float("nan")], "values": ['{"amount_unit": "wan"}', "{}"],
                          "reason": ["字" * 60, ""]})  # fmt: skip
    shown = _short(_worded(frame))
    assert shown["line_no"].tolist() == [3, None]
    assert frame_table(shown).splitlines()[2].split()[0] == "3"
    assert shown["values"].tolist() == ["amount_unit=wan", ""] and shown["reason"].iloc[0].endswith("…")


def test_of_many_firms_only_those_in_doubt_are_listed(capsys):
    many = pd.DataFrame({"enterprise_id": [f"E{n:03d}" for n in range(_MANY + 10)], "read": 5, "accepted": 5, "held": 0,
                         "rejected": 0})  # fmt: skip
    many.loc[7, ["accepted", "held"]] = [4, 1]
    _show(many)
    said = capsys.readouterr().out
    assert "E007" in said and "E008" not in said and f"其余 {_MANY + 9} 户" in said
    _show(many.head(_MANY))
    said = capsys.readouterr().out
    assert "E008" in said and "其余" not in said


def test_a_rejected_file_that_was_sent_again_is_not_named(tmp_path):
    (tmp_path / "workspace.toml").write_text('base_period = "2024"\ntrial = true\n', encoding="utf-8")
    work = tmp_path / "work" / "2025-06"
    work.mkdir(parents=True)
    rows = [
        "file,outcome,message_zh,message_en",
        "a.xlsx,rejected,坏,broken",
        "b.xlsx,rejected,坏,broken",
        "a.xlsx,read,,",
    ]
    (work / "receipts.csv").write_text("\n".join(rows), encoding="utf-8-sig")
    assert refused_files(Workspace.open(tmp_path), "2025-06") == [("b.xlsx", "坏", "broken")]
