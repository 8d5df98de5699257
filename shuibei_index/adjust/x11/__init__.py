"""Own X-11: the seasonal adjustment filters of X-13 in NumPy, on many series at once."""

from __future__ import annotations

from shuibei_index.adjust.x11.decomposition import x11
from shuibei_index.adjust.x11.regression import PreAdjusted, pre_adjust
from shuibei_index.adjust.x11.setting import FILTERS, MODES, Setting
from shuibei_index.adjust.x11.tables import X11Tables

__all__ = ["FILTERS", "MODES", "PreAdjusted", "Setting", "X11Tables", "pre_adjust", "x11"]
