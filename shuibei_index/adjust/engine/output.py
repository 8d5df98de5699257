"""Read what X-13 wrote: saved tables, diagnostics, messages. The exit status says nothing: it is 0 on errors too."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import numpy.typing as npt

from shuibei_index.adjust.specification.fields import TABLES

_TAG = re.compile(r"<[^>]*>")
_BREAK = re.compile(r"</p>|<br\s*/?>")
_ERROR = re.compile(r"\bERROR:\s*(.*?)(?=\n\s*\n|\bERROR:|\bWARNING:|\bNOTE:|\*\*Correct|\Z)", re.S)
_STARTED = re.compile(r"Reading input spec file from\s+(\S+)\.spc")
# The text build of X-13 writes the first, the HTML build the second.
MESSAGE_FILES = (".err", "_err.html")
COMPLETE = "Execution complete for"
_NEEDED = ("d10", "d11", "d12", "d13", "d16")


@dataclass(frozen=True)
class Output:
    """What one run left for one series.

    `failure` is empty when the tables can be used; `retry` is False when no other request would help.
    """

    tables: dict[str, npt.NDArray[np.float64]] = field(default_factory=dict)
    diagnostics: dict[str, str] = field(default_factory=dict)
    failure: str = ""
    retry: bool = True


def read_output(folder: Path, name: str, first: str, count: int, stdout: str) -> Output:
    """Read tables, diagnostics and messages of one series and judge whether the run succeeded.

    Parameters
    ----------
    folder
        Where X-13 ran.
    name
        Name of the series' specification, without suffix.
    first, count
        First month and number of months the tables must have.
    stdout
        The part of X-13's printed output about this series: some errors are reported only there.
    """
    errors = error_texts(_messages(folder, name) + "\n\n" + stdout)
    if errors:
        return Output(failure=" / ".join(errors))
    tables: dict[str, npt.NDArray[np.float64]] = {}
    for table in TABLES:
        path = folder / f"{name}.{table}"
        if not path.is_file():
            continue
        at, values = read_table(path)
        if at[:1] != [first.replace("-", "")] or len(values) != count:
            return Output(failure=f"table {table} does not cover the {count} months from {first}")
        if not np.isfinite(values).all():
            return Output(failure=f"table {table} has values that are not numbers")
        tables[table] = values
    absent = [table for table in _NEEDED if table not in tables]
    if absent:
        return Output(failure=f"X-13 ended without table {absent[0]} and without a message")
    diagnostics = read_diagnostics(folder / f"{name}.udg")
    if diagnostics.get("converged", "yes") != "yes":
        return Output(failure="the estimation of the model did not converge")
    return Output(tables, diagnostics)


def read_table(path: Path) -> tuple[list[str], npt.NDArray[np.float64]]:
    """Read a saved table: two header lines of two words each, then "yyyymm", tab, value with 15 digits."""
    words = path.read_text(encoding="latin-1").split()[4:]
    try:
        values = [float(word) for word in words[1::2]]
    except ValueError:  # Fortran prints asterisks where a number does not fit
        values = [_number(word) for word in words[1::2]]
    return words[0::2], np.array(values, dtype=np.float64)


def read_diagnostics(path: Path) -> dict[str, str]:
    """Read a ``.udg`` file, "key: value" by line, without the date and time of the run."""
    if not path.is_file():
        return {}
    pairs = (line.partition(":") for line in path.read_text(encoding="latin-1").splitlines())
    found = {key.strip(): value.strip() for key, colon, value in pairs if colon}
    return {key: value for key, value in found.items() if key not in ("date", "time")}


def error_texts(text: str) -> list[str]:
    """Return the errors in X-13's messages, each once and on one line."""
    found = (" ".join(match.split()).rstrip(". ") for match in _ERROR.findall(text))
    return list(dict.fromkeys(error for error in found if error))


def sections(stdout: str) -> dict[str, str]:
    """Split what X-13 printed over many series by series: name → its part, in the order they were run."""
    marks = list(_STARTED.finditer(stdout))
    ends = [*(mark.start() for mark in marks), len(stdout)][1:]
    return {mark[1]: stdout[mark.end() : end] for mark, end in zip(marks, ends, strict=True)}


def _messages(folder: Path, name: str) -> str:
    texts = []
    for suffix in MESSAGE_FILES:
        path = folder / f"{name}{suffix}"
        if path.is_file():
            text = path.read_text(encoding="latin-1")
            texts.append(_TAG.sub("", _BREAK.sub("\n\n", text)) if suffix.endswith("html") else text)
    return "\n\n".join(texts)


def _number(word: str) -> float:
    try:
        return float(word)
    except ValueError:
        return math.nan
