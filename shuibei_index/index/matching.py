"""Doors of the formulas: callers' arrays checked, items matched first, sums by integer group codes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

from shuibei_index.errors import PriceError, ShapeError
from shuibei_index.index.numbers import as_floats

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Result = float | Floats

#: Groups a call may always have; more only if there are items enough to fill one in ten of them.
MOST_GROUPS = 10_000_000


@dataclass(frozen=True)
class Groups:
    """Which group each item belongs to. `code` is None when all items are one group and a float is wanted."""

    code: Ints | None
    items: int
    number: int

    def sum(self, values: Floats) -> Floats:
        """Return the sum of `values` (N,) in each group, shape (G,)."""
        if self.code is None:
            return np.atleast_1d(values.sum())
        return np.bincount(self.code, weights=values, minlength=self.number).astype(np.float64, copy=False)

    def max(self, values: Floats) -> Floats:
        """Return the largest of `values` in each group, shape (G,); −inf where there is none."""
        top = np.full(self.number, -np.inf)
        np.maximum.at(top, np.zeros(self.items, dtype=np.int64) if self.code is None else self.code, values)
        return top

    def spread(self, of_group: Floats) -> Floats:
        """Return each item's value of its group: the inverse direction of `sum`."""
        return of_group if self.code is None else of_group.take(self.code)

    def share(self, values: Floats) -> Floats:
        """Return `values` scaled to sum to 1 in each group; NaN in a group whose sum is 0."""
        return values / self.spread(self.sum(values))

    def result(self, of_group: Floats) -> Result:
        """Return a float when no groups were given, else the array (G,)."""
        return float(of_group[0]) if self.code is None else of_group


@dataclass(frozen=True)
class Items:
    """The matched items of one call: every array the formula takes is known for every one of them."""

    values: Mapping[str, Floats]
    groups: Groups

    def __getitem__(self, name: str) -> Floats:
        return self.values[name]

    @cached_property
    def relative(self) -> Floats:
        """Price relatives p1 / p0."""
        return self["p1"] / self["p0"]

    @cached_property
    def log_relative(self) -> Floats:
        """Logarithms of the price relatives."""
        return np.log(self.relative)

    @cached_property
    def v0(self) -> Floats:
        """Values of month 0."""
        return self["p0"] * self["q0"]

    @cached_property
    def v1(self) -> Floats:
        """Values of month 1."""
        return self["p1"] * self["q1"]

    @cached_property
    def s0(self) -> Floats:
        """Value shares of month 0, scaled over the matched items."""
        return self.groups.share(self.v0)

    @cached_property
    def s1(self) -> Floats:
        """Value shares of month 1, scaled over the matched items."""
        return self.groups.share(self.v1)


def match(arrays: Mapping[str, npt.ArrayLike], group: npt.ArrayLike | None, sold: tuple[str, ...] = ()) -> Items:
    """Return the items for which everything the formula takes is known.

    Parameters
    ----------
    arrays : mapping of str to array_like, shape (N,)
        Prices p… and values x (above 0), quantities and weights (not negative); NaN, a masked cell or a null = not
        observed: unmatched.
    group : array_like of int, shape (N,), optional
        Codes 0 … G−1; −1 is left out, so is a masked code. None = one group. A code of `MOST_GROUPS` or more is
        refused (it is an identifier, not a code) unless it is below ten times the number of items.
    sold : tuple of str
        Quantities that must be above 0 for the item to take part (formulas with quantity relatives).

    Returns
    -------
    Items

    Raises
    ------
    ShapeError
        Lengths differ, an array is not one-dimensional or holds no numbers, Series with different indexes, bad codes.
    PriceError
        A price is not above 0, a quantity is negative, a value is infinite.

    Notes
    -----
    Match first, then scale: shares are taken over the matched items only (decision 0080).
    """
    _same_index({**arrays, "group": group})
    values = {name: floats(name, array) for name, array in arrays.items()}
    first = next(iter(values))
    for name, array in values.items():
        if len(array) != len(values[first]):
            raise ShapeError(
                f"{name} has {len(array)} items and {first} has {len(values[first])}; both must list the same items",
                f"{name} 有 {len(array)} 项,{first} 有 {len(values[first])} 项:两者必须是同样的规格品",
            )
    code, number = _codes(group, len(values[first]))
    keep: npt.NDArray[np.bool_] | None = None if code is None or (len(code) == 0 or code.min() >= 0) else code >= 0
    for name, array in values.items():
        known = _known(name, array, arrays[name], keep, strict=name in sold)
        if known is not None:
            keep = known if keep is None else keep & known
    if keep is not None:
        values = {name: array[keep] for name, array in values.items()}
        code = None if code is None else code[keep]
    return Items(values, Groups(code, len(values[first]), number))


