"""Elementary formulas: each one a mean of price relatives, declared by its weights and its two powers."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from shuibei_index.errors import UsageError, did_you_mean
from shuibei_index.index.elementary.observations import Observations

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class PowerMean:
    """Mean of relatives r with weights w: (Σ w rᵃ / Σ w rᵇ)^(1/(a−b)); a = b = 0: exp(Σ w ln r / Σ w).

    Parameters
    ----------
    weight : {"equal", "base", "current", "both", "price"}
        1; value in the first month v0; value in the second v1; √(v0 v1); the reference price (Dutot).
    a, b : float
        Powers, a > b, or both 0.

    Notes
    -----
    A Gini mean. Arithmetic a=1, b=0; harmonic a=0, b=−1; Balk-Walsh a=½, b=−½.
    """

    weight: str
    a: float = 0.0
    b: float = 0.0

    @property
    def geometric(self) -> bool:
        """Whether it is the geometric mean."""
        return self.a == self.b

    def value(self, above: Floats, below: Floats) -> Floats:
        """Return the mean from its two sums; NaN where the sums are 0."""
        with np.errstate(divide="ignore", invalid="ignore"):
            ratio = above / below
            result: Floats = np.exp(ratio) if self.geometric else ratio ** (1.0 / (self.a - self.b))
        return result

    def log_value(self, above: Floats, below: Floats) -> Floats:
        """Return ln of the mean from its two sums; NaN where they are 0."""
        with np.errstate(divide="ignore", invalid="ignore"):
            ratio: Floats = above / below
            return ratio if self.geometric else np.log(ratio) / (self.a - self.b)

    def terms(self, weight: Floats, log_relative: Floats) -> tuple[Floats, Floats]:
        """Return what each pair adds to the two sums."""
        if self.geometric:
            return weight * log_relative, weight
        above, below = (weight if p == 0 else weight * np.exp(p * log_relative) for p in (self.a, self.b))
        return above, below

    def moved(self, above: Floats, below: Floats, log_move: Floats) -> tuple[Floats, Floats]:
        """Return the sums after the reference prices behind them were multiplied by exp(log_move)."""
        if self.geometric:
            return above - log_move * below, below
        # a Dutot weight is the reference price itself and moves with it
        own = 1.0 if self.weight == "price" else 0.0
        return above * np.exp((own - self.a) * log_move), below * np.exp((own - self.b) * log_move)

    def arithmetic_weights(self, weight: Floats, log_ratio: Floats) -> Floats:
        """Return weights with which the arithmetic mean of the relatives equals this mean.

        Parameters
        ----------
        weight : ndarray, shape (P,)
            Weights of this mean.
        log_ratio : ndarray, shape (P,)
            ln(relative / this mean).

        Notes
        -----
        Σ w (ρᵃ − ρᵇ) = 0 for ρ = r / mean, hence Σ ω (ρ − 1) = 0 with ω = w (ρᵃ − ρᵇ) / (ρ − 1) ≥ 0; for the geometric
        mean ω = w ln ρ / (ρ − 1), the logarithmic-mean weights of Reinsdorf, Diewert and Ehemann (2002).
        """
        with np.errstate(divide="ignore", invalid="ignore"):
            below = np.expm1(log_ratio)
            if self.geometric:
                factor, limit = log_ratio / below, 1.0
            else:
                above = np.expm1(self.a * log_ratio) - np.expm1(self.b * log_ratio)
                factor, limit = above / below, self.a - self.b
        result: Floats = weight * np.where(np.abs(log_ratio) < 1e-12, limit, factor)
        return result


#: Formulas a rule, a tree or a caller may name: one mean, or the geometric mean of two.
FORMULAS: dict[str, tuple[PowerMean, ...]] = {
    "jevons": (PowerMean("equal"),),
    "carli": (PowerMean("equal", 1, 0),),
    "harmonic": (PowerMean("equal", 0, -1),),
    "cswd": (PowerMean("equal", 1, 0), PowerMean("equal", 0, -1)),
    "bmw": (PowerMean("equal", 0.5, -0.5),),
    "dutot": (PowerMean("price", 1, 0),),
    "tornqvist": (PowerMean("base"), PowerMean("current")),
    "geo_laspeyres": (PowerMean("base"),),
    "geo_paasche": (PowerMean("current"),),
    "laspeyres": (PowerMean("base", 1, 0),),
    "paasche": (PowerMean("current", 0, -1),),
    "palgrave": (PowerMean("current", 1, 0),),
    "fisher": (PowerMean("base", 1, 0), PowerMean("current", 0, -1)),
    "walsh": (PowerMean("both", 0.5, -0.5),),
}
NAMES = tuple(FORMULAS)
#: Means of each formula by its code, the position in `NAMES`.
MEANS = tuple(FORMULAS.values())


def formula_codes(names: list[str]) -> Ints:
    """Return the position in `NAMES` of each name.

    Raises
    ------
    UsageError
        A name is not a known formula.
    """
    for name in sorted(set(names)):
        if name not in FORMULAS:
            hint = did_you_mean(name, FORMULAS)
            raise UsageError(f"unknown elementary formula {name!r}{hint}; known: {', '.join(FORMULAS)}")
    return np.array([NAMES.index(name) for name in names], dtype=np.int64)


def parts_of_change(
    means: tuple[PowerMean, ...], weights: list[Floats | None], log_relative: Floats, cell: Ints, number: int
) -> Floats:
    """Return what each pair adds to (link − 1) of its cell, shape (P,); the sum over a cell is exact.

    The parameters are those of `arithmetic_shares`.
    """
    return arithmetic_shares(means, weights, log_relative, cell, number) * np.expm1(log_relative)


def arithmetic_shares(
    means: tuple[PowerMean, ...], weights: list[Floats | None], log_relative: Floats, cell: Ints, number: int
) -> Floats:
    """Return the share of each pair, shape (P,), with which the arithmetic mean of the relatives is the cell's link.

    Parameters
    ----------
    means : tuple of PowerMean
        The means of one formula.
    weights : list of ndarray or None
        Weights of the pairs in each mean; None = all 1.
    log_relative : ndarray, shape (P,)
        ln(price / carried reference price).
    cell : ndarray of int, shape (P,)
        Cell and month, 0 … `number` − 1.

    Notes
    -----
    Every mean is turned into the equal arithmetic one (`PowerMean.arithmetic_weights`), a geometric mean of two means
    likewise from the outside in; two geometric means are one with the mean of the two sets of shares. Source: Balk
    (2008), ch. 4; decision 0121.
    """

    def total(values: Floats) -> Floats:
        return np.bincount(cell, weights=values, minlength=number).astype(np.float64, copy=False)

    given = [np.ones(len(cell)) if w is None else w for w in weights]
    with np.errstate(divide="ignore", invalid="ignore"):
        logs = [
            m.log_value(*(total(term) for term in m.terms(w, log_relative))) for m, w in zip(means, given, strict=True)
        ]
        log_link = logs[0] if len(logs) == 1 else mean_of_known(logs[0], logs[1])
        if len(means) == 1 or all(mean.geometric for mean in means):
            weight = given[0]
            if len(means) == 2:
                shares = [w / total(w)[cell] for w in given]
                weight = mean_of_known(shares[0], shares[1])
            parts = means[0].arithmetic_weights(weight, log_relative - log_link[cell])
            return np.asarray(parts / total(parts)[cell])
        outer = [PowerMean("equal").arithmetic_weights(np.ones(number), value - log_link) for value in logs]
        outer = [np.where(np.isnan(value), 0.0, share) for share, value in zip(outer, logs, strict=True)]
        result = np.zeros(len(cell))
        for mean, weight, value, share in zip(means, given, logs, outer, strict=True):
            parts = mean.arithmetic_weights(weight, log_relative - value[cell])
            one = (share / sum(outer))[cell] * parts / total(parts)[cell]
            result += np.where(np.isnan(one), 0.0, one)
        return result


def mean_of_known(first: Floats, second: Floats) -> Floats:
    """Return the mean of two arrays; where one is NaN, the other."""
    both: Floats = 0.5 * (first + second)
    if not np.isnan(both).any():
        return both
    return np.where(np.isnan(first), second, np.where(np.isnan(second), first, both))


@dataclass(frozen=True)
class Weighing:
    """What the weights of P pairs are made of.

    Parameters
    ----------
    observed : Observations
    before, after : ndarray of int, shape (P,)
        Positions among the observations.
    consecutive : ndarray of bool, shape (P,)
        Whether the two months follow each other: an item not sold in the month before has no value there.
    cell : ndarray of int, shape (P,)
        The cell and month within which weights are compared, 0 … J−1.
    own : bool
        The values are weights of the rows' own: they weigh formulas of prices only (jevons, carli, dutot …) too.
    """

    observed: Observations
    before: Ints
    after: Ints
    consecutive: Bools
    cell: Ints
    own: bool = False

    @property
    def price(self) -> Floats:
        """Reference price (before it is carried), at the quality of the later observation."""
        price, quality = self.observed.price[self.before], self.observed.log_quality
        return price if quality is None else price * np.exp(quality[self.after] - quality[self.before])

    @property
    def v0(self) -> Floats:
        """Value in the month before the later one."""
        return np.where(self.consecutive, self.observed.value[self.before], 0.0)

    @property
    def v1(self) -> Floats:
        """Value in the later month."""
        return self.observed.value[self.after]

    def weights(self, kind: str) -> Floats | None:
        """Return the weights of a kind; None = all 1.

        A cell whose weights of the kind are all 0 (nothing matched was sold in the month before) takes v1.
        """
        if kind == "equal":
            return self.v1 if self.own else None
        if kind == "price":
            return self.price * self.v1 if self.own else self.price
        if kind == "current":
            return self.v1
        v1 = self.v1
        weight = self.v0 if kind == "base" else np.sqrt(self.v0 * v1)
        total = np.bincount(self.cell, weights=weight)
        lacking = total[self.cell] == 0
        return np.where(lacking, v1, weight) if lacking.any() else weight
