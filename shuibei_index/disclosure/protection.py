"""Protection: the pattern of what is withheld, its use on every table of a bundle, and its audit."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
import numpy.typing as npt
import pandas as pd

from shuibei_index.disclosure.attack import determined, insiders_rule, outsider, reach, safe, scenarios, together
from shuibei_index.disclosure.cells import KEY
from shuibei_index.disclosure.primary import REASONS, SECONDARY, WORDS
from shuibei_index.disclosure.published import Pattern, blanked
from shuibei_index.disclosure.table import Table
from shuibei_index.rules import RulesAt

Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]

AUDIT = (
    "table",
    *KEY,
    "reason",
    "value",
    "lower",
    "upper",
    "width",
    "required",
    "attacker",
    "exact",
    "published",
    "safe",
)


@dataclass(frozen=True)
class Solved:
    """One period's table with its pattern and the way it was found ("exact", "heuristic", "none needed").

    `told` are class_code, component, stage of published cells from which a sum of withheld ones follows that may not be
    published itself.
    """

    table: Table
    hidden: Bools
    primary: Bools
    rules: RulesAt
    method: str
    told: tuple[tuple[str, ...], ...] = ()


@dataclass(frozen=True, repr=False)
class Protection:
    """What is withheld of each class, component, stage and month, and why.

    Parameters
    ----------
    months : tuple of str
        T months.
    keys : DataFrame
        class_code, component, stage of C cells.
    there : ndarray of bool, shape (T, C)
        Whether the cell has begun.
    reason : ndarray of int64, shape (T, C)
        Why it is withheld; 0 = it is not.
    solved : tuple of Solved
        One for each period.
    """

    months: tuple[str, ...]
    keys: pd.DataFrame
    there: Bools
    reason: Ints
    solved: tuple[Solved, ...] = field(repr=False)

    @cached_property
    def _where(self) -> Pattern:
        return Pattern(self.months, self.keys, self.reason > 0)

    @cached_property
    def pattern(self) -> pd.DataFrame:
        """period, class_code, component, stage, obs_conf (F, C), reason, reason_zh, reason_en: one row per cell."""
        month, cell = np.nonzero(self.there | (self.reason > 0))
        frame = self.keys.iloc[cell].reset_index(drop=True)
        frame.insert(0, "period", np.array(self.months, dtype=object)[month])
        code = self.reason[month, cell]
        frame["obs_conf"] = np.where(code > 0, "C", "F")
        names = np.array(REASONS, dtype=object)[code]
        frame["reason"] = names
        for at, column in enumerate(("reason_zh", "reason_en")):
            frame[column] = np.array([WORDS[r][at] for r in REASONS], dtype=object)[code]
        return frame

    def apply(self, table_name: str, frame: pd.DataFrame) -> pd.DataFrame:
        """Return a table of the bundle with what may not be published left empty and obs_conf set; see `blanked`."""
        return blanked(self._where, table_name, frame)

    def audit(self) -> pd.DataFrame:
        """Return what an attacker reaches for each cell to be protected.

        Returns
        -------
        DataFrame
            table ("2024 2024-03": period and block), class_code, component, stage, reason, value, lower, upper, width,
            required (width), attacker (outsider, or respondent: one who is alone in another withheld cell; the nearer
            of them), exact (the published cells determine it), published (in an earlier release, so that nothing can be
            withheld any more), safe. Values in the unit of the block. Team only: it holds the values that are withheld.
        """
        frames = [_audit_of(one, self.keys, self.reason, self.months) for one in self.solved]
        whole = [frame for frame in frames if len(frame)]
        return pd.concat(whole, ignore_index=True) if whole else pd.DataFrame(columns=list(AUDIT))

    def unsafe(self) -> pd.DataFrame:
        """Return class_code, component, stage, table of what comes out too close from the tables by themselves.

        Every cell to be protected is attacked as in `audit`, first by one who knows more than any respondent: if he is
        kept off, so are all. A published cell of which what is withheld adds up to a sensitive sum is listed, too. What
        earlier releases show is left out: nothing done now takes it back.
        """
        found: list[tuple[str, ...]] = []
        for one in self.solved:
            table = one.table.alone
            for cell in np.flatnonzero((table.need > 0).any(axis=0)).tolist():
                out = _reached(table, cell, one.hidden, one.rules)
                names = tuple(str(word) for word in self.keys.loc[table.cell[cell], KEY])
                found += [(*names, f"{table.period} {table.blocks[b]}") for b in sorted(set(out))]
            found += [(*names, f"{table.period} 不公布部分之和 sum of what is withheld of it") for names in one.told]
        return pd.DataFrame(found, columns=[*KEY, "table"])

    def summary(self) -> pd.DataFrame:
        """Return by period: cells, withheld, primary, secondary, share of turnover in secondary cells, method."""
        rows = []
        for one in self.solved:
            leaf = one.table.cost
            rows.append(
                {
                    "period": one.table.period,
                    "cells": len(one.hidden),
                    "withheld": int(one.hidden.sum()),
                    "primary": int(one.primary.sum()),
                    "secondary": int((one.hidden & ~one.primary).sum()),
                    "cost_share": float(leaf[one.hidden].sum() / leaf.sum()) if len(leaf) else 0.0,
                    "method": one.method,
                }
            )
        return pd.DataFrame(rows)

    def __repr__(self) -> str:
        """Say how much is withheld."""
        withheld, whole = int((self.reason > 0).sum()), int((self.there | (self.reason > 0)).sum())
        secondary = int((self.reason == SECONDARY).sum())
        return f"Protection: {withheld} of {whole} cells withheld 不公布, {secondary} of them secondary 二次抑制"

    def _repr_html_(self) -> str:
        return f"<h4>{self!r}</h4>" + self.summary().to_html(index=False, float_format="{:.4f}".format)


def _reached(table: Table, cell: int, hidden: Bools, rules: RulesAt) -> list[int]:
    """Return the blocks in which an attacker comes too close to a cell, or sees it."""
    own = np.flatnonzero(table.need[:, cell] > 0)
    if not hidden[cell]:
        return own.tolist()
    harder = together(table, cell)
    if safe(table, harder, reach(table, hidden, harder)[0]).all():
        return []
    found: list[int] = []
    for attack in scenarios(table, cell, hidden, rules):
        found += attack.blocks[~safe(table, attack, reach(table, hidden, attack)[0])].tolist()
    return found


def _audit_of(one: Solved, keys: pd.DataFrame, reason: Ints, months: tuple[str, ...]) -> pd.DataFrame:
    table = one.table
    named = np.array(REASONS, dtype=object)[_worst(reason[[m.startswith(table.period) for m in months]])]
    found = []
    exact = {b: determined(table, one.hidden, b) for b in range(len(table.blocks))}
    for cell in np.flatnonzero((table.need > 0).any(axis=0)).tolist():
        blocks = np.flatnonzero(table.need[:, cell] > 0)
        bound, nearer = np.full(len(table.blocks), np.inf), np.zeros(len(table.blocks), dtype=bool)
        attacks = scenarios(table, cell, one.hidden, one.rules) if insiders_rule(one.rules) else [outsider(table, cell)]
        fine = np.ones(len(table.blocks), dtype=bool)
        for attack in attacks:
            reached, _ = reach(table, one.hidden, attack)
            closer = reached < bound[attack.blocks] * (1 - 1e-9)
            nearer[attack.blocks[closer]] = attack.insider >= 0
            bound[attack.blocks] = np.minimum(bound[attack.blocks], reached)
            fine[attack.blocks] &= safe(table, attack, reached)
        published = table.known[blocks, cell]
        bound = np.where(np.isinf(bound), 0.0, bound)[blocks]
        value = table.value[blocks, cell]
        frame = pd.DataFrame({"table": [f"{table.period} {table.blocks[b]}" for b in blocks.tolist()]})
        for name in KEY:
            frame[name] = keys[name].iloc[table.cell[cell]]
        frame["reason"] = named[table.cell[cell]]
        frame["value"], frame["lower"], frame["upper"] = value, value - bound, value + bound
        frame["width"], frame["required"] = 2.0 * bound, 2.0 * table.need[blocks, cell]
        frame["attacker"] = np.where(nearer[blocks], "respondent", "outsider")
        frame["exact"] = [bool(exact[b][cell]) for b in blocks.tolist()]
        frame["published"] = published
        frame["safe"] = fine[blocks] & one.hidden[cell] & ~published
        found.append(frame)
    return pd.concat(found, ignore_index=True) if found else pd.DataFrame(columns=list(AUDIT))


def _worst(reason: Ints) -> Ints:
    """Return the first reason in order over the months, 0 = none."""
    some = np.where(reason > 0, reason, len(REASONS))
    least = some.min(axis=0, initial=len(REASONS))
    return np.where(least == len(REASONS), 0, least)
