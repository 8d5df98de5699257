"""The classification tree of a year: one object, checked when it is made."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from shuibei_index import months
from shuibei_index.errors import TreeError, UsageError, first_few
from shuibei_index.index.tree.checks import HEADLINE, METALS, UNITS, check
from shuibei_index.index.tree.columns import parents_by_columns
from shuibei_index.index.tree.rungs import Rung, rungs
from shuibei_index.index.tree.tops import frame_of, with_top
from shuibei_index.index.tree.weights import checked_weights
from shuibei_index.resources import methodology_dir

__all__ = ["HEADLINE", "METALS", "UNITS", "Hierarchy"]

_REQUIRED = ("class_code", "parent", "level", "name_zh", "name_en", "unit", "metal", "in_headline", "formula")
_OPTIONAL = ("introduced", "gbt_25071")


@dataclass(frozen=True)
class Hierarchy:
    """A classification tree: classes, their parents, names, pricing units and metals.

    Parameters
    ----------
    frame : DataFrame
        One row per class with the columns of contract §2 (all text; `level` and `in_headline` integers).
        Checked for loops, orphans, duplicate codes, unknown units and metals, levels that do not match the depth.

    Raises
    ------
    TreeError
        Names the first classes at fault.
    """

    frame: pd.DataFrame
    year: str = ""

    def __post_init__(self) -> None:
        """Check the tree and put its rows in code order."""
        frame = self.frame.copy()
        for column in _REQUIRED:
            if column not in frame:
                raise TreeError(f"tree {self.year}: column {column!r} is missing; expected {', '.join(_REQUIRED)}")
        for column in _OPTIONAL:
            if column not in frame:
                frame[column] = ""
        text = [c for c in frame.columns if c not in ("level", "in_headline")]
        frame[text] = frame[text].fillna("").astype(str)
        frame = frame.sort_values("class_code", kind="stable").reset_index(drop=True)
        for column in ("level", "in_headline"):
            values = pd.to_numeric(frame[column].replace("", "0" if column == "level" else "1"), errors="coerce")
            if values.isna().any():
                bad = frame.loc[values.isna(), "class_code"]
                raise TreeError(f"tree {self.year}: {column} is not a number for {first_few(bad)}")
            frame[column] = values.astype(int)
        object.__setattr__(self, "frame", frame)
        check(self)

    @classmethod
    def load(cls, year: str, folder: str | Path | None = None) -> Hierarchy:
        """Read the tree in force in a year ("2025") or month ("2025-06").

        Raises
        ------
        TreeError
            No tree is valid at that time, or the file is not a tree.
        """
        trees = Path(folder) if folder is not None else methodology_dir()
        trees = trees / "trees" if (trees / "trees").is_dir() else trees
        months.months_of(year)
        files = {path.stem: path for path in sorted(trees.glob("[0-9][0-9][0-9][0-9].csv"))}
        valid = [stem for stem in files if stem <= year[:4]]
        if not valid:
            first = min(files, default=None)
            raise TreeError(
                f"no classification tree for {year} in {trees.name}/"
                + (f": the first is {first}.csv" if first else ": expected files like 2014.csv"),
                zh=f"{trees.name}/ 中没有 {year} 年可用的分类树"
                + (f"，最早为 {first}.csv" if first else "，应有 2014.csv 之类的文件"),
            )
        tree = cls.read(files[max(valid)])
        if tree.top != HEADLINE:
            raise TreeError(f"tree {tree.year}: the class above all is {tree.top!r}; trees in force have {HEADLINE!r}")
        return tree

    @classmethod
    def read(cls, path: str | Path) -> Hierarchy:
        """Read one tree file."""
        path = Path(path)
        try:
            frame = pd.read_csv(path, dtype=str, keep_default_na=False, encoding="utf-8-sig")
        except (OSError, ValueError) as error:
            raise TreeError(f"cannot read the tree {path.name}: {error}") from error
        return cls(frame, path.stem)

    @classmethod
    def of(cls, tree: Any) -> Hierarchy:
        """Return a tree as it is, or make it from {class_code: parent} as `from_parents`.

        Raises
        ------
        UsageError
            It is neither.
        TreeError
            The mapping makes no tree.
        """
        if isinstance(tree, Hierarchy):
            return tree
        if not isinstance(tree, Mapping) or any(isinstance(above, Hierarchy) for above in tree.values()):
            raise UsageError(
                f"tree must be a Hierarchy or a mapping of class codes to their parents, not {type(tree).__name__}",
                "tree 必须是 Hierarchy,或“类代码 → 上级类代码”的映射",
            )
        return cls.from_parents(tree)

    @classmethod
    def from_parents(cls, parents: Mapping[str, str], **columns: dict[str, str]) -> Hierarchy:
        """Make a tree from {class_code: parent}.

        The class above all may have any code, and need not be listed: it is "00" if that occurs, else the one parent
        that is not listed, or the one class without a parent ("" or None).

        Raises
        ------
        TreeError
            No class, or more than one, stands above all; loops, orphans.

        Examples
        --------
        >>> Hierarchy.from_parents({"A": "00", "B": "00"}).leaves
        ('A', 'B')
        >>> Hierarchy.from_parents({"CP01": "TOTAL", "CP02": "TOTAL"}).top
        'TOTAL'
        """
        return cls(frame_of(with_top(parents, HEADLINE), columns))

    @classmethod
    def from_columns(cls, leaves: pd.DataFrame, columns: Sequence[str], *, code: str = "") -> Hierarchy:
        """Make a tree from classification columns: the same leaves by kind, by craft, by trade stage, or nested.

        Parameters
        ----------
        leaves : DataFrame
            One row per leaf; its index, or the column `code`, holds the codes of the leaves.
        columns : sequence of str
            Columns from the top down. A class is coded by the words on its way from the top, "ring/cast".
        code : str
            Column with the codes; empty = the index.

        Raises
        ------
        TreeError
            A column is not there, a leaf stands twice, has an empty cell, or bears the code of a class above.

        Examples
        --------
        >>> leaves = pd.DataFrame({"kind": ["ring", "ring"], "craft": ["cast", "wrought"]}, index=["A", "B"])
        >>> Hierarchy.from_columns(leaves, ["kind", "craft"]).column("parent")["A"]
        'ring/cast'
        """
        return cls.from_parents(parents_by_columns(leaves, columns, code, HEADLINE))

    def check_weights(self, weights: Mapping[str, float] | pd.Series, *, tolerance: float = 1e-9) -> pd.Series:
        """Check stated weights, of leaves and if given of classes above, and return those of the leaves.

        Parameters
        ----------
        weights : Series or dict
            Weight by class code, any scale. A stated weight of a class above is compared with the sum below it.
        tolerance : float
            Largest relative difference between a stated weight and the sum of the leaves below it; for weights
            published with rounding, what the rounding allows.

        Returns
        -------
        Series
            Weight of each leaf, 0 for those not listed.

        Raises
        ------
        PriceError
            Names every kind of fault with its first classes: unknown, twice, no number, negative, not the sum,
            nothing below. `tree_weights.weight_faults` gives all of them as a table.

        Examples
        --------
        >>> tree = Hierarchy.from_parents({"A": "00", "B": "00"})
        >>> tree.check_weights({"00": 100.0, "A": 60.0, "B": 40.0}).to_dict()
        {'A': 60.0, 'B': 40.0}
        """
        return checked_weights(self, weights, tolerance)

    def climbed(self) -> npt.NDArray[np.int64]:
        """Return the steps from each class to the top, shape (K,); −1 for those that never reach it."""
        # climbs all classes together, one level a step
        parent, depth = self.parent, np.zeros(len(self.frame), dtype=np.int64)
        here = parent.copy()
        for _ in range(len(self.frame)):
            climbing = here >= 0
            if not climbing.any():
                return depth
            depth[climbing] += 1
            here[climbing] = parent[here[climbing]]
        depth[here >= 0] = -1
        return depth

    @cached_property
    def codes(self) -> tuple[str, ...]:
        """Class codes in code order; positions in every array of this object refer to them."""
        return tuple(self.frame["class_code"])

    @cached_property
    def top(self) -> str:
        """Code of the headline, the class above all: "00", or in a tree without it the one class without a parent."""
        if HEADLINE in self.position:
            return HEADLINE
        above = (self.parent < 0) & (self.frame["in_headline"].to_numpy() == 1)
        return self.codes[int(np.argmax(above))]

    @cached_property
    def position(self) -> dict[str, int]:
        """Position of each class code."""
        return {code: k for k, code in enumerate(self.codes)}

    @cached_property
    def parent(self) -> npt.NDArray[np.int64]:
        """Position of each class's parent, shape (K,); −1 = none."""
        position = {code: k for k, code in enumerate(self.frame["class_code"])}
        return np.array([position.get(p, -1) if p else -1 for p in self.frame["parent"]], dtype=np.int64)

    @cached_property
    def depth(self) -> npt.NDArray[np.int64]:
        """Steps from the top, shape (K,); the headline and the satellites have 0."""
        return self.climbed()

    @cached_property
    def is_leaf(self) -> npt.NDArray[np.bool_]:
        """Whether a class has no children, shape (K,)."""
        leaf = np.ones(len(self.frame), dtype=bool)
        leaf[self.parent[self.parent >= 0]] = False
        return leaf

    @cached_property
    def in_headline(self) -> npt.NDArray[np.bool_]:
        """Whether a class counts towards the headline, shape (K,)."""
        own: npt.NDArray[np.bool_] = self.frame["in_headline"].to_numpy() == 1
        result: npt.NDArray[np.bool_] = own.copy()
        for level in range(1, int(self.depth.max(initial=0)) + 1):
            at = self.depth == level
            result[at] = own[at] & result[self.parent[at]]
        return result

    @cached_property
    def counted(self) -> npt.NDArray[np.bool_]:
        """Whether a class counts in the class above it, shape (K,): not the tops, nor what leaves the headline."""
        leaves_headline = ~self.in_headline & self.in_headline[np.maximum(self.parent, 0)]
        return np.asarray((self.parent >= 0) & ~leaves_headline, dtype=bool)

    @cached_property
    def rungs(self) -> tuple[Rung, ...]:
        """The counted classes of each depth, grouped by parent, from the deepest up."""
        return rungs(self.parent, self.depth, self.counted)

    @cached_property
    def steps_down(self) -> tuple[npt.NDArray[np.int64], ...]:
        """Positions of the classes at depth 1, 2, …: the way down."""
        return tuple(np.flatnonzero(self.depth == d) for d in range(1, int(self.depth.max(initial=0)) + 1))

    @cached_property
    def leaves(self) -> tuple[str, ...]:
        """Codes of the classes that records may carry."""
        return tuple(code for code, leaf in zip(self.codes, self.is_leaf, strict=True) if leaf and code != self.top)

    def column(self, name: str) -> dict[str, str]:
        """Return one column of the tree as {class_code: value}."""
        return dict(zip(self.frame["class_code"], self.frame[name], strict=True))

    @cached_property
    def digest(self) -> str:
        """sha256 of the tree's content."""
        text = io.StringIO()
        self.frame.to_csv(text, index=False, lineterminator="\n")
        return hashlib.sha256(text.getvalue().encode()).hexdigest()

    def _repr_html_(self) -> str:
        return f"<h4>Classification tree {self.year}</h4>" + self.frame.to_html(index=False)