def floats(name: str, array: npt.ArrayLike) -> Floats:
    """Return a column of any container as float64 (N,), as `as_floats`."""
    flat = as_floats(array, name)
    if flat.ndim != 1:
        raise ShapeError(
            f"{name} has shape {flat.shape}; one dimension is expected, shape (N,)",
            f"{name} 的形状是 {flat.shape},应为一维 (N,)",
        )
    return flat


def _codes(group: npt.ArrayLike | None, items: int) -> tuple[Ints | None, int]:
    if group is None:
        return None, 1
    raw = np.asarray(group.filled(-1) if isinstance(group, np.ma.MaskedArray) else group)
    if raw.shape != (items,):
        raise ShapeError(
            f"group has shape {raw.shape} for {items} items; one code per item is expected",
            f"group 的形状是 {raw.shape},规格品有 {items} 项:每项一个组号",
        )
    if items and raw.dtype.kind not in "iu":
        raise ShapeError(
            f"group must hold integer codes 0 … G−1 (−1 = left out), got {raw.dtype}; pandas.factorize makes them",
            "group 必须是整数组号 0 … G−1(−1 = 不参加)",
        )
    most = max(MOST_GROUPS, 10 * items)
    if items and raw.max() >= most:
        at = int(np.argmax(raw >= most))
        raise ShapeError(
            f"group code {raw[at]} at position {at} for {items} items; codes are 0 … G−1 (at most {most - 1} here): "
            "number the groups first, pandas.factorize does it",
            f"第 {at} 项的组号 {raw[at]} 过大:组号应为 0 … G−1,可先用 pandas.factorize 编号",
        )
    code = raw.astype(np.int64, copy=False)
    if items and code.min() < -1:
        at = int(np.argmax(code < -1))
        raise ShapeError(
            f"group code {code[at]} at position {at}; −1 is the only negative code", "组号只能为 −1 或不小于 0"
        )
    return code, int(code.max(initial=-1)) + 1


def _known(
    name: str, array: Floats, given: Any, taking_part: npt.NDArray[np.bool_] | None, *, strict: bool
) -> npt.NDArray[np.bool_] | None:
    """Return the mask of known values, None when all are; refuse what cannot be a price or a quantity."""
    price = name[0] in "px"
    good = (array > 0 if price else array >= 0) & (array < np.inf)
    usable = array > 0 if strict and not price else good
    if good.all():
        return None if usable is good or usable.all() else usable
    bad = ~good & ~np.isnan(array)
    if taking_part is not None:
        bad &= taking_part
    if bad.any():
        raise _price_error(name, array, given, bad, "above 0" if price else "0 or above")
    return usable


def _price_error(name: str, array: Floats, given: Any, bad: npt.NDArray[np.bool_], expected: str) -> PriceError:
    at, number = int(np.argmax(bad)), int(bad.sum())
    index = getattr(given, "index", None)
    label = f"item {index[at]!r}" if index is not None and not callable(index) else f"position {at}"
    value = array.flat[at]
    return PriceError(
        f"{name} must be {expected} and finite: {value} at {label}"
        f" ({number} such value{'s' if number > 1 else ''}); give NaN for what was not observed",
        f"{name} 的 {label} 为 {value}(共 {number} 处):{'价格必须大于 0' if expected == 'above 0' else '不得为负'}"
        "且有限;没有观测到的请给 NaN",
    )


def positive(name: str, array: npt.ArrayLike) -> Floats:
    """Return numbers as float64, any shape, refusing values that are not above 0 (NaN passes)."""
    flat = as_floats(array, name)
    bad = ~(flat > 0) & ~np.isnan(flat) | (flat == np.inf)
    if bad.any():
        raise _price_error(name, flat, array, bad, "above 0")
    return flat


def _same_index(arrays: Mapping[str, Any]) -> None:
    """Refuse Series with different indexes: pairing them by position would join prices of different items."""
    first: tuple[str, Any] | None = None
    for name, array in arrays.items():
        index = getattr(array, "index", None)
        if index is None or callable(index):
            continue
        if first is None:
            first = name, index
        elif len(index) == len(first[1]) and not index.equals(first[1]):
            raise ShapeError(
                f"{first[0]} and {name} are Series with different indexes; align them (or pass .to_numpy())",
                f"{first[0]} 与 {name} 的索引不同:请先对齐,或传入 .to_numpy()",
            )
