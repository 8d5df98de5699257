import pytest

from shuibei_index.errors import UsageError
from shuibei_index.pipeline.linting import lint_file
from shuibei_index.release import Release
from shuibei_index.release.linting import lint_text, read_source


def said(text: str, release: Release, kind: str = "txt") -> list[tuple[str, str, str]]:
    return [(f.severity, f.phrase, f.en) for f in lint_text("初步数 provisional. " + text, release, kind=kind)]


@pytest.fixture(scope="module")
def now(release: Release) -> dict[str, str]:
    from shuibei_index.release.linting.figures import Figures, Subject

    figures = Figures(release)
    names = ("index", "mom_pct", "yoy_pct", "ytd_pct")
    return {n: figures.texts(Subject(), release.period, n)[0] for n in names}


def test_dates_phones_laws_and_pages_are_no_claims(release: Release) -> None:
    text = "Order 22 of 2024, page 17, call 0755-1234.56, 15 July 2025, GB/T 8170, ISBN 1.23; 0.5 kg. 第22号令第17页。"
    assert said(text, release) == []


def test_a_chinese_source_in_brackets_makes_no_chinese_sentence(release: Release, now: dict[str, str]) -> None:
    rise = "fell" if now["yoy_pct"].startswith("-") else "rose"
    size = now["yoy_pct"].removeprefix("-")
    text = f"The index (水贝·中国珠宝指数) {rise} {size}% from the same month a year earlier."
    assert said(text, release) == []
    assert "wrong number" in said(text.replace(size, "77.7"), release)[0][2]


def test_the_average_so_far_is_of_the_whole(release: Release, now: dict[str, str]) -> None:
    move = "下降" if now["ytd_pct"].startswith("-") else "上涨"
    size, month = now["ytd_pct"].removeprefix("-"), int(release.period[5:])
    name = release.frame("indices").query("class_code == '01'")["name_zh"].iloc[0]
    assert said(f"{name}在列。1—{month}月平均，指数比上年同期{move}{size}%。", release) == []


def test_a_number_that_is_not_published_shows_the_one_that_is(release: Release, now: dict[str, str]) -> None:
    (found,) = said("2025年6月份，总指数为987.65点。", release)
    assert found[:2] == ("error", "987.65点")
    assert f"{now['index']} points" in found[2] and "indices.csv" in found[2]


def test_place_is_line_and_column(release: Release) -> None:
    (found,) = lint_text("初步数。\n\n总指数为987.65点。", release)
    assert (found.line, found.column, found.language) == (3, 5, "zh")
    (found,) = lint_text("<p>初步数</p>\n<p>总指数为<b>987.65</b>点</p>", release, kind="html")
    assert (found.line, found.column) == (2, 11)


def test_months_that_the_release_does_not_have(release: Release) -> None:
    found = said("2031年1月份，总指数为100.00点。", release)
    assert "no figures for January 2031" in found[0][2]


def test_full_width_digits_and_missing_provisional(release: Release, now: dict[str, str]) -> None:
    wide = now["index"].translate({ord(c): ord(c) + 0xFEE0 for c in "0123456789."})
    assert said(f"总指数为{wide}点。", release) == [("warning", wide, "full-width digits; write them half-width")]
    (found,) = lint_text(f"总指数为{now['index']}点。", release)
    assert found.severity == "warning" and "provisional" in found.en


def test_a_class_that_is_nearly_one_of_the_tree(release: Release) -> None:
    (found,) = said("足金首饰品价格同比上涨3.0%。", release)
    assert "no such class" in found[2]


def test_a_name_of_the_tree_may_hold_a_comma(release: Release) -> None:
    name = next(n for n in release.tables["indices"]["name_zh"].unique() if "、" in n)
    (found,) = said(f"{name}价格同比上涨999.0%。", release)
    assert "wrong number" in found[2]


def test_records_and_runs(release: Release) -> None:
    found = said("总指数环比连续九个月上涨。", release)
    assert "in a row" in found[0][2]
    low = said("总指数创历史新低。", release)
    assert "not a record low" in low[0][2]


def test_a_rate_is_no_points_and_an_effect_no_percent(release: Release, now: dict[str, str]) -> None:
    move = "下降" if now["yoy_pct"].startswith("-") else "上涨"
    size = now["yoy_pct"].removeprefix("-")
    assert said(f"总指数同比{move}{size}%。", release) == []
    assert "wrong unit" in said(f"总指数同比{move}{size}个百分点。", release)[0][2]
    assert "wrong unit" in said(f"总指数同比{move}{size}点。", release)[0][2]
    other = "上涨" if move == "下降" else "下降"
    assert "wrong direction" in said(f"总指数同比{other}{size}%。", release)[0][2]
    assert "wrong direction" in said(f"总指数同比{other}。", release)[0][2]


def test_unchanged_only_where_it_reads_nought(release: Release, now: dict[str, str]) -> None:
    assert float(now["yoy_pct"]) != 0
    assert "wrong" in said("总指数同比持平。", release)[0][2]
    assert "wrong" in said("The index was unchanged from the same month a year earlier.", release)[0][2]


def test_files_that_cannot_be_read(tmp_path) -> None:
    (tmp_path / "a.pdf").write_bytes(b"x")
    (tmp_path / "a.txt").write_bytes(b"\xff\xfe\xff")
    for name in ("a.pdf", "a.txt", "none.txt"):
        with pytest.raises(UsageError):
            read_source(tmp_path / name)
    with pytest.raises(UsageError, match="--release"):
        lint_file(tmp_path / "a.txt")
