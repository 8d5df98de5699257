"""Effects: the change of a series between two months, by cause and component, adding up exactly."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt
import pandas as pd

from shuibei_index.aggregate.parts import COMPONENTS
from shuibei_index.errors import UsageError, did_you_mean
from shuibei_index.explain.pairs import PairEffects
from shuibei_index.explain.paths import Path, Piece
from shuibei_index.explain.years import held, year_of
from shuibei_index.index import IndexSeries
from shuibei_index.index.components.series import SERIES
from shuibei_index.index.contributions import stretches

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]

#: Causes of a change that a matched pair of prices can belong to, in the order of all tables.
PAIRS = ("continuing", "entered", "left", "between", "absent", "returned")
#: All causes: then classes that moved with the class above, and the change to new weights.
CAUSES = (*PAIRS, "above", "weights")
#: Percentage points up to which an effect is shown as none: the last places of the arithmetic.
NOISE = 1e-12


@dataclass(frozen=True, eq=False)
class Change:
    """What is explained: a class or a component of it, between two months.

    Parameters
    ----------
    series : IndexSeries
    class_code : str
    component : str
        "total", "metal", "making" or "stone".
    start, end : int
        Positions of the months, start < end.
    """

    series: IndexSeries
    class_code: str
    component: str
    start: int
    end: int

    def __post_init__(self) -> None:
        """Refuse what has no change.

        Raises
        ------
        UsageError
            No such class or component, or it has no level in one of the months.
        """
        series = self.series
        series.own_products()
        if self.class_code not in series.codes:
            raise UsageError(
                f"no class {self.class_code!r}{did_you_mean(self.class_code, series.codes)}",
                zh=f"没有分类 {self.class_code}",
            )
        known = ("total", *(SERIES if series.components is not None else ()))
        if self.component not in known:
            raise UsageError(
                f"no component {self.component!r}{did_you_mean(self.component, known)}; there are {', '.join(known)}",
                zh=f"没有分量 {self.component}；可选 {'、'.join(known)}",
            )
        if not (0 <= self.start < self.end) or not (self.levels[[self.start, self.end]] > 0).all():
            months = " / ".join(series.months[t] for t in (self.start, self.end) if t >= 0)
            raise UsageError(
                f"{self.class_code} {self.component} has no change to explain: no level in one of {months}",
                zh=f"{self.class_code} 没有可解释的变动：其中一个月没有指数（{months}）",
            )

    @property
    def place(self) -> int:
        """Position of the class in the codes of the series."""
        return self.series.codes.index(self.class_code)

    @property
    def column(self) -> int | None:
        """Position of the component in `COMPONENTS`; None = the total."""
        return None if self.component == "total" else COMPONENTS.index(self.component)

    @cached_property
    def levels(self) -> Floats:
        """Levels of what is explained, shape (T,)."""
        components = self.series.components
        if self.column is None or components is None:
            return np.asarray(self.series.levels[:, self.place])
        known = ~np.isnan(self.series.levels[:, self.place])
        return np.asarray(np.where(known, components.levels[:, self.place, self.column], np.nan))

    @property
    def percent(self) -> float:
        """The change in per cent, in full precision."""
        return float(100.0 * (self.levels[self.end] / self.levels[self.start] - 1.0))


@dataclass(frozen=True, eq=False)
class Effects:
    """The change of a series taken apart.

    Parameters
    ----------
    change : Change
    pairs : PairEffects
    cause : ndarray of int, shape (Q,)
        Position of each pair's cause in `CAUSES`.
    points, neutral : ndarray, shape (Q, 4)
        What each pair adds to the change, and what its change of content would have added, in percentage points.
    above : ndarray, shape (K, 4)
        What each leaf of the first year's tree adds in months in which it moved with the class above it.
    worth : ndarray, shape (M, G)
        Points a movement of 1 of each cell adds, by month of the span.
    paths : tuple of Path
        With the weights of the first year held, then with one annual link after the other, to the path compiled.
    weights : dict of str to ndarray, shape (4,)
        What each change of weights adds, by the month of the link.
    """

    change: Change
    pairs: PairEffects
    cause: Ints
    points: Floats
    neutral: Floats
    above: Floats
    worth: Floats
    paths: tuple[Path, ...]
    weights: dict[str, Floats]

    @classmethod
    def of(cls, change: Change) -> Effects:
        """Take a change apart.

        Notes
        -----
        The effects of prices are those at the weights of the first weight year, updated by prices alone through the
        span; what each later change of weights adds is the change with it less that without it (decision 0240).
        """
        paths, links = _paths(change)
        pairs = PairEffects.of(change.series, change.start, change.end)
        worth, above = _worth(change, paths[0])
        scale = worth[pairs.end - change.start - 1, pairs.cell][:, np.newaxis]
        first = paths[0]
        totals = [path.total() for path in paths]
        weights = {month: later - earlier for month, earlier, later in zip(links, totals[:-1], totals[1:], strict=True)}
        return cls(
            change,
            pairs,
            _causes(change, pairs),
            first.of_component(scale * pairs.added),
            first.of_component(scale * pairs.neutral),
            above,
            worth,
            paths,
            weights,
        )

    @cached_property
    def inside(self) -> Bools:
        """Which cells are the class's, by the tree of the first weight year, shape (G,)."""
        piece = self.paths[0].pieces[0]
        leaf = _leaves(self.change, piece)
        return np.asarray((leaf >= 0) & piece.year.below(piece.node)[leaf])

    @cached_property
    def by_leaf(self) -> Floats:
        """Points of all causes but weights, by class of the first year's tree and component, shape (7, K, 4)."""
        K = len(self.above)
        leaf = _leaves(self.change, self.paths[0].pieces[0])[self.pairs.cell]
        # what that tree does not have is worth nothing in it
        there = leaf >= 0
        key = self.cause[there] * K + leaf[there]
        of_pairs = np.stack(
            [np.bincount(key, self.points[there, c], len(PAIRS) * K) for c in range(len(COMPONENTS))], axis=1
        ).reshape(len(PAIRS), K, len(COMPONENTS))
        return np.concatenate([of_pairs, self.above[np.newaxis]])

    def table(self) -> pd.DataFrame:
        """Return cause, link_period, metal, making, stone, unsplit, points_pp: rows add up to the change.

        Every cause has a row, those of weights one for each annual link in the span.
        """
        whole = self.by_leaf.sum(axis=1)
        # months that were taken from above as a whole are no leaf's
        whole[CAUSES.index("above")] += self.paths[0].above.sum(axis=0)
        rows = [*zip(CAUSES[:-1], [""] * len(whole), whole, strict=True)]
        rows += [("weights", month, points) for month, points in self.weights.items()]
        if not self.weights:
            rows.append(("weights", "", np.zeros(len(COMPONENTS))))
        frame = pd.DataFrame(np.array([points for *_, points in rows]), columns=list(COMPONENTS))
        frame.insert(0, "cause", [cause for cause, *_ in rows])
        frame.insert(1, "link_period", [month for _, month, _ in rows])
        return frame.assign(points_pp=frame[list(COMPONENTS)].sum(axis=1))


