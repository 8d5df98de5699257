"""Read what X-13 wrote: saved tables, diagnostics, messages. The exit status says nothing: it is 0 on errors too."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import numpy.typing as npt

from shuibei_index.adjust import periods
from shuibei_index.adjust.engine.files import content
from shuibei_index.adjust.specification.vocabulary import SIX_TABLES

_TAG = re.compile(r"<[^>]*>")
_BREAK = re.compile(r"</p>|<br\s*/?>")
_ERROR = re.compile(r"\bERROR:\s*(.*?)(?=\n\s*\n|\bERROR:|\bWARNING:|\bNOTE:|\*\*Correct|\s*Storing any|\Z)", re.S)
_STARTED = re.compile(r"Reading input spec file from\s+(\S+)\.spc")
_CLOCK = re.compile(r"^.*(?:Execution began|Execution complete|Log for X-13).*\n?", re.M)
# The text build of X-13 writes the first, the HTML build the second.
MESSAGE_FILES = (".err", "_err.html")
COMPLETE = "Execution complete for"
_CORE = frozenset(("d10", "d11", "d12", "d13", "d16", "s10", "s11", "s12", "s13", "s16"))
# Tables with several columns or dates of their own.
OWN_DATES = frozenset(
    (
        "fct",
        "ftr",
        "bct",
        "btr",
        "sfs",
        "chs",
        "sis",
        "ycs",
        "tds",
        "sae",
        "sar",
        "che",
        "chr",
        "sfe",
        "sfr",
        "tre",
        "trr",
        "fce",
        "sp0",
        "sp1",
        "sp2",
        "spr",
        "rmx",
    )
)
_WORDS = frozenset(("mdl", "est"))
# X-13's mark of what is not defined, e.g. in d9 where no weight was changed.
_UNDEFINED = -999.0
Values = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Output:
    """What one run left for one series.

    `failure` is empty when the tables can be used; `retry` is False when no other request would help. `silent` tells a
    failure X-13 gave no reason for, so that the same request may succeed when it is repeated; `idle` that X-13 was
    stopped for taking too long.
    `tables` holds one value for each period of the series, `ahead` what X-13 carried beyond it; of tables with dates of
    their own `tables` has the rows as written (first column: X-13's date stamp) and `headers` the columns' names.
    """

    tables: dict[str, Values] = field(default_factory=dict)
    diagnostics: dict[str, str] = field(default_factory=dict)
    failure: str = ""
    retry: bool = True
    silent: bool = False
    idle: bool = False
    ahead: dict[str, Values] = field(default_factory=dict)
    headers: dict[str, tuple[str, ...]] = field(default_factory=dict)
    log: str = ""


def read_output(
    folder: Path,
    name: str,
    first: str,
    count: int,
    stdout: str,
    *,
    tables: tuple[str, ...] = SIX_TABLES,
) -> Output:
    """Read tables, diagnostics and messages of one series and judge whether the run succeeded.

    Parameters
    ----------
    folder
        Where X-13 ran.
    name
        Name of the series' specification, without suffix.
    first, count
        First period and number of periods the tables must have.
    stdout
        The part of X-13's printed output about this series: some errors are reported only there.
    tables
        Codes of the tables that were to be saved. Tables of the decomposition must be there; others X-13 leaves out
        when they do not apply (d18 without calendar effects, a19 without a model).
    """
    messages = _messages(folder, name)
    log = _CLOCK.sub("", f"{messages}\n{stdout}")
    errors = error_texts(messages + "\n\n" + stdout)
    if errors:
        return Output(failure=" / ".join(errors), log=log)
    start = periods.stamp(first)
    found = Output(log=log)
    for table in tables:
        written = content(f"{folder}/{name}.{table}")
        if written is None:
            continue
        if table in OWN_DATES:
            found.headers[table], found.tables[table] = _wide(written)
            continue
        if table in _WORDS:
            continue
        at, values = _narrow(written)
        begin = 0 if at[:1] == [start] else at.index(start) if start in at else -1
        if begin < 0 or len(values) < begin + count:
            if table in _CORE or not at:
                return Output(
                    failure=f"table {table} does not cover the {count} periods from {first}", silent=True, log=log
                )
            values, begin = _padded(at, values, first, count), 0
        if table in _CORE and not np.isfinite(values).all():
            return Output(failure=f"table {table} has values that are not numbers", silent=True, log=log)
        if table not in _CORE:
            values[values == _UNDEFINED] = math.nan
        found.tables[table] = values[begin : begin + count]
        if len(values) > begin + count:
            found.ahead[table] = values[begin + count :]
    absent = [table for table in tables if table in _CORE and table not in found.tables]
    if absent:
        return Output(failure=f"X-13 ended without table {absent[0]} and without a message", silent=True, log=log)
    found.diagnostics.update(read_diagnostics(folder / f"{name}.udg"))
    if not found.diagnostics:  # it writes them last: it was ended before it was through
        return Output(failure="X-13 ended without diagnostics and without a message", silent=True, log=log)
    if found.diagnostics.get("converged", "yes") != "yes":
        return Output(failure="the estimation of the model did not converge", log=log)
    return found


def read_table(path: Path) -> tuple[list[str], Values]:
    """Read a saved table: two header lines of two words each, then "yyyymm", tab, value with 15 digits."""
    return _narrow(path.read_bytes())


def read_diagnostics(path: Path) -> dict[str, str]:
    """Read a ``.udg`` file, "key: value" by line, without the date and time of the run."""
    written = content(str(path))
    if written is None:
        return {}
    pairs = [line.partition(":") for line in written.decode("latin-1").splitlines()]
    found = {key.strip(): value.strip() for key, colon, value in pairs if colon}
    for clock in ("date", "time"):
        found.pop(clock, None)
    return found


def error_texts(text: str) -> list[str]:
    """Return the errors in X-13's messages, each once and on one line."""
    if "ERROR" not in text:
        return []
    found = (" ".join(match.split()).rstrip(". ") for match in _ERROR.findall(text))
    return list(dict.fromkeys(error for error in found if error))


def sections(stdout: str) -> dict[str, str]:
    """Split what X-13 printed over many series by series: name → its part, in the order they were run."""
    marks = list(_STARTED.finditer(stdout))
    ends = [*(mark.start() for mark in marks), len(stdout)][1:]
    return {mark[1]: stdout[mark.end() : end] for mark, end in zip(marks, ends, strict=True)}


def _narrow(written: bytes) -> tuple[list[str], Values]:
    words = written.decode("latin-1").split()[4:]
    return words[0::2], _floats(words[1::2])


def _padded(at: list[str], values: Values, first: str, count: int) -> Values:
    """Put a table that begins late or ends early, such as residuals, over the periods of the series."""
    period = periods.per_year(first)
    begin = int(at[0]) // 100 * period + int(at[0]) % 100 - 1 - periods.ordinal(first)
    padded = np.full(count, math.nan)
    inside = values[max(-begin, 0) : count - begin]
    padded[max(begin, 0) : max(begin, 0) + len(inside)] = inside
    return padded


def _wide(written: bytes) -> tuple[tuple[str, ...], Values]:
    lines = written.decode("latin-1").splitlines()
    rows = [_floats(line.split()) for line in lines[2:]]
    header = tuple(name.strip() for name in lines[0].split("\t"))
    values = np.array(rows, dtype=np.float64).reshape(len(rows), len(header))
    values[:, 1:][values[:, 1:] == _UNDEFINED] = math.nan
    return header, values


def _floats(words: list[str]) -> Values:
    try:
        return np.array(list(map(float, words)), dtype=np.float64)
    except ValueError:  # Fortran prints asterisks where a number does not fit
        return np.array([_number(word) for word in words], dtype=np.float64)


def _messages(folder: Path, name: str) -> str:
    texts = []
    for suffix in MESSAGE_FILES:
        written = content(f"{folder}/{name}{suffix}")
        if written is not None:
            text = written.decode("latin-1")
            texts.append(_TAG.sub("", _BREAK.sub("\n\n", text)) if suffix.endswith("html") else text)
    return "\n\n".join(texts)


def _number(word: str) -> float:
    try:
        return float(word)
    except ValueError:
        return math.nan
