"""Vintages: what was public on any day, how far figures were revised, and whether revisions were news or noise.

>>> from shuibei_index.vintages import read_vintages
>>> read_vintages.__name__
'read_vintages'
"""

from shuibei_index.vintages.reading import read_vintages
from shuibei_index.vintages.series import VintageSeries
from shuibei_index.vintages.vintage import Vintage
from shuibei_index.vintages.vintages import Vintages

__all__ = ["Vintage", "VintageSeries", "Vintages", "read_vintages"]
