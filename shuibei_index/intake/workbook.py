"""Workbooks: xlsx files, opened in a process of their own that may die without harm."""

from __future__ import annotations

import json
import os
import queue
import re
import select
import signal
import struct
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Any

import numpy as np

from shuibei_index.errors import ShuibeiIndexError
from shuibei_index.intake.block import Block, CellFault, FileFault, FileRead
from shuibei_index.intake.headers import Header, find_header, nearest
from shuibei_index.intake.limits import Limits

_CHILD = Path(__file__).with_name("calamine_child.py")
_REFERENCE = re.compile(r"^([A-Z]{1,3})(\d+)$")


def letters(position: int) -> str:
    """Return the letters of a column counted from 0.

    Examples
    --------
    >>> letters(0), letters(25), letters(26), letters(16383)
    ('A', 'Z', 'AA', 'XFD')
    """
    text, position = "", position + 1
    while position:
        position, rest = divmod(position - 1, 26)
        text = chr(65 + rest) + text
    return text


class Parser:
    """One parsing process, used for many files, started again when it dies."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._process: subprocess.Popen[bytes] | None = None

    def read(self, data: bytes) -> list[dict[str, Any]]:
        """Return the sheets of a workbook.

        Raises
        ------
        FileFault
            The workbook was refused, or reading it killed the process.
        """
        process = self._start()
        try:
            self._send(process, struct.pack(">Q", len(data)) + data)
            reply = self._receive(process)
        except (BrokenPipeError, EOFError):
            raise self._died(process) from None
        except TimeoutError:
            process.kill()
            raise self._died(process) from None
        content: dict[str, Any] = json.loads(reply)
        if "rule" in content:
            detail = content["detail"]
            raise FileFault(content["rule"], detail=detail, value=".xlsx", actual=detail)
        sheets: list[dict[str, Any]] = content["sheets"]
        return sheets

    def close(self) -> None:
        """End the process."""
        process, self._process = self._process, None
        if process is not None:
            process.kill()
            process.wait()
            for stream in (process.stdin, process.stdout):
                if stream is not None:
                    stream.close()

    def __enter__(self) -> Parser:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    def _start(self) -> subprocess.Popen[bytes]:
        if self._process is None:
            limits = {
                "memory": self._limits.parser_memory,
                "seconds": self._limits.parser_seconds,
                "members": self._limits.members,
                "expanded": self._limits.expanded_bytes,
                "ratio": self._limits.ratio,
                "cells": self._limits.sheet_cells,
            }
            try:
                # -P: the folder of the script must not be searched for modules, it has a numbers.py of its own.
                self._process = subprocess.Popen(
                    [sys.executable, "-P", str(_CHILD), json.dumps(limits)],
                    bufsize=0,
                    stdin=subprocess.PIPE,
                    stdout=subprocess.PIPE,
                    stderr=subprocess.DEVNULL,
                )
            except OSError as error:
                raise ShuibeiIndexError(
                    f"the process that opens workbooks cannot be started ({error}); free memory or processes and retry"
                ) from error
        return self._process

    @staticmethod
    def _send(process: subprocess.Popen[bytes], data: bytes) -> None:
        assert process.stdin is not None
        rest = memoryview(data)
        while rest:
            rest = rest[os.write(process.stdin.fileno(), rest) :]

    def _receive(self, process: subprocess.Popen[bytes]) -> bytes:
        assert process.stdout is not None
        descriptor = process.stdout.fileno()
        deadline = time.monotonic() + 2.0 * self._limits.parser_seconds + 5.0
        return self._exactly(descriptor, struct.unpack(">Q", self._exactly(descriptor, 8, deadline))[0], deadline)

    @staticmethod
    def _exactly(descriptor: int, size: int, deadline: float) -> bytes:
        parts = bytearray()
        while len(parts) < size:
            ready, _, _ = select.select([descriptor], [], [], max(0.0, deadline - time.monotonic()))
            if not ready:
                raise TimeoutError
            chunk = os.read(descriptor, min(size - len(parts), 1 << 20))
            if not chunk:
                raise EOFError
            parts += chunk
        return bytes(parts)

    def _died(self, process: subprocess.Popen[bytes]) -> FileFault:
        code = process.wait()
        self.close()
        cause = signal.Signals(-code).name if code < 0 else f"exit code {code}"
        return FileFault("parser_died", detail=cause)


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


def read_workbook(data: bytes, read: FileRead, parser: Parser, limits: Limits) -> None:
    """Find the reports in a workbook and add them to `read`.

    Raises
    ------
    FileFault
        No sheet, or a sheet that cannot be used.
    """
    read.encoding = "xlsx"
    sheets = parser.read(data)
    seen: list[tuple[str, Header]] = []
    for sheet in sheets:
        width = sheet["width"]
        if not width:
            continue
        if sheet["hidden"]:
            read.say("hidden_sheet", sheet["name"])
            continue
        header = _header(sheet, limits)
        if header is None:
            read.say("sheet_skipped", sheet["name"])
            continue
        seen.append((sheet["name"], header))
        if not (header.missing or header.duplicates or header.unit_refused):
            read.blocks.append(_block(sheet, header, read))
    if not seen:
        raise FileFault("header_missing", lines=str(limits.header_lines))
    if not read.blocks:
        name, header = seen[0]
        raise header_fault(header, name)
    for name, header in seen:
        if header.missing or header.duplicates or header.unit_refused:
            fault = header_fault(header, name)
            read.say(fault.rule, **fault.fields)
        else:
            header_notes(header, read, name)


def header_fault(header: Header, sheet: str = "") -> FileFault:
    """Return why a table with this header cannot be used."""
    if header.duplicates:
        return FileFault("header_duplicate", sheet=sheet, columns="、".join(header.duplicates))
    if header.unit_refused:
        at, text, _ = header.unit_refused[0]
        return FileFault("header_unit", sheet=sheet, value=text, cell=f"{letters(at)}{header.line}")
    found = "、".join(text for _, _, text in header.positions)
    return FileFault("columns_missing", sheet=sheet, columns="、".join(header.missing), value=found)


def header_notes(header: Header, read: FileRead, sheet: str = "") -> None:
    """Say what stood above the header and which columns are not used."""
    if header.line > 1:
        read.say("lines_above_header", sheet, lines=header.line - 1)
    for at, text in header.unknown:
        near = nearest(text)
        read.say(
            "unknown_column",
            sheet,
            cell=f"{letters(at)}{header.line}",
            value=text,
            near_zh=f"，是否为“{near}”" if near else "",
            near_en=f"; did you mean {near!r}?" if near else "",
        )


def _header(sheet: dict[str, Any], limits: Limits) -> Header | None:
    width, text = sheet["width"], sheet["text"]
    row, column = sheet["start"]
    count = max(0, min(limits.header_lines - row, len(text) // width))
    lines = [[""] * column + text[n * width : (n + 1) * width] for n in range(count)]
    return find_header(lines, row + 1)


def _block(sheet: dict[str, Any], header: Header, read: FileRead) -> Block:
    width, text, kinds = sheet["width"], sheet["text"], sheet["kinds"].encode("ascii")
    row, column = sheet["start"]
    skip = (header.line - row) * width
    height = len(text) // width - (header.line - row)
    block = Block(sheet["name"], header, np.arange(header.line + 1, header.line + 1 + height, dtype=np.int64))
    for name, position in header.columns.items():
        block.cells[name] = text[skip + position - column :: width]
        block.kinds[name] = kinds[skip + position - column :: width]
    block.first = [text[skip + n :: width] for n in range(min(3, width))]
    for r0, c0, r1, c1 in sheet["merged"]:
        if r1 >= header.line and r0 != r1:
            raise FileFault("merged_cells", sheet=sheet["name"], cell=f"{letters(c0)}{r0 + 1}:{letters(c1)}{r1 + 1}")
    names = {letters(position): name for name, position in header.columns.items()}
    for reference in sheet.get("empty_formulas", []):
        _fault(block, names, reference, "formula_without_value", "")
    for reference, value in sheet.get("errors", []):
        _fault(block, names, reference, "error_cell", value)
    if sheet.get("formulas", 0) > len(sheet.get("empty_formulas", [])):
        read.say("formulas", sheet["name"], count=sheet["formulas"] - len(sheet["empty_formulas"]))
    if sheet.get("hidden_rows", 0):
        read.say("hidden_rows", sheet["name"], count=sheet["hidden_rows"])
    return block


def _fault(block: Block, names: dict[str, str], reference: str, rule: str, value: str) -> None:
    match = _REFERENCE.match(reference)
    if match and match[1] in names and int(match[2]) > block.header.line:
        block.faults.append(CellFault(int(match[2]), names[match[1]], rule, value))
