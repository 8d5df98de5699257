"""Full X-13 runs by another program, to the printed digits; and our driver against the bare program."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose

from shuibei_index.adjust import Adjustment, default_specification, seasonally_adjust
from shuibei_index.adjust.engine.output import read_table
from shuibei_index.adjust.engine.program import locate

Market = Callable[..., tuple[pd.DataFrame, pd.DataFrame]]
COMPARED = {"SA": "d11", "TREND": "d12", "seasonal": "d10", "irregular": "d13", "factor": "d16", "calendar": "d18"}


def _series(folder: Path, case: str) -> pd.Series:
    table = pd.read_csv(folder.parent / f"{case}.csv")
    labels = [f"{y}-{m:02d}" for y, m in zip(table["year"], table["period"], strict=True)]
    return pd.Series(table["value"].to_numpy(), index=labels, name=case)


def _same(adjusted: Adjustment, case: str, golden: Path) -> None:
    expected = pd.read_csv(golden / case / "expected.csv")
    engine = locate()
    assert engine is not None
    theirs = json.loads((golden / case / "udg.json").read_text())
    # Another build of X-13 may take another path in its optimiser.
    rtol = 2e-15 if engine.build == theirs["build"] else 1e-6
    assert adjusted.status(case) == "adjusted"
    ours = adjusted.decomposition(case)
    assert len(ours) == len(expected)
    for component, table in COMPARED.items():
        assert_allclose(ours[component], expected[table], rtol=rtol, atol=0, err_msg=f"{case} {table}")
    row = adjusted.diagnostics.iloc[0]
    assert row["m7"] == float(theirs["f3.m07"])
    assert row["q"] == float(theirs["f3.q"])
    assert row["idseasonal"] == theirs["f2.idseasonal"]
    assert row["qs_original"] == float(theirs["qsori"].split()[0])
    assert row["aicc"] == float(theirs["aicc"])
    coefficients = pd.read_csv(golden / case / "coefficients.csv")
    missing = [e for e in coefficients["estimate"] if not np.isclose(adjusted.coefficients["estimate"], e, 1e-9).any()]
    assert missing == []


def test_air_passengers_automatic_run(golden: Path) -> None:
    spec = replace(
        default_specification(month="2025-06"),
        transform="auto",
        arima="auto",
        aictest=("td", "easter"),
        festival=None,
    )
    adjusted = seasonally_adjust(_series(golden, "air_x11_default"), specification=spec)
    _same(adjusted, "air_x11_default", golden)
    assert adjusted.diagnostics.iloc[0][["transform", "model", "outliers"]].tolist() == [
        "log",
        "(0 1 1)(0 1 1)",
        "AO1951.May",
    ]


def test_china_imports_with_a_festival_week(golden: Path) -> None:
    theirs = pd.read_csv(golden / "genhol_cny_calendar.csv").query("year >= 1983")
    labels = [f"{y}-{m:02d}" for y, m in zip(theirs["year"], theirs["period"], strict=True)]
    week = pd.DataFrame({"xreg": theirs["s+0_e+6"].to_numpy()}, index=labels)
    spec = replace(
        default_specification(month="2025-06"),
        arima="(0 1 2)(0 1 1)",
        outliers=(),
        variables=("td1coef", "ls1985.Jan", "ls2008.Nov"),
    )
    adjusted = seasonally_adjust(_series(golden, "imp_cny_week_x11"), specification=spec, regressors=week)
    _same(adjusted, "imp_cny_week_x11", golden)


@pytest.mark.parametrize("gap", [False, True])
def test_driver_equals_the_bare_program(tmp_path: Path, market: Market, gap: bool) -> None:
    frame, _ = market(series=1)
    values = frame["S0"].to_numpy().copy()
    if gap:
        values[[50, 51]] = np.nan
    spec = replace(default_specification(month="2025-06"), missing="estimate")
    adjusted = seasonally_adjust(pd.Series(values, index=frame.index, name="金戒指"), specification=spec)
    # The same request, typed by hand, in one process of its own.
    holiday = adjusted.regressors.to_numpy()
    for name, table in (("y.dta", np.where(np.isnan(values), -99999.0, values)[:, None]), ("x.dta", holiday)):
        lines = [
            f"{2014 + t // 12} {t % 12 + 1} {' '.join(f'{v:.15g}' for v in row)}"
            for t, row in enumerate(table.tolist())
        ]
        (tmp_path / name).write_text("\n".join(lines) + "\n")
    assert len(holiday) == 144 + 12
    (tmp_path / "one.spc").write_text(
        'series{ title="one" file="y.dta" format="datevalue" period=12 }\ntransform{ function=log }\n'
        'regression{ user=(a b c) usertype=holiday file="x.dta" format="datevalue" }\n'
        "outlier{ types=(ao ls) }\narima{ model=(0 1 1)(0 1 1) }\nforecast{ maxlead=12 }\n"
        "x11{ save=(d10 d11 d12 d13 d16 d18) }\n"
    )
    engine = locate()
    assert engine is not None
    subprocess.run([str(engine.path), "one", "-s", "-n"], cwd=tmp_path, capture_output=True, check=True)
    ours = adjusted.decomposition("金戒指")
    for component, table_name in COMPARED.items():
        at, expected = read_table(tmp_path / f"one.{table_name}")
        assert [month.replace("-", "") for month in ours.index] == at
        assert ours[component].to_numpy().tolist() == expected.tolist()
    assert adjusted.diagnostics.iloc[0]["n_missing"] == 2 * gap
    assert ("2018-03, 2018-04 estimated" in adjusted.diagnostics.iloc[0]["note_en"]) == gap
