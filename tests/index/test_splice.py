"""Rolling windows against a plain second computation, and the extender against the rolling windows."""

import importlib.util
import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose

from shuibei_index.errors import PriceError, ShapeError, UsageError
from shuibei_index.index.extender import Extender
from shuibei_index.index.multilateral import geary_khamis, geks, tpd, wtpd
from shuibei_index.index.splice import METHODS, SERIES, SPLICES, extend

NAN = float("nan")
WINDOWS = {"geks": geks, "tpd": tpd, "wtpd": wtpd, "geary_khamis": geary_khamis}


def panel(months=19, items=12, seed=1):
    rng = np.random.default_rng(seed)
    p, q = rng.lognormal(0, 0.2, (months, items)), rng.lognormal(0, 1, (months, items))
    p[rng.random(p.shape) < 0.4] = NAN
    return p, q


def plainly(p, q, method, window, splice, on):
    """Textbook form on ratios (Chessa 2019; IndexNumR's reading of fbew and fbmw): one window after another."""

    def run(first, last):
        return WINDOWS[method](p[first : last + 1], q[first : last + 1])

    series = list(run(0, window - 1))
    old = np.array(series)
    for t in range(window, len(p)):
        new = run(t - window + 1, t)
        base = (t - 1) // (window - 1) * (window - 1)
        if splice == "fbew":
            value = series[base] * run(base, t)[-1]
        elif splice == "fbmw":
            value = series[base] * new[-1] / new[base - (t - window + 1)]
        else:
            positions = {"movement": [window - 1], "window": [1], "half": [(window + 1) // 2]}
            positions = positions.get(splice, range(1, window)) if isinstance(splice, str) else [splice]
            before = np.array(series[-window:]) if on == "published" else old
            # position l of the new window is position l + 1 of the old one
            links = [(new[-1] / new[i - 1]) / (before[-1] / before[i]) for i in positions]
            value = series[-1] * np.exp(np.mean(np.log(links)))
        series.append(value)
        old = new
    return np.array(series)


@pytest.mark.parametrize("on", SERIES)
@pytest.mark.parametrize("splice", [*SPLICES, 2])
@pytest.mark.parametrize("method", METHODS)
def test_every_splice_against_the_plain_computation(method, splice, on):
    p, q = panel()
    for window in (4, 5, 2) if splice != 2 else (4, 5):
        expected = plainly(p, q, method, window, splice, on)
        assert_allclose(extend(p, q, method, window=window, splice=splice, on=on), expected, rtol=1e-12)


def test_splices_differ_from_one_another():
    p, q = panel()
    found = {(s, on): round(float(extend(p, q, window=5, splice=s, on=on)[-1]), 10) for s in SPLICES for on in SERIES}
    assert found["movement", "calculated"] == found["movement", "published"]
    assert len({found[s, "calculated"] for s in SPLICES}) == len(SPLICES)
    assert all(found[s, "calculated"] != found[s, "published"] for s in ("window", "half", "mean"))


def test_expanding_window_over_two_years_is_two_full_windows():
    # PriceIndices: internal Decembers link windows of 13 months
    p, q = panel(25, 20)
    found = extend(p, q, window=13, splice="fbew")
    assert_allclose(found[24], geks(p[:13], q[:13])[12] * geks(p[12:], q[12:])[12], rtol=1e-13)
    assert_allclose(found[18], geks(p[:13], q[:13])[12] * geks(p[12:19], q[12:19])[6], rtol=1e-13)
    # the series starts in October: Decembers lie at 2, 14
    moved = extend(p, q, window=13, splice="fbew", base=2)
    assert_allclose(moved[20] / moved[14], geks(p[14:21], q[14:21])[6], rtol=1e-13)


@pytest.mark.parametrize("splice", SPLICES)
@pytest.mark.parametrize("method", METHODS)
def test_a_common_movement_is_recovered_by_every_splice(method, splice):
    p, q = panel(30, 40)
    truth = np.exp(np.random.default_rng(5).normal(0, 0.1, 30).cumsum())
    p = np.where(np.isnan(p), NAN, truth[:, None] * np.random.default_rng(6).lognormal(2, 1, 40))
    assert_allclose(extend(p, q, method, window=7, splice=splice), truth / truth[0], rtol=1e-12)


@pytest.mark.parametrize("splice", SPLICES)
def test_a_new_month_leaves_published_ones_alone(splice):
    p, q = panel()
    whole = extend(p, q, window=5, splice=splice)
    for months in (6, 11):
        assert_allclose(extend(p[:months], q[:months], window=5, splice=splice), whole[:months], rtol=1e-13)


def test_short_series_is_one_window():
    p, q = panel(4)
    assert_allclose(extend(p, q, window=13), geks(p, q), rtol=1e-14)
    assert extend(p[:1], q[:1]).tolist() == [1.0]
    assert_allclose(extend(p, method="tpd", window=4), tpd(p), rtol=1e-14)
    assert_allclose(extend(p, None, bilateral="jevons", window=4), geks(p, None, "jevons"), rtol=1e-14)


@pytest.mark.parametrize("on", SERIES)
@pytest.mark.parametrize("splice", SPLICES)
@pytest.mark.parametrize("method", METHODS)
def test_a_month_without_sales_is_missing_and_does_not_stop_the_series(method, splice, on):
    truth = np.exp(np.random.default_rng(5).normal(0, 0.1, 20).cumsum())
    p = truth[:, None] * np.random.default_rng(6).lognormal(2, 1, 8)
    p[[2, 10, 11]] = NAN
    found = extend(p, np.ones_like(p), method, window=5, splice=splice, on=on)
    assert_allclose(found, np.where(np.isnan(p[:, 0]), NAN, truth / truth[0]), rtol=1e-12)


def test_wrong_choices_are_told():
    p, q = panel()
    with pytest.raises(UsageError, match="did you mean 'geks'"):
        extend(p, q, "gecks")
    with pytest.raises(UsageError, match="splice 'means'"):
        extend(p, q, splice="means")
    with pytest.raises(UsageError, match="unknown on"):
        extend(p, q, on="printed")
    with pytest.raises(UsageError, match="1 … 4"):
        extend(p, q, window=5, splice=5)
    with pytest.raises(ShapeError, match="2 months"):
        extend(p, q, window=1)
    with pytest.raises(UsageError, match="quantities"):
        extend(p, None, "wtpd")


# --- the extender ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("on", SERIES)
@pytest.mark.parametrize("splice", [*SPLICES, 2])
@pytest.mark.parametrize("method", METHODS)
def test_extender_gives_what_extend_gives_through_storage_and_shuffled_items(method, splice, on):
    p, q = panel()
    p[9] = NAN
    choices = {"method": method, "window": 5, "splice": splice, "on": on, "base": 2}
    index = Extender(p[:7], q[:7], **choices)
    published = index.levels
    for t in range(7, len(p)):
        if t in (8, 10, 14):
            index = Extender.from_dict(json.loads(json.dumps(index.to_dict())))
        order = np.random.default_rng(t).permutation(p.shape[1])
        index.update(p[t, order], q[t, order], order.tolist())
        # nothing published moves, to the last bit
        assert index.levels[: len(published)].tobytes() == published.tobytes()
        published = index.levels
    assert_allclose(published, extend(p, q, **choices), rtol=1e-12)


def test_extender_takes_new_items_and_lets_old_ones_go():
    p, q = panel(12, 6)
    p[5:, 0], p[:6, 1] = NAN, NAN
    wide = pd.DataFrame(p, columns=list("abcdef"))
    index = Extender(wide[:5].drop(columns="b"), q[:5, [0, 2, 3, 4, 5]], window=5)
    assert "b" not in index.items and "a" in index.items
    for t in range(5, 12):
        month = wide.iloc[t].dropna()
        index.update(month, pd.Series(q[t], index=wide.columns))
    assert "b" in index.items and "a" not in index.items
    assert_allclose(index.levels, extend(wide, q, window=5), rtol=1e-12)


def test_extender_copies_its_data_and_its_levels_are_read_only():
    p, q = panel(8)
    index, again = Extender(p[:6], q[:6], window=5), Extender(p[:6].copy(), q[:6].copy(), window=5)
    p[:6] = 99.0
    assert index.update(p[6], q[6], range(12)) == again.update(p[6], q[6], range(12))
    with pytest.raises(ValueError, match="read-only"):
        index.levels[0] = 2.0


def test_extender_without_quantities_and_without_any_item():
    p, _ = panel(10)
    index = Extender(p[:6], method="tpd", window=5)
    for t in range(6, 10):
        index.update(p[t], items=range(12))
    assert_allclose(index.levels, extend(p, method="tpd", window=5), rtol=1e-12)
    for _ in range(6):
        assert np.isnan(index.update([], items=[]))
    assert index.items == ()
    assert np.isnan(Extender.from_dict(json.loads(json.dumps(index.to_dict()))).update([2.0], items=["a"]))


def test_extender_refuses_what_would_have_to_be_revised_or_cannot_be_stored():
    p, q = panel()
    with pytest.raises(ShapeError, match="wait until the first is full"):
        Extender(p[:4], q[:4], window=5)
    with pytest.raises(UsageError, match="cannot be stored"):
        Extender(p, q, bilateral=lambda p0, p1: 1.0)
    index = Extender(p, q, window=5)
    before = index.levels.tobytes(), index.items
    with pytest.raises(ShapeError, match="2 item names but 3 prices"):
        index.update([1.0, 2.0, 3.0], [1.0, 1.0, 1.0], ["a", "b"])
    with pytest.raises(ShapeError, match="more than once"):
        index.update([1.0, 2.0], [1.0, 1.0], ["a", "a"])
    with pytest.raises(UsageError, match="in every month or in none"):
        index.update([1.0], items=["a"])
    with pytest.raises(PriceError, match="price"):
        index.update([-1.0], [1.0], ["a"])
    assert (index.levels.tobytes(), index.items) == before
    state = index.to_dict()
    with pytest.raises(UsageError, match="form"):
        Extender.from_dict(state | {"form": 99})
    with pytest.raises(ShapeError, match="not whole"):
        Extender.from_dict(state | {"reference_logs": state["reference_logs"][1:]})


def test_small_benchmark_runs(capsys):
    path = Path(__file__).parents[2] / "benchmarks" / "bench_multilateral.py"
    spec = importlib.util.spec_from_file_location("bench_multilateral", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    found = module.main(["--small"])
    assert {"bare products", "geks tornqvist", "rolling geks", "wtpd", "hedonic"} <= set(found)
    assert "bare" in capsys.readouterr().out
