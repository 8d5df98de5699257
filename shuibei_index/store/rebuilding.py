"""Rebuilding: the folders of releases written anew from the store, byte for byte."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from shuibei_index.errors import StoreError

if TYPE_CHECKING:
    from shuibei_index.store.ledger import Ledger, ReleaseRecord
    from shuibei_index.store.store import Store

_MANIFEST = "manifest.json"


def latest_releases(ledger: Ledger | Store) -> dict[str, ReleaseRecord]:
    """Return the record of each release by name: of those that were recorded twice, the one that stands."""
    return {record.release: record for record in ledger.releases()}


def rebuild(store: Store, releases: Path) -> list[Path]:
    """Write every release that is not there; see `Store.rebuild_releases`."""
    # late: the writing of bundles belongs to a later stage than the store
    from shuibei_index.release.write import write_folder

    written = []
    for name, record in latest_releases(store).items():
        kept = store.released_files(record.seq)
        folder = releases / name
        if not kept:
            if folder.is_dir():
                continue
            raise StoreError(
                f"release {name} was made before its files were kept in the store, and its folder is gone: it cannot "
                "be rebuilt. Restore releases/ from a backup, or from where it was published.",
                zh=f"发布 {name} 制作时尚未把文件存入库，其文件夹又已丢失，无法重建；请从备份或已发布处恢复",
            )
        there = folder.exists()
        write_folder({path: store.objects.get_bytes(sha256) for path, sha256 in kept.items()}, folder)
        if not there:
            written.append(folder)
    return written


def digests_of(ledger: Ledger, record: ReleaseRecord, manifest: bytes) -> Mapping[str, str]:
    """Return the digest every file of a release must have: as kept, or as its manifest says if nothing was kept."""
    kept = ledger.released_files(record.seq)
    if kept:
        return kept
    return {_MANIFEST: record.manifest, **{entry["path"]: entry["sha256"] for entry in json.loads(manifest)["files"]}}
