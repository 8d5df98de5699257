"""Stretches: the periods that one row of weights serves, from its link to the next."""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from shuibei_index.errors import PriceError, ShapeError, UsageError, first_few
from shuibei_index.index.chain.labelled import Ints
from shuibei_index.index.chain.periods import Periods, is_year, parse, periods_in
from shuibei_index.index.period_labels import written


@dataclass(frozen=True)
class Stretch:
    """The periods one row of weights serves: its label, link row (or first row served), and the rows, in order."""

    label: Any
    link: int
    rows: Ints


def cut(labels: pd.Index, periods: Periods, overlap: str, at: int | None) -> list[Stretch]:
    """Cut the rows of the levels at the links of the weights."""
    if overlap == "month":
        links = [_link_place(label, periods, at) for label in labels]
    else:
        odd = [label for label in labels if not is_year(label)]
        if odd:
            raise UsageError(f"overlap {overlap!r} joins whole years: weights by year, not {first_few(odd)}")
        links = [periods.place(_year(label), 1) - 1 for label in labels]
    if any(b <= a for a, b in itertools.pairwise(links)):
        raise ShapeError(f"the rows of weights must be in order, one for each link: {first_few(labels)}")
    ends = [*links[1:], len(periods) - 1]
    stretches = []
    for label, link, end in zip(labels, links, ends, strict=True):
        # data that begin within a stretch are linked at their first month
        first = max(link, 0) if overlap == "month" else max(link, -1)
        rows = np.arange(first + 1, min(end, len(periods) - 1) + 1)
        if not len(rows):
            continue
        if overlap != "month" and not (link >= 0 and periods.whole(_year(label) - 1)):
            raise PriceError(
                f"weights of {label}: {overlap} overlap needs levels of the whole year {_year(label) - 1}; "
                f"start with the weights of a later year"
            )
        stretches.append(Stretch(label, first, rows))
    if not stretches:
        raise ShapeError(f"no row of weights serves any of the {len(periods)} periods: {first_few(labels)}")
    return stretches


def _link_place(label: Any, periods: Periods, at: int | None) -> int:
    """Return the row of a link, below 0 or past the end where the data do not reach."""
    if not is_year(label):
        kind, year, number = parse(label)
        if kind != periods.kind:
            raise UsageError(f"weights of {label}: the levels are by {periods.kind}, not by {kind}")
        if at is not None:
            raise UsageError(f"weights of {label}: link_month is for weights by year; this row names its link itself")
        return periods.place(year, number)
    year = _year(label)
    periods.ends(at)
    if at is None or 2 * at > periods_in(year, periods.kind):
        year -= 1
    last = periods_in(year, periods.kind)
    return periods.place(year, last if at is None else min(at, last))


def _year(label: Any) -> int:
    return int(written(label))
