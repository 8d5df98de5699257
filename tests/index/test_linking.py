"""Old and new series: link factors, linked series, level-shift factors."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose

from shuibei_index.errors import PriceError, ShapeError
from shuibei_index.index.chain import level_shift_factor, link, link_factors, rebase
from shuibei_index.months import between

REFERENCE = Path(__file__).parents[3] / "shared" / "data" / "reference" / "index" / "hicp_chain_linking"


def pair():
    """A series that ends in 2021-06 and its successor from 2019-11 on, with another seasonal profile."""
    months = np.arange(48)
    old = pd.Series(100 + months + 5 * np.sin(months / 2), between("2018-01", "2021-12"))
    new = pd.Series(80 + 0.8 * months + 9 * np.cos(months / 2), old.index)
    return old[:"2021-06"], new["2019-11":]


def test_link_at_a_month_and_at_a_year_by_hand():
    old, new = pair()
    month = link(old, new, "2020-12")
    assert_allclose(month[:"2020-12"], old[:"2020-12"], rtol=0, atol=0)
    assert_allclose(month["2021-01":], new["2021-01":] * old["2020-12"] / new["2020-12"], rtol=1e-14)
    year = link(old, new, "2020")
    factor = old["2020-01":"2020-12"].mean() / new["2020-01":"2020-12"].mean()
    assert_allclose(year[:"2020-12"], old[:"2020-12"], rtol=0, atol=0)
    assert_allclose(year["2021-01":], new["2021-01":] * factor, rtol=1e-14)


def test_several_candidates_side_by_side_and_the_last_month_of_the_old_series():
    old, new = pair()
    both = link(old, new, ["2020", "2020-12", "2020-06"], until="last")
    assert list(both.columns) == ["2020", "2020-12", "2020-06"]
    for name, series in both.items():
        factor = link_factors(old, new, name).iloc[0]
        expected = pd.concat([old, new["2021-07":] * factor])
        assert_allclose(series, expected, rtol=1e-14)
        assert_allclose(link(old, new, name, until="2021-03")["2021-04":], new["2021-04":] * factor, rtol=1e-14)
    arrays = link(*(x.to_numpy() for x in old.align(new)), [35, 29], until="last")
    assert_allclose(arrays, both[["2020-12", "2020-06"]], rtol=1e-15)


def test_default_factors_are_of_every_period_in_common():
    old, new = pair()
    factors = link_factors(old, new)
    assert list(factors.index) == ["2020", *between("2019-11", "2021-06")]
    assert_allclose(factors["2021-02"], old["2021-02"] / new["2021-02"], rtol=1e-15)


def test_level_shift_factor_is_the_ratio_of_two_link_factors():
    old, new = pair()
    shift = level_shift_factor(old, new)
    assert_allclose(shift["2020-12"], 1.0, rtol=1e-15)
    factors = link_factors(old, new)
    assert_allclose(shift, factors / factors["2020-12"], rtol=1e-14)
    # applied to the series linked at the standard month it gives the series linked at the other overlap
    annual, december = (link(old, new, at)["2021-01":] for at in ("2020", "2020-12"))
    assert_allclose(december * shift["2020"], annual, rtol=1e-14)
    assert_allclose(level_shift_factor(old, new, "2020", standard="2020-06"),
                    factors["2020"] / factors["2020-06"], rtol=1e-14)  # fmt: skip
    with pytest.raises(PriceError, match="no last month of a year is known in both"):
        level_shift_factor(old["2020-01":"2020-11"], new["2020-01":"2020-11"])


@pytest.mark.parametrize("scale", [1e-12, 1e12])
def test_link_keeps_the_rates_of_both_whatever_their_scale(scale):
    old, new = pair()
    for at in ("2020", "2020-12"):
        linked = link(old, new * scale, at)
        assert_allclose(linked, link(old, new, at), rtol=1e-13)
        assert_allclose(linked.pct_change()["2021-02":], new.pct_change()["2021-02":], rtol=1e-9)
        # undone by the factor
        assert_allclose(linked["2021-01":] / link_factors(old, new * scale, at).iloc[0],
                        new["2021-01":] * scale, rtol=1e-13)  # fmt: skip
        assert_allclose(rebase(linked, "2019"), rebase(link(old * scale, new, at), "2019"), rtol=1e-13)


def test_frames_and_weeks():
    weeks = [f"2020-W{w:02d}" for w in range(1, 54)] + [f"2021-W{w:02d}" for w in range(1, 11)]
    old = pd.DataFrame({"A": np.linspace(100, 120, 63), "B": np.linspace(90, 80, 63)}, weeks)
    new = pd.DataFrame({"A": np.linspace(50, 70, 63), "B": np.linspace(40, 80, 63)}, weeks)
    linked = link(old, new, "2020")
    factor = old.iloc[:53].mean() / new.iloc[:53].mean()
    assert_allclose(linked.iloc[53:], new.iloc[53:] * factor, rtol=1e-14)
    assert level_shift_factor(old["A"], new["A"])["2020-W53"] == 1.0


def test_overlaps_that_are_not_there():
    old, new = pair()
    with pytest.raises(ShapeError, match="the overlap year 2017 is not covered"):
        link(old, new, "2017")
    with pytest.raises(PriceError, match=r"in the overlap year 2021 \(in each of its 12 periods\)"):
        link(old, new, "2021")
    with pytest.raises(ShapeError, match="2016-12 is not among the labels"):
        link(old, new, "2016-12")
    with pytest.raises(PriceError, match="in the overlap month 2021-07"):
        link(old, new, "2021-07")
    with pytest.raises(PriceError, match="no period in common"):
        link_factors(old[:"2019-10"], new)
    with pytest.raises(ShapeError, match="pass two Series"):
        link_factors(old.to_numpy(), old.to_numpy())
    with pytest.raises(ShapeError, match="one pair of series"):
        link(old.to_frame(), old.to_frame(), ["2020", "2020-12"])


def test_real_series_of_hicp():
    """Factors of input_link.csv (from R package hicp) against a second computation on plain arrays."""
    if not REFERENCE.exists():
        pytest.skip("reference data hicp_chain_linking are not here")
    table = pd.read_csv(REFERENCE / "input_link.csv")
    table.index = pd.Index(table["time"].str[:7])
    old, new = table["old"], table["new"]
    a, b = old.to_numpy(), new.to_numpy()
    wanted = ["2017", "2018", "2019", "2019-12", "2017-01"]
    rows = [range(24, 36), range(36, 48), range(48, 60), [59], [24]]
    by_hand = [sum(a[t] for t in r) / sum(b[t] for t in r) for r in rows]
    assert_allclose(link_factors(old, new, wanted), by_hand, rtol=1e-14)
    assert_allclose(level_shift_factor(old, new, wanted), np.array(by_hand) / by_hand[3], rtol=1e-14)
    assert len(link_factors(old, new)) == 3 + 36
    assert_allclose(link(old, new, "2017").iloc[36:], b[36:] * by_hand[0], rtol=1e-14)
    assert_allclose(link(old[:"2018-12"], new, ["2017", "2018"], until="last").loc["2019-06"],
                    b[53] * np.array(by_hand[:2]), rtol=1e-14)  # fmt: skip
