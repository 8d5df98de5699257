"""The kernel on Spark gives the bytes of the kernel in process."""

import importlib.util
import io
import shutil

import pyarrow.parquet as pq
import pytest

from shuibei_index.aggregate import make_panel, totals
from shuibei_index.errors import UsageError
from tests.aggregate.test_totals import CHECKS, folder, records  # noqa: F401 -- a fixture

HERE = importlib.util.find_spec("pyspark") is not None
spark_only = [
    pytest.mark.skipif(not HERE, reason="pyspark is not installed (extra [spark])"),
    pytest.mark.skipif(shutil.which("java") is None, reason="Spark needs Java, and there is none"),
    pytest.mark.slow,
    # pyspark warns of new pandas and leaves sockets to the collector; neither is ours
    pytest.mark.filterwarnings("ignore"),
]


def on_spark(function):
    for mark in spark_only:
        function = mark(function)
    return function


def as_bytes(table):
    sink = io.BytesIO()
    pq.write_table(table, sink)
    return sink.getvalue()


@on_spark
def test_same_bytes_and_same_findings_on_spark(folder):  # noqa: F811
    local, spark = totals(folder, checks=CHECKS), totals(folder, checks=CHECKS, engine="spark")
    assert as_bytes(local.sums) == as_bytes(spark.sums)
    assert as_bytes(local.found) == as_bytes(spark.found)
    assert (local.counts(), local.records) == (spark.counts(), spark.records)
    panel = make_panel([str(path) for path in sorted(folder.glob("*.parquet"))], engine="spark")
    assert panel.to_frame().equals(local.panel().to_frame())


@on_spark
def test_a_session_and_table_of_the_caller_are_used_and_kept(folder):  # noqa: F811
    from shuibei_index.aggregate.spark import local_session, totals_on_spark

    session = local_session(1)
    try:
        found = totals_on_spark(session.read.parquet(str(folder)), checks=CHECKS, stage="retail", toll_classes=())
        assert found.sums.equals(totals(folder, checks=CHECKS, stage="retail", toll_classes=()).sums)
        with pytest.raises(UsageError, match="no records to add up"):
            totals_on_spark(session.read.parquet(str(folder)).limit(0), checks=CHECKS)
        assert session.range(3).count() == 3
    finally:
        session.stop()


@on_spark
def test_tables_in_memory_are_not_for_spark():
    with pytest.raises(UsageError, match="Spark reads Parquet files or its own tables, not DataFrame"):
        totals(records(), engine="spark")
    with pytest.raises(UsageError, match=r"Spark cannot read none\.parquet"):
        totals("none.parquet", engine="spark")


@pytest.mark.skipif(HERE, reason="pyspark is installed")
def test_without_pyspark_the_error_says_what_to_install(folder):  # noqa: F811
    with pytest.raises(UsageError, match=r"pip install 'shuibei_index\[spark\]'") as error:
        totals(folder, engine="spark")
    assert "Java" in error.value.zh
