"""Models: what a difference of characteristics is worth in the charges and stones of a class, by regression."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import pandas as pd

from shuibei_index.errors import PriceError
from shuibei_index.index.hedonic.grades import CLARITY, COLOUR, CUT, Scale
from shuibei_index.index.hedonic.regression import Regression, regress

if TYPE_CHECKING:
    from shuibei_index.rules import RulesAt

Floats = npt.NDArray[np.float64]

#: What is explained, in CNY: charges per gram of net metal, stones per carat.
PARTS: tuple[str, ...] = ("charge", "stone")
#: By what: ln of grams a piece, of fineness, share of the charges that is by the piece; ln of carats a piece, grades.
CHARACTERISTICS: dict[str, tuple[str, ...]] = {
    "charge": ("log_grams", "log_fineness", "by_piece"),
    "stone": ("log_carat", "colour", "clarity", "cut"),
}
_KEYS = ["enterprise_id", "item_id", "period"]
_GRADES = {"colour": COLOUR, "clarity": CLARITY, "cut": CUT}
_SUMS = ["making_fen", "net_mg", "pure_ug", "stone_fen", "pieces", "carat", "piece_charge_fen"]
#: Slack, in ln, within which an item counts as inside the range the model has seen.
_SLACK = 0.05


@dataclass(frozen=True, eq=False)
class CharacteristicsModel:
    """A log-linear model of the charges or stones of a class.

    Parameters
    ----------
    part : {"charge", "stone"}
    names : tuple of str
        Characteristics that differ between the items of a firm in a month.
    fit : Regression or None
        None = there is no model; `zh` and `en` say why.
    low, high : ndarray, shape (K,)
        Range of each characteristic.
    r_squared : float
        Within firm and month.
    n_items : int
    zh, en : str
        Why the model must not be used; "" = it may.
    """

    part: str
    names: tuple[str, ...]
    fit: Regression | None
    low: Floats
    high: Floats
    r_squared: float
    n_items: int
    zh: str = ""
    en: str = ""

    def ratio(self, old: pd.Series, new: pd.Series) -> float:
        """Return the predicted price of the new item over that of the old one; NaN where the model does not say.

        It says nothing of an item outside the range it has seen, or if the two differ in what it does not know.
        """
        if self.fit is None or self.en:
            return float("nan")
        wanted = list(CHARACTERISTICS[self.part])
        before, after = old[wanted].to_numpy(dtype=float), new[wanted].to_numpy(dtype=float)
        used = np.isin(wanted, self.names)
        differ = np.nan_to_num(before, nan=-np.inf) != np.nan_to_num(after, nan=-np.inf)
        if (differ & ~used & (np.abs(np.nan_to_num(after - before, nan=np.inf)) > _SLACK)).any():
            return float("nan")
        x = np.stack([before[used], after[used]])
        inside = (x >= self.low - _SLACK) & (x <= self.high + _SLACK)
        return float(np.exp((x[1] - x[0]) @ self.fit.slopes)) if inside.all() else float("nan")


def characteristics(records: pd.DataFrame) -> pd.DataFrame:
    """Return price and characteristics of every item and month of some accepted records of one class.

    Parameters
    ----------
    records : DataFrame
        enterprise_id, item_id, period, pieces, net_mg, pure_ug, making_fen, stone_fen, charge_basis, stone_carat, and
        if there are any stone_colour, stone_clarity, stone_cut.

    Returns
    -------
    DataFrame
        enterprise_id, item_id, period; charge (CNY per gram), stone (CNY per carat), carat (all stones sold), and the
        `CHARACTERISTICS` of both (grades as places on their scale, the finest lowest); NaN = not known.
    """
    frame = records[_KEYS].astype(str)
    for name in ("making_fen", "net_mg", "pure_ug", "stone_fen", "pieces"):
        frame[name] = pd.to_numeric(records[name], errors="coerce").astype(float).fillna(0.0)
    frame["carat"] = pd.to_numeric(records["stone_carat"], errors="coerce").astype(float).fillna(0.0)
    piece = records["charge_basis"].astype(str).eq("per_piece").to_numpy()
    frame["piece_charge_fen"] = np.where(piece, frame["making_fen"], 0.0)
    for name, scale in _GRADES.items():
        column = f"stone_{name}"
        frame[name] = _places(records[column], scale) if column in records else np.nan
    by = frame.groupby(_KEYS, sort=True)
    found = by[_SUMS].sum().join(by[list(_GRADES)].mean()).reset_index()
    with np.errstate(divide="ignore", invalid="ignore"):
        net, pieces, carat = (found[c].to_numpy() for c in ("net_mg", "pieces", "carat"))
        table: dict[str, Floats] = {
            "charge": found["making_fen"].to_numpy() / net * 10.0,
            "log_grams": np.log(net / pieces / 1000.0),
            "log_fineness": np.log(found["pure_ug"].to_numpy() / net),
            "by_piece": found["piece_charge_fen"].to_numpy() / found["making_fen"].to_numpy(),
            "stone": found["stone_fen"].to_numpy() / carat / 100.0,
            "log_carat": np.log(carat / pieces),
        }
    for name, values in table.items():
        found[name] = np.where(np.isfinite(values), values, np.nan)
    columns = ["charge", "stone", "carat", *CHARACTERISTICS["charge"], *CHARACTERISTICS["stone"]]
    return found[[*_KEYS, *columns]]


def _places(values: pd.Series, scale: Scale) -> Floats:
    """Return the middle of each grade on its scale; NaN = none, or none of the scale."""
    codes, words = pd.factorize(values.astype(object))
    spans = [scale.read(word) for word in words]
    places = [np.nan if span is None else (span[0] + span[1]) / 2.0 for span in spans]
    return np.array([*places, np.nan])[codes]


def fit_model(items: pd.DataFrame, part: str, rules: RulesAt) -> CharacteristicsModel:
    """Fit the model of a class.

    Parameters
    ----------
    items : DataFrame
        As `characteristics` returns it, of the months before the replacement (rule `replacement_model_months`).
    part : {"charge", "stone"}
    rules : RulesAt
        `replacement_model_items` and `replacement_model_r2`.

    Returns
    -------
    CharacteristicsModel

    Notes
    -----
    ln p = effect of the firm in the month + Σ β z + ε, Huber's norm: what a firm asks more than another, and what
    happens from month to month, is taken out; the items of one firm in one month differ by z alone. Characteristics
    in which they do not differ are left out. Source: CPI Manual 2020, ch. 6 (hedonic adjustment); decision 0262.
    """
    z = items[list(CHARACTERISTICS[part])]
    price = items[part].to_numpy(dtype=float)
    with np.errstate(invalid="ignore"):
        kept = price > 0
    # what no item states is no characteristic of the class
    there = z[kept].notna().any(axis=0)
    stated = [name for name in CHARACTERISTICS[part] if there[name]]
    kept &= z[stated].notna().all(axis=1).to_numpy()
    cell = pd.factorize(items["enterprise_id"] + "\n" + items["period"])[0]
    kept &= (np.bincount(cell, kept, cell.max(initial=-1) + 1) > 1)[cell]
    rows = np.flatnonzero(kept)
    group = np.unique(cell[rows], return_inverse=True)[1].astype(np.int64)
    y, x = np.log(price[rows]), z[stated].to_numpy(dtype=float)[rows]
    inner = x - _means(x, group)
    varies = (inner**2).sum(axis=0) > 1e-6 * max(len(rows), 1)
    names, x = tuple(n for n, v in zip(stated, varies, strict=True) if v), x[:, varies]
    number = len(items.iloc[rows][["enterprise_id", "item_id"]].drop_duplicates())
    low, high = (x.min(axis=0), x.max(axis=0)) if len(rows) else (np.zeros(0), np.zeros(0))
    least, floor = int(rules["replacement_model_items"]), float(rules["replacement_model_r2"])
    nothing = CharacteristicsModel(part, names, None, low, high, float("nan"), number)
    if number < least:
        return _refused(nothing, f"仅 {number} 个规格品，少于 {least} 个", f"{number} items only, fewer than {least}")
    if not names:
        return _refused(nothing, "规格品特征无差异", "the items do not differ in any characteristic")
    try:
        fit = _regressed(y, x, group, names, part)
    except PriceError as error:
        return _refused(nothing, "回归无法求解", str(error))
    spread = y - _means(y[:, np.newaxis], group)[:, 0]
    total = float(fit.weight @ spread**2)
    r_squared = 1.0 - float(fit.weight @ fit.residuals**2) / total if total > 0 else float("nan")
    model = CharacteristicsModel(part, names, fit, low, high, r_squared, number)
    if not r_squared >= floor:
        return _refused(model, f"R² 为 {r_squared:.2f}，低于 {floor:.2f}", f"R² {r_squared:.2f} is below {floor:.2f}")
    return model


def _regressed(y: Floats, x: Floats, group: npt.NDArray[np.int64], names: tuple[str, ...], part: str) -> Regression:
    plain = regress(y, x, group, np.ones(len(y)), names=names, label=part)
    # charges by a formula of the firm lie on the plane exactly: there is no scale to tell outliers by
    if np.median(np.abs(plain.residuals)) < 1e-9:
        return plain
    return regress(y, x, group, np.ones(len(y)), names=names, label=part, norm="huber")


def _means(x: Floats, group: npt.NDArray[np.int64]) -> Floats:
    number = np.maximum(np.bincount(group), 1)
    columns = [(np.bincount(group, column) / number)[group] for column in x.T]
    return np.column_stack(columns) if columns else np.zeros(x.shape)


def _refused(model: CharacteristicsModel, zh: str, en: str) -> CharacteristicsModel:
    return CharacteristicsModel(
        model.part, model.names, model.fit, model.low, model.high, model.r_squared, model.n_items, zh, en
    )
