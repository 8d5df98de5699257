"""What is signed: exactly what would be released, and what was looked at, as digests; nothing is kept."""

from __future__ import annotations

import functools
import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from shuibei_index.adjust.engine.program import locate
from shuibei_index.frozen import Frozen, freeze
from shuibei_index.review.signatories import SIGNATORIES
from shuibei_index.review.signed import signed_bytes
from shuibei_index.store import Store
from shuibei_index.version import __version__
from shuibei_index.workspace import Workspace

if TYPE_CHECKING:
    from shuibei_index.store.ledger import ReleaseRecord
    from shuibei_index.store.store import Transaction

#: What a release adds to its frozen inputs that nobody signs: it follows from what is signed.
NOT_SIGNED = ("receipts", "sign_offs")


def to_sign(workspace: Workspace, store: Store, month: str, frozen: Frozen, revision: str | None) -> dict[str, Any]:
    """Return what would be released and what was looked at, by digests: what a sign-off is of.

    `revision`: "" = none, a reason = one; None = one if the month is released already, with other inputs.
    """
    inputs = freeze(workspace, frozen, cast("Transaction", _Dry()))
    name, before = _name(store.releases(), month, inputs, revision)
    state = store.month(month)
    queries = store.register.queries(month)
    engine = locate()
    listed = workspace.root / SIGNATORIES
    return {
        "release": name,
        "previous": {"release": before.release, "manifest": before.manifest} if before else {},
        "inputs": inputs,
        "looked_at": {
            **({} if state is None else {"held": state.held, "rejected": state.rejected, "findings": state.findings}),
            "receipts": "" if state is None else state.receipts,
            "queries": _digest(queries[["query", "status", "content"]].to_numpy(dtype=object).tolist()),
        },
        "code": {"version": __version__, "sources": _sources()},
        "engine": {} if engine is None else engine.identity(),
        # without a list of who may sign there is nothing of it to sign
        **({"signatories": hashlib.sha256(listed.read_bytes()).hexdigest()} if listed.is_file() else {}),
    }


def _name(
    made: list[ReleaseRecord], month: str, inputs: Mapping[str, Any], revision: str | None
) -> tuple[str, ReleaseRecord | None]:
    """Return the name of the release to make, and the one before it, as `publishing.release` counts them."""
    records = {record.release: record for record in made}
    names = list(records)
    own = [name for name in names if name[:7] == month]
    if revision is None and own:
        last = {k: v for k, v in records[own[-1]].inputs.items() if k not in NOT_SIGNED}
        name = own[-1] if last == dict(inputs) else f"{month}-r{len(own)}"
    else:
        name = f"{month}-r{len(own)}" if revision and own else month
    before = names[: names.index(name)] if name in records else names
    return name, records[before[-1]] if before else None


def _digest(content: Any) -> str:
    return hashlib.sha256(signed_bytes({"content": content})).hexdigest()


@functools.cache
def _sources() -> str:
    """Return the digest of the package's own source files: one version number may stand for two states of them."""
    root = Path(__file__).parents[1]
    listed = [[p.relative_to(root).as_posix(), hashlib.sha256(p.read_bytes()).hexdigest()]
              for p in sorted(root.rglob("*.py"))]  # fmt: skip
    return _digest(listed)


class _Dry:
    """A transaction that names objects and keeps none."""

    @property
    def objects(self) -> _Dry:
        return self

    @staticmethod
    def put_bytes(data: bytes) -> str:
        """Return the name the bytes would have."""
        return hashlib.sha256(data).hexdigest()
