"""Hedonic indices of stones and set pieces: the movement of prices at constant characteristics.

`time_dummy_index`, `characteristics_index` and `imputation_index` take a tidy table of sales and say how each
characteristic enters; each returns a `HedonicIndex` with bands, diagnostics and pictures.
"""

from shuibei_index.index.hedonic.characteristics import (
    COLOURED_STONES,
    DIAMOND_SET,
    LOOSE_DIAMONDS,
    Category,
    Characteristics,
    FineMetal,
    Grade,
    Measure,
)
from shuibei_index.index.hedonic.design import Design, make_design
from shuibei_index.index.hedonic.grades import CLARITY, COLOUR, CUT, Scale, read_grades
from shuibei_index.index.hedonic.imputation import imputation_index
from shuibei_index.index.hedonic.mean_characteristics import characteristics_index
from shuibei_index.index.hedonic.regression import Regression
from shuibei_index.index.hedonic.result import HedonicIndex
from shuibei_index.index.hedonic.time_dummy import time_dummy_index

__all__ = [
    "CLARITY",
    "COLOUR",
    "COLOURED_STONES",
    "CUT",
    "DIAMOND_SET",
    "LOOSE_DIAMONDS",
    "Category",
    "Characteristics",
    "Design",
    "FineMetal",
    "Grade",
    "HedonicIndex",
    "Measure",
    "Regression",
    "Scale",
    "characteristics_index",
    "imputation_index",
    "make_design",
    "read_grades",
    "time_dummy_index",
]
