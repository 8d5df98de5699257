"""A specification: what it asks for, and what it refuses to ask."""

from __future__ import annotations

from dataclasses import replace

import pytest

from shuibei_index.adjust import Specification, default_specification
from shuibei_index.adjust.specification.request import request_text, saved_tables, x11_only_text
from shuibei_index.adjust.specification.vocabulary import SAVED_BY, SIX_TABLES, longest_lags, orders
from shuibei_index.errors import UsageError


@pytest.fixture
def spec() -> Specification:
    return default_specification(month="2025-06")


def _text(spec: Specification, user: tuple[str, ...] = (), period: int = 12) -> str:
    return request_text(spec, "S", "S.dta", user, "R.dta" if user else "", period=period)


def test_the_plain_request_to_the_byte(spec: Specification) -> None:
    assert _text(replace(spec, tables=SIX_TABLES, projected=False), ("before", "during", "after")) == (
        'series{ title="S" file="S.dta" format="datevalue" period=12 }\n'
        "transform{ function=log }\n"
        'regression{\nuser=(before during after)\nusertype=holiday\nfile="R.dta" format="datevalue"\n}\n'
        "outlier{ types=(ao ls) }\n"
        "arima{ model=(0 1 1)(0 1 1) }\n"
        "forecast{ maxlead=12 }\n"
        "x11{ mode=mult save=(d10 d11 d12 d13 d16 d18) }\n"
    )


def test_what_each_field_adds(spec: Specification) -> None:
    full = _text(
        replace(
            spec,
            variables=("td", "ls2008.Nov"),
            aictest=("easter",),
            outliers=("tc",),
            critical=4.0,
            outlier_span=("2015-02", None),
            model_span=(None, "2020-12"),
            seasonal_filter="s3x5",
            trend_filter=13,
            sigma_limits=(1.8, 2.8),
            fixed_arima=(None, 0.5),
            fixed_regression={"ls2008.Nov": 0.25},  # type: ignore[arg-type]
            force="regress",
            force_rho=0.9,
            force_lambda=1.0,
            force_start=4,
            backcast_months=24,
            sliding_spans=True,
            history=True,
            history_start="2019-01",
            spectrum=True,
        ),
        ("a",),
    )
    for part in (
        "variables=(td ls2008.Nov)",
        "aictest=(easter)",
        "b=(, , , , , , 0.25f, )",
        "outlier{ types=(tc) critical=4 span=(2015.2, ) }",
        "modelspan=(, 2020.12)",
        "arima{ model=(0 1 1)(0 1 1)\nma=(, 0.5f) }",
        "maxlead=12 maxback=24",
        "seasonalma=s3x5 trendma=13 sigmalim=(1.8, 2.8) appendfcst=yes",
        "force{ type=regress target=original rho=0.9 lambda=1 start=apr save=(saa) }",
        "slidingspans{ save=(sfs chs) }",
        "start=2019.1",
        "spectrum{ save=(sp0 sp1 sp2) }",
    ):
        assert part in full, part
    assert max(map(len, full.splitlines())) <= 120


def test_seats_and_no_model(spec: Specification) -> None:
    seats = _text(replace(spec, method="seats"))
    assert "seats{ noadmiss=yes appendfcst=yes save=(s10 s11 s12 s13 s16 s18) }" in seats
    assert "x11{" not in seats
    alone = _text(replace(spec, x11_only=True, transform="none"))
    assert "arima" not in alone
    assert "mode=add" in alone
    assert alone == x11_only_text(replace(spec, transform="none"), "S", "S.dta")
    assert "period=4" in _text(spec, period=4)


def test_tables_are_saved_where_x13_has_them_and_nowhere_twice(spec: Specification) -> None:
    codes = [code for codes in SAVED_BY.values() for code in codes]
    assert len(codes) == len(set(codes))
    saved = saved_tables(replace(spec, tables=("d13", "rmx", "a1")))
    assert set(saved) == {"d13", "rmx", "d11"}  # d11 always; a1 is the series itself


