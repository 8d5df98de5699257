"""The terms of an escalation clause, and the exact arithmetic they stand for."""

from __future__ import annotations

import math
from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, ROUND_HALF_UP, Decimal, InvalidOperation
from fractions import Fraction

from shuibei_index.errors import RulesError, UsageError
from shuibei_index.rules import RulesAt

Number = int | float | str | Decimal
THRESHOLD_MODES = ("whole", "excess")
_FEN = Decimal("0.01")
_ROUNDING = {"half_up": ROUND_HALF_UP, "half_even": ROUND_HALF_EVEN}


@dataclass(frozen=True)
class Terms:
    """What a clause says beside the index.

    Parameters
    ----------
    indexed_share : Decimal
        Part of the amount that follows the index, above 0 and up to 1.
    threshold_pct : Decimal
        A change of the index up to this size, in percent, adjusts nothing.
    threshold_mode : {"whole", "excess"}
        Above the threshold: the whole change counts, or only what exceeds it.
    cap_pct, floor_pct : Decimal, optional
        Largest and smallest change of the index that counts, in percent.
    """

    indexed_share: Decimal = Decimal(1)
    threshold_pct: Decimal = Decimal(0)
    threshold_mode: str = "whole"
    cap_pct: Decimal | None = None
    floor_pct: Decimal | None = None

    def __post_init__(self) -> None:
        """Refuse terms that no clause can mean."""
        if not 0 < self.indexed_share <= 1:
            raise UsageError(
                f"indexed_share is {self.indexed_share}; expected a share above 0 and up to 1",
                zh=f"随指数调整的比例为 {self.indexed_share}，应大于 0 且不超过 1",
            )
        if self.threshold_pct < 0:
            raise UsageError(
                f"threshold_pct is {self.threshold_pct}; expected a percentage that is not negative",
                zh=f"起调幅度为 {self.threshold_pct}%，不能为负",
            )
        if self.threshold_mode not in THRESHOLD_MODES:
            raise UsageError(
                f"threshold_mode is {self.threshold_mode!r}; expected one of {', '.join(THRESHOLD_MODES)}",
                zh="起调方式应为 whole（全额调整）或 excess（只调超出部分）",
            )
        if self.cap_pct is not None and self.floor_pct is not None and self.cap_pct < self.floor_pct:
            raise UsageError(
                f"cap_pct {self.cap_pct} lies below floor_pct {self.floor_pct}",
                zh=f"上限 {self.cap_pct}% 低于下限 {self.floor_pct}%",
            )
        if (self.cap_pct is not None and self.cap_pct < 0) or (self.floor_pct is not None and self.floor_pct > 0):
            raise UsageError(
                "cap_pct must not be negative and floor_pct not positive: an unchanged index must change nothing",
                zh="上限不能为负、下限不能为正：指数不变时金额不应变动",
            )

    def counted(self, change: Fraction) -> Fraction:
        """Return the change of the index that counts: first the threshold, then cap and floor.

        Examples
        --------
        >>> Terms(threshold_pct=Decimal(5), threshold_mode="excess").counted(Fraction(8, 100))
        Fraction(3, 100)
        """
        limit = Fraction(self.threshold_pct) / 100
        if abs(change) <= limit:
            return Fraction(0)
        if self.threshold_mode == "excess":
            change = change - limit if change > 0 else change + limit
        if self.cap_pct is not None:
            change = min(change, Fraction(self.cap_pct) / 100)
        if self.floor_pct is not None:
            change = max(change, Fraction(self.floor_pct) / 100)
        return change

    def factor(self, change: Fraction) -> Fraction:
        """Return what the amount is multiplied by."""
        return 1 + Fraction(self.indexed_share) * self.counted(change)


def number(value: Number | None, name: str, name_zh: str) -> Decimal:
    """Return a number of a contract exactly as it is written; a float counts as the digits it is shown with.

    Raises
    ------
    UsageError
        It is not a finite number.
    """
    text = repr(float(value)) if isinstance(value, float) else str(value).replace(",", "").strip()
    try:
        if isinstance(value, bool) or (isinstance(value, float) and not math.isfinite(value)):
            raise InvalidOperation
        result = Decimal(text)
    except InvalidOperation:
        result = Decimal("NaN")
    if not result.is_finite():
        raise UsageError(f"{name} is {value!r}; expected a number", zh=f"{name_zh}为 {value!r}，应为数字")
    return result


def checked_amount(value: Number) -> Decimal:
    """Return the amount of a contract in CNY.

    Raises
    ------
    UsageError
        It is not above zero, or has parts of a fen.
    """
    amount = number(value, "amount", "金额")
    if amount <= 0:
        raise UsageError(f"amount is {amount}; expected an amount above 0 CNY", zh=f"金额为 {amount}，应大于 0 元")
    if amount != amount.quantize(_FEN):
        raise UsageError(
            f"amount is {amount}; expected whole fen, two decimals at most", zh=f"金额为 {amount}，最多两位小数（到分）"
        )
    return amount.quantize(_FEN)


def rounded_amount(value: Fraction, rules: RulesAt) -> Decimal:
    """Return an exact amount in CNY rounded once to fen by the rule in force.

    Raises
    ------
    RulesError
        The rule names a method this version does not have.
    """
    method = str(rules["escalation_rounding"])
    if method not in _ROUNDING:
        raise RulesError(f"rule 'escalation_rounding' is {method!r}; expected one of {', '.join(_ROUNDING)}")
    # a Fraction has no decimals to lose: whole fen by integer division, then the tie by the rule
    fen, rest = divmod(value.numerator * 100, value.denominator)
    twice = 2 * rest
    up = twice > value.denominator or (twice == value.denominator and (method == "half_up" or fen % 2 == 1))
    return Decimal(fen + int(up)) * _FEN
