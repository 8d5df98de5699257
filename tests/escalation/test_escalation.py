"""An escalation clause: which figures it takes, what it computes from them, and what it refuses."""

import argparse
import json
import re
import shutil
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

import shuibei_index as sx
from shuibei_index.cli import escalate as command
from shuibei_index.errors import ReleaseError, UsageError
from shuibei_index.escalation import FirstPublished, Terms, escalate
from shuibei_index.escalation.calculation import BasisError
from shuibei_index.escalation.terms import rounded_amount
from shuibei_index.rules import Rules
from shuibei_index.workspace import Settings
from tests.escalation.conftest import SAID, release, series

RULES = Rules.load().at("2025-06")


def test_first_published_values_are_taken_and_never_revised_ones(releases):
    found = escalate(100_000, releases, "2024-02", "2024-03")
    # 102.346 was printed 102.35 in February; March first said 104.5, its erratum 105.5, April 106.5
    assert (found.start.value, found.start.vintage) == (Decimal("102.35"), "2024-02")
    assert (found.end.value, found.end.vintage) == (Decimal("104.50"), "2024-03")
    assert found.exact_factor == Fraction(10450, 10235)
    assert found.adjusted == Decimal("102100.64")  # 100000 × 104.50 / 102.35 = 102100.635…
    assert found.difference == Decimal("2100.64")


def test_months_before_the_first_release_come_from_it(releases):
    found = escalate(1, releases, "2024-01", "2024-01")
    assert (found.start.vintage, found.adjusted) == ("2024-02", Decimal("1.00"))


def test_erratum_counts_only_when_stated(releases):
    found = escalate(100_000, releases, "2024-02", "2024-03", errata="use")
    assert (found.end.value, found.end.vintage) == (Decimal("105.50"), "2024-03-r1")
    assert "更正版" in found.text("zh") and "errata" in found.text("en")


def test_errata_mean_nothing_where_there_is_one_value_a_month(releases):
    for source in (sx.read_release(releases / "releases" / "2024-04"), FirstPublished.open(releases)):
        with pytest.raises(UsageError, match="folder of releases only") as error:
            escalate(1, source, "2024-02", "2024-03", errata="use")
        assert "首次发布数" in error.value.zh


def test_a_single_release_says_that_it_is_one_vintage(releases):
    for source in (sx.read_release(releases / "releases" / "2024-04"), releases / "releases" / "2024-04"):
        found = escalate(1000, source, "2024-02", "2024-03")
        assert (found.start.value, found.end.value) == (Decimal("103.90"), Decimal("106.50"))
        assert "同一版本 2024-04" in found.text("zh") and "those of vintage 2024-04" in found.text("en")


def test_a_series_in_memory_says_that_nobody_published_it():
    found = escalate(1000, series(SAID["2024-04"]), "2024-02", "2024-04")
    assert found.adjusted == Decimal("1033.69")  # 1000 × 107.40 / 103.90
    assert "并非已发布" in found.text("zh") and "not been published" in found.text("en")


def test_component_and_share(releases):
    found = escalate(
        "200,000.00", releases, "2024-01", "2024-04", class_code="0101", component="making", indexed_share="0.15"
    )
    # 200000 × (1 + 0.15 × (95/100 − 1))
    assert found.adjusted == Decimal("198500.00")
    assert "工费指数" in found.text("zh") and "足金饰品" in found.text("zh")


@pytest.mark.parametrize(
    ("terms", "expected"),
    [
        ({"threshold_pct": 7.4}, "1000.00"),  # exactly the threshold adjusts nothing
        ({"threshold_pct": "7.39"}, "1074.00"),
        ({"threshold_pct": 5, "threshold_mode": "excess"}, "1024.00"),
        ({"cap_pct": 3}, "1030.00"),
        ({"threshold_pct": 5, "threshold_mode": "excess", "cap_pct": 1, "indexed_share": 0.5}, "1005.00"),
    ],
)
def test_terms_by_hand(releases, terms, expected):
    # 100.00 → 107.40
    assert escalate(1000, releases, "2024-01", "2024-04", **terms).adjusted == Decimal(expected)


def test_floor_and_falling_index(releases):
    own = {"class_code": "0101", "component": "making"}
    assert escalate(1000, releases, "2024-01", "2024-04", **own, floor_pct=-2).adjusted == Decimal("980.00")
    excess = escalate(1000, releases, "2024-01", "2024-04", **own, threshold_pct=3, threshold_mode="excess")
    assert excess.adjusted == Decimal("980.00")


