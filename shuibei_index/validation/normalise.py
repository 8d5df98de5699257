"""Units, money and tax: what firms write in their units becomes int64 mg, int64 fen and one tax basis.

Nothing ambiguous is guessed: 钱 and 两 without a unit system, a weight without a unit, an amount without a tax basis
give no normalised value; the checks name the cell.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from shuibei_index.rules import RulesAt
from shuibei_index.validation.batch import Batch, Coded, Mask, Number
from shuibei_index.validation.citations import AS_REPORTED, cite
from shuibei_index.validation.classify import CARAT, GRAM, PIECE, Classified
from shuibei_index.validation.words import Word

Ints = npt.NDArray[np.int64]
_MILLI_CARAT_PER_MG = 5.0  # 1 ct = 0.2 g exactly, so 1 mg = 0.005 ct
_PPM = 10_000
# a decimal like 1.0015 and its product with a factor are a few units in the last place off what was written
_ULPS = 4.0


@dataclass(frozen=True)
class Exact:
    """A quantity in whole fen or mg; 0 where not `known`; `rounded` = the firm gave more decimals than that."""

    values: Ints
    known: Mask
    rounded: Mask


@dataclass(frozen=True)
class Normalised:
    """Weights, quantity and amount of each record in the package's own units; the rules that made them."""

    factor_known: Mask
    weight: Exact
    net_weight: Exact
    quantity: Ints
    quantity_known: Mask
    reported: Exact
    amount: Ints
    stone: Exact
    weight_rule: Coded
    tax_rule: Coded


def normalise(
    batch: Batch, classified: Classified, words: dict[str, Word], codes: dict[str, tuple[str, ...]], tax_basis: str
) -> Normalised:
    """Bring weights, quantities and amounts of all records into mg, thousandths of the unit and fen."""
    number = batch.number
    factor, weight_rule = _milligrams(classified, words, codes)
    usable = factor > 0
    weight = _exact(number["weight"], factor, usable)
    net = _exact(number["net_weight"], factor, usable)
    unit = classified.unit
    quantity, known = _quantity(number, factor, unit, weight, net)
    money = np.array([100.0, 1e6, 100.0], dtype=np.float64)[words["amount_unit"]]
    reported = _exact(number["amount"], money, words["amount_unit"] >= -1)
    always = np.ones(batch.size, dtype=bool)
    stone = _exact(number["stone_amount"], np.full(batch.size, 100.0), always)
    amount = reported.values
    # one citation per month and word, looked up by both; the last two words are hit by empty and unknown
    width = len(codes["tax_basis"]) + 2
    cited = np.full((len(classified.rules) + 1, width), "", dtype=object)
    for month, rules in enumerate(classified.rules):
        for code, basis in enumerate(codes["tax_basis"]):
            cited[month, code] = AS_REPORTED if basis == tax_basis else cite(rules, "vat_rate")
            if basis != tax_basis:
                rows = np.flatnonzero((words["tax_basis"] == code) & (classified.month == month))
                if rows.size:
                    amount = amount.copy() if amount is reported.values else amount
                    amount[rows] = to_basis(reported.values[rows], given=basis, wanted=tax_basis, rules=rules)
    tax_rule = _coded(cited, _place((classified.month, words["tax_basis"]), cited.shape))
    return Normalised(usable, weight, net, quantity, known, reported, amount, stone, weight_rule, tax_rule)


def to_basis(amount_fen: Ints, *, given: str, wanted: str, rules: RulesAt) -> Ints:
    """Convert amounts between tax-inclusive and tax-exclusive at the VAT rate of the month.

    Parameters
    ----------
    amount_fen : ndarray of int64
        Amounts in fen in the basis `given`.
    given, wanted : {"incl", "excl"}
        Tax basis of the amounts and of the result.
    rules : RulesAt
        The rules of the month of the deal (``vat_rate``).

    Returns
    -------
    ndarray of int64
        Rounded half to even, exactly: amount × 100/(100 + rate) or amount × (100 + rate)/100.

    Examples
    --------
    >>> from shuibei_index.rules import Rules
    >>> to_basis(np.array([11300, 113]), given="incl", wanted="excl", rules=Rules.load().at("2025-06"))
    array([10000,   100])
    """
    if given == wanted:
        return amount_fen
    with_tax = _PPM + round(float(rules["vat_rate"]) * 100)
    times, over = (_PPM, with_tax) if wanted == "excl" else (with_tax, _PPM)
    # a rate in hundredths of a percent keeps the fraction exact for rates like 6.5
    whole, rest = np.divmod(amount_fen * times, over)
    up = (2 * rest > over) | ((2 * rest == over) & (whole % 2 == 1))
    return np.asarray(whole + up, dtype=np.int64)


