"""Remote: a store laid down in an object store, file for file as it is on disk, with its ledger as sealed snapshots."""

from __future__ import annotations

import hashlib
import re
import sqlite3
import tempfile
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

from shuibei_index.errors import StoreError
from shuibei_index.store.chain import has_head, head
from shuibei_index.store.checking import check_store
from shuibei_index.store.faults import Fault, StoreCheck
from shuibei_index.store.head import Head
from shuibei_index.store.ledger import Ledger
from shuibei_index.store.ledger_faults import ledger_faults
from shuibei_index.store.naming import named_objects
from shuibei_index.store.objects import Objects
from shuibei_index.store.places import Place, force_to_disk
from shuibei_index.store.store import LEDGER, Store
from shuibei_index.store.upgrades import SEALED_SINCE, schema_version

_OBJECTS, _LEDGERS = "objects", "ledgers"
#: Number of the head, head, digest of the file: what a snapshot is stands in its name.
_SNAPSHOT = re.compile(r"(\d{10})-([0-9a-f]{64})-([0-9a-f]{64})\.sqlite")


@dataclass(frozen=True)
class Snapshot:
    """A ledger as it was once: its name in the object store says what it must be."""

    name: str
    number: int
    head: str
    sha256: str


@dataclass(frozen=True)
class Moved:
    """What a push or a pull moved: objects, their bytes, and the head both sides have now."""

    objects: int
    bytes: int
    head: str


class RemoteStore(Store):
    """A store read from an object store: the ledger's last snapshot, objects fetched when they are asked for.

    Everything fetched is compared with its digest and kept in a folder, so that it is fetched once. Nothing is written
    to the object store through it.
    """

    def __init__(self, cache: Path, ledger: Ledger, place: Place) -> None:
        super().__init__(cache, ledger)
        self.objects = _FetchedObjects(cache / _OBJECTS, place)

    def writer(self, command: str) -> NoReturn:
        """Refuse: one place writes, the workspace the store was pushed from.

        Raises
        ------
        StoreError
            Always.
        """
        raise StoreError(
            f"{command!r}: a store opened in an object store is for reading; pull it into a workspace, write there and "
            "push again.",
            zh=f"{command!r}：对象存储中的库只供读取；请先 pull 到工作区，在那里写入后再 push",
        )


class _FetchedObjects(Objects):
    """Objects fetched from an object store at their first use."""

    def __init__(self, root: Path, place: Place) -> None:
        super().__init__(root)
        self._place_of_all = place

    def path(self, sha256: str) -> Path:
        """Return where the object is, once it is here."""
        if not super().__contains__(sha256):
            for table in (False, True):
                local = self.place(sha256, table=table)
                name = f"{_OBJECTS}/{local.relative_to(self.root).as_posix()}"
                if self._place_of_all.has(name):
                    _keep(self, self._place_of_all.get(name), sha256, table=table)
                    break
        return super().path(sha256)


def snapshots(place: Place) -> list[Snapshot]:
    """Return the ledgers laid down in a place, oldest first."""
    found = []
    for name in place.names(_LEDGERS):
        match = _SNAPSHOT.fullmatch(name)
        if match:
            found.append(Snapshot(f"{_LEDGERS}/{name}", int(match[1]), match[2], match[3]))
    return sorted(found, key=lambda s: (s.number, s.name))


