"""Size of revisions, news and noise, against values computed without any package."""

import csv
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from shuibei_index.errors import UsageError
from shuibei_index.vintages import read_vintages
from shuibei_index.vintages.statistics import mean_revisions, newey_west_lags, news_or_noise

from .bundles import about_of, bundle, months, rows
from .golden.make_golden import FINAL, FIRST, LAGS


@pytest.fixture(scope="module")
def golden():
    with (Path(__file__).parent / "golden" / "revisions.csv").open(encoding="utf-8") as file:
        return {row["what"]: float(row["value"]) for row in csv.DictReader(file)}


def test_news_and_noise_as_computed_by_hand(golden):
    found = news_or_noise(np.array(FIRST, float), np.array(FINAL, float), LAGS).set_index("hypothesis")
    for what, value in golden.items():
        name, _, word = what.partition(".")
        if name != "mean":
            assert found.loc[name, word] == pytest.approx(value, rel=1e-9), what
    assert found["n"].tolist() == [12, 12] and found["lags"].tolist() == [2, 2]
    assert found.loc["news", "t_beta"] == pytest.approx(golden["news.beta"] / golden["news.se_beta"], rel=1e-9)


def test_mean_revision_as_computed_by_hand(golden):
    frame = pd.DataFrame(
        {"period": months("2024-01", 12), "first": np.array(FIRST, float), "3": np.array(FINAL, float)}
    )
    row = mean_revisions({"mom_pct": frame}, "hac", LAGS).iloc[0]
    for word in ("mean", "mean_absolute", "std", "t", "p"):
        assert row[word] == pytest.approx(golden[f"mean.{word}"], rel=1e-9), word
    assert (row["measure"], row["horizon"], row["n"], row["share_up"]) == ("mom_pct", 3, 12, 8 / 12)
    plain = mean_revisions({"mom_pct": frame}, "plain").iloc[0]
    assert plain["t"] == pytest.approx(golden["mean.t_plain"], rel=1e-9) and plain["lags"] == 0


def test_lags_and_wrong_arguments():
    assert [newey_west_lags(n) for n in (0, 1, 2, 24, 100, 240)] == [0, 0, 1, 2, 4, 4]
    frame = pd.DataFrame({"period": ["2024-01"], "first": [1.0], "1": [1.5]})
    one = mean_revisions({"index": frame}).iloc[0]
    assert one["n"] == 1 and one["mean"] == 0.5 and np.isnan(one["std"]) and np.isnan(one["t"])
    with pytest.raises(UsageError, match="hac or plain"):
        mean_revisions({"index": frame}, "white")
    with pytest.raises(UsageError, match="whole number"):
        mean_revisions({"index": frame}, lags=-1)
    with pytest.raises(UsageError, match="at least 4"):
        news_or_noise(np.array([1.0, 2.0]), np.array([1.0, 2.0]))
    with pytest.raises(UsageError, match="that vary"):
        news_or_noise(np.ones(9), np.arange(9.0))
    with pytest.raises(UsageError, match="horizons"):
        read_like().mean_revision(horizons=(-1,))


def read_like():
    """A series object whose releases are never read."""
    from shuibei_index.vintages import VintageSeries

    return VintageSeries(None, "00", "total", "NSA")


def test_never_revised_has_nothing_to_estimate():
    same = np.array(FIRST, float)
    found = news_or_noise(same, same)
    assert found["beta"].eq(0).all() and found["p"].isna().all()
    frame = pd.DataFrame({"period": months("2024-01", 12), "first": same, "1": same})
    assert mean_revisions({"index": frame}).iloc[0][["mean", "std"]].eq(0).all()


@pytest.fixture(scope="module")
def truth(tmp_path_factory):
    """60 releases after a history of 12 months; each month is revised by a known amount one and three months later."""
    rng = np.random.default_rng(4)
    home = tmp_path_factory.mktemp("long")
    every = months("2019-01", 72)
    true = rng.normal(0.3, 1.0, 72)
    noise = rng.normal(0.0, 0.5, 72)
    for last in range(12, 72):
        shown = true[: last + 1].copy()
        shown[last] += noise[last]
        # half of it stands until the third month after
        for back in (1, 2):
            if last - back >= 12:
                shown[last - back] += noise[last - back] / 2
        frame = rows(dict(zip(every, np.full(last + 1, 100.0), strict=False)), mom_pct=shown)
        bundle(home, about_of(every[last], base="2019"), frame)
    return read_vintages(home), every, true, noise


def test_horizons_are_calendar_months_after_first_publication(truth):
    vintages, every, true, noise = truth
    found = vintages.series().at_horizons("mom_pct", (0, 1, 3))
    # history of the first release is no first estimate
    assert found["period"].tolist() == every[12:]
    np.testing.assert_allclose(found["first"], true[12:] + noise[12:], rtol=1e-12)
    assert found["0"].equals(found["first"].rename("0"))
    np.testing.assert_allclose(found["1"][:-1], true[12:-1] + noise[12:-1] / 2, rtol=1e-12)
    np.testing.assert_allclose(found["3"][:-3], true[12:-3], rtol=1e-12)
    assert found["1"].isna().sum() == 1 and found["3"].isna().sum() == 3


def test_noise_is_told_from_news(truth):
    vintages, _, true, noise = truth
    found = vintages.series().news_or_noise(horizon=3).set_index("hypothesis")
    # the first figure is the true one and noise: the revision is correlated with the first, not with the final
    assert found.loc["news", "p"] < 0.001 < 0.05 < found.loc["noise", "p"]
    assert found.loc["news", "n"] == 57
    beta = np.polyfit((true + noise)[12:-3], -noise[12:-3], 1)[0]
    assert found.loc["news", "beta"] == pytest.approx(beta, rel=1e-9)
    # final by rule (three months after) is the same here
    assert vintages.series().news_or_noise().set_index("hypothesis").equals(found)
    table = vintages.series().mean_revision(("mom_pct",), (1, 3), errors="plain").set_index("horizon")
    assert table.loc[3, "mean"] == pytest.approx(-noise[12:-3].mean(), rel=1e-9)
    assert table.loc[3, "t"] == pytest.approx(-noise[12:-3].mean() / (noise[12:-3].std(ddof=1) / np.sqrt(57)), rel=1e-9)
