"""Delta: the accepted records of a store as a Delta Lake table, made of the very same Parquet files."""

from __future__ import annotations

import hashlib
import json
import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.parquet as pq

from shuibei_index.errors import StoreError, UsageError
from shuibei_index.store.places import Place
from shuibei_index.store.upgrades import SEALED_SINCE, schema_version

if TYPE_CHECKING:
    from deltalake import DeltaTable

    from shuibei_index.store import Store

#: The partition: month of the state. The files have the months of their records as well, under ``period``.
PARTITION = "month"
_SEQ, _SEAL, _SHA = "shuibei_index.state", "shuibei_index.seal", "shuibei_index.sha256"
#: Delta forgets versions after 30 days unless told; the law asks for three years, the store keeps everything.
_KEEP = {
    "delta.logRetentionDuration": "interval 36500 days",
    "delta.deletedFileRetentionDuration": "interval 36500 days",
}


@dataclass(frozen=True)
class Exported:
    """What an export did.

    Parameters
    ----------
    commits : int
        Versions added; 0 = everything was there already.
    state : int
        Number of the last state of a month in the ledger that the table has.
    version : int
        Version of the table.
    """

    commits: int
    state: int
    version: int


@dataclass(frozen=True)
class _State:
    seq: int
    month: str
    accepted: str
    seal: str


def export(store: Store, uri: str | Path, storage_options: dict[str, str] | None = None) -> Exported:
    """Bring a Delta table up to the ledger: one version for each state of a month, in the ledger's order.

    The data files are the store's own objects, byte for byte, under ``month=2025-06/<sha256>.parquet``: there is no
    second format. A version replaces the file of its month and touches no other. Each version carries the number of the
    state and its seal in the ledger's chain, as an application transaction of Delta: an export that was killed goes on
    where it stopped, one that is repeated adds nothing, and of two at once only one commits each state.

    Parameters
    ----------
    store : Store
    uri : str or Path
        Folder, or address of an object store.
    storage_options : dict of str to str, optional
        Options of ``deltalake`` for that object store.

    Raises
    ------
    StoreError
        The table is of another store or ahead of this one, an object is missing or changed, or the place cannot be
        written.
    """
    lake = _lake()
    place = Place.of(uri)
    address = place.base if "://" not in str(uri) else str(uri)
    with store.snapshot():
        connection = store._ledger.connection
        own = _identity(connection)
        states = list(_states(connection))
    table = _open(lake, address, storage_options)
    done = _position(table, own, states) if table is not None else 0
    new = [state for state in states if state.seq > done]
    if table is None:
        place.close_to_others()
    for state in new:
        table = _commit(lake, store, place, address, storage_options, table, state, own)
    return Exported(len(new), states[-1].seq if states else 0, table.version() if table is not None else -1)


class Lake:
    """The accepted records as the Delta table has them: readable without the store, at any state of the ledger.

    Parameters
    ----------
    uri : str or Path
    storage_options : dict of str to str, optional

    Raises
    ------
    StoreError
        There is no such table.
    """

    def __init__(self, uri: str | Path, storage_options: dict[str, str] | None = None) -> None:
        self._place = Place.of(uri)
        address = self._place.base if "://" not in str(uri) else str(uri)
        table = _open(_lake(), address, storage_options)
        if table is None:
            raise StoreError(f"there is no Delta table in {self._place}", zh=f"{self._place} 中没有 Delta 表")
        self.table = table
        self._versions: dict[int, int] = {}
        for commit in table.history():
            if _SEQ in commit:
                self._versions[int(commit[_SEQ])] = int(commit["version"])

    @property
    def states(self) -> list[int]:
        """Numbers of the ledger's states of months that the table has, in order."""
        return sorted(self._versions)

    def at(self, state: int) -> Lake:
        """Go to the records as they were once the ledger had this state; return the same object.

        Raises
        ------
        StoreError
            The table has no such state.
        """
        if state not in self._versions:
            raise StoreError(f"the Delta table has no state {state}", zh=f"Delta 表中没有第 {state} 号状态")
        self.table.load_as_version(self._versions[state])
        return self

    def objects(self) -> dict[str, str]:
        """Return the object (its digest) of each month."""
        parts = [name.rpartition("/") for name in self._names()]
        return {f.removeprefix(f"{PARTITION}="): last.removesuffix(".parquet") for f, _, last in sorted(parts)}

    def records(self, months: list[str] | None = None) -> pa.Table:
        """Return the records of some months, default all, each file checked against the digest in its name.

        Raises
        ------
        StoreError
            A file is missing or changed.
        """
        objects = self.objects()
        wanted = [month for month in objects if months is None or month in months]
        tables = [pq.read_table(pa.BufferReader(self._checked(month, objects[month]))) for month in wanted]
        plain = [table.cast(_plain(table.schema)) for table in tables]
        return pa.concat_tables(plain) if plain else pa.table({})

    def faults(self) -> list[str]:
        """Return the files of the newest version that are missing or are not what their names say."""
        wrong = list[str]()
        for month, sha256 in self.objects().items():
            try:
                self._checked(month, sha256)
            except StoreError as error:
                wrong.append(str(error))
        return wrong

    def _checked(self, month: str, sha256: str) -> bytes:
        data = self._place.get(_file(month, sha256))
        if hashlib.sha256(data).hexdigest() != sha256:
            raise StoreError(
                f"{_file(month, sha256)} in the Delta table was changed; delete it and export again",
                zh=f"Delta 表中的 {_file(month, sha256)} 已被改动，请删除后重新导出",
            )
        return data

    def _names(self) -> list[str]:
        actions = pa.table(self.table.get_add_actions(flatten=True))
        return [str(name) for name in actions.column("path").to_pylist()]


