"""Sudden alignment: firms whose charges or metal prices were apart before and are now the same, or nearly."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from shuibei_index.index.influence.window import Found, Window, usual_of
from shuibei_index.index.tree import METALS
from shuibei_index.validation.edits.lines import NO_BASIS, SALE
from shuibei_index.validation.edits.ordered import Ordered
from shuibei_index.validation.edits.outliers import MAD_SCALE
from shuibei_index.validation.edits.quotes import quote_residuals

if TYPE_CHECKING:
    from shuibei_index.rules import RulesAt

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]

_BASES = NO_BASIS + 1
BASIS_WORDS = (("按克", "per gram"), ("按件", "per piece"), ("按比例", "per cent"), ("未注明", "no basis"))


def charge_alignment(window: Window, rules: RulesAt, least: int) -> Found:
    """Find classes in which the making charges of different firms have become the same, or nearly.

    Parameters
    ----------
    window : Window
    rules : RulesAt
        The rule influence_alignment.
    least : int
        Earlier months it takes to know what is usual.

    Notes
    -----
    A firm speaks once in each class and charge basis: with the median of its charges. Spread = 1.4826 · median
    absolute deviation of the logarithms. Equal share = the largest number of firms that state one and the same charge,
    over the firms in the group.
    """
    lines, rule = window.lines, rules["influence_alignment"]
    charge = np.asarray(window.measures.charge)
    group = lines.klass * _BASES + lines.basis.astype(np.int64)
    G = (len(window.codes) + 1) * _BASES
    spread, number, voice = _spread(window, charge, group, G)
    shared, common = _shared(window, group, window.charge_fen, G)
    code = np.array([*window.codes, ""], dtype=object)[np.arange(G) // _BASES]
    words = np.arange(G) % _BASES
    fields = {
        "what_zh": np.array([f"{zh}工费" for zh, _ in BASIS_WORDS], dtype=object)[words],
        "what_en": np.array([f"making charges {en}" for _, en in BASIS_WORDS], dtype=object)[words],
    }
    return _found(rule, least, spread, number, shared, voice, common, code, code, fields)


def price_alignment(window: Window, rules: RulesAt, least: int) -> Found:
    """Find metals of which the prices of different firms, day by day, have become the same, or nearly.

    Notes
    -----
    Compared is each price's distance from the middle quote of its metal and day (`quote_residuals`), so that neither
    the market's movement nor the days on which a firm sells count.
    """
    lines, rule = window.lines, rules["influence_alignment"]
    price = np.asarray(window.measures.metal_price)
    residual = np.full(lines.size, np.nan)
    first = 0
    for m in range(len(window.months)):
        month = window.of_month(m)
        rows = slice(first, first + month.size)
        first = rows.stop
        stands = np.ones(month.size, dtype=bool)
        quotes = int(rules["metal_price_edit"]["quotes"])
        residual[rows] = quote_residuals(month, price[rows], stands, quotes)[0]
    G = len(METALS) + 1
    metal = np.where((lines.metal >= 0) & (lines.trade == SALE), lines.metal.astype(np.int64), G - 1)
    spread, number, voice = _spread(window, np.where(metal == G - 1, np.nan, residual), metal, G)
    # equal on the same day; what is stated before tax is another price
    quoted = np.where(metal == G - 1, -1, window.price_fen)
    day = np.unique(np.stack([metal, lines.day, lines.incl.astype(np.int64)]), axis=1, return_inverse=True)
    shared, common = _shared(window, day[1].ravel(), quoted, day[0].shape[1], metal, G, int(rule["firms"]))
    code = np.full(G, "00", dtype=object)
    fields = {
        "what_zh": np.array([*(f"{m} 料价" for m in METALS), ""], dtype=object),
        "what_en": np.array([*(f"{m} prices" for m in METALS), ""], dtype=object),
    }
    return _found(rule, least, spread, number, shared, voice, common, code, np.full(G, "", dtype=object), fields)


def _spread(window: Window, value: Floats, group: Ints, G: int) -> tuple[Floats, Ints, tuple[Ints, Ints, Floats]]:
    """Return the spread between firms and their number, shape (M, G), and the last month's group, firm, distance."""
    lines, M, F = window.lines, len(window.months), len(window.firms)
    known = ~np.isnan(value)
    keys, of_line = np.unique(((lines.month * G + group) * F + lines.firm)[known], return_inverse=True)
    voice = Ordered.of(value[known], of_line, len(keys)).quantile(0.5)
    cell = keys // F
    middle = Ordered.of(voice, cell, M * G)
    away = np.abs(voice - middle.quantile(0.5)[cell])
    spread = MAD_SCALE * Ordered.of(away, cell, M * G).quantile(0.5)
    now = cell >= window.last * G
    mine = cell[now] - window.last * G, keys[now] % F, away[now]
    return spread.reshape(M, G), middle.count.reshape(M, G), mine


