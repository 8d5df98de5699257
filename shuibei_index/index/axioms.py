"""Which formula has which property: statements, a measure of violation for any data, and the table.

A "yes" in the table is searched for violations by random markets over wide magnitudes (tests/index/test_axioms.py);
a "no" has a kept market that violates it. Random passing is no proof: some violations are rare.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from shuibei_index.errors import UsageError, did_you_mean
from shuibei_index.index import bilateral
from shuibei_index.index.claims import CLAIMS
from shuibei_index.index.matching import Floats, floats

if TYPE_CHECKING:
    import pandas as pd

Index = Callable[..., float]
#: Values of required parameters where the caller names a formula only.
PARAMETERS: Mapping[str, Mapping[str, float]] = {"lloyd_moulton": {"sigma": 0.7}}


@dataclass(frozen=True)
class Axiom:
    """One property: what it says, and how far a formula is from it on given data (0 = it holds there)."""

    zh: str
    en: str
    violation: Callable[[Index, Mapping[str, Floats]], float]


def table() -> pd.DataFrame:
    """Return formula × axiom: True where it holds for all positive prices and quantities.

    Returns
    -------
    DataFrame
        Index = formula names, columns = names of `AXIOMS`.

    Examples
    --------
    >>> found = table()
    >>> bool(found.loc["tornqvist", "time_reversal"]), bool(found.loc["tornqvist", "monotonicity"])
    (True, False)
    """
    import pandas as pd

    frame = pd.DataFrame.from_dict(CLAIMS, orient="index", columns=list(AXIOMS))
    return frame.rename_axis(index="formula", columns="axiom")


def violation(formula: str | Callable[..., object], axiom: str, market: Mapping[str, npt.ArrayLike]) -> float:
    """Return how far a formula is from an axiom on a given market, as a difference of logarithms; 0 = it holds there.

    Parameters
    ----------
    formula : str or callable
        A name of `shuibei_index.index.bilateral`, or a function with such keyword arguments and no others required.
    axiom : str
        A name of `AXIOMS`.
    market : mapping of str to array_like, shape (N,)
        p0, p1, p2, q0, q1, q2 (three months), pb, qb (weight period), `factor` (N,): how month 1's price (or, for
        units, the unit) of each item is changed; proportionality takes the first. What the formula and the axiom do
        not need may be missing.

    Returns
    -------
    float

    Raises
    ------
    UsageError
        Unknown formula or axiom.

    Examples
    --------
    >>> round(violation("carli", "time_reversal", {"p0": [1, 1], "p1": [1, 4]}), 6)
    0.446287
    """
    if axiom not in AXIOMS:
        raise UsageError(f"unknown axiom {axiom!r}{did_you_mean(axiom, AXIOMS)}; known: {', '.join(AXIOMS)}")
    index = _by_name(formula) if isinstance(formula, str) else formula
    known = {name: floats(name, array) for name, array in market.items()}
    fixed = PARAMETERS.get(formula, {}) if isinstance(formula, str) else {}
    wanted = [n for n in inspect.signature(index).parameters if n[0] in "pq" and n[1:] in ("0", "1", "2", "b")]

    def evaluate(**arrays: Floats) -> float:
        return float(index(**{name: arrays[name] for name in wanted}, **fixed))  # type: ignore[arg-type]

    return AXIOMS[axiom].violation(evaluate, known)


def _by_name(name: str) -> Callable[..., object]:
    if name not in bilateral.__all__:
        raise UsageError(f"unknown formula {name!r}{did_you_mean(name, bilateral.__all__)}")
    formula: Callable[..., object] = getattr(bilateral, name)
    return formula


def _months(market: Mapping[str, Floats], first: int, second: int) -> dict[str, Floats]:
    """Return the market with other months in the places of 0 and 1; the weight period stays."""
    places = {"p0": f"p{first}", "p1": f"p{second}", "q0": f"q{first}", "q1": f"q{second}", "pb": "pb", "qb": "qb"}
    return {place: market[source] for place, source in places.items() if source in market}


def _identity(index: Index, market: Mapping[str, Floats]) -> float:
    return float(abs(np.log(index(**{**market, "p1": market["p0"]}))))


def _proportionality(index: Index, market: Mapping[str, Floats]) -> float:
    scale = market["factor"][0]
    return float(abs(np.log(index(**{**market, "p1": market["p1"] * scale}) / index(**market) / scale)))


def _units(index: Index, market: Mapping[str, Floats]) -> float:
    unit = market["factor"]
    other = {n: a * unit if n[0] == "p" else a / unit for n, a in market.items() if n != "factor"}
    return float(abs(np.log(index(**other) / index(**market))))


def _time_reversal(index: Index, market: Mapping[str, Floats]) -> float:
    return float(abs(np.log(index(**market) * index(**_months(market, 1, 0)))))


def _circularity(index: Index, market: Mapping[str, Floats]) -> float:
    chained = index(**_months(market, 0, 1)) * index(**_months(market, 1, 2))
    return float(abs(np.log(chained / index(**_months(market, 0, 2)))))


def _factor_reversal(index: Index, market: Mapping[str, Floats]) -> float:
    swapped = {{"p": "q", "q": "p"}[n[0]] + n[1:]: a for n, a in market.items() if n != "factor"}
    value = (market["p1"] @ market["q1"]) / (market["p0"] @ market["q0"])
    return float(abs(np.log(index(**market) * index(**swapped) / value)))


def _monotonicity(index: Index, market: Mapping[str, Floats]) -> float:
    # only rises: an item whose factor is below 1 rises by its reciprocal
    rise = np.exp(np.abs(np.log(market["factor"])))
    before = index(**market)
    later = np.log(index(**{**market, "p1": market["p1"] * rise}) / before)
    earlier = np.log(index(**{**market, "p0": market["p0"] * rise}) / before)
    return float(max(0.0, -later, earlier))


def _mean_value(index: Index, market: Mapping[str, Floats]) -> float:
    relative = np.log(market["p1"] / market["p0"])
    value = np.log(index(**market))
    return float(max(0.0, value - relative.max(), relative.min() - value))


AXIOMS: Mapping[str, Axiom] = {
    "identity": Axiom("价格不变,指数为 1", "unchanged prices give 1, whatever the quantities", _identity),
    "proportionality": Axiom(
        "报告期价格全部乘以 λ,指数也乘以 λ", "all prices of month 1 times λ: the index times λ", _proportionality
    ),
    "units": Axiom("换计量单位(克、千克)指数不变", "other units of quantity (grams, kilograms) leave it", _units),
    "time_reversal": Axiom("两期互换得倒数", "months swapped give the reciprocal", _time_reversal),
    "factor_reversal": Axiom(
        "价格指数 × 同式数量指数 = 价值指数",
        "times the quantity index of the same form gives the value ratio",
        _factor_reversal,
    ),
    "circularity": Axiom("经第三期环比连乘等于直接比较", "chained through a third month equals direct", _circularity),
    "monotonicity": Axiom(
        "报告期价格上升不降指数,基期价格上升不升指数",
        "no fall when a price of month 1 rises, no rise when one of month 0 does",
        _monotonicity,
    ),
    "mean_value": Axiom("介于最小与最大价比之间", "between the least and the greatest price relative", _mean_value),
}
