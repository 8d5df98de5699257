"""How each enterprise fills in its reports: the same way every month, each its own way."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from shuibei_index.intake.schema import SUBMISSION
from shuibei_index.simulation.settings import MarketSettings
from shuibei_index.simulation.streams import Streams

Bools = npt.NDArray[np.bool_]
Ints = npt.NDArray[np.int64]

#: Share of enterprises by file format, before formats that are not asked for are left out.
FORMAT_SHARES = {"xlsx": 0.50, "csv": 0.35, "parquet": 0.15}
ENCODINGS = ("utf-8", "utf-8-sig", "gb18030")
SHEETS = ("Sheet1", "成交明细", "报送表", "明细")
#: digits after the point when the same number of mg is written in each weight unit
WEIGHT_SCALES = {"g": 3, "kg": 6, "mg": 0}


@dataclass(frozen=True)
class Habits:
    """Reporting habits, arrays of shape (F,); `order` (F, columns) is the order of the columns.

    Parameters
    ----------
    format
        Name of the file format.
    encoding
        Of csv files.
    chinese_header, words
        Chinese column names; Chinese words (销售, 克, 含税) in place of codes (sale, g, incl).
    title_rows
        Lines above the header of a workbook.
    sheet
        Name of the sheet.
    wan
        Amounts in 万元 in place of 元.
    weight_unit
        g, kg or mg.
    carat_points
        Carats in 分 (1 ct = 100 分).
    trade_fineness
        Trade names of fineness in place of per mille.
    full_width, commas
        Full-width digits in the count of pieces; thousands commas in amounts (text formats).
    spare
        Leaves out columns it has nothing to say in, the net weight where it equals the weight, and the time of deals.
    blank_sale
        Leaves the trade type of sales, the stage and the unit 元 empty, as the form allows.
    """

    format: npt.NDArray[np.str_]
    encoding: npt.NDArray[np.str_]
    chinese_header: Bools
    words: Bools
    title_rows: Ints
    sheet: npt.NDArray[np.str_]
    wan: Bools
    weight_unit: npt.NDArray[np.str_]
    carat_points: Bools
    trade_fineness: Bools
    full_width: Bools
    commas: Bools
    spare: Bools
    blank_sale: Bools
    order: Ints


def make_habits(F: int, settings: MarketSettings, streams: Streams) -> Habits:
    """Draw the habits of F enterprises; with seven or more, every format asked for occurs."""
    rng = streams.of("habits")

    def choose(names: tuple[str, ...], shares: tuple[float, ...]) -> npt.NDArray[np.str_]:
        edges = np.cumsum(np.array(shares) / sum(shares))[:-1]
        return np.array(names)[np.searchsorted(edges, rng.random(F), side="right")]

    def some(share: float) -> Bools:
        return rng.random(F) < share

    formats = tuple(f for f in FORMAT_SHARES if f in settings.formats)
    edges = np.cumsum([FORMAT_SHARES[f] for f in formats])
    rank = (rng.permutation(F) + 0.5) / F * edges[-1]
    format_ = np.array(formats)[np.searchsorted(edges[:-1], rank, side="right")]
    encoding = np.array(ENCODINGS)[rng.permutation(F) % len(ENCODINGS)]
    chinese = some(0.75) | (format_ == "xlsx")
    own_order = np.argsort(rng.random((F, len(SUBMISSION))), axis=1)
    keeps = some(0.6)[:, None]
    return Habits(
        format=format_,
        encoding=encoding,
        chinese_header=chinese,
        words=some(0.6) & chinese,
        title_rows=np.where((format_ == "xlsx") & some(0.35), rng.integers(1, 3, F), 0),
        sheet=choose(SHEETS, (1, 1, 1, 1)),
        wan=some(0.2),
        weight_unit=choose(("g", "kg", "mg"), (0.8, 0.12, 0.08)),
        carat_points=some(0.2),
        trade_fineness=some(0.6),
        full_width=some(0.15) & (format_ != "parquet"),
        commas=some(0.3) & (format_ == "csv"),
        spare=some(0.5),
        blank_sale=some(0.4),
        order=np.where(keeps, np.arange(len(SUBMISSION)), own_order),
    )
