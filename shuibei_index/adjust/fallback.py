"""The stand-ins where no X-13 program can be run: the own X-11, and STL where it is asked for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt

from shuibei_index.adjust.checks import Ready, Refused
from shuibei_index.adjust.engine.ladder import Outcome
from shuibei_index.adjust.engine.output import Output
from shuibei_index.adjust.quality.diagnostics import refused_row, stl_row
from shuibei_index.adjust.regressors import Regressors
from shuibei_index.adjust.wording import Text
from shuibei_index.adjust.x11.not_taken import not_taken, not_taken_by_stl, note
from shuibei_index.errors import UsageError
from shuibei_index.rules import RulesAt

NAME = "STL"
OWN_NAME = "own X-11"
# What a release says of a series adjusted here because X-13 was not there.
OWN_NOTE = Text(
    "本机没有可运行的 X-13ARIMA-SEATS 程序，以自有 X-11 代替：航空模型剔除节日效应，滤波与 X-13 一致，不检测离群值",
    "this machine has no X-13ARIMA-SEATS program that runs; own X-11 stands in: airline model for the holiday effects, "
    "filters equal to X-13's, no search for outliers",
)
_OWN_TESTS = Text(
    "自有 X-11 不作季节性检验和离群值检测", "own X-11 tests for no seasonality and searches for no outliers"
)


def own_x11(item: Ready, rules: RulesAt, regressors: Regressors | None = None) -> dict[str, npt.NDArray[np.float64]]:
    """Return the tables of one series by the own X-11, under X-13's names.

    Parameters
    ----------
    item
        A checked series; missing months are estimated.
    rules
        The month's rules: sigma limits where the specification has none.
    regressors
        Its holiday regressors, the forecast months included.

    Returns
    -------
    dict
        a1, a18, b1, c17, d8 to d13, d16, d18 over the series' own periods. d9 is NaN where nothing was replaced.

    Raises
    ------
    UsageError
        The series cannot be adjusted: too short for the regressors, or a value that has no logarithm.
    """
    output = own_x11_all([item], rules, {} if regressors is None else {item.series: regressors})[item.series]
    if output.failure:
        raise UsageError(output.failure, zh=f"序列“{item.series}”不能由自有 X-11 调整")
    return output.tables


def own_x11_all(ready: Sequence[Ready], rules: RulesAt, regressors: Mapping[str, Regressors]) -> dict[str, Output]:
    """Adjust many series by the own X-11, those of one shape together.

    Parameters
    ----------
    ready
        Checked series.
    rules
        The month's rules: ``seasonal_own_sigma_limits``.
    regressors
        Series → its regressors; those not named have none.

    Returns
    -------
    dict
        Series → Output as of an X-13 run: tables, `ahead` (forecast months), diagnostics under X-13's keys; `failure`
        says why a series could not be adjusted.
    """
    from shuibei_index.adjust.x11.running import own_outputs

    low, high = rules["seasonal_own_sigma_limits"]
    return own_outputs(ready, (float(low), float(high)), regressors)


def own_outcomes(ready: Sequence[Ready], rules: RulesAt, regressors: Mapping[str, Regressors]) -> dict[str, Outcome]:
    """Return what `own_x11_all` gives in the form of X-13's ladder: step "own", or "" for a series that failed."""
    outputs = own_x11_all(ready, rules, regressors)
    found = {}
    for item in ready:
        output = outputs[item.series]
        failures = (("own", output.failure),) if output.failure else ()
        found[item.series] = Outcome("" if failures else "own", "", output, failures, item.specification)
    return found


