"""The review list of a month: signals side by side, ranked by what the lines behind them do to the headline.

An alignment stands before the heaping it brings about. Where nothing would be left without its lines, its effect is the
largest of its firms' alone, and the text says so.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa

from shuibei_index.checks import Checks
from shuibei_index.errors import UsageError, did_you_mean
from shuibei_index.index.compilation.series import IndexSeries
from shuibei_index.index.influence.alignment import charge_alignment, price_alignment
from shuibei_index.index.influence.copies import copies
from shuibei_index.index.influence.drop import drop_one
from shuibei_index.index.influence.heaping import heaping
from shuibei_index.index.influence.left_out import Candidates, left_out
from shuibei_index.index.influence.one_firm import one_firm
from shuibei_index.index.influence.result import Influence
from shuibei_index.index.influence.window import Found, Window
from shuibei_index.index.tree.classification import HEADLINE, Hierarchy

if TYPE_CHECKING:
    from shuibei_index.rules import Rules, RulesAt

Ints = npt.NDArray[np.int64]

REVIEW_COLUMNS: tuple[str, ...] = (
    "period", "class_code", "enterprise_id", "signal", "value", "usual", "effect_points", "class_points", "text_zh",
    "text_en",
)  # fmt: skip
#: Names of signals without the room's prefix.
_PREFIX = "influence_"
#: Digits after the point of effects.
_DIGITS = 10


def review_list(
    series: IndexSeries,
    records: pa.Table | pd.DataFrame,
    month: str,
    *,
    rules: Rules | RulesAt,
    metal_prices: pd.DataFrame | None = None,
    influence: Influence | None = None,
    class_code: str = HEADLINE,
    checks: Checks | None = None,
) -> pd.DataFrame:
    """Return what is worth a look in a month, the largest effect on the headline first. Nothing is excluded.

    Parameters
    ----------
    series : IndexSeries
        Compiled from the same records, to the month or beyond.
    records : Table or DataFrame
        Accepted records of the month and of those before it that the rule influence_history asks for; others are not
        looked at.
    month : str
    rules : Rules or RulesAt
    metal_prices : DataFrame, optional
        period, metal, cny_per_gram.
    influence : Influence, optional
        `drop_one` of the series, if it is there already.
    class_code : str
        Only rows of this class and those below it.
    checks : Checks, optional
        With the texts. Default: the packaged ones.

    Returns
    -------
    DataFrame
        period, class_code, enterprise_id (several: joined by "; "), signal (alignment, one_firm, copies, heaping),
        value, usual (a share, a spread of logarithms, or a change in percent: see the text), effect_points (what
        leaving these lines out of the month would do to the headline, index points; where that leaves nothing the
        largest effect of one of the firms alone, named in the text; NaN where one firm is all there is: such rows come
        first, by value), class_points (to the class), text_zh, text_en. A value that many firms share is often a round
        one: an alignment comes before the heaping of its own firms, however little its lines do together.

    Raises
    ------
    UsageError
        No such month or class; the month is the first of the series; a series without its inputs.
    """
    if series.products is None:
        raise UsageError("this series carries no inputs; compile it with compile_index(panel, tree, rules=…)")
    if month not in series.months[1:]:
        raise UsageError(
            f"no change to look at in {month}; the series runs from {series.months[0]} to {series.months[-1]}",
            f"{month} 无可核查的变动，序列自 {series.months[0]} 至 {series.months[-1]}",
        )
    if class_code not in series.codes:
        raise UsageError(f"no class {class_code!r}{did_you_mean(class_code, series.codes)}", f"没有分类 {class_code!r}")
    inputs, t = series.products.run.inputs, series.months.index(month)
    number = next(n for n, span in enumerate(inputs.spans) if t in span.months)
    at = rules.at(month)
    length, least = int(at["influence_history"]["months"]), int(at["influence_history"]["least"])
    table = records if isinstance(records, pa.Table) else pa.Table.from_pandas(records, preserve_index=False)
    window = Window.of(
        table, month, length, trees=inputs.trees, firms=inputs.firms[0], metal_prices=metal_prices, rules=rules
    )
    influence = drop_one(series) if influence is None else influence
    tree = inputs.trees[number]
    found = [
        charge_alignment(window, at, least),
        price_alignment(window, at, least),
        one_firm(influence, month, tree, at, length, least),
        copies(window, at, least),
        heaping(window, at, least),
    ]
    frame = _listed(series, t, found, tree, Checks.load() if checks is None else checks, influence.firms)
    return frame[_below(tree, class_code, frame["class_code"])].reset_index(drop=True)


def _listed(
    series: IndexSeries, t: int, found: Sequence[Found], tree: Hierarchy, checks: Checks, firms: Sequence[str]
) -> pd.DataFrame:
    parts, numbered = [], [0]
    assert series.products is not None
    names = np.array(series.products.run.inputs.firms[0], dtype=object)
    # effects speak of the firms asked about, windows of all
    to_all = pd.Index(names).get_indexer(pd.Index(firms))
    members, codes = [], []
    for one in found:
        who = to_all[one.firm] if one.signal == "influence_one_firm" else one.firm
        members.append((one.candidate + numbered[-1], who))
        codes.append(one.code)
        numbered.append(numbered[-1] + len(one.value))
        spoken: dict[str, Any] = {"value": _text(one.value), "usual": _text(one.usual), **one.fields}
        text = checks.find(one.signal, **spoken)
        who_text = pd.Series(names[who]).groupby(one.candidate).agg("; ".join).reindex(range(len(one.value)))
        parts.append(
            pd.DataFrame(
                {
                    "period": series.months[t],
                    "class_code": one.class_code,
                    "enterprise_id": who_text.fillna("").to_numpy(dtype=object),
                    "signal": one.signal.removeprefix(_PREFIX),
                    "value": one.value,
                    "usual": one.usual,
                    "text_zh": text["message_zh"].to_numpy(dtype=object),
                    "text_en": text["message_en"].to_numpy(dtype=object),
                }
            )
        )
    frame = pd.concat(parts, ignore_index=True)
    candidate, firm = (np.concatenate(x).astype(np.int64) for x in zip(*members, strict=True))
    code = np.concatenate(codes)
    points = left_out(series, t, _candidates(series, tree, candidate, firm, code, numbered[-1]))
    spoken_of = _alone(series, t, tree, candidate, firm, code, points)
    if len(spoken_of):
        more = checks.find("influence_largest_alone", value=names[spoken_of["firm"]])
        frame.loc[spoken_of.index, "text_zh"] += more["message_zh"].to_numpy(dtype=object)
        frame.loc[spoken_of.index, "text_en"] += " " + more["message_en"].to_numpy(dtype=object)
    # what is left of a class outside the headline is rounding, and must not rank
    points = np.round(points, _DIGITS)
    k = pd.Index(series.codes).get_indexer(pd.Index(frame["class_code"]))
    frame["effect_points"] = points[series.codes.index(HEADLINE)]
    frame["class_points"] = points[k, np.arange(len(frame))]
    order = _order(frame, _caused(found, numbered))
    return frame.iloc[order][list(REVIEW_COLUMNS)].reset_index(drop=True)


def _alone(
    series: IndexSeries,
    t: int,
    tree: Hierarchy,
    candidate: Ints,
    firm: Ints,
    code: npt.NDArray[np.object_],
    points: npt.NDArray[np.float64],
) -> pd.DataFrame:
    """Put the largest effect of one firm alone where all firms together leave nothing; `points` in place.

    Returns
    -------
    DataFrame
        firm, indexed by candidate: those spoken of.
    """
    head = series.codes.index(HEADLINE)
    rows = np.flatnonzero(np.isnan(points[head])[candidate])
    pairs, of = np.unique(np.stack([candidate[rows], firm[rows]]), axis=1, return_inverse=True)
    if not len(rows):
        return pd.DataFrame({"firm": np.zeros(0, dtype=np.int64)})
    single = left_out(series, t, _candidates(series, tree, of.ravel(), firm[rows], code[rows], pairs.shape[1]))
    # rounded, so that firms of one effect are told apart by their order and not by the last bits
    size = np.round(np.abs(single[head]), _DIGITS)
    told = pd.DataFrame({"candidate": pairs[0], "firm": pairs[1], "size": size, "at": np.arange(len(size))})
    told = told.dropna().sort_values(["candidate", "size", "firm"], ascending=[True, False, True])
    told = told.drop_duplicates("candidate").set_index("candidate")
    points[:, told.index] = single[:, told["at"]]
    return told[["firm"]]


def _caused(found: Sequence[Found], numbered: Sequence[int]) -> pd.DataFrame:
    """Return cause and effect, positions in the list: one charge or price of many firms, and its firms' heaping."""
    members = {"influence_alignment": [], "influence_heaping": []}  # type: dict[str, list[pd.DataFrame]]
    for one, first in zip(found, numbered[:-1], strict=True):
        if one.signal in members:
            # "gold 料价" is a matter of 料价
            what = [str(text).rsplit(" ", 1)[-1] for text in one.fields["what_zh"]]
            rows = pd.DataFrame({"firm": one.firm, "at": one.candidate + first})
            rows["what"] = np.array([*what, ""], dtype=object)[one.candidate]
            # charges that have only come close need not be round
            kind = one.fields.get("kind", np.full(len(what), "equal", dtype=object))
            members[one.signal].append(rows[np.asarray(kind == "equal", dtype=bool)[one.candidate]])
    causes, effects = (pd.concat(rows) for rows in members.values())
    both = causes.merge(effects, on=["firm", "what"], suffixes=("_cause", "_effect"))
    return both[["at_cause", "at_effect"]].astype(np.int64)


