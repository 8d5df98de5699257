"""Running: the whole line for a range of months."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator

from shuibei_index import months as month_names
from shuibei_index.outcome import Intake, Released, say
from shuibei_index.pipeline.publishing import release
from shuibei_index.pipeline.taking_in import panel_of, pass_gates, take_in
from shuibei_index.store import Store
from shuibei_index.workspace import Workspace

#: Months of a long range are taken in together up to this much: fewer starts of the workbook reader, bounded memory.
_CHUNK_BYTES = 64 * 2**20


def run(workspace: Workspace, start: str, end: str, *, released_on: str = "", revision: str = "") -> Released:
    """Run the whole line for a range of months: each taken in and checked, one vintage released with all of them.

    Raises
    ------
    GateError
        A month did not pass a gate; the months before it stay taken in.
    """
    taken = Intake.none()
    with Store.open(workspace.store) as store:
        for chunk in chunks(workspace, month_names.between(start, end)):
            done = take_in(workspace, store, chunk, "")
            say(f"收表 intake {chunk[0]} – {chunk[-1]}: {done.headline()}")
            for month in chunk:
                pass_gates(done.gates(month, workspace.rules(), panel_of(workspace)), month)
            taken = taken.plus(done)
    released = release(workspace, end, released_on=released_on, revision=revision)
    return dataclasses.replace(released, counts=taken.totals)


def chunks(workspace: Workspace, months: list[str]) -> Iterator[list[str]]:
    """Yield the months in runs small enough to be taken in together."""
    chunk: list[str] = []
    size = 0
    for month in months:
        folder = workspace.inbox / month
        chunk.append(month)
        size += sum(p.stat().st_size for p in folder.iterdir() if p.is_file()) if folder.is_dir() else 0
        if size >= _CHUNK_BYTES:
            yield chunk
            chunk, size = [], 0
    if chunk:
        yield chunk
