"""Series and settings for the tests of the own X-11, and X-13's answer to them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from shuibei_index.adjust.engine.jobs import Job, run_jobs
from shuibei_index.adjust.engine.program import Engine
from shuibei_index.adjust.x11 import X11Tables, x11

Floats = npt.NDArray[np.float64]
COMPARED = ("d8", "d10", "d11", "d12", "d13", "d16", "c17", "d7")


@dataclass(frozen=True)
class Case:
    """One series and how it is to be decomposed."""

    values: Floats
    month: int = 1
    period: int = 12
    mode: str = "mult"
    filters: str | tuple[str, ...] = "msr"
    trend: int | None = None
    limits: tuple[float, float] = (1.5, 2.5)

    @property
    def first(self) -> str:
        """The label of the first period."""
        return f"1990-Q{self.month}" if self.period == 4 else f"1990-{self.month:02d}"

    def own(self) -> X11Tables:
        """Decompose it here."""
        return x11(
            self.values,
            first_month_of_year=self.month,
            period=self.period,
            mode=self.mode,
            seasonal_filter=self.filters,
            trend_filter=self.trend,
            sigma_limits=self.limits,
        )

    def request(self, name: str) -> str:
        """Return X-13's specification text."""
        filters = self.filters if isinstance(self.filters, str) else f"({' '.join(self.filters)})"
        trend = f" trendma={self.trend}" if self.trend else ""
        return (
            f'series{{ title="{name}" file="{name}.dta" format="datevalue" period={self.period} }}\n'
            f"x11{{ mode={self.mode}{trend} sigmalim=({self.limits[0]:.4f} {self.limits[1]:.4f})\n"
            f"seasonalma={filters}\nsave=({' '.join(COMPARED)}) }}\n"
        )


def series(length: int, period: int, seed: int, *, extremes: float = 0.04) -> Floats:
    """Return a positive series with trend, moving seasonality, noise and extreme values, of 15 digits."""
    rng = np.random.default_rng(seed)
    t = np.arange(length)
    pattern = rng.normal(0, 0.08 * rng.uniform(0.2, 2), period)[t % period] * (1 + rng.uniform(-0.01, 0.01) * t)
    trend = 4 + np.cumsum(rng.normal(0.003, 0.01 * rng.uniform(0.1, 2), length))
    noise = rng.normal(0, 0.02 * rng.uniform(0.1, 2), length)
    far = rng.random(length) < extremes
    noise[far] += rng.normal(0, 0.15, int(far.sum()))
    return np.array([float(f"{value:.15g}") for value in np.exp(trend + pattern + noise)])


def ask_x13(cases: list[Case], engine: Engine) -> list[dict[str, Floats]]:
    """Return X-13's tables of every case; fails if it refused one."""
    names = [f"S{k:05d}" for k in range(len(cases))]
    jobs = [
        Job(name, case.request(name), case.first, case.values, tables=COMPARED)
        for name, case in zip(names, cases, strict=True)
    ]
    outputs = run_jobs(jobs, engine, workers=2)
    refused = {name: outputs[name].failure for name in names if outputs[name].failure}
    assert not refused, refused
    return [outputs[name].tables for name in names]


def apart(own: X11Tables, other: dict[str, Floats]) -> dict[str, float]:
    """Return the largest difference of each table, relative to its largest absolute value."""
    return {code: float(np.abs(own[code][:, 0] - table).max() / np.abs(table).max()) for code, table in other.items()}