def _order(frame: pd.DataFrame, caused: pd.DataFrame) -> Ints:
    effect = frame["effect_points"].abs()
    # no effect can be told where nothing is left: none could be larger
    size = effect.fillna(np.inf).to_numpy(copy=True)
    np.maximum.at(size, caused["at_cause"].to_numpy(), size[caused["at_effect"].to_numpy()])
    untold = np.where(effect.isna(), frame["value"], 0.0)
    follows = np.isin(np.arange(len(frame)), caused["at_effect"])
    in_class = frame["class_points"].abs().fillna(-1.0)
    return np.lexsort((frame["enterprise_id"], frame["class_code"], -in_class, -untold, follows, -size))


def _candidates(
    series: IndexSeries, tree: Hierarchy, candidate: Ints, firm: Ints, code: npt.NDArray[np.object_], number: int
) -> Candidates:
    """Put the cells below it in place of each class named; "" stays as all cells."""
    assert series.products is not None
    words = series.products.run.inputs.words
    below = np.stack([_below(tree, c, pd.Series(words, dtype=object)) for c in tree.codes])
    at = pd.Index(tree.codes).get_indexer(pd.Index(code))
    named = np.flatnonzero(at >= 0)
    row, cell = np.nonzero(below[at[named]])
    every = np.flatnonzero(at < 0)
    return Candidates(
        np.concatenate([candidate[every], candidate[named][row]]),
        np.concatenate([firm[every], firm[named][row]]),
        np.concatenate([np.full(len(every), -1, dtype=np.int64), cell]),
        number,
    )


def _below(tree: Hierarchy, class_code: str, codes: pd.Series) -> npt.NDArray[np.bool_]:
    """Tell which classes are the one named or stand below it; all stand below the headline."""
    if class_code == HEADLINE:
        return np.ones(len(codes), dtype=bool)
    at = pd.Index(tree.codes).get_indexer(pd.Index(codes))
    top = tree.position.get(class_code, -2)
    found = np.array(codes == class_code, dtype=bool)
    for _ in range(int(tree.depth.max(initial=0)) + 1):
        found |= (at == top) & (at >= 0)
        at = np.where(at >= 0, tree.parent[np.maximum(at, 0)], -1)
    return found


def _text(values: npt.NDArray[np.float64]) -> npt.NDArray[np.object_]:
    return np.array([f"{v:.3g}" for v in values.tolist()], dtype=object)