def _shared(
    window: Window,
    group: Ints,
    value: Ints,
    number: int,
    wide: Ints | None = None,
    n_wide: int = 0,
    least: int = 1,
) -> tuple[Floats, tuple[Ints, Ints]]:
    """Return the share of firms that state the commonest value, shape (M, G), and who does so in the last month.

    Parameters
    ----------
    group, value : ndarray of int, shape (N,)
        Where firms are compared, and the value stated (−1 = none).
    wide, n_wide : optional
        Groups that put several of these together (days of a metal), and their number.
    least : int
        Firms below which a group is not compared.
    """
    lines, M, F = window.lines, len(window.months), len(window.firms)
    rows = np.flatnonzero(value >= 0)
    place = lines.month[rows] * number + group[rows]
    # each firm once for each value
    said = np.unique(np.stack([place, value[rows], lines.firm[rows]]), axis=1)
    speaks = np.unique(said[[0, 2]], axis=1)[0]
    firms = np.bincount(speaks, minlength=M * number)
    pairs, of_said, count = np.unique(said[:2], axis=1, return_inverse=True, return_counts=True)
    most = np.zeros(M * number, dtype=np.int64)
    np.maximum.at(most, pairs[0], count)
    most[firms < least] = 0
    counted = np.where(firms < least, 0, firms)
    common = (count == most[pairs[0]]) & (count > 1)
    # among values as common as each other the smallest
    first = np.unique(pairs[0][common], return_index=True)[1]
    chosen = np.zeros(len(count), dtype=bool)
    chosen[np.flatnonzero(common)[first]] = True
    if wide is None:
        G, to = number, np.arange(number)
    else:
        G, to = n_wide, np.zeros(number, dtype=np.int64)
        to[group] = wide
    month = np.repeat(np.arange(M), number)
    sums = [np.bincount(month * G + np.tile(to, M), x, M * G).reshape(M, G) for x in (most, counted)]
    share = np.divide(sums[0], sums[1], out=np.full((M, G), np.nan), where=sums[1] > 0)
    saying = chosen[of_said.ravel()] & (said[0] >= window.last * number)
    who = np.unique(np.stack([to[said[0][saying] - window.last * number], said[2][saying]]), axis=1)
    assert not len(who[1]) or who[1].max() < F
    return share, (who[0], who[1])


def _found(
    rule: dict[str, float],
    least: int,
    spread: Floats,
    number: Ints,
    shared: Floats,
    voice: tuple[Ints, Ints, Floats],
    common: tuple[Ints, Ints],
    class_code: npt.NDArray[np.object_],
    code: npt.NDArray[np.object_],
    fields: dict[str, npt.NDArray[np.object_]],
) -> Found:
    enough = number >= int(rule["firms"])
    usual_spread = usual_of(np.where(enough, spread, np.nan), least)
    usual_share = usual_of(np.where(enough, shared, np.nan), least)
    with np.errstate(invalid="ignore", divide="ignore"):
        ratio = spread[-1] / usual_spread
        # few firms spread unevenly from month to month: also less than the past has ever seen
        lowest = np.nanmin(np.where(enough, spread, np.nan)[:-1], axis=0, initial=np.inf)
        close = enough[-1] & (ratio <= float(rule["ratio"])) & (spread[-1] <= float(rule["of_lowest"]) * lowest)
        more = shared[-1] - usual_share
        equal = enough[-1] & (shared[-1] >= float(rule["share"])) & (more >= float(rule["margin"]))
    groups = np.flatnonzero(close | equal)
    by_share = equal[groups]
    row = np.full(len(ratio), -1, dtype=np.int64)
    row[groups] = np.arange(len(groups))
    # where a value is shared: who shares it; where charges have only come close: who is within the width allowed
    at, firm = common
    shares = equal[at]
    near, who, away = voice
    with np.errstate(invalid="ignore"):
        within = close[near] & ~equal[near] & (away <= float(rule["ratio"]) * usual_spread[near])
    candidate = np.concatenate([row[at[shares]], row[near[within]]])
    firms = np.concatenate([firm[shares], who[within]])
    count = np.bincount(candidate, minlength=len(groups))
    chosen = {name: values[groups] for name, values in fields.items()}
    kinds = np.where(by_share, "equal", "close").astype(object)
    chosen |= {
        "n": count.astype(object),
        "of": number[-1][groups].astype(object),
        "kind_zh": np.where(by_share, "报同一数值的企业比例", "企业间离散程度（对数标准差）").astype(object),
        "kind_en": np.where(by_share, "share of firms stating one value", "spread between firms (log)").astype(object),
        "kind": kinds,
    }
    return Found(
        signal="influence_alignment",
        class_code=class_code[groups],
        value=np.where(by_share, shared[-1][groups], spread[-1][groups]),
        usual=np.where(by_share, usual_share[groups], usual_spread[groups]),
        candidate=candidate,
        firm=firms,
        code=code[groups][candidate] if len(candidate) else np.zeros(0, dtype=object),
        fields=chosen,
    )
