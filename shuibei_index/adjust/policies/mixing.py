"""One adjustment from several runs: whatever is known of a series comes from one of them as a whole."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import pandas as pd

from shuibei_index.adjust.adjustment import Adjustment

# A run, and what the series is called in it.
Source = tuple[Adjustment, str]
_BY_SERIES = (
    "requests", "tables", "udg", "specifications", "attempts", "logs", "projected", "spans", "given", "headers",
)  # fmt: skip


def taken_from(base: Adjustment, sources: Mapping[str, Source], components: dict[str, pd.DataFrame]) -> Adjustment:
    """Return an adjustment in which some series are those of other runs: tables, tests, coefficients, specifications.

    Parameters
    ----------
    base
        The other series.
    sources
        Series → the run it is taken from, and its name there.
    components
        Component → frame of all series, as they are to be.
    """
    fields: dict[str, dict[str, object]] = {}
    for field in _BY_SERIES:
        own = {name: value for name, value in getattr(base, field).items() if name not in sources}
        for name, (run, there) in sources.items():
            if there in getattr(run, field):
                own[name] = getattr(run, field)[there]
        fields[field] = own
    diagnostics = _rows(base.diagnostics, sources, "diagnostics")
    order = {str(name): k for k, name in enumerate(base.diagnostics["series"])}
    diagnostics = diagnostics.sort_values("series", key=lambda names: names.map(order), ignore_index=True)
    coefficients = _rows(base.coefficients, sources, "coefficients")
    return replace(
        base,
        components=components,
        diagnostics=diagnostics,
        coefficients=coefficients,
        **fields,  # type: ignore[arg-type]
    )


def _rows(table: pd.DataFrame, sources: Mapping[str, Source], field: str) -> pd.DataFrame:
    parts = [table[~table["series"].astype(str).isin(list(sources))]]
    for name, (run, there) in sources.items():
        rows = getattr(run, field)
        parts.append(rows[rows["series"] == there].assign(series=name))
    kept = [part for part in parts if len(part)]
    return pd.concat(kept, ignore_index=True) if kept else table
