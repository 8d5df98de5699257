"""Many specifications for every series, run in one go: what each of them scores."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd

from shuibei_index import months
from shuibei_index.adjust.adjusting import seasonally_adjust
from shuibei_index.adjust.adjustment import Adjustment
from shuibei_index.adjust.specification.fields import Specification
from shuibei_index.rules import RulesAt

Floats = npt.NDArray[np.float64]
# Between a series' name and the number of a candidate or an origin.
_MARK = "@"
_HORIZON = 12


@dataclass(frozen=True)
class Candidates:
    """Series, and for each of them some specifications under a name.

    Parameters
    ----------
    frame
        Months down, one column a series.
    specifications
        Series → candidate → specification.
    rules
        The month's rules.
    program, workers
        As in `seasonally_adjust`.
    """

    frame: pd.DataFrame
    specifications: Mapping[str, Mapping[str, Specification]]
    rules: RulesAt
    program: str | Path | None = None
    workers: int = 2

    def run(self) -> Adjustment:
        """Adjust every series by every candidate: columns "series@candidate"."""
        columns = {
            f"{name}{_MARK}{label}": self.frame[name] for name, own in self.specifications.items() for label in own
        }
        specs = {
            f"{name}{_MARK}{label}": spec for name, own in self.specifications.items() for label, spec in own.items()
        }
        return self._adjusted(pd.DataFrame(columns, index=self.frame.index), specs)

    def aicc(self) -> pd.DataFrame:
        """Return the AICc of every candidate: series, candidate, aicc; NaN where no model got through.

        Candidates can be compared only if they have the same transformation, differences and outliers.
        """
        adjusted = self.run()
        table = adjusted.diagnostics
        parts = table["series"].astype(str).str.rsplit(_MARK, n=1)
        # a step down the ladder ran something else than the candidate
        as_asked = (table["step"] == "configured") & (table["status"] == "adjusted")
        return pd.DataFrame(
            {"series": parts.str[0], "candidate": parts.str[1], "aicc": table["aicc"].where(as_asked)}
        ).reset_index(drop=True)

    def forecast_errors(self, origins: Sequence[int]) -> pd.DataFrame:
        """Return how far forecasts from within the data missed: series, candidate, error_pct.

        Parameters
        ----------
        origins
            Months before the end of the data at which the forecasts of the next 12 months are made; at least 12 each.

        Returns
        -------
        DataFrame
            error_pct: mean absolute forecast error over origins and horizons, in percent of the observed value;
            observed values of zero or none do not count. NaN where no forecast was possible.
        """
        columns, specs, ends = {}, {}, {}
        for name, own in self.specifications.items():
            seen = self.frame[name].dropna()
            for label, spec in own.items():
                for origin in origins:
                    key = f"{name}{_MARK}{label}{_MARK}{origin}"
                    end = months.shift(str(seen.index[-1]), -origin)
                    columns[key] = self.frame[name].where(self.frame.index <= end)
                    specs[key] = replace(_until(spec, end), forecast_months=_HORIZON)
                    ends[key] = end
        wide = pd.DataFrame(columns, index=self.frame.index)
        wide = wide.loc[:, wide.notna().any().to_numpy()]
        adjusted = self._adjusted(wide, {key: spec for key, spec in specs.items() if key in wide.columns})
        forecast = adjusted.table("fct") if any("fct" in own for own in adjusted.tables.values()) else pd.DataFrame()
        rows = []
        for key in map(str, wide.columns):
            name, label, _ = key.rsplit(_MARK, 2)
            ahead = months.between(months.shift(ends[key], 1), months.shift(ends[key], _HORIZON))
            made = forecast[key].reindex(ahead).to_numpy() if key in forecast.columns else np.full(_HORIZON, np.nan)
            observed = self.frame[name].reindex(ahead).to_numpy(dtype=np.float64)
            with np.errstate(divide="ignore", invalid="ignore"):
                missed = 100 * np.abs(made - observed) / np.abs(observed)
            counted = missed[np.isfinite(missed)]
            rows.append((name, label, float(counted.mean()) if len(counted) else np.nan))
        table = pd.DataFrame(rows, columns=["series", "candidate", "error_pct"])
        return table.groupby(["series", "candidate"], sort=False)["error_pct"].mean().reset_index()

    def _adjusted(self, wide: pd.DataFrame, specs: Mapping[str, Specification]) -> Adjustment:
        return seasonally_adjust(
            wide, rules=self.rules, specification=dict(specs), program=self.program, workers=self.workers
        )


def _until(spec: Specification, end: str) -> Specification:
    """Return a specification that fits data cut at a month: without outliers of later dates, and found ones anew."""
    from shuibei_index.adjust.policies.held import variables_until

    return replace(spec, variables=variables_until(spec.variables, end))