def _paths(change: Change) -> tuple[tuple[Path, ...], list[str]]:
    """Return the paths under the weights of the first year, of the first two, …, and the months of the links."""
    series, code = change.series, change.class_code
    parts = [
        Piece(year_of(series, segment), a, b, segment.tree.position[code])
        for segment, a, b in stretches(series.segments, change.start, change.end)
        if code in segment.tree.position
    ]
    if not parts:
        raise UsageError(
            f"no classification between the two months has the class {code}", zh=f"两个月之间的分类中没有 {code}"
        )
    inputs = series.own_products().run.inputs
    least = np.array([float(inputs.rules.at(month)["component_least_share"]) for month in series.months])
    paths, links = [], []
    for number, piece in enumerate(parts):
        longer = Piece(held(series, piece.year.segment, change.end), piece.start, change.end, piece.node)
        pieces = [*parts[:number], longer]
        paths.append(Path.of(pieces, change.levels, change.start, change.end, change.column, least))
        if number:
            links.append(series.months[piece.start])
    return tuple(paths), links


def _worth(change: Change, path: Path) -> tuple[Floats, Floats]:
    """Return the points a movement of 1 of each cell adds, by month, shape (M, G), and the leaves moved from above.

    The second, shape (K, 4), is what leaves without a matched product add: also those that never had a product.
    """
    run = change.series.own_products().run
    (piece,) = path.pieces
    tree, leaf = piece.year.segment.tree, _leaves(change, piece)
    inside = np.flatnonzero(leaf >= 0)
    share = piece.year.shares(piece.node)
    worth, above = np.zeros((len(path.unit), len(leaf))), np.zeros((len(tree.codes), len(COMPONENTS)))
    for month in range(piece.start + 1, piece.end + 1):
        at, row = month - change.start - 1, piece.year.segment.row(month)
        value = path.unit[at] * piece.year.worth(month, piece.node, share)
        worth[at, inside] = value[leaf[inside]]
        alone = tree.is_leaf.copy()
        alone[leaf[inside[~np.isnan(run.own[month, inside])]]] = False
        moved = np.nan_to_num(piece.year.after[row] - piece.year.before[row])
        above[alone] += value[alone, np.newaxis] * moved[alone]
    return worth, path.of_component(above)


def _leaves(change: Change, piece: Piece) -> Ints:
    """Return the position of each cell in the tree of a piece, shape (G,); −1 = not a leaf of it."""
    run, segment = change.series.own_products().run, piece.year.segment
    # a year whose weights are held longer keeps its tree and its places
    number = next(n for n, one in enumerate(run.segments) if one.tree is segment.tree and one.place is segment.place)
    return run.inputs.leaves[number]


def _causes(change: Change, pairs: PairEffects) -> Ints:
    """Return the cause each pair belongs to, shape (Q,).

    A pair with an imputed price is that; of the others it decides whether the product was sold in the first and in the
    last month of the span.
    """
    observed = change.series.own_products().run.inputs.observed
    sold = np.zeros((2, observed.n_items), dtype=bool)
    for side, month in enumerate((change.start, change.end)):
        sold[side, observed.item[int(observed.starts[month]) : int(observed.starts[month + 1])]] = True
    first, last = sold[:, pairs.item]
    names = [first & last, ~first & last, first & ~last, ~first & ~last]
    cause = np.select(names, np.arange(len(names)), 0)
    cause[pairs.absent] = CAUSES.index("absent")
    cause[pairs.returned] = CAUSES.index("returned")
    return np.asarray(cause, dtype=np.int64)
