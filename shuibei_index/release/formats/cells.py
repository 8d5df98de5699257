"""Cells of a sheet: published figures, the mark where one is withheld, and codes in full words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from shuibei_index.release.policy import Policy
from shuibei_index.release.schema import INTEGER, Table, decimals
from shuibei_index.release.tables import published
from shuibei_index.release.withholding import MARK

#: What stands where a figure is withheld, in both languages.
HIDDEN = f"{MARK['zh']} {MARK['en']}"
STATUS_WORDS: Mapping[str, Mapping[str, str]] = {
    "obs_status": {
        "A": "A 正常 normal",
        "P": "P 初步 provisional",
        "I": "I 插补 imputed",
        "R": "R 修订 revised",
        "M": "M 缺失 missing",
    },
    "obs_conf": {"F": "F 公开 free", "C": f"C {MARK['zh']} confidential"},
}
#: Characters a cell can hold, less some.
CELL_LIMIT = 32_000
_CONTROLS = r"[\x00-\x09\x0b-\x1f\x7f\ud800-\udfff\ufffe\uffff]"
_SHORT_EN = {
    "period": "month",
    "class_code": "class",
    "level": "level",
    "component": "component",
    "adjustment": "adjustment",
    "measure": "measure",
    "points_pp": "effect (pct points)",
    "year": "year",
    "link_period": "link month",
    "link_factor": "link factor",
    "weight": "weight as stated",
    "price_updated_weight": "price-updated weight",
    "n_enterprises": "enterprises",
    "n_items": "items",
    "response_rate_count": "response by firms",
    "response_rate_value": "response by turnover",
    "imputed_share": "imputed share",
    "low_95": "95 % low",
    "high_95": "95 % high",
    "previous": "published before",
    "current": "published now",
    "revision": "revision",
    "reason": "reason",
    "obs_status": "status",
    "obs_conf": "confidentiality",
}


@dataclass(frozen=True)
class Field:
    """One column of a sheet: its name in the files, its header in both languages, its cells."""

    name: str
    zh: str
    en: str
    #: Numbers as published, texts, or None for an empty cell.
    cells: tuple[float | str | None, ...]
    #: Decimals shown; -1 = text.
    places: int = -1
    width: int = 12


def text_field(name: str, zh: str, en: str, values: Sequence[object] | pd.Series | pd.Index, width: int = 12) -> Field:
    """Return a column of texts."""
    series = pd.Series(values, dtype=object)
    # a cell holds so many characters, and no control characters but the end of a line
    text = series.where(series.notna(), "").astype(str).str.replace(_CONTROLS, " ", regex=True).str.slice(0, CELL_LIMIT)
    return Field(name, zh, en, tuple(text.tolist()), -1, width)


def number_field(
    name: str,
    zh: str,
    en: str,
    values: pd.Series,
    hidden: npt.NDArray[np.bool_],
    kind: str,
    policy: Policy,
    width: int = 12,
) -> Field:
    """Return a column of numbers rounded as published; a spreadsheet would round the unrounded ones differently.

    Parameters
    ----------
    name, zh, en : str
    values : Series
        Full precision.
    hidden : array of bool
        Where the value is withheld.
    kind : str
        Kind of number of the schema, or INTEGER.
    policy : Policy
    width : int
    """
    places = 0 if kind == INTEGER else decimals(kind, policy)
    text = published(values.to_numpy(dtype=float, na_value=np.nan), places)
    cells = np.full(len(text), None, dtype=object)
    there = text != ""
    cells[there] = text[there].astype(float)
    cells[~there & hidden] = HIDDEN
    return Field(name, zh, en, tuple(cells.tolist()), places, width)


def fields_of(frame: pd.DataFrame, table: Table, policy: Policy) -> tuple[Field, ...]:
    """Return all columns of a table of the bundle."""
    hidden = frame["obs_conf"].eq("C").to_numpy() if "obs_conf" in frame else np.zeros(len(frame), dtype=bool)
    fields = []
    for column in table.columns:
        values = frame[column.name]
        en = _SHORT_EN.get(column.name, column.name)
        if column.is_number or (column.kind == INTEGER and column.name not in ("year", "level")):
            fields.append(number_field(column.name, column.zh, en, values, hidden, column.kind, policy, 14))
        elif column.kind == INTEGER:
            fields.append(number_field(column.name, column.zh, en, values, ~hidden & False, column.kind, policy, 8))
        elif column.name in STATUS_WORDS:
            words = values.map(STATUS_WORDS[column.name])
            fields.append(text_field(column.name, column.zh, en, words, 18))
        else:
            fields.append(text_field(column.name, column.zh, en, values, 40 if column.name == "reason" else 12))
    return tuple(fields)
