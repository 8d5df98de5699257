"""Formula and imputation rule of every cell and month, as the rules and the trees name them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from shuibei_index.errors import RulesError, first_few
from shuibei_index.index.elementary.formulas import formula_codes
from shuibei_index.index.elementary.imputation import Imputation, method_codes
from shuibei_index.index.tree.classification import Hierarchy

if TYPE_CHECKING:
    from shuibei_index.rules import RulesAt

Ints = npt.NDArray[np.int64]
Words = npt.NDArray[np.str_]
Bools = npt.NDArray[np.bool_]

#: Name of the method that carries metal with the benchmark, charges and stones with the cell (`components.carrying`).
BENCHMARK = "benchmark"


def formulas_of(trees: Sequence[Hierarchy], words: Words, rules: Sequence[RulesAt]) -> Ints:
    """Return the formula of each cell, position in `elementary.NAMES`, shape (T, G).

    Parameters
    ----------
    trees : sequence of Hierarchy, length T
        The tree of each month.
    words : ndarray of str, shape (G,)
        Class code of each cell.
    rules : sequence of RulesAt, length T

    Raises
    ------
    RulesError
        Neither the tree nor the rule names a formula for a leaf.
    UsageError
        A name is not a known formula.
    """
    found: dict[tuple[int, str], Ints] = {}
    result = np.zeros((len(trees), len(words)), dtype=np.int64)
    for t, (tree, at) in enumerate(zip(trees, rules, strict=True)):
        by_unit: Mapping[str, str] = at["elementary_formula"]
        key = (id(tree), repr(by_unit))
        if key not in found:
            codes = formula_codes(_formula_names(tree, by_unit))
            of_class = dict(zip(tree.codes, codes.tolist(), strict=True))
            found[key] = np.array([of_class.get(str(w), 0) for w in words], dtype=np.int64)
        result[t] = found[key]
    return result


def _formula_names(tree: Hierarchy, by_unit: Mapping[str, str]) -> list[str]:
    frame = tree.frame
    own = [f or by_unit.get(u, by_unit.get("other", "")) for f, u in zip(frame["formula"], frame["unit"], strict=True)]
    lacking = [c for c, f, leaf in zip(tree.codes, own, tree.is_leaf, strict=True) if leaf and not f]
    if lacking:
        unit = tree.column("unit")[lacking[0]]
        raise RulesError(
            f"the rule elementary_formula names no formula for the unit {unit!r} of {first_few(lacking)}, "
            f"nor one for 'other'; add one, or fill the tree's column 'formula'"
        )
    # classes above need none: any known name stands in their place
    return [f or "jevons" for f in own]


def imputation_of(trees: Sequence[Hierarchy], words: Words, rules: Sequence[RulesAt]) -> Imputation:
    """Return how absent items of each cell are carried, shape (T, G).

    The rule `imputation_method` names a method by class code (the longest code a class begins with) or by "other";
    `imputation_max_months` limits the spell. What the benchmark carries (`carried_with_benchmark`) is parental where
    there is no benchmark, or where a price could not be split.

    Raises
    ------
    RulesError
        No method for a class.
    UsageError
        A name is not a known method.
    """
    found: dict[str, Ints] = {}
    method = np.zeros((len(trees), len(words)), dtype=np.int64)
    limit = np.zeros_like(method)
    for t, at in enumerate(rules):
        by_class: Mapping[str, str] = at["imputation_method"]
        key = repr(by_class)
        if key not in found:
            named = [_longest(str(w), by_class) for w in words]
            found[key] = method_codes(["parental" if name == BENCHMARK else name for name in named])
        method[t], limit[t] = found[key], int(at["imputation_max_months"])
    return Imputation(method, limit)


def carried_with_benchmark(words: Words, rules: Sequence[RulesAt]) -> Bools:
    """Return which cells carry the metal of absent items with the benchmark, by month, shape (T, G)."""
    rows = [[_longest(str(w), at["imputation_method"]) == BENCHMARK for w in words] for at in rules]
    return np.array(rows, dtype=bool).reshape(len(rules), len(words))


def _longest(code: str, by_class: Mapping[str, str]) -> str:
    matching = [prefix for prefix in by_class if prefix != "other" and code.startswith(prefix)]
    if matching:
        return by_class[max(matching, key=len)]
    if "other" not in by_class:
        raise RulesError(f"the rule imputation_method names no method for the class {code!r}, nor one for 'other'")
    return by_class["other"]