def test_published_and_full_precision_differ_as_they_must(releases):
    printed = escalate(10_000_000, releases, "2024-01", "2024-02")
    full = escalate(10_000_000, releases, "2024-01", "2024-02", precision="full")
    assert (printed.adjusted, full.adjusted) == (Decimal("10235000.00"), Decimal("10234600.00"))
    assert "全部小数位" in full.text("zh")


@given(
    amount=st.integers(1, 10**12),
    a=st.integers(1, 10**6),
    b=st.integers(1, 10**6),
    share=st.integers(1, 100),
)
def test_amount_is_the_nearest_fen(amount, a, b, share):
    terms = Terms(indexed_share=Decimal(share) / 100)
    exact = Fraction(amount, 100) * terms.factor(Fraction(b, a) - 1)
    rounded = rounded_amount(exact, RULES)
    assert abs(Fraction(rounded) - exact) <= Fraction(1, 200)
    # a half goes up
    assert rounded_amount(Fraction(5, 1000), RULES) == Decimal("0.01")


def test_half_even_by_rule(tmp_path, releases):
    from shuibei_index.resources import methodology_dir

    text = (methodology_dir() / "rules" / "escalation.toml").read_text(encoding="utf-8")
    (tmp_path / "own.toml").write_text(text.replace('value = "half_up"', 'value = "half_even"'), encoding="utf-8")
    even = Rules.load(overlay=tmp_path)
    # half a fen goes to the even one, nought
    assert rounded_amount(Fraction(1, 200), even.at("2025-06")) == Decimal("0.00")
    found = escalate(1000, releases, "2024-01", "2024-02", rules=even)
    assert found.rounding == "half_even" and "五成双" in found.text("zh")
    (tmp_path / "own.toml").write_text(text.replace('value = "half_up"', 'value = "up"'), encoding="utf-8")
    with pytest.raises(ValueError, match="'escalation_rounding' is 'up'"):
        escalate(1000, releases, "2024-01", "2024-02", rules=Rules.load(overlay=tmp_path))


def test_the_calculation_line_by_line(releases):
    found = escalate(100_000, releases, "2024-02", "2024-03", threshold_pct=1, cap_pct=5)
    zh, en = found.text("zh"), found.text("en")
    for part in ("100,000.00 元", "2024-02：102.35（发布 2024-02，初步数）", "104.50 ÷ 102.35 − 1 = ≈2.100635%",
                 "四舍五入", "变动不超过 1% 不调整", "上限 5%", "102,100.64 元", "+2,100.64",
                 "2024年1月=100"):  # fmt: skip
        assert part in zh, part
    for part in (
        "CNY 100,000.00",
        "2024-03: 104.50 (release 2024-03, provisional)",
        "≈2.100635 %",
        "at most 5 %",
        "CNY 102,100.64",
    ):
        assert part in en, part
    assert str(found) == zh + "\n\n" + en and "&lt;" not in found._repr_html_() and "102,100.64" in found._repr_html_()
    machine = json.loads(json.dumps(found.to_dict()))
    assert (
        machine["adjusted"] == "102100.64" and machine["from"]["vintage"] == "2024-02" and machine["values"] == "first"
    )


def test_never_revised_series_as_a_table(releases):
    table = FirstPublished.open(releases).to_frame()
    assert table["period"].tolist() == ["2024-01", "2024-02", "2024-03", "2024-04"]
    assert table["index"].tolist() == ["100.00", "102.35", "104.50", "107.40"]
    assert table["vintage"].tolist() == ["2024-02", "2024-02", "2024-03", "2024-04"]
    used = FirstPublished.open(releases, errata="use").to_frame()
    assert used["index"].tolist() == ["100.00", "102.35", "105.50", "107.40"]


def test_withheld_value_is_refused_until_it_is_published(releases):
    with pytest.raises(UsageError, match="withheld") as error:
        escalate(1, sx.read_release(releases / "releases" / "2024-02"), "2024-01", "2024-02", class_code="03")
    assert "保密" in error.value.zh


