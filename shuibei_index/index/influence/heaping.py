"""Round-number heaping: firms that state round charges or metal prices far more often than they used to."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from shuibei_index.index.influence.window import Found, Window
from shuibei_index.validation.edits.lines import NO_BASIS, PER_GRAM, PER_PIECE, PERCENT

if TYPE_CHECKING:
    from shuibei_index.rules import RulesAt

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

WHAT = (
    ("按克工费", "making charges per gram"),
    ("按件工费", "making charges per piece"),
    ("按比例工费", "making charges in per cent"),
    ("料价", "metal prices"),
)
_STEPS = {PER_GRAM: "per_gram", PER_PIECE: "per_piece", PERCENT: "percent"}
_METAL = 3


def heaping(window: Window, rules: RulesAt, least: int) -> Found:
    """Find firms whose share of round values is far above their own past.

    Parameters
    ----------
    window : Window
    rules : RulesAt
        The rules influence_heaping and influence_round_steps.
    least : int
        Earlier months it takes to know what is usual.

    Notes
    -----
    A value counts once for each item and month. z = (p − p0) / √(p̄ (1 − p̄) (1/n + 1/n0)), p the share of round values
    of n this month, p0 that of the past, p̄ of both; n0 is the number of a mean month only, as a charge that stays is
    stated again and again. z² is χ² of the 2 × 2 table (1 degree of freedom). p over the share to be expected by
    chance is the idea of Whipple's index of digit preference.
    """
    rule, step = rules["influence_heaping"], rules["influence_round_steps"]
    lines, M, F, K = window.lines, len(window.months), len(window.firms), len(WHAT)
    charges = np.flatnonzero((window.charge_fen > 0) & (lines.basis != NO_BASIS))
    prices = np.flatnonzero(window.price_fen > 0)
    rows = np.concatenate([charges, prices])
    kind = np.concatenate([lines.basis[charges].astype(np.int64), np.full(len(prices), _METAL)])
    value = np.concatenate([window.charge_fen[charges], window.price_fen[prices]])
    said = np.unique(np.stack([lines.month[rows], kind, lines.firm[rows], lines.item[rows], value]), axis=1)
    widths = np.array([round(100 * float(step[name])) for name in [*_STEPS.values(), "metal_price"]])
    whole = said[4] % widths[said[1]] == 0
    place = (said[0] * K + said[1]) * F + said[2]
    number = np.bincount(place, minlength=M * K * F).reshape(M, K, F)
    heaped = np.bincount(place, whole, M * K * F).reshape(M, K, F)
    past, past_heaped = number[:-1].sum(axis=0), heaped[:-1].sum(axis=0)
    seen = (number[:-1] > 0).sum(axis=0)
    n0 = past / np.maximum(seen, 1)
    with np.errstate(invalid="ignore", divide="ignore"):
        p, p0 = heaped[-1] / number[-1], past_heaped / past
        both = (heaped[-1] + p0 * n0) / (number[-1] + n0)
        z = (p - p0) / np.sqrt(np.maximum(both * (1.0 - both), 1e-12) * (1.0 / number[-1] + 1.0 / n0))
        enough = (number[-1] >= int(rule["values"])) & (seen >= least)
        flagged = enough & (z >= float(rule["z"])) & (p - p0 >= float(rule["margin"]))
    k, f = np.nonzero(flagged)
    return Found(
        signal="influence_heaping",
        class_code=np.full(len(k), "00", dtype=object),
        value=p[k, f],
        usual=p0[k, f],
        candidate=np.arange(len(k), dtype=np.int64),
        firm=f.astype(np.int64),
        code=np.full(len(k), "", dtype=object),
        fields={
            "what_zh": np.array([zh for zh, _ in WHAT], dtype=object)[k],
            "what_en": np.array([en for _, en in WHAT], dtype=object)[k],
            "n": number[-1][k, f].astype(object),
            "step": (widths[k] / 100.0).astype(object),
            "z": np.round(z[k, f], 1).astype(object),
        },
    )
