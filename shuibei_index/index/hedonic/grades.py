"""Grades of stones: the scales of colour, clarity and cut, and how the trade writes them."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from shuibei_index.errors import PriceError, UsageError, did_you_mean, first_few

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]

_DASHES = str.maketrans(dict.fromkeys("–—‒−/~～至", "-") | {"_": "-"})


@dataclass(frozen=True)
class Scale:
    """An ordered scale, the best grade first.

    Parameters
    ----------
    name : str
        colour, clarity or cut.
    grades : tuple of str
        The single grades, best first.
    spans : mapping of str to (int, int)
        Names that stand for several grades, or other spellings of one: first and last place on the scale.
    """

    name: str
    grades: tuple[str, ...]
    spans: Mapping[str, tuple[int, int]]

    def read(self, value: object) -> tuple[int, int] | None:
        """Return the first and last place a grade covers, or None if it is not on the scale.

        Examples
        --------
        >>> COLOUR.read("D-E"), COLOUR.read("i/j"), CLARITY.read("VS"), CUT.read("Very Good")
        ((0, 1), (5, 6), (4, 5), (3, 3))
        """
        text = unicodedata.normalize("NFKC", str(value)).translate(_DASHES).upper().replace(" ", "").rstrip("色级級")
        whole = self._place(text)
        if whole is not None:
            return whole
        parts = [self._place(part) for part in text.split("-")]
        if len(parts) != 2 or parts[0] is None or parts[1] is None:
            return None
        return min(parts[0][0], parts[1][0]), max(parts[0][1], parts[1][1])

    def label(self, span: tuple[int, int]) -> str:
        """Return the one name under which a span is shown: VS1-VS2 and VS are both VS."""
        if span[0] == span[1]:
            return self.grades[span[0]]
        named = (name for name, places in self.spans.items() if places == span)
        return next(named, f"{self.grades[span[0]]}-{self.grades[span[1]]}")

    def _place(self, text: str) -> tuple[int, int] | None:
        if text in self.grades:
            place = self.grades.index(text)
            return place, place
        return self.spans.get(text)


def _scale(name: str, grades: str, spans: dict[str, str]) -> Scale:
    order = tuple(grades.split())
    places = {}
    for word, covered in spans.items():
        ends = covered.split()
        places[word] = (order.index(ends[0]), order.index(ends[-1]))
    return Scale(name, order, places)


#: GB/T 16554 grades to N and writes < N beyond; its older numbers run from 100 for D to 90 for N.
COLOUR = _scale(
    "colour",
    "D E F G H I J K L M N O P Q R S T U V W X Y Z",
    {"<N": "O Z", "<90": "O Z"} | {str(100 - k): letter for k, letter in enumerate("DEFGHIJKLMN")},
)
#: LC 镜下无瑕 of GB/T 16554 covers FL and IF; its P1 to P3 are the I1 to I3 of the international scale.
CLARITY = _scale(
    "clarity",
    "FL IF VVS1 VVS2 VS1 VS2 SI1 SI2 I1 I2 I3",
    {
        "LC": "FL IF",
        "VVS": "VVS1 VVS2",
        "VS": "VS1 VS2",
        "SI": "SI1 SI2",
        "P": "I1 I3",
        "I": "I1 I3",
        "P1": "I1",
        "P2": "I2",
        "P3": "I3",
    },
)
#: Ideal and Premium are words of some laboratories and sellers; where they stand is decision 0140.
CUT = _scale(
    "cut",
    "IDEAL EX PREMIUM VG G F P",
    {
        "EXCELLENT": "EX",
        "3EX": "EX",
        "极好": "EX",
        "VERYGOOD": "VG",
        "很好": "VG",
        "GOOD": "G",
        "好": "G",
        "FAIR": "F",
        "一般": "F",
        "POOR": "P",
        "差": "P",
    },
)
SCALES = {scale.name: scale for scale in (COLOUR, CLARITY, CUT)}


def scale_named(name: str) -> Scale:
    """Return a scale by its name.

    Raises
    ------
    UsageError
        There is no such scale.
    """
    if name not in SCALES:
        raise UsageError(f"no scale {name!r}{did_you_mean(name, SCALES)}; there are {', '.join(SCALES)}")
    return SCALES[name]


def read_grades(values: pd.Series, scale: Scale) -> tuple[Ints, list[str], Floats]:
    """Read a column of grades.

    Parameters
    ----------
    values : Series, shape (n,)
        Grades as written, without gaps.
    scale : Scale

    Returns
    -------
    codes : ndarray of int, shape (n,)
        Position in `labels`.
    labels : list of str, length L
        The grades and ranges that occur, best first; of two with the same middle the narrower first.
    places : ndarray, shape (L,)
        Middle of each on the scale, best = 0.

    Raises
    ------
    PriceError
        A value is not on the scale (names the first, with near ones).
    """
    raw, words = pd.factorize(values)
    read = [scale.read(word) for word in words]
    unknown = [str(word) for word, span in zip(words, read, strict=True) if span is None]
    if unknown:
        rows = int(np.isin(raw, [k for k, span in enumerate(read) if span is None]).sum())
        known = [*scale.grades, *scale.spans]
        raise PriceError(
            f"grades of {values.name!r} that are not on the scale of {scale.name}: {first_few(unknown)} in {rows} rows"
            f"{did_you_mean(unknown[0].upper(), known)}; the scale is {' '.join(scale.grades)}, "
            f"ranges such as {scale.grades[0]}-{scale.grades[1]}, and {' '.join(scale.spans)}",
            zh=f"{values.name} 中有无法识别的等级：{'、'.join(unknown[:3])}，共 {rows} 行",
        )
    spans = [span for span in read if span is not None]
    order = sorted(set(spans), key=lambda span: (span[0] + span[1], span[1] - span[0]))
    position = {span: k for k, span in enumerate(order)}
    codes = np.array([position[span] for span in spans], dtype=np.int64)[raw]
    return codes, [scale.label(span) for span in order], np.array([(a + b) / 2 for a, b in order])
