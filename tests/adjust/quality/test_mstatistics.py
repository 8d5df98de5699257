"""Own M1–M11 and Q equal X-13's to the digits it prints."""

from __future__ import annotations

import numpy as np
import pytest

from shuibei_index.adjust.quality.evidence import evidence
from shuibei_index.adjust.quality.mstatistics import NAMES, m_statistics
from shuibei_index.errors import ShapeError, UsageError

from .conftest import filtered, simulated

# years complete or not, noisy, long, short, each mode; then quarters
CASES = {
    "whole years": (120, 0.02, 0.01, 1, "2014-01", "mult", 12),
    "from April": (131, 0.03, 0.02, 2, "2014-04", "mult", 12),
    "noisy": (150, 0.15, 0.05, 3, "2010-07", "mult", 12),
    "additive": (140, 0.03, 0.01, 4, "2012-02", "add", 12),
    "log-additive": (140, 0.03, 0.01, 6, "2012-02", "logadd", 12),
    "four years": (48, 0.02, 0.01, 7, "2020-01", "mult", 12),
    "33 years": (400, 0.05, 0.02, 8, "1990-03", "mult", 12),
    "quarters": (61, 0.05, 0.02, 2, "2001Q3", "mult", 4),
    "short quarters": (22, 0.02, 0.01, 4, "2001Q1", "mult", 4),
}


@pytest.mark.parametrize("case", CASES)
def test_equal_to_the_engine(case: str) -> None:
    count, noise, moving, seed, first, mode, period = CASES[case]
    values = simulated(count, noise=noise, moving=moving, seed=seed, period=period)
    adjusted = filtered(values - (80 if mode == "add" else 0), first=first, mode=mode, period=period)
    found = evidence(adjusted, "S")
    own = m_statistics(
        found.tables, start=found.start, period=period, mode=mode, seasonal_filter="s" + found.udg["sfmsr"]
    )
    short = count // period < 6
    for name in NAMES[: 7 if short else 11]:
        np.testing.assert_allclose(own[name], found.number(f"f3.{name}"), rtol=0, atol=0.000501, err_msg=name)
    for name in ("q", "qm2"):
        np.testing.assert_allclose(own[name], found.number(f"f3.{name}"), rtol=0, atol=0.00501, err_msg=name)
    np.testing.assert_allclose(own["ic"], found.number("f2.ic"), rtol=0, atol=0.00501)
    np.testing.assert_allclose(own["is"], found.number("f2.is"), rtol=0, atol=0.00501)
    assert own["fail"] == found.number("f3.fail")
    assert np.isnan(own["m08"]) == short


def test_many_series_at_once_equal_one_by_one() -> None:
    tables = [
        evidence(filtered(simulated(96, noise=0.03, moving=0.01, seed=s), first="2015-01"), "S").tables for s in (1, 2)
    ]
    codes = ("a1", "d1", "d8", "d9", "d10", "d11", "d12", "d13", "e1", "e3")
    both = m_statistics({code: np.column_stack([t[code] for t in tables]) for code in codes})
    for k, one in enumerate(tables):
        for name, value in m_statistics({code: one[code] for code in codes}).items():
            np.testing.assert_allclose(both[name][k], value, rtol=1e-10, atol=1e-12, err_msg=name)


def test_wrong_use_is_told() -> None:
    with pytest.raises(UsageError, match="d8"):
        m_statistics({"a1": np.ones(60)})
    codes = ("a1", "d1", "d8", "d10", "d11", "d12", "d13", "e1", "e3")
    with pytest.raises(UsageError, match="mode"):
        m_statistics({code: np.ones(60) for code in codes}, mode="pseudoadd")
    with pytest.raises(ShapeError, match="shape"):
        m_statistics({code: np.ones(60 + (code == "e3")) for code in codes})
