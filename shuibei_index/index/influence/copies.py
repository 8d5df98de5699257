"""Copies of last month: how many of a firm's lines, metal prices and charges are exactly those of the month before."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from shuibei_index.index.influence.window import Found, Window, usual_of
from shuibei_index.validation.edits.past import charge_key, line_keys, metal_middle, quote_keys

if TYPE_CHECKING:
    from shuibei_index.rules import RulesAt

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

WHAT = (
    ("成交行（规格品、数量、金额均相同）", "lines (same item, quantity and amount)"),
    ("料价（行情已变动）", "metal prices (though the metal moved)"),
    ("工费", "making charges"),
)


def copies(window: Window, rules: RulesAt, least: int) -> Found:
    """Find firms of whose lines, metal prices or charges more than usual are exactly those of the month before.

    Parameters
    ----------
    window : Window
    rules : RulesAt
        The rules influence_copies and stale_price (how far the metal must have moved).
    least : int
        Earlier months it takes to know what is usual.

    Notes
    -----
    The keys of a line and of a quote are those of the edits `file_copied` and `stale_price` (decision 0182). Of a firm
    the kind is told that is furthest above its usual share.
    """
    rule = rules["influence_copies"]
    M, F = len(window.months), len(window.firms)
    share, count = np.full((M, len(WHAT), F), np.nan), np.zeros((len(WHAT), F), dtype=np.int64)
    move = float(rules["stale_price"]["move"])
    lines = window.lines
    metal = np.stack([metal_middle(window.of_month(m), _prices(window, m)) for m in range(M)])
    charge = charge_key(lines.item, lines.basis.astype(np.int64)) * 2**32 + window.charge_fen
    quote, known = quote_keys(lines)
    kinds = (
        (line_keys(lines), np.ones(lines.size, dtype=bool)),
        (quote, known),
        (charge, window.charge_fen >= 0),
    )
    for m in range(1, M):
        now, before = (_rows(window, at) for at in (m, m - 1))
        moved = np.nan_to_num(np.abs(metal[m] - metal[m - 1])) >= move
        for kind, (key, there) in enumerate(kinds):
            asked = now[there[now]]
            if kind == 1:
                asked = asked[moved[lines.metal[asked].astype(np.int64)]]
            # only items that were sold in the month before can be copied from it
            asked = asked[np.isin(lines.item[asked], lines.item[before])]
            same = np.isin(key[asked], key[before[there[before]]])
            total = np.bincount(lines.firm[asked], minlength=F)
            again = np.bincount(lines.firm[asked], same, F)
            enough = total >= int(rule["lines"])
            share[m, kind, enough] = again[enough] / total[enough]
            if m == window.last:
                count[kind] = total
    usual = usual_of(share, least)
    above = share[-1] - usual
    with np.errstate(invalid="ignore"):
        flagged = (share[-1] >= float(rule["share"])) & (above >= float(rule["margin"]))
    firm = np.flatnonzero(flagged.any(axis=0))
    kind = np.where(flagged, above, -1.0).argmax(axis=0)[firm]
    return Found(
        signal="influence_copies",
        class_code=np.full(len(firm), "00", dtype=object),
        value=share[-1][kind, firm],
        usual=usual[kind, firm],
        candidate=np.arange(len(firm), dtype=np.int64),
        firm=firm.astype(np.int64),
        code=np.full(len(firm), "", dtype=object),
        fields={
            "what_zh": np.array([zh for zh, _ in WHAT], dtype=object)[kind],
            "what_en": np.array([en for _, en in WHAT], dtype=object)[kind],
            "n": count[kind, firm].astype(object),
        },
    )


def _rows(window: Window, m: int) -> Ints:
    first, end = np.searchsorted(window.lines.month, [m, m + 1])
    return np.arange(first, end)


def _prices(window: Window, m: int) -> Floats:
    return np.asarray(window.measures.metal_price)[_rows(window, m)]
