"""What makes the quality of a stone or a set piece, and how each characteristic enters the regression."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import pairwise

import numpy as np
import numpy.typing as npt
import pandas as pd

from shuibei_index.errors import PriceError, UsageError, first_few
from shuibei_index.index.hedonic.grades import read_grades, scale_named

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]

#: Sales a grade must have in every regression; below, it is pooled. Decision 0140.
FEWEST = 5


@dataclass(frozen=True)
class Levels:
    """A characteristic as levels, the first one lowest in `places`; a sign of −1 = price falls along them."""

    column: str
    codes: Ints
    labels: list[str]
    places: Floats
    sign: int
    fewest: int
    ordered: bool = True


@dataclass(frozen=True)
class Numbers:
    """A characteristic as one column of numbers."""

    name: str
    values: Floats
    sign: int


@dataclass(frozen=True)
class Measure:
    """A number: carats, grams, millimetres.

    Parameters
    ----------
    column : str
    form : {"log", "linear"}
    knots : tuple of float
        Where the slope may change, in the column's own unit.
    curve : {"straight", "cubic"}
        Straight pieces between the knots, or a restricted cubic spline (three knots or more; straight outside).
    steps : tuple of float
        Where the price jumps: sizes from a step on are a band of their own (the trade's 0.30, 0.50, 1.00 ct).
    expected : {1, -1, 0}
        Sign of the effect; 0 = none expected.
    fewest : int
        Sales a band must have in every regression; below, it is pooled with its neighbour.
    """

    column: str
    form: str = "log"
    knots: tuple[float, ...] = ()
    curve: str = "straight"
    steps: tuple[float, ...] = ()
    expected: int = 1
    fewest: int = FEWEST

    def __post_init__(self) -> None:
        """Refuse forms that do not exist."""
        if self.form not in ("log", "linear") or self.curve not in ("straight", "cubic"):
            raise UsageError(
                f"{self.column}: form is 'log' or 'linear' and curve 'straight' or 'cubic', "
                f"not {self.form!r} and {self.curve!r}"
            )
        if self.curve == "cubic" and len(self.knots) < 3:
            raise UsageError(f"{self.column}: a cubic curve needs three knots or more, there are {len(self.knots)}")
        if list(self.knots) != sorted(set(self.knots)) or list(self.steps) != sorted(set(self.steps)):
            raise UsageError(f"{self.column}: knots and steps must ascend")

    @property
    def columns(self) -> tuple[str, ...]:
        """Columns of the table it reads."""
        return (self.column,)

    def parts(self, table: pd.DataFrame) -> Iterator[Numbers | Levels]:
        """Yield the columns of the regression."""
        yield from self.curves(numbers(table, self.column), self.column)

    def curves(self, values: Floats, name: str) -> Iterator[Numbers | Levels]:
        """Yield the columns of the regression for given numbers."""
        _check_sizes(values, name, positive=self.form == "log")
        x = np.log(values) if self.form == "log" else values
        knots = np.log(self.knots) if self.form == "log" else np.asarray(self.knots, dtype=float)
        yield Numbers(f"log {name}" if self.form == "log" else name, x, 0 if len(knots) else self.expected)
        if self.curve == "straight":
            for knot, place in zip(self.knots, knots, strict=True):
                yield Numbers(f"{name} beyond {knot:g}", np.maximum(x - place, 0.0), 0)
        else:
            for knot, basis in zip(self.knots, _restricted(x, knots), strict=False):
                yield Numbers(f"{name} curve {knot:g}", basis, 0)
        if self.steps:
            ends = ["", *(f"{step:g}" for step in self.steps), ""]
            labels = [f"{low}-{high}" if low and high else f"<{high}" if high else f">={low}"
                      for low, high in pairwise(ends)]  # fmt: skip
            codes = np.searchsorted(np.asarray(self.steps), values, side="right")
            yield Levels(f"{name} band", codes, labels, np.arange(len(labels), dtype=float), self.expected, self.fewest)


@dataclass(frozen=True)
class Grade:
    """A grade on an ordered scale.

    Parameters
    ----------
    column : str
    scale : str
        colour, clarity or cut.
    coding : {"dummies", "score"}
        An effect of its own for each grade (the most frequent is the reference), or one slope along the scale.
    fewest : int
        Sales a grade must have in every regression; below, it is pooled with its neighbour (dummies only).
    """

    column: str
    scale: str
    coding: str = "dummies"
    fewest: int = FEWEST

    def __post_init__(self) -> None:
        """Refuse scales and codings that do not exist."""
        scale_named(self.scale)
        if self.coding not in ("dummies", "score"):
            raise UsageError(f"{self.column}: coding is 'dummies' or 'score', not {self.coding!r}")

    @property
    def columns(self) -> tuple[str, ...]:
        """Columns of the table it reads."""
        return (self.column,)

    def parts(self, table: pd.DataFrame) -> Iterator[Numbers | Levels]:
        """Yield the columns of the regression."""
        codes, labels, places = read_grades(table[self.column], scale_named(self.scale))
        if self.coding == "score":
            worst = len(scale_named(self.scale).grades) - 1
            yield Numbers(f"{self.column} score", (worst - places)[codes], 1)
        else:
            yield Levels(self.column, codes, labels, places, -1, self.fewest)


@dataclass(frozen=True)
class Category:
    """A kind without order: stone type, shape, laboratory, enterprise.

    Parameters
    ----------
    column : str
    fewest : int
        Sales a kind must have in every regression; rarer kinds are pooled with one another.
    """

    column: str
    fewest: int = FEWEST

    @property
    def columns(self) -> tuple[str, ...]:
        """Columns of the table it reads."""
        return (self.column,)

    def parts(self, table: pd.DataFrame) -> Iterator[Numbers | Levels]:
        """Yield the columns of the regression."""
        codes, words = pd.factorize(table[self.column].astype(str), sort=True)
        places = np.arange(len(words), dtype=float)
        yield Levels(self.column, codes.astype(np.int64), [str(w) for w in words], places, 0, self.fewest, False)


@dataclass(frozen=True)
class FineMetal:
    """The metal of a set piece: net weight × fineness, as grams or at the deal's metal price.

    Parameters
    ----------
    valued : bool
        False: fine grams, a quality; the index includes the movement of the metal price. True: fine grams × metal
        price; the index is then the movement of what comes on top at a given metal price.
    form, knots, expected
        As of `Measure`.
    """

    valued: bool = False
    form: str = "log"
    knots: tuple[float, ...] = ()
    expected: int = 1

    @property
    def columns(self) -> tuple[str, ...]:
        """Columns of the table it reads."""
        return ("net_weight", "fineness", *(("metal_price",) if self.valued else ()))

    def parts(self, table: pd.DataFrame) -> Iterator[Numbers | Levels]:
        """Yield the columns of the regression."""
        values = fine_grams(table) * (numbers(table, "metal_price") if self.valued else 1.0)
        name = "metal value" if self.valued else "fine grams"
        yield from Measure(name, self.form, self.knots, expected=self.expected).curves(values, name)


Term = Measure | Grade | Category | FineMetal


@dataclass(frozen=True)
class Characteristics:
    """The characteristics of a kind of goods.

    Parameters
    ----------
    terms : tuple of Measure, Grade, Category or FineMetal

    Examples
    --------
    >>> own = Characteristics((Measure("stone_carat"), Grade("stone_colour", "colour", coding="score")))
    >>> own.columns
    ('stone_carat', 'stone_colour')
    """

    terms: tuple[Term, ...] = field(default=())

    @property
    def columns(self) -> tuple[str, ...]:
        """Columns of the table that are read, each once."""
        return tuple(dict.fromkeys(column for term in self.terms for column in term.columns))


#: The 4C, price by size bands as in the trade.
LOOSE_DIAMONDS = Characteristics(
    (
        Measure("stone_carat", steps=(0.30, 0.50, 1.00)),
        Grade("stone_colour", "colour"),
        Grade("stone_clarity", "clarity"),
        Grade("stone_cut", "cut"),
    )
)
#: Metal, centre stone and its grades.
DIAMOND_SET = Characteristics(
    (
        FineMetal(),
        Measure("stone_carat", steps=(0.30, 0.50, 1.00)),
        Grade("stone_colour", "colour"),
        Grade("stone_clarity", "clarity"),
    )
)
#: Stones that no common scale grades.
COLOURED_STONES = Characteristics((Measure("stone_carat"), Category("stone_type")))


def numbers(table: pd.DataFrame, column: str) -> Floats:
    """Return a column as numbers.

    Raises
    ------
    PriceError
        It holds something else.
    """
    values = table[column]
    if not pd.api.types.is_numeric_dtype(values):
        read = pd.to_numeric(values, errors="coerce")
        odd = read.isna() & values.notna()
        if odd.any():
            raise PriceError(f"{column!r} holds what is not a number: {first_few(values[odd])}; expected numbers")
        values = read
    return np.asarray(values, dtype=float)


def fine_grams(table: pd.DataFrame) -> Floats:
    """Return grams of pure metal of one unit: net_weight (g) × fineness (‰) / 1000."""
    weight, fineness = numbers(table, "net_weight"), numbers(table, "fineness")
    _check_sizes(weight, "net_weight", positive=False)
    bad = ~((fineness >= 0) & (fineness <= 1000))
    if bad.any():
        raise PriceError(f"fineness must lie between 0 and 1000 ‰; it does not in {first_few(fineness[bad].tolist())}")
    return weight * fineness / 1000


def _check_sizes(values: Floats, name: str, *, positive: bool) -> None:
    bad = ~np.isfinite(values) | (values <= 0 if positive else values < 0)
    if bad.any():
        wanted = "above 0 (its log is taken)" if positive else "0 or more"
        rows = np.flatnonzero(bad)
        raise PriceError(
            f"{name} must be a number {wanted}; it is {values[rows[0]]:g} in row {rows[0]} and not so in "
            f"{len(rows)} rows. Correct or leave out these rows, or use form='linear'"
        )


def _restricted(x: Floats, knots: Floats) -> list[Floats]:
    """Restricted cubic spline basis beyond the straight term (Harrell 2001, section 2.4.5)."""
    last, before, width = knots[-1], knots[-2], (knots[-1] - knots[0]) ** 2

    def cube(knot: float) -> Floats:
        return np.asarray(np.maximum(x - knot, 0.0) ** 3)

    gap = last - before
    return [(cube(k) - cube(before) * (last - k) / gap + cube(last) * (before - k) / gap) / width for k in knots[:-2]]
