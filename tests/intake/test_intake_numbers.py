from __future__ import annotations

import re
import unicodedata

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from shuibei_index.intake.numbers import parse_numbers, whole


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("0", 0.0),
        ("12.50", 12.5),
        (" 7 ", 7.0),
        ("+3", 3.0),
        ("-3.5", -3.5),
        ("12.", 12.0),
        ("１２３４．５", 1234.5),
        ("1,234", 1234.0),
        ("1,234,567.89", 1234567.89),
        ("１，２３４", 1234.0),
        ("－５", -5.0),
        ("　8　", 8.0),
        ("0.1", 0.1),
        ("123456789012345", 123456789012345.0),
    ],
)
def test_what_is_read(text: str, value: float) -> None:
    numbers = parse_numbers(pa.array([text]))
    assert numbers.values[0] == value
    assert not numbers.refused[0]


@pytest.mark.parametrize(
    "text",
    [
        "约5",
        "5起",
        "5左右",
        "①",
        "²",
        "½",
        "1½",
        "1_000",
        "0x10",
        "nan",
        "NaN",
        "inf",
        "-inf",
        "Infinity",
        "1e400",
        "1e5",
        "3,5",
        "1,23",
        "12,34,567",
        ",5",
        "(500.00)",
        "٣",
        "1.2.3",
        "--",
        "+",
        ".",
        "1-2",
        "5%",
        "5元",
        "￥5",
        "5克",
        "5万",
        "1\u200b2",
        "\u202e12",
        "1234567890123456",
        "１２３４５６７８９０１２３４５６",
        "1,2345",
        "None",
        "1 234",
        "1'234",
        "- 5",
        "5 5",
    ],
)
def test_what_is_refused(text: str) -> None:
    numbers = parse_numbers(pa.array([text]))
    assert np.isnan(numbers.values[0])
    assert numbers.refused[0]


def test_empty_is_neither_number_nor_fault() -> None:
    numbers = parse_numbers(pa.array(["", "  ", "　", None], pa.string()))
    assert np.isnan(numbers.values).all()
    assert not numbers.refused.any()


@pytest.mark.parametrize("text", ["￥1,234.5", "¥ 1234.5", "1234.5元", "１２３４．５ 元", "￥1234.5元"])
def test_yuan_signs_only_where_money_is_meant(text: str) -> None:
    money = parse_numbers(pa.array([text]), affix="yuan")
    assert money.values[0] == 1234.5
    assert money.affixed[0] and money.normalised[0]
    assert parse_numbers(pa.array([text])).refused[0]


def test_ten_thousand_is_never_guessed() -> None:
    assert parse_numbers(pa.array(["5万", "5万元", "5元/克", "元", "￥"]), affix="yuan").refused.all()


def test_percent_sign() -> None:
    numbers = parse_numbers(pa.array(["1.5%", "1.5", "１．５％", "1.5元"]), affix="percent")
    assert numbers.values[:3].tolist() == [1.5, 1.5, 1.5]
    assert numbers.refused.tolist() == [False, False, False, True]


def test_excel_floats_are_read_in_any_form_of_repr() -> None:
    numbers = parse_numbers(pa.array(["1e-05", "1e+16", "True", "1e+400"]), exact=np.array([True, True, False, True]))
    assert numbers.values[:2].tolist() == [1e-05, 1e16]
    assert numbers.refused.tolist() == [False, False, True, True]


def test_whole() -> None:
    assert whole(np.array([1.0, -2.0, 1.5, np.nan, 2.0**60])).tolist() == [True, True, False, True, False]


@given(st.integers(0, 10**13 - 1), st.integers(0, 99), st.booleans(), st.booleans(), st.booleans())
def test_every_amount_survives_every_way_of_writing_it(
    units: int, cents: int, commas: bool, wide: bool, sign: bool
) -> None:
    text = f"{units:,}.{cents:02d}" if commas else f"{units}.{cents:02d}"
    text = "￥" + text if sign else text
    if wide:
        text = "".join(chr(ord(c) + 0xFEE0) if c in "0123456789,." else c for c in text)
    numbers = parse_numbers(pa.array([text]), affix="yuan")
    assert numbers.values[0] == float(f"{units}.{cents:02d}")


_REFERENCE = re.compile(r"[+-]?(\d{1,15}(\.\d{0,15})?|\d{1,3}(,\d{3}){1,4}(\.\d{1,15})?)", re.ASCII)


@given(st.lists(st.text(max_size=12) | st.text("0123456789.,-+ ０１9①²٣eE_x￥元", max_size=10), max_size=5))
def test_nothing_is_read_that_the_plain_rule_does_not_allow(texts: list[str]) -> None:
    numbers = parse_numbers(pa.array(texts, pa.string()))
    for text, value, refused in zip(texts, numbers.values, numbers.refused, strict=True):
        narrow = "".join(unicodedata.normalize("NFKC", c) if "！" <= c <= "～" else c for c in text)
        # The characters Unicode counts as white space; str.strip() takes four control characters more.
        bare = re.sub(r"^[\s\x85]+|[\s\x85]+$", "", narrow) if not set(narrow) & set("\x1c\x1d\x1e\x1f") else narrow
        if not np.isnan(value):
            assert _REFERENCE.fullmatch(bare), text
            assert value == float(bare.replace(",", ""))
        else:
            assert refused or not bare.strip()
