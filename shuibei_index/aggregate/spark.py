"""The same kernel on Apache Spark: batches go through `mapInArrow`, what comes back is added up here.

Nothing is computed a second way: an executor runs `aggregate.totals.partial_totals` on the Arrow batches Spark hands it
and returns small tables of whole numbers. Needs the extra ``[spark]`` (pyspark, and Java 17 or later), and this package
on every executor.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Iterator
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.compute as pc

from shuibei_index.aggregate.panel import toll_rule
from shuibei_index.aggregate.parts import PARTS
from shuibei_index.aggregate.sums import KEYS, SUMS, Toll, merge_sums
from shuibei_index.aggregate.totals import FOUND_BY, Partial, Totals, add_found, columns_read, gather, partial_totals
from shuibei_index.errors import UsageError
from shuibei_index.kernel.rowchecks import RowChecks

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

#: Records Spark puts into one Arrow batch: large enough that words repeat, small enough for any executor.
BATCH = 1 << 18
#: What an executor returns: sums, or (kind "found": item_id = rule, n_records = records) counts of failures.
_WIRE = pa.schema(
    [("kind", pa.string()), *((k, pa.string()) for k in KEYS), *((s, pa.int64()) for s in (*SUMS, *PARTS))]
)
_DDL = ", ".join(f"{field.name} {'bigint' if field.type == pa.int64() else 'string'}" for field in _WIRE)


def local_session(threads: int = 2, memory: str = "2g") -> SparkSession:
    """Return a Spark session on this machine, with nothing listening outside it.

    Raises
    ------
    UsageError
        pyspark is not installed.
    """
    sql = _pyspark()
    # workers must run the interpreter that has this package
    os.environ.setdefault("PYSPARK_PYTHON", sys.executable)
    builder = sql.SparkSession.builder.master(f"local[{threads}]").appName("shuibei-index")
    options = {
        "spark.ui.enabled": "false",
        "spark.driver.bindAddress": "127.0.0.1",
        "spark.driver.host": "127.0.0.1",
        "spark.driver.memory": memory,
        "spark.sql.session.timeZone": "UTC",
    }
    for name, value in options.items():
        builder = builder.config(name, value)
    session = builder.getOrCreate()
    session.sparkContext.setLogLevel("ERROR")
    return session


def totals_on_spark(
    source: object,
    *,
    checks: RowChecks | None = None,
    toll_classes: Toll | None = None,
    stage: str | None = None,
    session: SparkSession | None = None,
    parts: bool = False,
) -> Totals:
    """Check accepted records and add them up on Spark.

    Parameters
    ----------
    source : DataFrame of Spark, path, or list of paths
        Accepted records, or Parquet files or folders of them, as Spark names them (``hdfs://…``, ``s3a://…``, local).
    checks, toll_classes, stage, parts
        As in `aggregate.totals`.
    session : SparkSession, optional
        Where to run. Default: a session on this machine with two threads, stopped afterwards.

    Returns
    -------
    Totals
        The same bytes as in process.

    Raises
    ------
    UsageError
        pyspark is not installed, or the source is neither paths nor a Spark table.
    """
    sql = _pyspark()
    checks = RowChecks.load() if checks is None else checks
    toll = toll_rule(None) if toll_classes is None else toll_classes
    if isinstance(source, sql.DataFrame):
        return _run(source, checks, toll, stage, parts)
    paths = list(_paths(source))
    own = session is None
    spark = local_session() if session is None else session
    try:
        try:
            frame = spark.read.parquet(*paths)
        except sql.utils.AnalysisException as error:
            raise UsageError(f"Spark cannot read {', '.join(paths[:3])}: {str(error).splitlines()[0]}") from error
        return _run(frame, checks, toll, stage, parts)
    finally:
        if own:
            spark.stop()


def _run(frame: DataFrame, checks: RowChecks, toll: Toll, stage: str | None, parts: bool) -> Totals:
    spark = frame.sparkSession
    name = "spark.sql.execution.arrow.maxRecordsPerBatch"
    before = spark.conf.get(name)
    spark.conf.set(name, str(BATCH))
    try:
        columns = [column for column in columns_read(checks, parts) if column in frame.columns]
        work = partial(_on_executor, checks=checks, toll_classes=toll, stage=stage, parts=parts)
        returned = frame.select(*columns).mapInArrow(work, _DDL).toArrow()
    finally:
        spark.conf.set(name, before)
    return gather([_read(returned)], checks)


def _on_executor(
    batches: Iterator[pa.RecordBatch], *, checks: RowChecks, toll_classes: Toll, stage: str | None, parts: bool
) -> Iterator[pa.RecordBatch]:
    """Run the kernel on the batches of one partition; hand back one partial for all of them."""
    options: dict[str, Any] = {"checks": checks, "toll_classes": toll_classes, "stage": stage, "parts": parts}
    found = (partial_totals(pa.Table.from_batches([batch]), **options) for batch in batches if batch.num_rows)
    first = next(found, None)
    if first is None:
        return
    added = gather(_chain(first, found), checks)
    yield from _written(Partial(added.sums, added.found, added.records)).to_batches()


def _chain(first: Partial, rest: Iterable[Partial]) -> Iterator[Partial]:
    yield first
    yield from rest


def _written(part: Partial) -> pa.Table:
    """Put sums, counts of failures and the number of records into one table of texts and whole numbers."""
    sums = pa.table({name: part.sums.column(name).cast(_WIRE.field(name).type) for name in part.sums.column_names})
    found = _rows(len(part.found), item_id=part.found.column("rule"), n_records=part.found.column("records"))
    for name in FOUND_BY[1:]:
        found = found.set_column(found.column_names.index(name), name, part.found.column(name))
    read = _rows(1, n_records=pa.array([part.records], pa.int64()))
    tables = [
        _wide(table.add_column(0, "kind", pa.repeat(pa.scalar(kind), len(table))))
        for kind, table in (("sums", sums), ("found", found), ("read", read))
    ]
    return pa.concat_tables(tables)


def _wide(table: pa.Table) -> pa.Table:
    """Give a table all columns of the wire; empty where it has none."""
    for name in PARTS:
        if name not in table.column_names:
            table = table.append_column(name, pa.nulls(len(table), pa.int64()))
    return table.select(_WIRE.names).cast(_WIRE)


def _rows(length: int, **columns: Any) -> pa.Table:
    empty: dict[str, Any] = {name: pa.repeat(pa.scalar(""), length) for name in KEYS}
    empty |= {name: pa.repeat(pa.scalar(0, pa.int64()), length) for name in SUMS}
    return pa.table(empty | columns)


def _read(table: pa.Table) -> Partial:
    if not table.num_rows:
        raise UsageError("no records to add up")
    # Spark may hand texts back in a wider type
    table = table.cast(_WIRE)

    def kind(name: str) -> pa.Table:
        return table.filter(pc.equal(table.column("kind"), name)).drop_columns(["kind"])

    found = kind("found").select(["item_id", *FOUND_BY[1:], "n_records"]).rename_columns([*FOUND_BY, "records"])
    records = int(pc.sum(kind("read").column("n_records")).as_py())
    sums = kind("sums")
    if sums.column(PARTS[0]).null_count == len(sums):
        sums = sums.drop_columns(list(PARTS))
    return Partial(merge_sums([sums]), add_found([found]), records)


def _paths(source: object) -> Iterator[str]:
    if isinstance(source, str | Path):
        yield str(source)
    elif isinstance(source, list | tuple):
        for part in source:
            yield from _paths(part)
    else:
        raise UsageError(
            f"Spark reads Parquet files or its own tables, not {type(source).__name__}; pass paths",
            zh="Spark 只读取 Parquet 文件或其自身的表，请给出路径",
        )


def _pyspark() -> Any:
    try:
        from pyspark import sql
    except ImportError as error:
        raise UsageError(
            "the engine 'spark' needs pyspark and Java: pip install 'shuibei_index[spark]'",
            zh="引擎 spark 需要 pyspark 与 Java：pip install 'shuibei_index[spark]'",
        ) from error
    return sql
