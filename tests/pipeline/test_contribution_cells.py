"""The contributions of a release, by the column names alone, before what is confidential is left out."""

import numpy as np
import pytest

from shuibei_index.frozen import thaw
from shuibei_index.pipeline.compiling import compile_frozen
from shuibei_index.release.computed import computed_tables
from shuibei_index.release.policy import publication_policy
from shuibei_index.store import Store

TOTAL = ["total"]
PARTS = ["metal", "making", "stone", "unsplit"]
LAST = "2024-02"


@pytest.fixture(scope="module")
def tables(done):
    with Store.open(done.store) as store:
        frozen = thaw(store.releases()[-1].inputs, store)
        series = compile_frozen(frozen, store, replicates=0)
    frames = computed_tables(series, publication_policy(frozen.rules.at(LAST)), LAST)
    return [frames[name] for name in ("contributions", "indices")]


def rates(indices):
    """Published changes of the headline from its levels, which have more digits than the rates of the file."""
    head = indices.query("class_code == '00' and component == 'total' and adjustment == 'NSA'").set_index("period")
    return {"mom": 100 * head["index"].pct_change(1), "yoy": 100 * head["index"].pct_change(12)}


@pytest.mark.parametrize("components", [TOTAL, PARTS], ids=["classes", "components"])
def test_every_level_and_month_adds_up_to_the_headline(tables, components):
    rows, indices = tables
    sums = rows[rows["component"].isin(components)].groupby(["measure", "level", "period"])["points_pp"].sum()
    expected = rates(indices)
    for measure, n in (("mom", 37), ("yoy", 26)):
        for level in range(5):
            found = sums[measure, level]
            assert len(found) == n
            # levels have two decimals: 0.01 of a hundred points or so in either month
            np.testing.assert_allclose(found, expected[measure].reindex(found.index), atol=0.02)


def test_the_components_of_a_class_add_up_to_the_class(tables):
    rows, _ = tables
    keys = ["period", "class_code", "level", "measure"]
    total = rows[rows["component"] == "total"].set_index(keys)["points_pp"]
    parts = rows[rows["component"].isin(PARTS)].groupby(keys)["points_pp"].sum()
    # every class of every level has its cells, whatever the month; one that never adds anything has none
    none = total[~total.index.isin(parts.index)]
    assert set(parts.index) <= set(total.index) and (none == 0.0).all()
    np.testing.assert_allclose(parts, total.reindex(parts.index), atol=2.1e-6)
    assert {"total", "metal", "making", "stone"} <= set(rows["component"]) <= {*TOTAL, *PARTS}
    cells = rows.groupby(["measure", "level", "class_code", "component"])["period"].nunique()
    assert set(cells["mom"]) == {37} and set(cells["yoy"]) == {26}
