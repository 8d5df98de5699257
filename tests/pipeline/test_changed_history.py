"""A month whose accepted records another hand exchanged is not published: commands stop, `verify` says it."""

import json
import subprocess
import sys

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest

from shuibei_index import pipeline
from shuibei_index.errors import StoreError
from shuibei_index.pipeline.reviewing import review_month
from shuibei_index.simulation import simulate
from shuibei_index.store import Store
from shuibei_index.workspace import Workspace
from tests.store.conftest import by_hand


@pytest.fixture(scope="module")
def changed(tmp_path_factory):
    """Three months, two of them released; then the amounts of the second are 2 % higher, in an object of its own."""
    folder = tmp_path_factory.mktemp("history") / "ws"
    simulate(folder, start="2024-01", end="2024-03", seed=6, firms=8, formats=("csv",), mistakes=0.0)
    workspace = Workspace.open(folder)
    pipeline.run(workspace, "2024-01", "2024-02")
    pipeline.intake(workspace, "2024-03")
    with Store.open(workspace.store) as store:
        was = store.month("2024-02").accepted
        table = pq.read_table(pa.BufferReader(store.objects.get_bytes(was)))
        more = pc.cast(pc.multiply(table["amount_fen"], 1.02), pa.int64(), safe=False)
        sink = pa.BufferOutputStream()
        pq.write_table(table.set_column(table.column_names.index("amount_fen"), "amount_fen", more), sink)
        now = store.objects.put_bytes(sink.getvalue().to_pybytes())
    by_hand(folder, f"UPDATE months SET accepted = '{now}' WHERE accepted = '{was}'")
    return workspace


@pytest.mark.parametrize("command", [pipeline.compile_, review_month, pipeline.release])
def test_nothing_is_computed_from_it(changed, command):
    with pytest.raises(StoreError, match="row 2 of table months was changed") as stopped:
        command(changed, "2024-03")
    assert "months 第 2 行被改动" in stopped.value.zh and not (changed.releases / "2024-03").exists()


def test_the_command_says_so_in_words(changed):
    command = [sys.executable, "-m", "shuibei_index", "release", "--workspace", str(changed.root), "--month", "2024-03"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 1 and "Traceback" not in done.stderr and "store check" in done.stderr


def test_verify_names_the_ledger(changed):
    found = pipeline.verify(changed.releases / "2024-02")
    assert not found.ok and [p.file for p in found.report.problems] == ["ledger"]
    assert "row 2 of table months" in json.dumps(found.to_dict(), ensure_ascii=False)