def own_row(item: Ready, outcome: Outcome, *, fell: bool) -> dict[str, object]:
    """Return the diagnostics of a series the own X-11 adjusted, or could not.

    Parameters
    ----------
    item
        The series.
    outcome
        What became of it.
    fell
        Whether X-13 was asked for and not there: the status is then "fallback".
    """
    if not outcome.step:
        failure = outcome.output.failure
        reason = Text(
            f"序列“{item.series}”：自有 X-11 未能调整（{failure}）",
            f"series '{item.series}': own X-11 could not adjust it ({failure})",
        )
        return refused_row(Refused(item.series, reason, item.first, item.last, int((~np.isnan(item.values)).sum())))
    udg = outcome.output.diagnostics
    row = stl_row(item, "fallback" if fell else "adjusted", OWN_NOTE if fell else None)
    spec = item.specification
    notes = [*item.notes, _OWN_TESTS, *note("自有 X-11", OWN_NAME, not_taken(spec))]
    row.update(note_zh="；".join(n.zh for n in notes), note_en="; ".join(n.en for n in notes))
    row.update(engine="x11", step="own", model=udg.get("arimamdl", ""), mode=udg["finmode"])
    row.update(aicc=float(udg.get("aicc", "nan")))
    row.update(transform="log" if udg["aictrans"] == "Log(y)" else "none")
    row.update(outliers=" ".join(sorted(key.split("$")[1] for key in udg if key.startswith("Outlier$"))))
    for window in ("before", "during", "after"):
        words = udg.get(f"User-defined Holiday${window}", "").split()
        if len(words) == 3:  # a coefficient that was held has no t
            row[f"cny_{window}_t"] = float(words[2])
    joint = udg.get("chi$User-defined Holiday", "").split()
    if joint:
        row["cny_p"] = float(joint[2])
    return row


def own_identity() -> dict[str, str]:
    """Return what a release records about the own X-11: name and the package's version."""
    from shuibei_index import __version__

    return {"name": OWN_NAME, "version": __version__, "build": "", "sha256": ""}


def stl(item: Ready, rules: RulesAt) -> dict[str, npt.NDArray[np.float64]]:
    """Return the tables of one series under X-13's names: d10 seasonal, d11 adjusted, d12 trend, d13 irregular.

    Parameters
    ----------
    item
        A checked series without missing months.
    rules
        The month's rules: seasonal window and robustness.
    """
    logs = item.specification.transform != "none"
    values = np.log(item.values) if logs else item.values
    # loaded where it is used: it takes a third of a second
    from statsmodels.tsa.seasonal import STL

    fit = STL(
        values,
        period=item.period,
        seasonal=int(rules["seasonal_stl_window"]),
        robust=bool(rules["seasonal_stl_robust"]),
    )
    parts = fit.fit()
    back = np.exp if logs else np.asarray
    seasonal, trend, rest = (np.asarray(part, dtype=np.float64) for part in (parts.seasonal, parts.trend, parts.resid))
    tables = {"d10": seasonal, "d11": values - seasonal, "d12": trend, "d13": rest, "d16": seasonal}
    return {name: np.asarray(back(table), dtype=np.float64) for name, table in tables.items()}


def stl_named_row(item: Ready) -> dict[str, object]:
    """Return the diagnostics of a series adjusted by STL; its notes name all STL left out of the specification."""
    row = stl_row(item, "adjusted", None)
    for left in note(NAME, NAME, not_taken_by_stl(item.specification)):
        row.update(note_zh=f"{row['note_zh']}；{left.zh}", note_en=f"{row['note_en']}; {left.en}")
    return row


def stl_refusal(item: Ready) -> Refused | None:
    """Return why STL may not stand for what was asked for: its result is no result of SEATS. None where it may."""
    if item.specification.method != "seats":
        return None
    reason = Text(
        f"序列“{item.series}”：method='seats' 需要 X-13，STL 的结果不是 SEATS 的结果；"
        "请改用 method='x11' 或 engine='x13'",
        f"series '{item.series}': method='seats' needs X-13, a result of STL is no result of SEATS; "
        "choose method='x11' or engine='x13'",
    )
    return Refused(item.series, reason, item.first, item.last, int((~np.isnan(item.values)).sum()))


def identity() -> dict[str, str]:
    """Return what a release records about this engine: name and version."""
    import statsmodels

    return {"name": f"{NAME} (statsmodels)", "version": str(statsmodels.__version__), "build": "", "sha256": ""}
