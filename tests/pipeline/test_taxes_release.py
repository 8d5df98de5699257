"""A workspace whose months have a change of tax publishes the series without tax, and verify compiles it again."""

import pytest

from shuibei_index import pipeline
from shuibei_index.simulation import simulate
from shuibei_index.workspace import Workspace

from .test_verify_tables import forged, said


@pytest.fixture(scope="module")
def released(tmp_path_factory):
    """The month before the change of 2025-11 and the month after it."""
    folder = tmp_path_factory.mktemp("tax") / "ws"
    simulate(
        folder, start="2025-09", end="2025-12", seed=6, firms=8, formats=("csv",), mistakes=0.0, response=1.0, late=0.0
    )
    workspace = Workspace.open(folder)
    pipeline.run(workspace, "2025-09", "2025-10")
    pipeline.run(workspace, "2025-11", "2025-12")
    return workspace


def test_it_begins_with_the_month_of_the_change(released):
    assert not list((released.releases / "2025-10").glob("*tax*"))
    assert len(list((released.releases / "2025-12").glob("*tax*.csv"))) == 2
    for month in ("2025-10", "2025-12"):
        assert pipeline.verify(released.releases / month).report.problems == ()


def test_a_figure_without_tax_that_was_changed_is_named(released, tmp_path):
    path = released.releases / "2025-12" / "without_tax.csv"
    line = next(x for x in path.read_text(encoding="utf-8").splitlines() if x.startswith("2025-12,00,"))
    cells = line.split(",")
    other = ",".join([*cells[:3], "99.99", *cells[4:]])

    def change(content):
        return content.replace(line.encode(), other.encode())

    found = [p.en for p in said(forged(released, tmp_path, {"without_tax.csv": change}, "2025-12"), "without_tax.csv")]
    assert any(f"class_code=00, column index: released 99.99, recomputed {cells[3]}." in text for text in found)
