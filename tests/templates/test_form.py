"""What a form holds: own items without last month's figures, limits of the rules, protection, the same bytes twice."""

import stat

import openpyxl
import pytest

from shuibei_index.errors import UsageError
from shuibei_index.intake.headers import column_of
from shuibei_index.templates import own_items, write_template
from shuibei_index.templates.form import make_form
from shuibei_index.templates.inputs import MONTHLY, input_limits, leaves_of
from shuibei_index.templates.words import CODE_LISTS, HELP, LAST, REPORT

from .conftest import FIRST, NAMES


@pytest.fixture
def book(tmp_path, items):
    path = write_template(tmp_path / "f.xlsx", enterprise_id="E012", month="2025-06", items=items, name="甲珠宝")
    return openpyxl.load_workbook(path)


def cells(sheet, name):
    return [sheet.cell(row, NAMES.index(name) + 1) for row in range(FIRST, sheet.max_row + 1)]


def test_items_are_those_recently_sold_by_the_firm(items, accepted, rules):
    own = items[items["enterprise_id"] == "E012"].set_index("item_id")
    # neither trade-ins nor items sold last before the window of the rule
    assert list(own.index) == ["OLD", "RG-1", "=1+1", "TL-9"]
    ring = own.loc["RG-1"]
    assert ring["lines"] == 2 and ring["weight_mg"] == 15_000 and ring["amount_reported_fen"] == 1_168_860
    assert own.loc["OLD", "last_period"] == "2025-03" and ring["charge_basis"] == "per_gram"
    later = own_items([accepted, accepted.slice(0, 0)], month="2025-10", rules=rules.at("2025-10"))
    assert "OLD" not in set(later["item_id"]) and len(own_items([], month="2025-06", rules=rules.at("2025-06"))) == 0


def test_no_figure_of_an_earlier_month_is_on_the_sheet_to_fill_in(book):
    sheet = book[REPORT]
    for name in MONTHLY:
        assert {cell.value for cell in cells(sheet, name)} == {None}, name
    assert [c.value for c in cells(sheet, "item_id")][:5] == ["OLD", "RG-1", "=1+1", "TL-9", None]
    assert [c.value for c in cells(sheet, "weight_unit")][:4] == ["克"] * 4
    assert [c.value for c in cells(sheet, "fineness")][:4] == ["999", "999", "750", "999"]
    assert [c.value for c in cells(sheet, "trade_type")][3] == "来料加工"
    last = book[LAST]
    assert [cell.value for cell in last[6]][:9] == ["RG-1", "01010101", "2025-05", 2, 4, 15, 15, "克", 11688.6]


def test_a_figure_equal_to_last_months_is_shown(book):
    rules = [(str(area.sqref), rule.formula[0]) for area in book[REPORT].conditional_formatting for rule in area.rules]
    at = dict(rules)
    column = openpyxl.utils.get_column_letter(NAMES.index("metal_price") + 1)
    assert at[f"{column}4:{column}7"] == f"AND({column}4<>\"\",{column}4='上月 Last month'!$J5)"
    assert book[LAST]["J5"].value == 760 and book[LAST]["A5"].value == book[REPORT]["D4"].value
    # a making charge is the same for months: nothing to warn of
    charge = openpyxl.utils.get_column_letter(NAMES.index("making_charge") + 1)
    assert not [area for area, _ in rules if area.startswith(charge + "4")]


def test_limits_are_those_of_the_rules(book, rules):
    at = rules.at("2025-06")
    by_column = {}
    for rule in book[REPORT].data_validations.dataValidation:
        by_column[NAMES[min(area.min_col for area in rule.sqref.ranges) - 1]] = rule
    assert set(by_column) == {
        "enterprise_id", "period", "line_no", "item_id", "class_code", "deal_time", "trade_type", "stage", "pieces",
        "weight", "net_weight", "weight_unit", "unit_system", "fineness", "amount", "amount_unit", "tax_basis",
        "metal_price", "making_charge", "charge_basis", "loss_rate", "stone_amount", "stone_carat",
    }  # fmt: skip
    assert (by_column["pieces"].type, float(by_column["pieces"].formula2)) == ("whole", at["pieces_max"])
    assert (float(by_column["amount"].formula1), float(by_column["amount"].formula2)) == (0.01, at["amount_max"])
    assert float(by_column["loss_rate"].formula2) == at["loss_rate_max"]
    assert by_column["deal_time"].type == "date"
    limits = input_limits(rules.at("2024-02"))["deal_time"]
    assert limits.text() == "2024-02-01 – 2024-02-29"
    for name, rule in by_column.items():
        assert len(rule.prompt) <= 255 and len(rule.promptTitle) <= 32 and HELP[name].en[:20] in rule.prompt
        if rule.showErrorMessage:
            assert any("一" <= sign <= "鿿" for sign in rule.error) and "see the sheet" in rule.error


