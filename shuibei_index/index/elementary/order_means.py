"""Order means: power means of any order behind the links, with all digits near order 0 and none lost unseen far off."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from shuibei_index.errors import PriceError
from shuibei_index.index.elementary.formulas import PowerMean

Floats = npt.NDArray[np.float64]

#: Largest exponent: two of them multiplied stay within what a float holds.
_LARGEST = 300.0


@dataclass(frozen=True)
class OrderMean(PowerMean):
    """Mean (Σ w rᵏ / Σ w)^(1/k) of order k = a + b, one of the two powers being 0.

    Notes
    -----
    Below ½ in size the two sums are Σ w (rᵏ − 1) and Σ w: the quotient of the powers themselves is 1 up to k ln r,
    and loses as many digits as 1/k has.
    """

    @classmethod
    def of(cls, order: float) -> OrderMean:
        """Return the mean of an order other than 0; all pairs weigh the same, or by the rows' own weights."""
        return cls("equal", max(order, 0.0), min(order, 0.0))

    @property
    def order(self) -> float:
        """Order of the mean."""
        return self.a + self.b

    @property
    def near_zero(self) -> bool:
        """Whether the sum above is of rᵏ − 1."""
        return abs(self.order) < 0.5

    def value(self, above: Floats, below: Floats) -> Floats:
        """Return the mean from its two sums; NaN where the sums are 0."""
        return np.exp(self.log_value(above, below))

    def log_value(self, above: Floats, below: Floats) -> Floats:
        """Return ln of the mean from its two sums; NaN where they are 0."""
        if not self.near_zero:
            return super().log_value(above, below)
        with np.errstate(divide="ignore", invalid="ignore"):
            return np.asarray(np.log1p(above / below) / self.order)

    def terms(self, weight: Floats, log_relative: Floats) -> tuple[Floats, Floats]:
        """Return what each pair adds to the two sums.

        Raises
        ------
        PriceError
            Powers of the relatives are beyond what numbers hold.
        """
        self._check(log_relative)
        if not self.near_zero:
            return super().terms(weight, log_relative)
        return weight * np.expm1(self.order * log_relative), weight

    def moved(self, above: Floats, below: Floats, log_move: Floats) -> tuple[Floats, Floats]:
        """Return the sums after the reference prices behind them were multiplied by exp(log_move)."""
        self._check(log_move)
        if not self.near_zero:
            return super().moved(above, below, log_move)
        # Σ w (rᵏ c − 1) = c Σ w (rᵏ − 1) + (c − 1) Σ w
        stretch = np.expm1(-self.order * log_move)
        return above + stretch * (above + below), below

    def _check(self, log_change: Floats) -> None:
        size = np.fmax.reduce(np.abs(log_change), axis=None, initial=0.0)
        if abs(self.order) * size > _LARGEST:
            raise PriceError(
                f"a mean of order {self.order:g} cannot be taken of a price change to the {np.exp(size):.4g}-fold (or "
                f"its reciprocal); orders up to {_LARGEST / size:.4g} in size can. Check that price, or lower the order"
            )
