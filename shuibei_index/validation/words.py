"""Words of coded columns: 含税 / incl / INCL. all mean one thing, an unknown word means nothing."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from shuibei_index.intake.schema import CODES
from shuibei_index.rules import RulesAt
from shuibei_index.validation.batch import Batch

EMPTY, UNKNOWN = -1, -2
CODED = ("trade_type", "stage", "weight_unit", "unit_system", "amount_unit", "tax_basis", "charge_basis")

Word = npt.NDArray[np.int8]


def words_of(rules: RulesAt) -> dict[str, tuple[str, ...]]:
    """Return the codes each coded column may hold, in the order their numbers are given.

    Examples
    --------
    >>> from shuibei_index.rules import Rules
    >>> words_of(Rules.load().at("2025-06"))["tax_basis"]
    ('incl', 'excl')
    """
    lists = {column: tuple(words) for column, words in CODES.items()}
    return {**lists, "unit_system": tuple(rules["unit_systems"])}


def words_of_all(months: Sequence[RulesAt]) -> dict[str, tuple[str, ...]]:
    """Return the codes of several months together: a word has one number, whichever month's rules know it.

    The systems of the newest month come first; those only older months know follow.
    """
    newest = words_of(months[-1])
    systems = dict.fromkeys(system for rules in reversed(months) for system in rules["unit_systems"])
    return {**newest, "unit_system": tuple(systems)}


def read_words(batch: Batch, rules: RulesAt, codes: dict[str, tuple[str, ...]]) -> dict[str, Word]:
    """Return per coded column the number of each record's code among `codes`; EMPTY or UNKNOWN below 0."""
    aliases: dict[str, dict[str, str]] = rules["code_words"]
    result = {}
    for column in CODED:
        known = {code: code for code in codes[column]}
        known |= {zh: code for code, zh in CODES.get(column, {}).items()}
        known |= {word.casefold(): code for word, code in aliases.get(column, {}).items() if code in codes[column]}
        numbers = {word: codes[column].index(code) for word, code in known.items()}
        of = batch.text[column].lookup(lambda w, n=numbers: n.get(w.casefold(), UNKNOWN), EMPTY, np.int8)  # type: ignore[misc]
        result[column] = of[batch.text[column].codes].astype(np.int8, copy=False)
    return result