def test_lists_hold_the_leaves_and_words_of_the_month(tmp_path, rules):
    from shuibei_index.index.hierarchy import Hierarchy

    path = write_template(tmp_path / "f.xlsx", enterprise_id="E012", month="2017-06")
    book = openpyxl.load_workbook(path)
    listed = [cell.value for cell in book[CODE_LISTS]["A"][4:] if cell.value]
    assert listed == [leaf.code for leaf in leaves_of(Hierarchy.load("2017-06"), "2017-06")]
    # heritage gold came in 2018
    assert "01010201" not in listed and "01010301" in listed
    rule = next(r for r in book[REPORT].data_validations.dataValidation if str(r.sqref).startswith("E4"))
    assert rule.formula1 == f"'{CODE_LISTS}'!$A$5:$A${4 + len(listed)}"


def test_what_is_fixed_is_locked_and_what_is_asked_for_is_not(book):
    sheet = book[REPORT]
    assert sheet.protection.sheet and not sheet.protection.password
    for name in ("enterprise_id", "period", "line_no"):
        assert all(cell.protection.locked for cell in cells(sheet, name))
    for name in set(NAMES) - {"enterprise_id", "period", "line_no", "item_id"}:
        assert not any(cell.protection.locked for cell in cells(sheet, name)), name
    assert [c.protection.locked for c in cells(sheet, "item_id")][3:5] == [True, False]
    assert sheet.page_setup.paperSize == 9 and sheet.print_title_rows == "$1:$3" and sheet.freeze_panes == "F4"


def test_nothing_becomes_a_formula_and_the_same_form_is_the_same_file(tmp_path, items):
    arguments = {"enterprise_id": "E012", "month": "2025-06", "items": items, "name": "=HYPERLINK(1)"}
    paths = [write_template(tmp_path / name / "f.xlsx", **arguments) for name in ("a", "b")]
    assert paths[0].read_bytes() == paths[1].read_bytes()
    for sheet in openpyxl.load_workbook(paths[0]):
        assert not [c.coordinate for row in sheet.iter_rows() for c in row if c.data_type == "f"], sheet.title


def test_a_form_somebody_may_have_filled_in_is_not_overwritten(tmp_path, items):
    path = tmp_path / "new" / "E012.xlsx"
    write_template(path, enterprise_id="E012", month="2025-06", items=items)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600 and stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    write_template(path, enterprise_id="E012", month="2025-06", items=items)
    with pytest.raises(UsageError, match="stands there already"):
        write_template(path, enterprise_id="E012", month="2025-07", items=items)
    before = path.read_bytes()
    write_template(path, enterprise_id="E012", month="2025-07", items=items, overwrite=True)
    assert path.read_bytes() != before
    assert [p.name for p in path.parent.iterdir()] == ["E012.xlsx"]


def test_what_the_forms_say_to_people_is_no_header_to_intake():
    for name, about in HELP.items():
        assert column_of(about.label) == ("", ""), name
        assert about.zh and about.en and len(f"{about.zh}\n{about.en}") <= 255
    assert list(HELP) == NAMES


def test_wrong_use_is_named(tmp_path):
    with pytest.raises(UsageError, match=r"is \.xlsx or \.csv"):
        write_template(tmp_path / "f.xls", enterprise_id="E012", month="2025-06")
    with pytest.raises(UsageError, match="not a month"):
        write_template(tmp_path / "f.xlsx", enterprise_id="E012", month="2025-13")
    with pytest.raises(UsageError, match="no enterprise_id"):
        write_template(tmp_path / "f.xlsx", enterprise_id="E\n1", month="2025-06")


def test_an_item_of_a_class_that_is_gone_is_to_be_classed_anew(items, rules):
    gone = items.assign(class_code=items["class_code"].replace("01010101", "01019999"))
    form = make_form("E012", "2025-06", rules=rules, items=gone)
    ring = form.lines[form.lines["item_id"] == "RG-1"].iloc[0]
    assert ring["class_code"] == "" and ring["weight_unit"] == "" and ring["fineness"] == "999"
    assert repr(form) == "Form: E012, 2025-06, 4 items, 64 lines"