def push(store: Store, place: Place) -> Moved:
    """Lay down in a place whatever of a store is not there yet: first the objects, then the ledger that names them.

    Objects and ledgers are named by what they are and never written over. Killed at any moment, what is there is the
    last whole state; the next push goes on.

    Raises
    ------
    StoreError
        The place has states that this store never had, an object is missing or changed here, or the place cannot be
        written.
    """
    with tempfile.TemporaryDirectory() as scratch:
        copy = Path(scratch) / LEDGER
        with closing(sqlite3.connect(copy, isolation_level=None)) as target:
            store._ledger.connection.backup(target)
            # one file without a log beside it
            target.execute("PRAGMA journal_mode = DELETE")
            last = head(target) if schema_version(target) >= SEALED_SINCE else None
            if last is None:
                raise StoreError(
                    "nothing is sealed in this store yet; run intake first", zh="库中尚无封存的内容，请先运行 intake"
                )
            for there in snapshots(place):
                if not has_head(target, there.head):
                    raise _diverged(place, there)
            named = sorted(named_objects(target))
        data = copy.read_bytes()
    present = set(place.names(_OBJECTS))
    place.close_to_others()
    moved = size = 0
    for sha256 in named:
        if sha256 not in store.objects:
            # named by the ledger as the digest of something that is no object here: `store check` judges that
            continue
        path = store.objects.path(sha256)
        name = path.relative_to(store.objects.root).as_posix()
        if name not in present:
            content = store.objects.get_bytes(sha256)
            place.put(f"{_OBJECTS}/{name}", content)
            moved, size = moved + 1, size + len(content)
    number, digest = last
    if not any(there.head == digest for there in snapshots(place)):
        sha256 = hashlib.sha256(data).hexdigest()
        place.put(f"{_LEDGERS}/{number:010d}-{digest}-{sha256}.sqlite", data)
    return Moved(moved, size, digest)


def pull(place: Place, root: Path) -> Moved:
    """Bring a store from a place into a folder where there is none: whole, or not at all.

    Raises
    ------
    StoreError
        There is a store already, none in the place, or something there is missing or changed.
    """
    if root.exists():
        raise StoreError(
            f"{root.name} is there already; nothing was changed. Pull into a workspace without a store.",
            zh=f"{root.name} 已存在，未作任何改动；请 pull 到没有库的工作区",
        )
    root.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=root.parent, prefix=".incoming-store-") as scratch:
        new = Path(scratch) / "store"
        new.mkdir(mode=0o700)
        last = _fetch_ledger(place, new / LEDGER)
        objects = Objects(new / _OBJECTS)
        there = place.names(_OBJECTS)
        with closing(Ledger.open(new / LEDGER)) as ledger:
            ledger.connection.execute("PRAGMA journal_mode = WAL")
            named = named_objects(ledger.connection)
            Head(new).note(ledger.connection)
        moved = size = 0
        for sha256 in sorted(named):
            for table in (False, True):
                name = objects.place(sha256, table=table).relative_to(objects.root).as_posix()
                if name in there:
                    data = place.get(f"{_OBJECTS}/{name}")
                    _keep(objects, data, sha256, table=table)
                    moved, size = moved + 1, size + len(data)
        objects.flush()
        force_to_disk(new / LEDGER)

        found = check_store(new)
        if not found.ok:
            raise StoreError(
                f"the store in {place} is not sound; nothing was changed. First fault: {found.faults[0].line()}",
                zh=f"{place} 中的库不完好，未作任何改动；首个问题：{found.faults[0].line()}",
            )
        new.rename(root)
        force_to_disk(root.parent)
    return Moved(moved, size, last.head)


def open_remote(place: Place, cache: str | Path) -> RemoteStore:
    """Open the last state laid down in a place, for reading; `cache` is a folder for what is fetched.

    Raises
    ------
    StoreError
        There is no store, its ledger is not what its name says, or the states there are not of one history.
    """
    cache = Path(cache)
    cache.mkdir(parents=True, exist_ok=True)
    cache.chmod(0o700)
    path = cache / LEDGER
    _fetch_ledger(place, path)
    return RemoteStore(cache, Ledger.open(path), place)


