"""Receiving a folder: every file of it, by name, and what could not be received."""

from __future__ import annotations

import stat
from collections.abc import Callable
from pathlib import Path

import pandas as pd

from shuibei_index.checks import Checks, gather
from shuibei_index.intake.limits import Limits
from shuibei_index.intake.source import ChangedError, NotRegularError, UnreadableError, is_bystander, sent_name
from shuibei_index.store.ledger import Receipt


def receive_folder(
    receive: Callable[[Path, str, str], Receipt],
    folder: Path,
    inbox_month: str,
    received_at: str,
    limits: Limits | None,
) -> tuple[list[Receipt], pd.DataFrame]:
    """Receive every file of a folder; see `Transaction.receive_folder`."""
    checks = Checks.load()
    receipts, refused = [], []
    seen: set[int] = set()
    for path in sorted(Path(folder).iterdir(), key=lambda p: p.name):
        if is_bystander(path.name):
            refused.append(checks.find("bystander", file=sent_name(path)))
            continue
        if limits is not None and (size := _size(path)) > limits.largest(path.name):
            most = str(limits.largest(path.name))
            refused.append(checks.find("file_too_large", file=sent_name(path), value=str(size), limit=most))
            continue
        try:
            receipt = receive(path, inbox_month, received_at)
        except NotRegularError:
            refused.append(checks.find("not_regular", file=sent_name(path)))
            continue
        except ChangedError:
            refused.append(checks.find("file_changed", file=sent_name(path)))
            continue
        except UnreadableError as error:
            refused.append(checks.find("file_unreadable", file=sent_name(path), detail=error.strerror or ""))
            continue
        if receipt.file_name != sent_name(path):
            refused.append(checks.find("same_content", file=sent_name(path), value=receipt.file_name))
        if receipt.seq not in seen:
            seen.add(receipt.seq)
            receipts.append(receipt)
    return receipts, gather(refused)


def _size(path: Path) -> int:
    """Return the size of a regular file; −1 for anything else, which receiving refuses by itself."""
    try:
        found = path.lstat()
    except OSError:
        return -1
    return found.st_size if stat.S_ISREG(found.st_mode) else -1
