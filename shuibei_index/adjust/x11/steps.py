"""Parts B, C and D of X-11, each in two sections: yearly moving average first, Henderson trend second."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from shuibei_index.adjust.x11 import seasonal_filters
from shuibei_index.adjust.x11.extremes import extreme_part, replaced, weights
from shuibei_index.adjust.x11.henderson import first_ratios, positive, trend
from shuibei_index.adjust.x11.setting import Floats, Setting


@dataclass
class Work:
    """The state of a run: the tables so far and what one part hands to the next."""

    setting: Setting
    original: Floats
    ratios: Floats
    tables: dict[str, Floats] = field(default_factory=dict)
    terms: Floats = field(default_factory=lambda: np.empty(0))

    def write(self, part: str, **tables: Floats) -> None:
        """Keep tables of one part, named t1, t2 …; shorter ones get empty rows at both ends."""
        for name, table in tables.items():
            edge = (self.setting.rows - len(table)) // 2
            filled = np.pad(table, ((edge, edge), (0, 0)), constant_values=np.nan) if edge else table
            self.tables[part + name[1:]] = filled


def begin(original: Floats, setting: Setting) -> Work:
    """Return the state before part B; `original` is in logs in a log-additive run."""
    return Work(setting, original, first_ratios(setting, original.shape[1]))


def part_b(work: Work) -> Floats:
    """Run part B, find preliminary extremes, and return the series without them (C1)."""
    work.write("b", t1=work.original)
    adjusted = _first_section(work, "b", work.original)
    smooth = _trend(work, "b", adjusted)
    si = work.setting.apart(work.original, smooth)
    work.write("b", t8=si)
    modified = _modified(si, 0, work.setting, section=2)
    work.write("b", t9=modified)
    return _without_extremes(work, "b", modified, smooth)


def part_c(work: Work, series: Floats) -> Floats:
    """Run part C on C1, find the final extremes, and return the series without them (D1)."""
    adjusted = _first_section(work, "c", series)
    smooth = _trend(work, "c", adjusted)
    si = work.setting.apart(series, smooth)
    work.write("c", t9=si)
    return _without_extremes(work, "c", si, smooth)


def part_d(work: Work, series: Floats) -> tuple[Floats, Floats]:
    """Run part D on D1 to the preliminary trend; return it (D7) and the SI values without extremes."""
    adjusted = _first_section(work, "d", series)
    smooth = _trend(work, "d", adjusted)
    return smooth, work.setting.apart(series, smooth)


def final_trend(work: Work, adjusted: Floats) -> Floats:
    """Return the final trend of a seasonally adjusted series without extremes, before any correction of bias."""
    smooth, work.ratios, work.terms = trend(adjusted, work.setting, work.ratios, longer=True)
    return smooth


def _first_section(work: Work, part: str, series: Floats) -> Floats:
    """Return the preliminary seasonally adjusted series (table 6)."""
    setting = work.setting
    half = setting.period // 2
    inner = slice(half, setting.rows - half)
    smooth = seasonal_filters.centred(setting.rows, setting.period) @ series
    si = setting.apart(series[inner], smooth)
    if part == "b":
        work.write(part, t3=si)
        si = _modified(si, half, setting, section=1)
    work.write(part, t1=series, t2=smooth, t4=si)
    short = seasonal_filters.factors(si, half, setting, section=1, filters=setting.filters)
    # The half year without a moving average takes the factors of the year beside it.
    seasonal = np.concatenate([short[half : 2 * half], short, short[-2 * half : -half]])
    adjusted = setting.apart(series, seasonal)
    if setting.pseudo:
        adjusted[inner] = series[inner] - smooth * (short - 1)
    work.write(part, t5=seasonal, t6=adjusted)
    return adjusted


def _trend(work: Work, part: str, adjusted: Floats) -> Floats:
    smooth, work.ratios, work.terms = trend(adjusted, work.setting, work.ratios, longer=part != "b")
    if not work.setting.additive:
        smooth = positive(smooth, work.setting)
    work.write(part, t7=smooth)
    return smooth


def _modified(si: Floats, first: int, setting: Setting, *, section: int) -> Floats:
    """Return SI values of part B with the extremes replaced."""
    seasonal = seasonal_filters.factors(si, first, setting, section=section, filters=setting.filters)
    rest = si - seasonal + 1 if setting.pseudo else setting.apart(si, seasonal)
    return replaced(si, weights(rest, first, setting), setting)


def _without_extremes(work: Work, part: str, si: Floats, smooth: Floats) -> Floats:
    """Finish part B or C: seasonal factors, irregular, weights; return the original without the extremes."""
    setting, original = work.setting, work.original
    seasonal = seasonal_filters.factors(si, 0, setting, section=2, filters=setting.filters)
    adjusted = original - smooth * (seasonal - 1) if setting.pseudo else setting.apart(original, seasonal)
    rest = setting.apart(adjusted, smooth)
    given = weights(rest, 0, setting)
    extreme = extreme_part(rest, given, setting)
    work.write(part, t10=seasonal, t11=adjusted, t13=rest, t17=given, t20=extreme)
    if setting.pseudo:
        return np.asarray(smooth * (seasonal + (rest / extreme - 1)))
    return setting.apart(original, extreme)