def check_remote(place: Place) -> StoreCheck:
    """Read everything laid down in a place and name what is missing, changed, or of another history.

    Raises
    ------
    StoreError
        There is no store in the place, or it cannot be reached.
    """
    laid = snapshots(place)
    if not laid:
        raise _none(place)
    faults, rows = list[Fault](), 0
    named: dict[str, str] = {}
    with tempfile.TemporaryDirectory() as scratch:
        for number, snapshot in enumerate(laid):
            folder = Path(scratch) / str(number)
            folder.mkdir()
            data = place.get(snapshot.name)
            if hashlib.sha256(data).hexdigest() != snapshot.sha256:
                faults.append(Fault("ledger_changed", snapshot.name, "内容与名称不符。", "is not what its name says."))
                continue
            (folder / LEDGER).write_bytes(data)
            found, digest, rows = ledger_faults(folder)
            faults += found
            if digest != snapshot.head:
                faults.append(Fault("head_unknown", snapshot.name, "摘要与名称不符。", "has another head."))
            if snapshot is laid[-1]:
                faults += _forked(folder / LEDGER, laid)
                with closing(sqlite3.connect(folder / LEDGER)) as connection:
                    named = {sha: found.what for sha, found in named_objects(connection).items()}
    there = place.names(_OBJECTS)
    digests = {name.rpartition("/")[2].removesuffix(".parquet"): name for name in there}
    for sha256, name in digests.items():
        if hashlib.sha256(place.get(f"{_OBJECTS}/{name}")).hexdigest() != sha256:
            faults.append(Fault("object_changed", sha256, "内容已被改动。", f"was changed ({named.get(sha256, '')})."))
    for sha256 in sorted(named.keys() - digests.keys()):
        faults.append(Fault("object_missing", sha256, f"缺失：{named[sha256]}。", f"is missing: {named[sha256]}."))
    counts = {"objects": len(there), "bytes": sum(there.values()), "rows": rows, "releases": 0}
    return StoreCheck(tuple(faults), (), laid[-1].head, counts)


def _fetch_ledger(place: Place, path: Path) -> Snapshot:
    laid = snapshots(place)
    if not laid:
        raise _none(place)
    last = laid[-1]
    data = place.get(last.name)
    if hashlib.sha256(data).hexdigest() != last.sha256:
        raise StoreError(
            f"{last.name} was changed: it is not what its name says. Run 'store check --at' and push again.",
            zh=f"{last.name} 已被改动（与名称不符）；请运行 store check --at 并重新 push",
        )
    path.write_bytes(data)
    forked = _forked(path, laid)
    if forked:
        raise StoreError(forked[0].line(), zh=forked[0].line())
    return last


def _forked(path: Path, laid: list[Snapshot]) -> list[Fault]:
    """Return the snapshots that are no earlier states of the last one: two stores were pushed to one place."""
    with closing(sqlite3.connect(path)) as connection:
        strange = [snapshot for snapshot in laid if not has_head(connection, snapshot.head)]
    zh, en = "不是同一历史：两个库写到了同一位置。", "is of another history: two stores were pushed here."
    return [Fault("head_unknown", snapshot.name, zh, en) for snapshot in strange]


def _keep(objects: Objects, data: bytes, sha256: str, *, table: bool) -> None:
    if hashlib.sha256(data).hexdigest() != sha256:
        raise StoreError(
            f"object {sha256} was changed where it was fetched from; nothing of it was taken over",
            zh=f"取回的对象 {sha256} 与摘要不符，未采用",
        )
    objects.put_back(data, table=table)


def _none(place: Place) -> StoreError:
    return StoreError(f"there is no store in {place}; push one first", zh=f"{place} 中没有库，请先 push")


def _diverged(place: Place, there: Snapshot) -> StoreError:
    return StoreError(
        f"{place} has a state this store never had (head {there.head[:16]}…): another store was pushed there, or this "
        "one was restored from an older copy. Nothing was changed. Pull from there, or push to an empty place.",
        zh=f"{place} 中有本库从未有过的状态（摘要 {there.head[:16]}…）：可能另一个库写到了那里，或本库是旧副本。"
        "未作任何改动；请从那里 pull，或 push 到空位置",
    )
