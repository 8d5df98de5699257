"""Known series of bullion prices: what a source in the table of metal prices is, from when, in which tax basis."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import pandas as pd

from shuibei_index.errors import RulesError

if TYPE_CHECKING:
    from shuibei_index.rules import RulesAt

#: Keys of an entry of the rule, in the order of the fields of `KnownSeries`.
_KEYS = ("name", "metal", "zh", "en", "from", "until", "tax")


@dataclass(frozen=True)
class KnownSeries:
    """A series of prices of one metal.

    Parameters
    ----------
    name, metal : str
    zh, en : str
        What it is.
    since, until : str
        First and last day, "YYYY-MM-DD"; empty = open.
    tax_basis : {"incl", "excl"}
    """

    name: str
    metal: str
    zh: str
    en: str
    since: str
    until: str
    tax_basis: str


def known_series(rules: RulesAt) -> tuple[KnownSeries, ...]:
    """Return the series of the rule `bullion_series`.

    Raises
    ------
    RulesError
        An entry lacks a key, has one too many, or stands twice.
    """
    found = []
    for entry in rules["bullion_series"]:
        if set(entry) != set(_KEYS) or entry["tax"] not in ("incl", "excl"):
            raise RulesError(
                f"rule 'bullion_series': an entry must have the keys {', '.join(_KEYS)}, tax 'incl' or 'excl'; "
                f"found {entry}",
                f"规则 bullion_series：每项须有 {'、'.join(_KEYS)}，tax 为 incl 或 excl；实为 {entry}",
            )
        found.append(KnownSeries(*(str(entry[key]) for key in _KEYS)))
    keys = [(one.metal, same(one.name)) for one in found]
    if len(set(keys)) < len(keys):
        raise RulesError(
            "rule 'bullion_series': a series of a metal stands twice", "规则 bullion_series：同一金属的序列重复"
        )
    return tuple(found)


def same(name: str) -> str:
    """Return a name as names are compared: full-width letters, case and blanks make no difference.

    Examples
    --------
    >>> same("ＳＨＡＵ ") == same("shau")
    True
    """
    return "".join(unicodedata.normalize("NFKC", name).casefold().split())


def series_of(metal: str, sources: pd.Series, known: tuple[KnownSeries, ...]) -> npt.NDArray[np.object_]:
    """Return the name of the known series each source of a metal means; "" = none."""
    names = {same(one.name): one.name for one in known if one.metal == metal}
    words = sources.unique()
    return sources.map({word: names.get(same(word), "") for word in words}).to_numpy(dtype=object)