def _lake() -> Any:
    try:
        import deltalake
    except ModuleNotFoundError as error:
        raise UsageError(
            "Delta tables need the package deltalake: pip install 'shuibei-index[delta]'",
            zh="Delta 表需要 deltalake：pip install 'shuibei-index[delta]'",
        ) from error
    return deltalake


def _open(lake: Any, address: str, options: dict[str, str] | None) -> DeltaTable | None:
    if not lake.DeltaTable.is_deltatable(address, storage_options=options):
        return None
    return lake.DeltaTable(address, storage_options=options)


def _states(connection: sqlite3.Connection) -> Iterator[_State]:
    rows = connection.execute(
        "SELECT m.seq, m.month, m.accepted, coalesce(s.digest, '') FROM months m "
        "LEFT JOIN seals s ON s.of_table = 'months' AND s.of_row = m.seq ORDER BY m.seq"
    )
    for row in rows:
        yield _State(*row)


def _identity(connection: sqlite3.Connection) -> str:
    """Return what tells this store from all others: the digest after its first writing."""
    row = None
    if schema_version(connection) >= SEALED_SINCE:
        # the digest over empty tables is that of every new store
        row = connection.execute("SELECT digest FROM heads WHERE tables <> '{}' ORDER BY seq LIMIT 1").fetchone()
    if row is None:
        raise StoreError(
            "nothing is sealed in this store yet; run intake first", zh="库中尚无封存的内容，请先运行 intake"
        )
    return f"shuibei_index/{row[0]}"


def _position(table: DeltaTable, own: str, states: list[_State]) -> int:
    """Return the last state the table has, once it is sure that it is this store's table."""
    done = table.transaction_version(own)
    seals = {state.seq: state.seal for state in states}
    noted = [commit for commit in table.history() if _SEQ in commit]
    if done is None or any(seals.get(int(commit[_SEQ])) != commit[_SEAL] for commit in noted):
        raise StoreError(
            "the Delta table there was not made from this store's history; nothing was changed. Export to an empty "
            "folder, or restore the store this table was made from.",
            zh="该 Delta 表不是由本库的历史生成；未作任何改动。请导出到空文件夹，或恢复生成该表的库",
        )
    return int(done)


def _commit(
    lake: Any, store: Store, place: Place, address: str, options: Any, table: Any, state: _State, own: str
) -> DeltaTable:
    """Put the file of a state beside the others, then add the version that names it."""
    from deltalake.transaction import AddAction, create_table_with_add_actions

    data = store.objects.get_bytes(state.accepted)
    name = _file(state.month, state.accepted)
    place.put(name, data)
    meta = pq.ParquetFile(pa.BufferReader(data))
    schema = _plain(meta.schema_arrow).append(pa.field(PARTITION, pa.string()))
    known = table is not None and pa.schema(table.schema().to_arrow())
    if known and {f.name for f in known} != set(schema.names):
        raise StoreError(
            f"the records of {state.month} have other columns than the Delta table; export to an empty folder",
            zh=f"{state.month} 的记录与 Delta 表的列不同，请导出到空文件夹",
        )
    stats = json.dumps({"numRecords": meta.metadata.num_rows})
    # no clock: the time of a file says nothing, its state does
    add = [AddAction(name, len(data), {PARTITION: state.month}, 0, True, stats)]
    carried = lake.CommitProperties(
        custom_metadata={_SEQ: str(state.seq), _SEAL: state.seal, _SHA: state.accepted, PARTITION: state.month},
        app_transactions=[lake.Transaction(own, state.seq)],
    )
    described = lake.Schema.from_arrow(schema)
    try:
        if table is None:
            create_table_with_add_actions(
                address, described, add, partition_by=[PARTITION], name="accepted", configuration=_KEEP,
                storage_options=options, commit_properties=carried,
            )  # fmt: skip
            return _open(lake, address, options)
        if name in pa.table(table.get_add_actions(flatten=True)).column("path").to_pylist():
            # the state differs in its rules or its counts, not in its records: a version without a change of files
            table.create_write_transaction([], "append", described, [PARTITION], commit_properties=carried)
        else:
            table.create_write_transaction(
                add, "overwrite", described, [PARTITION], [(PARTITION, "=", state.month)], commit_properties=carried
            )
        table.update_incremental()
    except (lake.exceptions.DeltaError, OSError) as error:
        raise StoreError(
            f"state {state.seq} ({state.month}) was not added to the Delta table ({error}); it is as it was. "
            "Another export may be at work: run again when it has finished.",
            zh=f"第 {state.seq} 号状态（{state.month}）未能写入 Delta 表（{error}）；表未改变。"
            "可能另有导出正在进行，请稍后重试",
        ) from error
    return table


def _file(month: str, sha256: str) -> str:
    return f"{PARTITION}={month}/{sha256}.parquet"


def _plain(schema: pa.Schema) -> pa.Schema:
    """Return the schema without dictionaries: other programs know them as plain columns."""
    kinds = [f.type.value_type if pa.types.is_dictionary(f.type) else f.type for f in schema]
    return pa.schema([pa.field(f.name, kind) for f, kind in zip(schema, kinds, strict=True)])
