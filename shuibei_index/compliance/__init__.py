"""Compliance: coverage statement, compilation plan, register of judgements, self-assessment form, archive index.

All of it is made from what a workspace executes and keeps; what the program cannot know is left to a person, in words.
Page methodology/compliance.md.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from shuibei_index.compliance.pack import Pack, compliance_pack

__all__ = ["Pack", "compliance_pack"]


def __getattr__(name: str) -> Any:
    # Late, so that a command that makes no pack does not wait for it.
    if name in __all__:
        from shuibei_index.compliance import pack

        return getattr(pack, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
