"""What the command prints: results on stdout, talk on stderr, Chinese and English side by side."""

from __future__ import annotations

import json
import os
import re
import sys
import unicodedata
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from shuibei_index.cli.words import TITLES

if TYPE_CHECKING:
    import pandas as pd


#: A number as text; a class code such as 0101 is none.
_NUMBER = re.compile(r"[+-]?(0|[1-9][\d,]*)(\.\d+)?%?|–")


def say(text: str) -> None:
    """Print talk on stderr."""
    sys.stderr.write(text + "\n")


def result(text: str) -> None:
    """Print a result on stdout."""
    sys.stdout.write(text + "\n")


def result_json(content: Any) -> None:
    """Print a result as JSON on stdout (UTF-8, NaN as null)."""
    text = json.dumps(_plain(content), ensure_ascii=False, indent=2)
    try:
        text.encode(sys.stdout.encoding or "utf-8")
    except UnicodeEncodeError:
        # escapes of the console would not be JSON: those of JSON are
        text = json.dumps(_plain(content), ensure_ascii=True, indent=2)
    sys.stdout.write(text + "\n")


def keep_stdout() -> None:
    """Keep stdout for what this module prints: what a compiled library prints there by itself goes to stderr.

    HiGHS prints a line in rare cases, whatever it is told; it would stand behind a result in JSON.
    """
    stream = sys.__stdout__
    if stream is None or sys.stdout is not stream:
        return
    try:
        own = os.dup(stream.fileno())
        os.dup2(2, 1)
    except (OSError, ValueError):
        # a stream that is closed or no file: nothing can be mixed up there
        return
    sys.stdout = os.fdopen(own, "w", encoding=stream.encoding, errors=stream.errors)


def show_error(message: str, zh: str, code: int, *, as_json: bool) -> None:
    """Print an error in both languages on stderr, and as JSON on stdout if machines listen."""
    if zh:
        say(f"错误: {zh}")
    say(f"error: {message}")
    if as_json:
        result_json({"error": message, "error_zh": zh, "exit_code": code})


def table(rows: Sequence[Sequence[object]], header: Sequence[str]) -> str:
    """Return an aligned text table; Chinese characters count two columns, numbers stand right.

    Examples
    --------
    >>> print(table([["黄金", 1.5], ["a", 22]], ["类", "n"]))
    类      n
    ----  ---
    黄金  1.5
    a      22
    """
    cells = [[_text(v) for v in row] for row in rows]
    width = [max(_width(str(h)), *(_width(r[i]) for r in cells), 1) for i, h in enumerate(header)]
    right = [bool(rows) and all(_numeric(r[i]) for r in rows if r[i] != "") for i in range(len(header))]

    def line(values: Sequence[str]) -> str:
        parts = [
            " " * (w - _width(v)) + v if r else v + " " * (w - _width(v))
            for v, w, r in zip(values, width, right, strict=True)
        ]
        return "  ".join(parts).rstrip()

    return "\n".join([line(list(header)), "  ".join("-" * w for w in width), *(line(r) for r in cells)])


def frame_table(frame: pd.DataFrame) -> str:
    """Return a DataFrame as a text table, the columns called by their Chinese and English titles."""
    return table(frame.to_numpy(dtype=object).tolist(), [TITLES.get(str(c), str(c)) for c in frame.columns])


def _numeric(value: object) -> bool:
    if isinstance(value, str):
        return _NUMBER.fullmatch(value) is not None
    return value is None or (isinstance(value, int | float) and not isinstance(value, bool))


def _text(value: object) -> str:
    if value is None or (isinstance(value, float) and value != value):
        return "–"
    return f"{value:g}" if isinstance(value, float) and abs(value) < 1 else str(value)


def _width(text: str) -> int:
    return sum(2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in text)


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {str(k): _plain(v) for k, v in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(v) for v in value]
    if hasattr(value, "item") and not isinstance(value, str):
        value = value.item()
    if isinstance(value, float) and (value != value or value in (float("inf"), float("-inf"))):
        return None
    return value
