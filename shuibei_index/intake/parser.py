"""Parser: the processes that open what comes from outside, seen from here. Their death is a finding, not ours."""

from __future__ import annotations

import json
import queue
import signal
import socket
import subprocess
import sys
from collections.abc import Generator, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

import shuibei_index
from shuibei_index.errors import ShuibeiIndexError
from shuibei_index.intake.block import FileFault
from shuibei_index.intake.child.columns import FIGURE, SEPARATOR
from shuibei_index.intake.child.serve import ANSWER, REQUEST
from shuibei_index.intake.limits import Limits

_ROOT = str(Path(shuibei_index.__file__).resolve().parent.parent)
_START = (
    "import sys; sys.path.insert(0, sys.argv[1]); "
    "from shuibei_index.intake.child.serve import main; main(sys.argv[2], int(sys.argv[3]))"
)
#: Room for what the other process sends besides the tables: lengths, names, offsets.
_SLACK = 16 << 20
#: Bytes of a figure.
_DOUBLE = 8


class Parser:
    """One parsing process, used for many files, started again when it dies."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        #: Seconds an answer may take; the processor time of the process itself is limited besides.
        self._patience = 2.0 * limits.parser_seconds + 5.0
        self._process: subprocess.Popen[bytes] | None = None
        self._line: socket.socket | None = None

    def read(self, data: bytes, kind: str = "xlsx", *, figures: bool = False) -> dict[str, Any]:
        """Return what a workbook holds: "sheets", and "links" to other files.

        Each sheet has its cells as "text", line by line, and their "kinds". With `figures`, the cells of a large sheet
        stand column by column, "text" is an Arrow array, and its figures are an array of "figures": their text is
        empty.

        Raises
        ------
        FileFault
            The workbook was refused, or reading it killed the process.
        """
        with self._talk() as line:
            self._ask(line, b"w", {"kind": kind, "figures": figures}, data)
            _, content = self._answer(line, self._limits.expanded_bytes)
            words: dict[str, Any] = json.loads(content)
            for sheet in words.get("sheets", []):
                _, content = self._answer(line, self._limits.expanded_bytes)
                if "figures" in sheet:
                    _, numbers = self._answer(line, self._limits.expanded_bytes)
                    _by_column(sheet, content, numbers)
                else:
                    sheet["text"] = content.decode().split(SEPARATOR) if sheet["width"] else []
        if "rule" in words:
            raise FileFault(words["rule"], detail=words["detail"], value=f".{kind}", actual=words["detail"])
        return words

    def parquet_schema(self, descriptor: int) -> tuple[pa.Schema, dict[str, int]]:
        """Return the schema of a Parquet file and what else its footer says.

        Raises
        ------
        FileFault
            The file was refused, or reading it killed the process.
        """
        with self._talk() as line:
            self._ask(line, b"p", {"do": "open"}, b"", descriptor)
            first, content = self._answer(line, _SLACK)
            empty = _words_or_table(first, content)
            if empty is None:
                raise EOFError
            _, content = self._answer(line, _SLACK)
        return empty.schema, json.loads(content)

    def parquet_groups(self, descriptor: int, names: list[str], texts: list[str]) -> Generator[pa.Table, None, None]:
        """Yield the row groups of a Parquet file: the columns `names`, those of `texts` as dictionaries.

        Raises
        ------
        FileFault
            The file was refused, or reading it killed the process.
        """
        most = self._limits.group_bytes + _SLACK
        with self._talk() as line:
            self._ask(line, b"p", {"do": "groups", "names": names, "texts": texts}, b"", descriptor)
            while (table := _words_or_table(*self._answer(line, most))) is not None:
                yield table

    def close(self) -> None:
        """End the process."""
        process, self._process = self._process, None
        line, self._line = self._line, None
        if line is not None:
            line.close()
        if process is not None:
            process.kill()
            process.wait()

    def __enter__(self) -> Parser:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    @contextmanager
    def _talk(self) -> Iterator[socket.socket]:
        line = self._start()
        line.settimeout(self._patience)
        whole = False
        try:
            yield line
            whole = True
        except FileFault:
            whole = True
            raise
        except TimeoutError:
            raise self._died() from None
        except (ConnectionError, EOFError):
            raise self._died(gone=True) from None
        except pa.ArrowException as error:
            raise FileFault("parquet_damaged", detail=str(error).partition("\n")[0][:200]) from None
        finally:
            # what was not listened to until the end would be taken for the next answer
            if not whole:
                self.close()

    def _start(self) -> socket.socket:
        if self._line is None:
            limits = self._limits
            words = {
                "memory": limits.parser_memory,
                "seconds": limits.parser_seconds,
                "members": limits.members,
                "expanded": limits.expanded_bytes,
                "ratio": limits.ratio,
                "cells": limits.sheet_cells,
                "sheets": limits.sheets,
                "group_bytes": limits.group_bytes,
                "thrift": limits.footer_bytes,
            }
            here, there = socket.socketpair(socket.AF_UNIX, socket.SOCK_STREAM)
            try:
                # -P: nothing is to be found in the folder this is started from.
                self._process = subprocess.Popen(
                    [sys.executable, "-P", "-c", _START, _ROOT, json.dumps(words), str(there.fileno())],
                    stdin=subprocess.DEVNULL,
                    stdout=subprocess.DEVNULL,
                    stderr=subprocess.DEVNULL,
                    pass_fds=[there.fileno()],
                )
            except OSError as error:
                here.close()
                raise ShuibeiIndexError(
                    f"the process that opens files cannot be started ({error}); free memory or processes and retry",
                    zh=f"无法启动读取文件的进程（{error}）；请释放内存或进程后重试",
                ) from error
            finally:
                there.close()
            self._line = here
        return self._line

    @staticmethod
    def _ask(
        line: socket.socket, kind: bytes, words: Mapping[str, Any], data: bytes, descriptor: int | None = None
    ) -> None:
        text = json.dumps(words).encode()
        head = REQUEST.pack(kind, len(text), len(data))
        if descriptor is None:
            line.sendall(head)
        else:
            socket.send_fds(line, [head], [descriptor])
        line.sendall(text)
        line.sendall(data)

    @staticmethod
    def _answer(line: socket.socket, most: int) -> tuple[bytes, bytearray]:
        kind, size = ANSWER.unpack(_exactly(line, ANSWER.size))
        if size > most:
            raise EOFError
        return kind, _exactly(line, size)

    def _died(self, *, gone: bool = False) -> FileFault:
        process = self._process
        assert process is not None
        if not gone:
            process.kill()
        try:
            code = process.wait(timeout=10.0)
        except subprocess.TimeoutExpired:
            process.kill()
            code = process.wait()
        self.close()
        cause = signal.Signals(-code).name if code < 0 else f"exit code {code}"
        return FileFault("parser_died", detail=cause)


def _by_column(sheet: dict[str, Any], content: bytearray, numbers: bytearray) -> None:
    sheet["text"] = pc.split_pattern(pa.array([content.decode()], pa.string()), SEPARATOR).values
    cells, count = len(sheet["text"]), sheet["kinds"].count(chr(FIGURE))
    # It comes from a process that may have been led astray.
    if cells != len(sheet["kinds"]) or cells % sheet["width"] or len(numbers) != count * _DOUBLE:
        raise EOFError
    sheet["figures"] = np.frombuffer(numbers, dtype=np.float64)


def _exactly(line: socket.socket, size: int) -> bytearray:
    content = bytearray(size)
    view, at = memoryview(content), 0
    while at < size:
        count = line.recv_into(view[at:])
        if not count:
            raise EOFError
        at += count
    return content


def _words_or_table(kind: bytes, content: bytearray) -> pa.Table | None:
    # A table; None after the last; a fault if the words say so.
    if kind == b"j":
        words = json.loads(content)
        if "rule" in words:
            raise FileFault(words["rule"], detail=words["detail"])
        return None
    with pa.ipc.open_stream(pa.py_buffer(content)) as stream:
        table = stream.read_all()
    # It comes from a process that may have been led astray: texts must be UTF-8, offsets within bounds.
    table.validate(full=True)
    return table


class ParserPool:
    """A few parsers, handed out one at a time."""

    def __init__(self, limits: Limits, size: int) -> None:
        self._free: queue.SimpleQueue[Parser] = queue.SimpleQueue()
        self._all = [Parser(limits) for _ in range(size)]
        for parser in self._all:
            self._free.put(parser)

    @contextmanager
    def parser(self) -> Iterator[Parser]:
        """Wait for a free parser and hand it out."""
        parser = self._free.get()
        try:
            yield parser
        finally:
            self._free.put(parser)

    def close(self) -> None:
        """End all processes."""
        for parser in self._all:
            parser.close()
