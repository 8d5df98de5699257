"""Store: what was received and what was made of it, kept so that history cannot change unnoticed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from shuibei_index.store.store import Store

__all__ = ["Store"]


def __getattr__(name: str) -> Any:
    # Late, so that a command that needs no store does not wait for pandas and pyarrow.
    if name == "Store":
        from shuibei_index.store.store import Store

        return Store
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
