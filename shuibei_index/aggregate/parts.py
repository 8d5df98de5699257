"""Parts of prices, summed per item and month: metal, making charge and stones of the records that could be split."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from shuibei_index.errors import ShapeError

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]

#: What is summed: of the records that could be split (`validation.split`).
PARTS = (
    "metal_fen",
    "making_fen",
    "gram_charge_fen",
    "stone_fen",
    "split_milli",
    "net_mg",
    "pure_ug",
    "piece_count",
    "piece_milli",
    "net_milli",
    "pure_milli",
)
#: What is read of a record for them.
PART_COLUMNS = ("metal_fen", "loss_fen", "making_fen", "charge_basis", "pieces", "stone_fen", "net_mg", "pure_ug")
#: The parts of a price, in the order of all arrays; the last is what could not be split.
COMPONENTS = ("metal", "making", "stone", "unsplit")


def is_split(table: pa.Table) -> bool:
    """Tell whether a table of accepted records was made with their parts."""
    return "metal_fen" in table.column_names


def part_columns(table: pa.Table) -> dict[str, Ints]:
    """Return the columns `PARTS` of accepted records, 0 where a record could not be split.

    Every content is summed with the quantity of the very records it was summed over, so that an item-month of which
    some records could not be split, or some were not weighed, has the content of the others and not a part of it.
    Decision 0320.
    """
    metal, loss, making, stone, net, pure = (
        _whole(table, name) for name in ("metal_fen", "loss_fen", "making_fen", "stone_fen", "net_mg", "pure_ug")
    )
    split, by_piece = _whole(table, "quantity_milli"), _by_piece(table)
    counted = by_piece.any() and "pieces" in table.column_names
    pieces = np.where(by_piece, _whole(table, "pieces"), 0) if counted else net * 0
    if table.column("metal_fen").null_count:
        known = np.asarray(pc.is_valid(table.column("metal_fen")))
        # a stated weight or number of pieces says nothing of the parts of other records
        split, net, pure, pieces = (np.where(known, values, 0) for values in (split, net, pure, pieces))
    return {
        "metal_fen": metal + loss,
        "making_fen": making,
        "gram_charge_fen": np.where(by_piece, 0, making),
        "stone_fen": stone,
        "split_milli": split,
        "net_mg": net,
        "pure_ug": pure,
        "piece_count": pieces,
        "piece_milli": np.where(pieces > 0, split, 0),
        "net_milli": np.where(net > 0, split, 0),
        "pure_milli": np.where(pure > 0, split, 0),
    }


def _whole(table: pa.Table, name: str) -> Ints:
    column = table.column(name)
    if not pa.types.is_integer(column.type):
        raise ShapeError(f"{name} must be int64 (fen, mg, µg), not {column.type}")
    column = column.fill_null(0) if column.null_count else column
    return np.asarray(column.to_numpy(), dtype=np.int64)


def _by_piece(table: pa.Table) -> npt.NDArray[np.bool_]:
    # a charge per piece does not follow the grams; every other does
    if "charge_basis" not in table.column_names:
        return np.zeros(len(table), dtype=bool)
    column = table.column("charge_basis")
    column = column if pa.types.is_dictionary(column.type) else column.dictionary_encode()
    column = column.unify_dictionaries().combine_chunks()
    if isinstance(column, pa.ChunkedArray):
        column = column.chunk(0)
    words = column.dictionary.to_pylist()
    if "per_piece" not in words:
        return np.zeros(len(table), dtype=bool)
    codes = column.indices.fill_null(-1).to_numpy(zero_copy_only=False)
    return np.asarray(codes == words.index("per_piece"))


@dataclass(frozen=True, eq=False)
class PartSums:
    """Sums of the parts of C sold item-months, int64 each, shape (C,).

    Parameters
    ----------
    metal_fen : ndarray
        Metal with its loss.
    making_fen : ndarray
        Making charges; of them `gram_charge_fen` follow the weight.
    stone_fen : ndarray
        Stones.
    split_milli : ndarray
        Quantity of the records that could be split, in thousandths of the pricing unit.
    net_mg, pure_ug : ndarray
        Net metal weight in mg, and pure metal in it in µg, of the same records.
    piece_count, piece_milli : ndarray
        Pieces, and their quantity, of the records charged for by the piece.
    net_milli, pure_milli : ndarray
        Quantity of the records of which the net weight, and the pure metal, is known.
    """

    metal_fen: Ints
    making_fen: Ints
    gram_charge_fen: Ints
    stone_fen: Ints
    split_milli: Ints
    net_mg: Ints
    pure_ug: Ints
    piece_count: Ints
    piece_milli: Ints
    net_milli: Ints
    pure_milli: Ints

    def __post_init__(self) -> None:
        """Check lengths and make the arrays read-only."""
        arrays = [getattr(self, name) for name in PARTS]
        if len({len(a) for a in arrays}) > 1:
            raise ShapeError(f"the parts of a panel must be of one length, not {[len(a) for a in arrays]}")
        for array in arrays:
            array.setflags(write=False)

    def take(self, rows: npt.NDArray[np.int64] | slice) -> PartSums:
        """Return the parts of some item-months."""
        return PartSums(*(getattr(self, name)[rows].copy() for name in PARTS))

    @property
    def split_fen(self) -> Ints:
        """Turnover of the records that could be split."""
        return self.metal_fen + self.making_fen + self.stone_fen

    @property
    def known(self) -> npt.NDArray[np.bool_]:
        """Whether anything of the item-month could be split."""
        return np.asarray((self.split_fen > 0) & (self.split_milli > 0))

    @property
    def shares(self) -> Floats:
        """Shares of the components in the price, shape (C, 4): of the records split, or all of it unsplit."""
        shares = np.zeros((len(self.metal_fen), len(COMPONENTS)))
        known = self.known
        total = np.where(known, self.split_fen, 1)
        for k, fen in enumerate((self.metal_fen, self.making_fen, self.stone_fen)):
            shares[:, k] = np.where(known, fen / total, 0.0)
        shares[:, -1] = ~known
        return shares
