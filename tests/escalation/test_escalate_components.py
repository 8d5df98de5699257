"""An escalation takes the component it is asked for, and no other."""

import pytest

import shuibei_index as sx
from tests.index.components.market import Deal, series_of


def test_each_component_by_hand():
    deals = [
        Deal(f"2024-0{t + 1}", "A", "0101", gold, charge)
        for t, (gold, charge) in enumerate([(500.0, 20.0), (550.0, 25.0)])
    ]
    series = series_of(deals, {"0101": 100.0, "0102": 0.0, "0302": 0.0}, base_period="2024-01")
    expected = {"total": 575 / 520, "metal": 1.1, "making": 1.25}
    for component, factor in expected.items():
        found = sx.escalate(100_000, series, "2024-01", "2024-02", component=component, precision="full")
        assert float(found.factor) == pytest.approx(factor, rel=1e-9), component
