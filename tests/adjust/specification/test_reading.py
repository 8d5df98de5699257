"""X-13's own files as specifications."""

from __future__ import annotations

from dataclasses import replace

import pytest

from shuibei_index.adjust import Specification, default_specification
from shuibei_index.adjust.specification.tokens import parse
from shuibei_index.errors import ShuibeiIndexWarning, UsageError

# As R's seasonal writes it.
THEIRS = """series{
  title = "iofile"
  file = "/tmp/RtmpX/iofile.dta"
  format = "datevalue"
  period = 12
  span = (2001.jan, 2010.12)
}

transform{
  function = log
}

regression{   # the holiday
  usertype = (holiday td)
  variables = (td1coef ls1985.Jan "easter[8]")
  user = (xreg1 xreg2)
  file = "xreg.dta"
  format = "datevalue"
  b = (0.005f, , , , 1.5e-2f)
}
outlier{ types=all critical=4.5 span=(2005.1, ) }
arima{
  model = (0, 1, 2)(0 1 1)
  ma = (, 0.25f, 0.5f)
}
force{ type=denton start=apr }
forecast{ maxlead = 24 save = (fct) }
x11{
  seasonalma = (s3x3)
  sigmalim = (1.8, 2.8)
  appendfcst = yes
  save = (d10 d11 e11)
}
"""


def test_another_tools_file() -> None:
    spec = Specification.from_text(THEIRS)
    assert spec.transform == "log"
    assert spec.arima == "(0 1 2)(0 1 1)"
    assert spec.fixed_arima == (None, 0.25, 0.5)
    assert spec.variables == ("td1coef", "ls1985.Jan", "easter[8]")
    assert spec.fixed_regression == (("td1coef", (0.005,)), ("xreg2", (0.015,)))
    assert (spec.user, spec.usertype) == (("xreg1", "xreg2"), ("holiday", "td"))
    assert spec.outliers == ("ao", "ls", "tc")
    assert (spec.critical, spec.outlier_span) == (4.5, ("2005-01", None))
    assert spec.series_span == ("2001-01", "2010-12")
    assert (spec.seasonal_filter, spec.sigma_limits, spec.projected) == ("s3x3", (1.8, 2.8), True)
    assert (spec.force, spec.force_start, spec.forecast_months) == ("denton", 4, 24)
    assert "e11" in spec.tables
    assert spec.festival is None


@pytest.mark.parametrize(
    "fields",
    [
        {},
        {"festival": None},
        {"method": "seats", "outliers": ()},
        {"method": "seats", "seats_exact": True},
        {"x11_only": True, "festival": None, "outliers": ()},
        {"transform": "none"},
        {"transform": "auto", "x11_mode": "default", "arima": "auto", "aictest": ("td", "user")},
        {"holidays": (("mid_autumn", 7, 3, 0), ("qixi", 7, 1, 0))},
        {"user": ("wage", "strike"), "usertype": ("user", "ao"), "fixed_regression": (("before", (0.1,)),)},
        {"user": ("wage",), "festival": None, "fixed_regression": (("wage", (0.1,)),)},
        {"variables": ("td", "AO2019.Feb"), "fixed_regression": (("td", (0.1, 0.2, 0.3, 0.0, -0.1, -0.2)),)},
        {"seasonal_filter": ("s3x3",) * 6 + ("s3x5",) * 6, "trend_filter": 13, "projected": False},
        {"outlier_span": ("2015-01", None), "model_span": (None, "2020-12"), "series_span": ("2010-01", "2022-02")},
        {"force": "regress", "force_rho": 0.9, "force_lambda": 1.0, "force_start": 10},
        {"sliding_spans": True, "history": True, "history_start": "2018-01", "spectrum": True},
        {"fixed_arima": (0.123456789012345, 0.5), "missing": "estimate", "backcast_months": 12},
    ],
)
def test_written_and_read_again(fields: dict[str, object]) -> None:
    spec = replace(default_specification(month="2025-06"), **fields)  # type: ignore[arg-type]
    text = spec.to_text()
    again = Specification.from_text(text)
    # What the fields do not say X-13 does not know: a mode that follows from the transform stays unsaid.
    assert again == replace(spec, x11_mode=again.x11_mode, transform=again.transform, variables=again.variables)
    assert again.to_text() == text


def test_quarters() -> None:
    text = "series{ period=4 span=(2001.3, ) } arima{ model=(0 1 1)(0 1 1) } x11{ }"
    spec = Specification.from_text(text)
    assert (spec.series_span, spec.forecast_months) == (("2001-Q3", None), 4)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("x11regression{ } x11{ }", "the part x11regression"),
        ("series{ comptype=add } x11{ }", "series{ comptype= }"),
        ("transform{ function=sqrt } arima{ model=(0 1 1) } x11{ }", "function=sqrt"),
        ("transform{ power=0.5 } x11{ }", "transform{ power= }"),
        ("arima{ model=(0 1 1) ma=(0.5) } x11{ }", "starting values"),
        ("arima{ model=(0 1 1)(0 1 1)(0 1 1)7 } x11{ }", "expected where|not supported"),
        ("arima{ model=(0 1 1) } x11{ } seats{ }", "both x11"),
        ("arima{ model=(0 1 1) }", "adjusts nothing"),
        ("regression{ variables=(td) } x11{ }", "without arima"),
        ("automdl{ maxorder=(3 1) } x11{ }", "automdl{ maxorder= }"),
        ("outlier{ method=addall } arima{ model=(0 1 1) } x11{ }", "method=addall"),
        ("series{ period=7 } x11{ }", "period=7"),
        ("series{ missingcode=-1 } x11{ }", "missingcode=-1"),
        ("x11{ mode=add } transform{ function=log } arima{ model=(0 1 1) }", "mode=add"),
        ("x11{ trendma=wide } arima{ model=(0 1 1) }", "'wide' in x11"),
        ("x11{", "not closed"),
        ("x11{ mode }", "'=' is expected"),
        ("x11{ } x11{ }", "stands twice"),
        ("x11{ mode= }", "no value"),
        ("x11{ sigmalim=((1) 2) }", "brackets in brackets"),
        ("11 { ] }", "cannot be read"),
        ('# shuibei_index {"rules": 1}\nx11{ }', "name other fields"),
        ("# shuibei_index {oops\nx11{ }", "damaged"),
    ],
)
def test_what_is_not_supported_is_named(text: str, says: str) -> None:
    with pytest.raises(UsageError, match=says) as caught:
        Specification.from_text(text)
    assert caught.value.zh


def test_grammar() -> None:
    assert parse('x11{ sigmalim=(1.5,) save=(d10\n d11) mode="mult" } # end') == {
        "x11": {"sigmalim": ["1.5", None], "save": ["d10", "d11"], "mode": ["mult"]}
    }


def test_tables_that_are_not_read_are_named() -> None:
    text = (
        "arima{ model=(0 1 1)(0 1 1) } estimate{ save=(mdl rts) } seats{ save=(s11 sse f1) } slidingspans{ save=(ads) }"
    )
    with pytest.warns(ShuibeiIndexWarning, match=r"estimate{ rts }, seats{ f1 }, slidingspans{ ads } \(此处不保存"):
        spec = Specification.from_text(text)
    assert set(spec.tables) > {"s11", "sse", "mdl"}
