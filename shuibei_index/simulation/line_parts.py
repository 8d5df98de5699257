"""The parts of the market's lines in fen: making charge and stones; the rest of the amount is metal with its loss."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from shuibei_index.simulation.classes import Classes
from shuibei_index.simulation.items import Items
from shuibei_index.simulation.lines import MonthLines
from shuibei_index.simulation.profiles import PER_GRAM, PER_PIECE, PERCENT

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class LineParts:
    """Parts of R lines in the workspace's tax basis, shape (R,).

    Parameters
    ----------
    metal_fen, loss_fen, making_fen, stone_fen
        They add up to the line's amount. Toll work is all charge, goods without metal are all stone.
    net_mg, pure_ug
        Net weight in mg and pure metal in µg of what was sold; 0 for toll work and goods without metal.
    """

    metal_fen: Ints
    loss_fen: Ints
    making_fen: Ints
    stone_fen: Ints
    net_mg: Ints
    pure_ug: Ints


def line_parts(lines: MonthLines, rows: Ints, items: Items, classes: Classes, amount_fen: Ints) -> LineParts:
    """Return the parts of some lines whose amounts in the workspace's tax basis are `amount_fen`, shape (R,).

    Notes
    -----
    Charge and stones are rounded to fen and the metal is what they leave (decision 0232). Everything is computed in
    CNY, grams and per mille, as it is reported: halves of a fen then fall to the same side as in the reports.
    """
    item = lines.item[rows]
    leaf = items.leaf[item]
    toll, has_metal = classes.is_toll[leaf], classes.metal[leaf] >= 0
    net, permille = lines.net_mg[rows], items.fineness[item] / 10.0
    reported = lines.amount_fen[rows] / 100.0
    to_fen = amount_fen / np.where(reported > 0, reported, 1.0)
    loss = lines.loss[rows] / 100.0 / 100.0
    metal = net / 1000.0 * permille / 1000.0 * (lines.metal_price[rows] / 100.0) * (1.0 + loss)
    charge, basis = lines.charge[rows] / 100.0, lines.basis[rows]
    making = np.select(
        [basis == PER_GRAM, basis == PER_PIECE, basis == PERCENT],
        [charge * (net / 1000.0), charge * lines.pieces[rows], metal * charge / 100.0],
        0.0,
    )
    making_fen = np.rint(making * to_fen).astype(np.int64)
    stone_fen = np.rint(lines.stone_fen[rows] / 100.0 * to_fen).astype(np.int64)
    making_fen = np.where(toll, amount_fen, np.where(has_metal, making_fen, 0))
    stone_fen = np.where(toll, 0, np.where(has_metal, stone_fen, amount_fen))
    with_loss = amount_fen - making_fen - stone_fen
    loss_fen = np.rint(with_loss * loss / (1.0 + loss)).astype(np.int64)
    content = has_metal & ~toll
    return LineParts(
        with_loss - loss_fen,
        loss_fen,
        making_fen,
        stone_fen,
        np.where(content, net, 0),
        np.where(content, np.rint(net * permille), 0).astype(np.int64),
    )
