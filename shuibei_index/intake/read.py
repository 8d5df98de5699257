"""Read: files as enterprises sent them become Reports. One bad file never stops the others."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import BinaryIO, Protocol

from tqdm import tqdm

from shuibei_index.checks import Checks
from shuibei_index.errors import ShuibeiIndexError
from shuibei_index.intake.assemble import assemble
from shuibei_index.intake.block import Block, FileFault, FileRead
from shuibei_index.intake.delimited import read_delimited
from shuibei_index.intake.filetype import FORMATS, check_type
from shuibei_index.intake.limits import Limits, reading_limits
from shuibei_index.intake.parquet import read_parquet, stream_parquet
from shuibei_index.intake.parser import ParserPool
from shuibei_index.intake.reports import Reports
from shuibei_index.intake.source import (
    ChangedError,
    NotRegularError,
    Source,
    digest_of,
    find_sources,
    is_bystander,
    open_regular,
)
from shuibei_index.intake.workbook import read_workbook
from shuibei_index.rules import Rules, RulesAt

_HEAD = 4096
#: Read here; all else by a parser in a process of its own.
_HERE = (".csv", ".tsv")
#: More parsers than two only wait for each other on the machines this is meant for.
_PARSERS = 2


class Received(Protocol):
    """What a receipt must tell to be read: its number, the sender's file name, the content's digest."""

    @property
    def seq(self) -> int:
        """Number of the receipt."""

    @property
    def file_name(self) -> str:
        """Name the sender gave the file."""

    @property
    def sha256(self) -> str:
        """Digest of the content."""


class Objects(Protocol):
    """Where the content of a receipt is found."""

    def path(self, sha256: str) -> Path:
        """Return the file with that digest."""


def read_submissions(
    paths: str | Path | Iterable[str | Path],
    *,
    rules: Rules | RulesAt | None = None,
    month: str | None = None,
) -> Reports:
    """Read submissions: xlsx, csv and parquet, with Chinese or English headers.

    Parameters
    ----------
    paths
        A file, a folder (every file in it, by name), or several of both. Files are numbered in this order; the
        numbers serve as receipts.
    rules
        The rules of reading. Default: the packaged ones.
    month
        The month whose rules apply. Default: the newest.

    Returns
    -------
    Reports
        A file that cannot be used is a finding; the others are read.

    Raises
    ------
    UsageError
        A path does not exist.
    """
    return read_sources(find_sources(paths), rules=rules, month=month)


def read_receipts(
    receipts: Iterable[Received],
    objects: Objects,
    *,
    rules: Rules | RulesAt | None = None,
    month: str | None = None,
    progress: bool = False,
) -> Reports:
    """Read what was received before, from the store, under the numbers and names of the receipts.

    `progress` shows a bar on stderr where that is a terminal.
    """
    sources = [Source(r.seq, r.file_name, objects.path(r.sha256)) for r in receipts]
    return read_sources(sources, rules=rules, month=month, progress=progress)


def read_batches(
    paths: str | Path | Iterable[str | Path],
    *,
    records: int = 1_000_000,
    rules: Rules | RulesAt | None = None,
    month: str | None = None,
) -> Iterator[Reports]:
    """Read submissions in batches of whole tables (Parquet: row groups), for more than fits in memory.

    Each batch holds at least `records` records, but the last. What is found about a file as a whole comes with its
    first batch; line numbers go on through all.

    Raises
    ------
    ShuibeiIndexError
        A Parquet file turns out to be damaged after some of its records were handed out.
    """
    limits, checks = reading_limits(rules, month), Checks.load()
    batch: list[FileRead] = []
    size = 0
    with _Reader(limits) as reader:
        for source in find_sources(paths):
            last: FileRead | None = None
            for read, block in reader.stream(source):
                if read is not last:
                    batch.append(read)
                    last = read
                elif size >= records:
                    yield assemble(batch, checks, limits)
                    again = FileRead(read.receipt, read.file, read.sha256, read.size, read.format, read.encoding)
                    batch, size = [again], 0
                if block is not None:
                    batch[-1].blocks.append(block)
                    size += len(block.lines)
            if size >= records:
                yield assemble(batch, checks, limits)
                batch, size = [], 0
        if batch:
            yield assemble(batch, checks, limits)


def read_sources(
    sources: Sequence[Source],
    *,
    rules: Rules | RulesAt | None = None,
    month: str | None = None,
    progress: bool = False,
) -> Reports:
    """Read numbered files."""
    limits, checks = reading_limits(rules, month), Checks.load()
    with _Reader(limits) as reader:
        reads = reader.read_all(sources, progress=progress)
    _drop_same_content(reads)
    return assemble(reads, checks, limits)


class _Reader:
    """Reads files one by one; workbooks and Parquet in processes of their own, beside the rest."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._count = max(1, min(_PARSERS, os.cpu_count() or 1))
        self._pool = ParserPool(limits, self._count)

    def __enter__(self) -> _Reader:
        return self

    def __exit__(self, *_: object) -> None:
        self._pool.close()

    def read_all(self, sources: Sequence[Source], *, progress: bool = False) -> list[FileRead]:
        """Read all files; the result does not depend on which is finished first."""
        # disable=None: no bar where stderr is not a terminal
        bar = tqdm(total=len(sources), desc="读取 read", unit=" files", leave=False, disable=None if progress else True)
        with bar, ThreadPoolExecutor(self._count) as executor:

            def read(source: Source) -> FileRead:
                done = self.read(source)
                bar.update()
                return done

            waiting: dict[int, Future[FileRead]] = {
                at: executor.submit(read, source)
                for at, source in enumerate(sources)
                if source.suffix in FORMATS and source.suffix not in _HERE
            }
            here = {at: read(source) for at, source in enumerate(sources) if at not in waiting}
            return [here[at] if at in here else waiting[at].result() for at in range(len(sources))]

    def stream(self, source: Source) -> Iterator[tuple[FileRead, Block | None]]:
        """Yield a file's tables one by one, at least once with None; of Parquet only one is in memory at a time."""
        if source.suffix != ".parquet":
            read = self.read(source)
            blocks, read.blocks = read.blocks, []
            yield read, None
            yield from ((read, block) for block in blocks)
            return
        read = FileRead(source.receipt, source.file)
        begun = False
        try:
            with open_regular(source.path) as stream, self._pool.parser() as parser:
                self._describe(source, stream, read)
                for block in stream_parquet(stream.fileno(), read, parser, self._limits):
                    if not begun:
                        yield read, None
                    begun = True
                    yield read, block
        except (FileFault, OSError) as error:
            if begun:
                raise ShuibeiIndexError(
                    f"{source.file} turned out to be damaged after some of its records were used ({error}). "
                    "Take the file out, or read it with read_submissions, which rejects it whole."
                ) from error
            read.reject(_fault_of(error))
        if not begun:
            yield read, None

    def read(self, source: Source) -> FileRead:
        """Read one file; whatever is wrong with it ends up in the result."""
        read = FileRead(source.receipt, source.file)
        if is_bystander(source.file):
            read.outcome, read.reason = "ignored", "bystander"
            read.say("bystander")
            return read
        try:
            self._fill(source, read)
        except (FileFault, OSError) as error:
            read.reject(_fault_of(error))
        return read

    def _fill(self, source: Source, read: FileRead) -> None:
        with open_regular(source.path) as stream:
            body = self._describe(source, stream, read)
            if read.format == "csv":
                read_delimited(body, read, self._limits)
                return
            with self._pool.parser() as parser:
                if read.format == "parquet":
                    read_parquet(stream.fileno(), read, parser, self._limits)
                else:
                    read_workbook(body, read, parser, self._limits)

    def _describe(self, source: Source, stream: BinaryIO, read: FileRead) -> bytes:
        # Fills in size, digest and format; returns the content, except of Parquet. A file that is too large, or that
        # its first bytes give away, is not read to its end: a terabyte of nothing takes no room on a disk.
        read.size = os.fstat(stream.fileno()).st_size
        head = stream.read(_HEAD)
        stream.seek(max(0, read.size - _HEAD))
        tail = stream.read(_HEAD)
        stream.seek(0)
        most = self._limits.largest(source.file)
        if read.size > most:
            raise FileFault("file_too_large", value=str(read.size), limit=str(most))
        if source.suffix not in FORMATS or source.suffix == ".parquet":
            read.format = check_type(source.file, head, tail)
            read.sha256, _ = digest_of(stream)
            return b""
        body = stream.read()
        read.sha256 = hashlib.sha256(body).hexdigest()
        read.format = check_type(source.file, head, tail, body)
        return body


def _fault_of(error: FileFault | OSError) -> FileFault:
    if isinstance(error, FileFault):
        return error
    if isinstance(error, NotRegularError):
        return FileFault("not_regular")
    if isinstance(error, ChangedError):
        return FileFault("file_changed")
    return FileFault("file_unreadable", detail=error.strerror or type(error).__name__)


def _drop_same_content(reads: Sequence[FileRead]) -> None:
    # The same file twice is one file; were it read twice, each of its records would look like a duplicate. The last
    # one stands: between two copies a third file may have come, and the copy sent again is the sender's last word.
    last: dict[str, str] = {}
    for read in reversed(reads):
        if read.outcome != "read":
            continue
        if read.sha256 in last:
            read.blocks.clear()
            read.issues.clear()
            read.outcome, read.reason = "ignored", "same_content"
            read.say("same_content", value=last[read.sha256])
        else:
            last[read.sha256] = read.file
