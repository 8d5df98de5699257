"""Bullion: which price of a metal is the reference, how several become one, and what dealers ask over it."""

from shuibei_index.bullion.dealers import DealersSpread, spread
from shuibei_index.bullion.reference import BullionReference, reference
from shuibei_index.bullion.series import KnownSeries, known_series

__all__ = ["BullionReference", "DealersSpread", "KnownSeries", "known_series", "reference", "spread"]
