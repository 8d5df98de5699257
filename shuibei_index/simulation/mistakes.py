"""Reporting mistakes of the kinds a compiler meets, and the key that tells them."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt
import pandas as pd

from shuibei_index import months
from shuibei_index.intake.schema import CODES
from shuibei_index.simulation.firms import Firms
from shuibei_index.simulation.habits import Habits
from shuibei_index.simulation.kinds import Facts
from shuibei_index.simulation.lines import charge_fen, metal_fen
from shuibei_index.simulation.mistake_names import LINE_KINDS
from shuibei_index.simulation.render import file_name
from shuibei_index.simulation.reports import ReportedMonth
from shuibei_index.simulation.settings import MarketSettings

Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]
Texts = npt.NDArray[np.object_]

KEY_COLUMNS = ("file", "enterprise_id", "period", "line_no", "kind", "column", "reported", "true_value")


def make_mistakes(
    month: ReportedMonth,
    facts: Facts,
    settings: MarketSettings,
    firms: Firms,
    habits: Habits,
    rng: np.random.Generator,
    doubled: np.random.Generator,
) -> tuple[ReportedMonth, pd.DataFrame]:
    """Put a mistake into a share of the rows.

    Parameters
    ----------
    month, facts
        The rows, and what the mistakes need to know of them.
    settings
        Its `mistakes` and `kinds`.
    rng, doubled
        Random generators of the kinds of `LINE_KINDS`, and of the charges counted twice.

    Returns
    -------
    ReportedMonth
        The rows with their mistakes (and repeated rows).
    DataFrame
        The key: one row per cell that differs; columns KEY_COLUMNS.
    """
    L, share, chosen = len(month.line), settings.mistakes, settings.kinds
    hit = rng.random(L) < share
    # each row that is hit takes the eligible kind with the highest draw: every eligible kind is equally likely
    draw = np.where(facts.eligible(), rng.random((L, len(LINE_KINDS))), -1.0)
    side = rng.random(L) < 0.5
    # a kind that is not chosen takes nothing from the others: its rows stay as they should be
    kind = np.where(hit, np.argmax(draw, axis=1), -1)
    left_out = [position for position, name in enumerate(LINE_KINDS) if name not in chosen]
    twice = ~hit & facts.charged() & (doubled.random(L) < share / len(LINE_KINDS))
    names = [*LINE_KINDS, "charge_doubled"]
    kind = np.where(np.isin(kind, left_out), -1, kind)
    kind = np.where(twice & ("charge_doubled" in chosen), len(LINE_KINDS), kind)
    wrong = ReportedMonth(month.period, month.firm, month.line, dict(month.columns))
    key = []
    for position, name in enumerate(names):
        rows = np.flatnonzero(kind == position)
        if not len(rows):
            continue
        for column in _APPLY[name](wrong, facts, rows, side[rows]):
            reported, true = (m.columns[column].take(rows).texts() for m in (wrong, month))
            if name == "duplicate_row":
                true = np.full(len(rows), "", dtype=object)
            key.append(key_rows(month, rows, name, column, reported, true, firms, habits))
    table = pd.concat(key) if key else pd.DataFrame(columns=list(KEY_COLUMNS))
    table = table[table["reported"] != table["true_value"]]
    repeated = np.flatnonzero(kind == names.index("duplicate_row"))
    return wrong.take(np.sort(np.concatenate([np.arange(L), repeated]))), in_order(table)


def in_order(key: pd.DataFrame) -> pd.DataFrame:
    """Return a key sorted by enterprise, line and column."""
    return key.sort_values(["enterprise_id", "line_no", "column"], kind="stable", ignore_index=True)


def key_rows(
    month: ReportedMonth,
    rows: Ints,
    kind: str,
    column: str,
    reported: Texts,
    true: Texts,
    firms: Firms,
    habits: Habits,
) -> pd.DataFrame:
    """Return the key of one column of some rows: what is written, and what should be."""
    used, of_row = np.unique(month.firm[rows], return_inverse=True)
    ids = np.array([str(firms.ids[f]) for f in used], dtype=object)
    files = np.array([file_name(str(firms.ids[f]), month.period, habits, int(f)) for f in used], dtype=object)
    values = (
        files[of_row],
        ids[of_row],
        month.period,
        month.cells("line_no").whole[rows],
        kind,
        column,
        reported,
        true,
    )
    return pd.DataFrame(dict(zip(KEY_COLUMNS, values, strict=True)))


def _weights(month: ReportedMonth, rows: Ints, whole: int, scale: Ints | int) -> list[str]:
    for column in ("weight", "net_weight"):
        cells = month.cells(column)
        month.columns[column] = cells.write(rows, cells.whole[rows] * whole, cells.scale[rows] + scale)
    return ["weight", "net_weight"]


def _in_qian(month: ReportedMonth, facts: Facts, rows: Ints, side: Bools) -> list[str]:
    return _weights(month, rows, 2, 1)  # a fifth = two tenths


def _times_1000(month: ReportedMonth, facts: Facts, rows: Ints, side: Bools) -> list[str]:
    scale = month.cells("weight").scale[rows]
    # g (3 digits) becomes kg or mg; kg (6) becomes g, mg (0) becomes g
    return _weights(month, rows, 1, np.where(scale == 6, -3, np.where((scale == 0) | side, 3, -3)))


def _amount_unit(month: ReportedMonth, facts: Facts, rows: Ints, side: Bools) -> list[str]:
    month.columns["amount"] = month.cells("amount").write(rows, scale=np.where(facts.wan[rows], 2, 6))
    return ["amount"]


def _carat_unit(month: ReportedMonth, facts: Facts, rows: Ints, side: Bools) -> list[str]:
    month.columns["weight"] = month.cells("weight").write(rows, scale=np.where(facts.points[rows], 3, 1))
    return ["weight"]


def _charge_basis(month: ReportedMonth, facts: Facts, rows: Ints, side: Bools) -> list[str]:
    month.columns["making_charge"] = month.cells("making_charge").write(rows, facts.other_charge()[rows])
    return ["making_charge"]


def _tax_flag(month: ReportedMonth, facts: Facts, rows: Ints, side: Bools) -> list[str]:
    words = CODES["tax_basis"]
    other = {"incl": "excl", "excl": "incl", words["incl"]: words["excl"], words["excl"]: words["incl"]}
    flags = month.words("tax_basis")
    swapped = np.array([other.get(name, name) for name in flags.names], dtype=object)
    month.columns["tax_basis"] = flags.write(rows, swapped[flags.code[rows]])
    return ["tax_basis"]


def _gross_as_net(month: ReportedMonth, facts: Facts, rows: Ints, side: Bools) -> list[str]:
    month.columns["net_weight"] = month.cells("net_weight").write(rows, facts.gross_mg[rows])
    return ["net_weight"]


def _total_as_price(month: ReportedMonth, facts: Facts, rows: Ints, side: Bools) -> list[str]:
    month.columns["metal_price"] = month.cells("metal_price").write(rows, facts.amount[rows], 2)
    return ["metal_price"]


def _charge_missing(month: ReportedMonth, facts: Facts, rows: Ints, side: Bools) -> list[str]:
    metal = metal_fen(facts.net_mg[rows], facts.metal_price[rows], facts.fineness[rows], facts.loss[rows])
    without = np.rint(metal).astype(np.int64) + facts.stone[rows]
    month.columns["making_charge"] = month.cells("making_charge").write(rows, blank=True)
    month.columns["amount"] = month.cells("amount").write(rows, without)
    return ["making_charge", "amount"]


def _stale_price(month: ReportedMonth, facts: Facts, rows: Ints, side: Bools) -> list[str]:
    metal = metal_fen(facts.net_mg[rows], facts.stale[rows], facts.fineness[rows], facts.loss[rows])
    making = charge_fen(facts.net_mg[rows], facts.pieces[rows], metal, facts.charge[rows], facts.basis[rows])
    amount = np.rint(metal + making).astype(np.int64) + facts.stone[rows]
    month.columns["metal_price"] = month.cells("metal_price").write(rows, facts.stale[rows])
    month.columns["amount"] = month.cells("amount").write(rows, amount)
    return ["metal_price", "amount"]


def _charge_doubled(month: ReportedMonth, facts: Facts, rows: Ints, side: Bools) -> list[str]:
    metal = metal_fen(facts.net_mg[rows], facts.metal_price[rows], facts.fineness[rows], facts.loss[rows])
    charge = 2 * facts.charge[rows]
    making = charge_fen(facts.net_mg[rows], facts.pieces[rows], metal, charge, facts.basis[rows])
    amount = np.rint(metal + making).astype(np.int64) + facts.stone[rows]
    month.columns["making_charge"] = month.cells("making_charge").write(rows, charge)
    month.columns["amount"] = month.cells("amount").write(rows, amount)
    return ["making_charge", "amount"]


def _duplicate(month: ReportedMonth, facts: Facts, rows: Ints, side: Bools) -> list[str]:
    return ["line_no"]  # the row is repeated when all mistakes are made


def _wrong_month(month: ReportedMonth, facts: Facts, rows: Ints, side: Bools) -> list[str]:
    earlier, later = months.shift(month.period, -1), months.shift(month.period, 1)
    written = np.where(side, earlier, later).astype(object)
    month.columns["period"] = month.words("period").write(rows, written)
    return ["period"]


def _unknown_class(month: ReportedMonth, facts: Facts, rows: Ints, side: Bools) -> list[str]:
    codes = month.words("class_code")
    month.columns["class_code"] = codes.write(rows, codes.take(rows).texts() + "99")
    return ["class_code"]


def _not_a_number(month: ReportedMonth, facts: Facts, rows: Ints, side: Bools) -> list[str]:
    shown = month.cells("amount").take(rows).texts()
    words = np.where(side, "约" + shown, shown + "起")
    month.columns["amount"] = month.cells("amount").write(rows, words=words)
    return ["amount"]


_APPLY: dict[str, Callable[[ReportedMonth, Facts, Ints, Bools], list[str]]] = {
    "weight_in_qian": _in_qian,
    "weight_times_1000": _times_1000,
    "amount_wan_yuan": _amount_unit,
    "carat_points": _carat_unit,
    "charge_basis": _charge_basis,
    "tax_flag": _tax_flag,
    "gross_as_net": _gross_as_net,
    "total_as_price": _total_as_price,
    "charge_missing": _charge_missing,
    "stale_price": _stale_price,
    "duplicate_row": _duplicate,
    "wrong_month": _wrong_month,
    "unknown_class": _unknown_class,
    "not_a_number": _not_a_number,
    "charge_doubled": _charge_doubled,
}
