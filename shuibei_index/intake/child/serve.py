"""Serve: the life of the process that opens files. Fed over a socket, answers over it, and may die at any time.

It never sees a path: workbooks come as bytes, Parquet files as an open descriptor. It keeps no state between files.
"""

from __future__ import annotations

import json
import resource
import socket
import struct
from collections.abc import Mapping
from typing import Any

#: Request: kind (w workbook, p Parquet footer, g row groups), length of the words that follow, length of the content.
REQUEST = struct.Struct(">cIQ")
#: Answer: kind (j JSON; s the texts of one sheet, one message for each sheet the JSON names; f its figures, if the JSON
#: says that it has some; t one table as an Arrow stream, before the JSON), length.
ANSWER = struct.Struct(">cQ")


def main(words: str, descriptor: int) -> None:
    """Answer requests until the other side goes."""
    limits: dict[str, Any] = json.loads(words)
    resource.setrlimit(resource.RLIMIT_AS, (limits["memory"], limits["memory"]))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    with socket.socket(fileno=descriptor) as line:
        while True:
            head, passed, _, _ = socket.recv_fds(line, REQUEST.size, 1)
            if len(head) < REQUEST.size:
                head += _exactly(line, REQUEST.size - len(head))
            if len(head) < REQUEST.size:
                return
            kind, count, size = REQUEST.unpack(head)
            _more_time(limits)
            request: dict[str, Any] = json.loads(_exactly(line, count))
            if kind == b"w":
                _workbook(line, _exactly(line, size), request, limits)
            else:
                _parquet(line, passed[0], request, limits)


def _more_time(limits: Mapping[str, Any]) -> None:
    usage = resource.getrusage(resource.RUSAGE_SELF)
    used = int(usage.ru_utime + usage.ru_stime)
    resource.setrlimit(resource.RLIMIT_CPU, (used + limits["seconds"] + 1, resource.RLIM_INFINITY))


def _exactly(line: socket.socket, size: int) -> bytearray:
    content = bytearray(size)
    view, at = memoryview(content), 0
    while at < size:
        count = line.recv_into(view[at:])
        if not count:
            return content[:at]
        at += count
    return content


def _workbook(line: socket.socket, data: bytearray, request: Mapping[str, Any], limits: Mapping[str, Any]) -> None:
    from shuibei_index.intake.child.book import read_book

    content = read_book(bytes(data), request["kind"], limits, figures=request["figures"])
    del data
    # As JSON the texts would take four times as long on both sides.
    cells: list[tuple[bytes, bytes]] = []
    for sheet in content.get("sheets", []):
        cells.append((b"s", sheet.pop("text")))
        if "figures" in sheet:
            cells.append((b"f", sheet["figures"]))
            sheet["figures"] = True
    if sum(len(part) for _, part in cells) > limits["expanded"]:
        content, cells = {"rule": "workbook_too_large", "detail": "texts"}, []
    _say(line, content)
    for kind, part in cells:
        line.sendall(ANSWER.pack(kind, len(part)))
        line.sendall(part)


def _say(line: socket.socket, content: Mapping[str, Any]) -> None:
    text = json.dumps(content, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace")
    line.sendall(ANSWER.pack(b"j", len(text)))
    line.sendall(text)


def _parquet(line: socket.socket, descriptor: int, request: Mapping[str, Any], limits: Mapping[str, Any]) -> None:
    import os

    import pyarrow as pa

    from shuibei_index.intake.child.parquet import DAMAGE, TooLarge, open_parquet, read_groups

    answer: dict[str, Any] = {}
    try:
        if request["do"] == "open":
            file, answer = open_parquet(descriptor, limits)
            _table(line, file.schema_arrow.remove_metadata().empty_table())
            file.close()
        else:
            for table in read_groups(descriptor, request["names"], request["texts"], limits):
                _table(line, table)
                _more_time(limits)
    except TooLarge as error:
        answer = {"rule": "parquet_too_large", "detail": str(error)}
    except (MemoryError, pa.ArrowMemoryError):
        answer = {"rule": "parquet_too_large", "detail": "memory"}
    except DAMAGE as error:
        answer = {"rule": "parquet_damaged", "detail": (str(error).splitlines() or [type(error).__name__])[0][:200]}
    finally:
        os.close(descriptor)
    _say(line, answer)


def _table(line: socket.socket, table: Any) -> None:
    import pyarrow as pa

    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, table.schema) as writer:
        writer.write_table(table)
    content = sink.getvalue()
    line.sendall(ANSWER.pack(b"t", content.size))
    line.sendall(content)