@pytest.mark.parametrize(
    ("changes", "en", "zh"),
    [
        ({"amount": -5}, "above 0", "应大于 0"),
        ({"amount": 0}, "above 0", "应大于 0"),
        ({"amount": "1.005"}, "whole fen", "两位小数"),
        ({"amount": float("nan")}, "expected a number", "应为数字"),
        ({"amount": "ten"}, "expected a number", "应为数字"),
        ({"amount": True}, "expected a number", "应为数字"),
        ({"start": "2024-13"}, "start is '2024-13'", "基准月"),
        ({"end": "2024-4"}, "end is '2024-4'", "调整月"),
        ({"start": "2024-04", "end": "2024-02"}, "lies before", "早于"),
        ({"end": "2024-05"}, "published are 2024-01 to 2024-04", "2024-01 至 2024-04"),
        ({"start": "2023-12"}, "published are 2024-01 to 2024-04", "2024-01 至 2024-04"),
        ({"class_code": "0102"}, "did you mean '0101'", "没有分类 '0102'，是否为 '0101'、'00'；"),
        ({"component": "making"}, "has no component 'making'", "没有构成"),
        ({"indexed_share": 1.2}, "up to 1", "不超过 1"),
        ({"indexed_share": 0}, "above 0", "应大于 0"),
        ({"threshold_pct": -1}, "not negative", "不能为负"),
        ({"threshold_mode": "some"}, "whole, excess", "whole"),
        ({"cap_pct": -1}, "must not be negative", "不能为负"),
        ({"floor_pct": 2, "cap_pct": 1}, "lies below", "低于下限"),
        ({"precision": "exact"}, "published, full", "公布值"),
        ({"errata": "some"}, "ignore, use", "ignore"),
        ({"series": 5}, "workspace folder", "工作区"),
    ],
)  # fmt: skip
def test_refusals_in_both_languages(releases, changes, en, zh):
    whole = {"amount": 1, "series": releases, "start": "2024-01", "end": "2024-04", **changes}
    with pytest.raises(UsageError, match=re.escape(en)) as error:
        escalate(whole.pop("amount"), whole.pop("series"), whole.pop("start"), whole.pop("end"), **whole)
    assert zh in error.value.zh


def test_values_on_two_bases_are_not_divided(tmp_path):
    release("2024-02").write(tmp_path / "2024-02")
    release("2024-03", base_period="2024-02").write(tmp_path / "2024-03")
    with pytest.raises(BasisError, match="2024-02 = 100") as error:
        escalate(1, tmp_path, "2024-01", "2024-03")
    assert "不能相除" in error.value.zh
    other_tax = release("2024-03", settings=Settings(base_period="2024-01", tax_basis="excl"))
    shutil.rmtree(tmp_path / "2024-03")
    other_tax.write(tmp_path / "2024-03")
    with pytest.raises(BasisError, match="excl"):
        escalate(1, tmp_path, "2024-01", "2024-03")


def test_a_folder_that_cannot_tell_what_came_first_is_refused(tmp_path, releases):
    with pytest.raises(ReleaseError, match="no releases"):
        escalate(1, tmp_path, "2024-01", "2024-03")
    shutil.copytree(releases / "releases" / "2024-03-r1", tmp_path / "2024-03-r1")
    with pytest.raises(ReleaseError, match="without 2024-03, the release it corrects"):
        escalate(1, tmp_path, "2024-01", "2024-03")


def test_a_changed_bundle_is_no_ground_for_a_payment(tmp_path, releases):
    shutil.copytree(releases / "releases" / "2024-04", tmp_path / "2024-04")
    other = release("2024-04").files["contributions.parquet"]
    (tmp_path / "2024-04" / "indices.parquet").write_bytes(other)
    for source in (tmp_path, tmp_path / "2024-04", sx.read_release(tmp_path / "2024-04")):
        with pytest.raises(ReleaseError, match="not the file its manifest lists"):
            escalate(1, source, "2024-01", "2024-03")


def run_command(capsys, *words):
    parser = argparse.ArgumentParser()
    command.arguments(parser)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args([str(w) for w in words])
    assert command.run(options) == 0
    return capsys.readouterr().out


def test_the_command_prints_the_same_calculation(capsys, releases):
    words = ("100000", "--workspace", releases, "--from", "2024-02", "--to", "2024-03")
    assert run_command(capsys, *words) == str(escalate(100_000, releases, "2024-02", "2024-03")) + "\n"
    machine = json.loads(run_command(capsys, *words, "--json", "--threshold", "1", "--cap", "2", "--share", "0.5"))
    assert machine["adjusted"] == "101000.00"
    one = json.loads(run_command(capsys, *words, "--json", "--release", releases / "releases" / "2024-04"))
    assert (one["values"], one["from"]["index"]) == ("vintage", "103.90")
    with pytest.raises(UsageError, match="--from and --to"):
        run_command(capsys, "1", "--from", "2024-02")