@pytest.mark.parametrize(
    "fields",
    [
        {"arima": "(0 1 1)(0 1 1) } x11{ }"},
        {"arima": "(0 1 1)\n(0 1 1)#"},
        {"arima": "airline"},
        {"variables": ("td\n",)},
        {"variables": ("td } x11{ mode=add",)},
        {"variables": ("tdd",)},
        {"variables": ("easter",)},
        {"variables": ("ao2015",)},
        {"aictest": ("eastr",)},
        {"variables": ('file="/etc/passwd"',)},
        {"variables": "td"},
        {"aictest": ("td easter",)},
        {"user": ("a b",)},
        {"user": ("春节",)},
        {"usertype": ("holiday}",)},
        {"user": ("a", "b"), "usertype": ("td", "holiday", "td")},
        {"seasonal_filter": "s3x5 } force{"},
        {"seasonal_filter": ("s3x5",) * 11},
        {"seasonal_filter": ("msr",) * 12},
        {"trend_filter": 14},
        {"trend_filter": 103},
        {"trend_filter": "13"},
        {"sigma_limits": (2.5, 1.5)},
        {"sigma_limits": (float("nan"), 2.5)},
        {"critical": 0.5},
        {"critical": float("inf")},
        {"series_span": ("2015.1", None)},
        {"series_span": ("2016-01", "2015-01")},
        {"outlier_span": "2015-01"},
        {"history_start": "2015-01\n"},
        {"force": "denton save=(saa)"},
        {"fixed_arima": (0.5,)},
        {"fixed_arima": ("0.5f", 0.1)},
        {"fixed_arima": (1.5, 0.3)},
        {"fixed_arima": (0.3, 1.5)},
        {"fixed_arima": (-1.1, None)},
        {"arima": "(1 1 0)(0 1 1)", "fixed_arima": (1.0, 0.3)},
        {"arima": "(0 1 2)(0 1 1)", "fixed_arima": (1.5, None, 0.3)},
        {"arima": "auto", "fixed_arima": (0.5, 0.5)},
        {"fixed_regression": {"td": 0.1}, "variables": ("td",)},
        {"fixed_regression": {"td1coef": float("nan")}},
        {"fixed_regression": {"x y": 0.1}},
        {"fixed_regression": {"td1coef": 0.1}, "transform": "auto", "x11_mode": "default"},
        {"holidays": (("qixi", 1, 1),)},
        {"holidays": (("qixi }", 1, 1, 1),)},
        {"holidays": (("qixi", 1, 1, 0), ("qixi", 2, 1, 0))},
        {"festival": (20, 7, 200)},
        {"span": (2100, 1950)},
        {"forecast_months": 121},
        {"forecast_months": True},
        {"tables": ("d11", "../x")},
        {"method": "seats", "x11_only": True},
        {"method": "seats", "seasonal_filter": "s3x5"},
        {"x11_only": "yes"},
    ],
)
def test_nothing_else_gets_into_the_request(spec: Specification, fields: dict[str, object]) -> None:
    with pytest.raises(UsageError) as caught:
        replace(spec, **fields)  # type: ignore[arg-type]
    assert "expected" in str(caught.value)
    assert "应为" in caught.value.zh


def test_held_coefficient_of_no_term_is_named(spec: Specification) -> None:
    held = replace(spec, fixed_regression={"ls2008.Nov": 0.25})  # type: ignore[arg-type]
    with pytest.raises(UsageError, match=r"holds 'ls2008\.Nov', which is neither"):
        _text(held)


def test_fields_from_a_rule_file(spec: Specification) -> None:
    changed = spec.with_fields({"outliers": ["ao"], "holidays": [["qixi", 7, 1, 0]], "sigma_limits": [1.8, 2.8]})
    assert changed.holidays == (("qixi", 7, 1, 0),)
    assert changed == replace(spec, outliers=("ao",), holidays=(("qixi", 7, 1, 0),), sigma_limits=(1.8, 2.8))
    with pytest.raises(UsageError, match="no field 'outlier'; did you mean 'outliers'"):
        spec.with_fields({"outlier": ["ao"]})


def test_orders_of_models() -> None:
    assert orders("(2 1 2)(1 1 1)") == (3, 3)
    assert orders("([1 3] 1 0)") == (2, 0)
    assert orders("(0, 1, 1)(0, 1, 1)") == (0, 2)
    assert orders("(0 1 1)(0 1 1)(0 1 1)") is None
    assert longest_lags("([1 3] 1 0)(0 1 1)", 4) == 7


def test_terms_x13_knows_and_roots_on_the_circle_are_taken() -> None:
    terms = (
        "const", "TD", "td1coef", "tdstock[31]", "easter[8]", "labor[8]", "ao2015.Feb", "LS2015.2", "so2015.3",
        "rp2015.1-2015.6", "aos2015.1-2015.3", "td/2015.1/", "td//2015.1/", "sincos[1,2]", "qi2015.1-2015.6",
    )  # fmt: skip
    spec = replace(default_specification(month="2025-06"), variables=terms, fixed_arima=(1.0, 1.0))
    assert spec.variables == terms
    with pytest.raises(UsageError, match="did you mean 'td'"):
        replace(spec, variables=("tdd",))


def test_seats_saves_standard_errors() -> None:
    spec = replace(default_specification(month="2025-06"), method="seats", tables=("s11", "sse", "ase", "tse"))
    assert "save=(s11 sse ase tse)" in spec.to_text()
