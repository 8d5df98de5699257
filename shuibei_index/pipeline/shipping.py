"""Shipping: the store of a workspace laid down elsewhere: as a Delta table, or file for file in an object store."""

from __future__ import annotations

from pathlib import Path

from shuibei_index.errors import UsageError
from shuibei_index.store import Store
from shuibei_index.store.delta import Exported, export
from shuibei_index.store.faults import StoreCheck
from shuibei_index.store.places import Place
from shuibei_index.store.remote import Moved, check_remote, pull, push
from shuibei_index.workspace import Workspace


def export_delta(workspace: Workspace, out: str | Path) -> Exported:
    """Bring a Delta table of the accepted records up to the ledger; see `store.delta.export`.

    Raises
    ------
    StoreError
        It is the table of another store, or lies where releases are published from.
    """
    _not_public(workspace, out)
    with Store.open(workspace.store) as store:
        return export(store, out)


def push_store(workspace: Workspace, to: str | Path) -> Moved:
    """Lay down in a place what of the store is not there yet; see `store.remote.push`.

    Raises
    ------
    StoreError
        The place has another history, or lies where releases are published from.
    """
    _not_public(workspace, to)
    with Store.open(workspace.store) as store:
        return push(store, Place.of(to))


def pull_store(workspace: Workspace, origin: str | Path) -> Moved:
    """Bring a store from a place into a workspace that has none; see `store.remote.pull`.

    Raises
    ------
    StoreError
        There is a store already, or what is there is not sound.
    """
    return pull(Place.of(origin), workspace.store)


def check_elsewhere(at: str | Path) -> StoreCheck:
    """Check what was laid down in a place; see `store.remote.check_remote`.

    Raises
    ------
    StoreError
        There is no store in the place.
    """
    return check_remote(Place.of(at))


def _not_public(workspace: Workspace, out: str | Path) -> None:
    # firm-level records, next to what is published or to what firms sent: neither is a place for them
    if "://" in str(out):
        return
    target = Path(out).resolve()
    for folder in (workspace.releases, workspace.inbox, workspace.store):
        if target == folder.resolve() or target.is_relative_to(folder.resolve()):
            raise UsageError(
                f"{folder.name}/ is no place for firm-level records; choose a folder of their own.",
                zh=f"{folder.name}/ 不得存放企业级数据，请另选文件夹",
            )
