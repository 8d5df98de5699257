"""Bilateral formulas made into series four ways: chained, carried, linked each year, and on a fixed base."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from shuibei_index.errors import UsageError, did_you_mean
from shuibei_index.index import bilateral
from shuibei_index.lab.material import Floats, Ints, Material

#: Formulas of prices and quantities of the two months alone.
FORMULAS: dict[str, Callable[..., Any]] = {
    name: getattr(bilateral, name)
    for name in bilateral.__all__
    if not set(inspect.signature(getattr(bilateral, name)).parameters) & {"qb", "pb", "sigma", "r", "order"}
}
#: What is compared if nothing is named.
USUAL = (
    "jevons", "dutot", "carli", "harmonic", "cswd", "bmw", "laspeyres", "paasche", "fisher", "tornqvist", "walsh",
    "geo_laspeyres", "geo_paasche", "unit_value", "average_price",
)  # fmt: skip
#: chained: month on month over the items sold in both; carried: the same, but an item that is absent keeps a
#: reference price moved with its class (the compilation's way); annual: on the link month, linked there each year;
#: fixed: on the class's first month.
BASES = ("chained", "carried", "annual", "fixed")
#: The unit value of everything sold, matched or not: what an average price would show.
AVERAGE_PRICE = "average_price"


def check_formulas(formulas: Sequence[str], bases: Sequence[str]) -> None:
    """Raise UsageError for an unknown name."""
    for word, known, what in [
        *((f, [*FORMULAS, AVERAGE_PRICE], "formula") for f in formulas),
        *((b, BASES, "base") for b in bases),
    ]:
        if word not in known:
            raise UsageError(f"unknown {what} {word!r}{did_you_mean(word, known)}; there are {', '.join(known)}")


def elementary_levels(
    material: Material, prices: Floats, quantities: Floats, formula: str, base: str, *, link: Ints, longest: int
) -> Floats:
    """Return log levels of every class, the class's first month = 0.

    Parameters
    ----------
    material : Material
        Names classes and their first months.
    prices, quantities : ndarray, shape (T, N)
        The material's own, or with a month appended.
    formula, base : str
        A name of `FORMULAS` or "average_price", and of `BASES`.
    link : ndarray of int, shape (T,)
        For each month the last link month before it (base "annual").
    longest : int
        Months an absent item is carried (base "carried").

    Returns
    -------
    ndarray, shape (T, G)
        NaN from where a chain breaks: no item of the class is matched. The carried series has NaN in such a month
        only.
    """
    if formula == AVERAGE_PRICE:
        return _average_price(material, prices, quantities)
    if base == "carried":
        return _carried(material, prices, quantities, FORMULAS[formula], longest)
    T, G, starts = len(prices), len(material.classes), material.starts
    t = np.arange(T)[:, None]
    reference = {"chained": t - 1, "annual": link[:, None], "fixed": np.zeros((T, 1), dtype=np.int64)}[base]
    reference = np.maximum(reference, starts)
    rows = reference[:, material.group]
    column = np.broadcast_to(np.arange(prices.shape[1]), rows.shape)
    cell = (t * G + material.group).ravel()
    change = _call(
        FORMULAS[formula],
        p0=prices[rows, column].ravel(),
        p1=prices.ravel(),
        q0=quantities[rows, column].ravel(),
        q1=quantities.ravel(),
        group=cell,
    ).reshape(T, G)
    levels = np.where(t == starts, 0.0, np.nan)
    groups = np.arange(G)
    for month in range(1, T):
        levels[month] = np.where(
            month > starts, levels[reference[month], groups] + np.log(change[month]), levels[month]
        )
    return levels


def _call(formula: Callable[..., Any], **arrays: Any) -> Floats:
    taken = inspect.signature(formula).parameters
    return np.asarray(formula(**{name: array for name, array in arrays.items() if name in taken}), dtype=float)


def _carried(
    material: Material, prices: Floats, quantities: Floats, formula: Callable[..., Any], longest: int
) -> Floats:
    G, group, starts = len(material.classes), material.group, material.starts
    levels = np.full((len(prices), G), np.nan)
    levels[0] = np.where(starts == 0, 0.0, np.nan)
    last, held = np.zeros(G), prices[0].copy()
    absent = np.where(np.isnan(held), 1, 0)
    for t in range(1, len(prices)):
        p1, q1 = prices[t], quantities[t]
        # an imputed price carries no turnover of the month before
        q0 = np.where(absent == 0, quantities[t - 1], 0.0)
        matched = ~np.isnan(held) & ~np.isnan(p1)
        turnover = np.bincount(group[matched], held[matched] * q0[matched], G)
        q0 = np.where(turnover[group] > 0, q0, q1)
        change = np.log(_call(formula, p0=held, p1=p1, q0=q0, q1=q1, group=group))
        last = np.where(np.isnan(change), last, last + change)
        levels[t] = np.where(t == starts, 0.0, np.where(np.isnan(change), np.nan, last))
        seen = ~np.isnan(p1)
        absent = np.where(seen, 0, absent + 1)
        # a class without a match stands still until one of its items comes back
        moved = held * np.exp(np.nan_to_num(change))[group]
        held = np.where(seen, p1, np.where(absent <= longest, moved, np.nan))
    return levels


def _average_price(material: Material, prices: Floats, quantities: Floats) -> Floats:
    T, G = len(prices), len(material.classes)
    sold = ~np.isnan(prices)
    cell = (np.arange(T)[:, None] * G + material.group)[sold]
    value = np.bincount(cell, (prices * quantities)[sold], T * G)
    quantity = np.bincount(cell, quantities[sold], T * G)
    logs = np.log(np.divide(value, quantity, out=np.full(T * G, np.nan), where=quantity > 0)).reshape(T, G)
    return np.asarray(logs - logs[material.starts, np.arange(G)])