def weight_factors(rules: RulesAt) -> dict[tuple[str, str], float]:
    """Return milligrams per unit for each (unit, unit system); the system is "" where the unit needs none.

    Examples
    --------
    >>> from shuibei_index.rules import Rules
    >>> factors = weight_factors(Rules.load().at("2025-06"))
    >>> factors["ct", ""], factors["qian", "metric"], ("qian", "") in factors
    (200.0, 5000.0, False)
    """
    factors = {(unit, ""): float(mg) for unit, mg in rules["weight_factors"].items()}
    for system, units in rules["unit_systems"].items():
        factors |= {(unit, system): float(mg) for unit, mg in units.items()}
    return factors


def _milligrams(
    classified: Classified, words: dict[str, Word], codes: dict[str, tuple[str, ...]]
) -> tuple[npt.NDArray[np.float64], Coded]:
    """Return mg per reported weight unit of each record (0 = cannot be told) and the rule that says so."""
    units, systems = codes["weight_unit"], codes["unit_system"]
    # the last two places of each axis are hit by −1 (empty) and −2 (unknown)
    table = np.zeros((len(classified.rules) + 1, len(units) + 2, len(systems) + 2))
    cited = np.full(table.shape, "", dtype=object)
    for month, rules in enumerate(classified.rules):
        for (unit, system), mg in weight_factors(rules).items():
            where = systems.index(system) if system else slice(None)
            table[month, units.index(unit), where] = mg
            cited[month, units.index(unit), where] = (
                cite(rules, "unit_systems", system, unit) if system else cite(rules, "weight_factors", unit)
            )
    at = _place((classified.month, words["weight_unit"], words["unit_system"]), table.shape)
    return table.ravel()[at], _coded(cited, at)


def _place(codes: tuple[npt.NDArray[np.integer], ...], shape: tuple[int, ...]) -> npt.NDArray[np.int32]:
    """Return where each record's codes lie in a flat table of that shape; −1 and −2 count from the end of an axis."""
    at = np.zeros(codes[0].size, dtype=np.int32)
    for code, length in zip(codes, shape, strict=True):
        at *= length
        at += code
        # most columns have no empty cell; looking is cheaper than adding
        below = code < 0
        if below.any():
            at += length * below.astype(np.int32)
    return at


def _coded(cited: npt.NDArray[np.object_], at: npt.NDArray[np.int32]) -> Coded:
    flat = cited.ravel().tolist()
    texts = sorted({text for text in flat if text})
    position = {text: k for k, text in enumerate(texts)}
    return Coded(np.array([position.get(text, -1) for text in flat], dtype=np.int32)[at], texts)


def _whole(scaled: npt.NDArray[np.float64]) -> tuple[npt.NDArray[np.float64], Mask]:
    """Return the nearest whole numbers, halves to even, and where something was rounded away.

    1.0015 g is 1001.4999999999999 mg in binary and 0.0010015 kg is 1001.5: a half as it was written is a half.
    """
    whole = np.rint(scaled)
    off = scaled - whole
    rounded = np.abs(off) > 1e-6 + 1e-9 * np.abs(whole)
    rows = np.flatnonzero(rounded)
    if rows.size:
        value = scaled[rows]
        below = np.floor(value)
        tie = np.abs(value - below - 0.5) <= _ULPS * np.spacing(np.abs(value))
        whole[rows[tie]] = (below + below % 2)[tie]
    return whole, rounded


def _exact(number: Number, factor: npt.NDArray[np.float64], usable: Mask) -> Exact:
    known = number.known & usable
    if not known.any():
        return Exact(np.zeros(known.size, dtype=np.int64), known, np.zeros(known.size, dtype=bool))
    whole, rounded = _whole(number.values * factor)
    # far beyond this int64 would overflow; the range checks refuse such cells long before
    fits = np.abs(whole) < 1e18
    rounded &= known
    known &= fits
    return Exact(np.where(known, whole, 0.0).astype(np.int64), known, rounded)


def _quantity(
    number: dict[str, Number], factor: npt.NDArray[np.float64], unit: npt.NDArray[np.int8], weight: Exact, net: Exact
) -> tuple[Ints, Mask]:
    gram, carat, piece = unit == GRAM, unit == CARAT, unit == PIECE
    quantity = np.where(net.known, net.values, weight.values)
    known = gram & (net.known | weight.known)
    quantity[~known] = 0
    rows = np.flatnonzero(carat & weight.known)
    # from the reported carats, not from rounded mg: 0.001 ct is finer than 1 mg
    quantity[rows] = _whole(number["weight"].values[rows] * factor[rows] * _MILLI_CARAT_PER_MG)[0].astype(np.int64)
    known[rows] = True
    pieces = number["pieces"]
    rows = np.flatnonzero(piece & pieces.known & (np.abs(pieces.values) < 4e15))
    quantity[rows] = pieces.values[rows].astype(np.int64) * 1000
    known[rows] = True
    return quantity, known
