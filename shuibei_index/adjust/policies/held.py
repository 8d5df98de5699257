"""What a review estimated, held fixed: an adjustment → the specification of the months after it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace

import pandas as pd

from shuibei_index.adjust.adjustment import Adjustment
from shuibei_index.adjust.specification.fields import Specification
from shuibei_index.errors import UsageError

# X-13's groups of the ARMA parameters, in the order `Specification.fixed_arima` wants them.
_ARMA = ("AR$Nonseasonal", "AR$Seasonal", "MA$Nonseasonal", "MA$Seasonal")
_OUTLIER_GROUPS = ("AutoOutlier", "AO", "LS", "TC", "SO", "RP", "Outlier")
# X-13's group → the variable that makes it, in the order X-13 lists its coefficients. The last day follows from six.
_VARIABLES = {
    "Trading Day": ("td", ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat")),
    "1-Coefficient Trading Day": ("td1coef", ("Weekday",)),
    "Leap Year": ("lpyear", ("Leap Year",)),
    "Constant": ("const", ("Constant",)),
}
_DATED = re.compile(r"(?:ao|ls|tc|so)(\d{4})\.(\w+)", re.IGNORECASE)
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_EASTER = re.compile(r"Easter\[\d+\]")


def hold(reviewed: Adjustment, series: str, *, search_from: str = "", regression: bool = True) -> Specification:
    """Return the specification that repeats a review with everything it estimated held fixed.

    Parameters
    ----------
    reviewed
        An adjustment by X-13.
    series
        A series in it that was adjusted by a model.
    search_from
        First month in which outliers are still searched for; "" = nowhere.
    regression
        Hold the regression coefficients too, and not only model, ARMA parameters and the outliers' dates.

    Returns
    -------
    Specification
        Model, transformation, ARMA parameters, regression coefficients and outliers as found. The X-11 filters are
        not held: X-13 chooses them again unless the specification names them.

    Raises
    ------
    UsageError
        The series was not adjusted by a model, or a coefficient belongs to no term known here.
    """
    if reviewed.status(series) != "adjusted" or not reviewed.udg.get(series, {}).get("arimamdl"):
        raise UsageError(
            f"series {series!r} was not adjusted by a model, there is nothing to hold",
            zh=f"序列“{series}”未用模型调整，没有可保持不变的系数",
        )
    spec, found = reviewed.specifications[series], reviewed.udg[series]
    rows = reviewed.coefficients[reviewed.coefficients["series"] == series]
    transform = spec.transform
    if transform == "auto":
        transform = "log" if found.get("aictrans") == "Log(y)" else "none"
    variables, held, kept_user = _regression(spec, rows)
    festival, holidays, user = spec.festival, spec.holidays, spec.user
    if "user" in spec.aictest and not kept_user:
        # the AICc was better without the regressors
        festival, holidays, user = None, (), ()
    return replace(
        spec,
        transform=transform,
        arima=found["arimamdl"].strip(),
        fixed_arima=_arma(rows),
        variables=variables,
        fixed_regression=tuple(held) if regression else spec.fixed_regression,
        aictest=(),
        festival=festival,
        holidays=holidays,
        user=user,
        outliers=spec.outliers if search_from else (),
        outlier_span=(search_from, None) if search_from and spec.outliers else None,
        # X-13's own value falls with the length of the span searched: of one month, 1.96, every twentieth is "found"
        critical=spec.critical if spec.critical is not None else _critical(found),
    )


def _critical(found: Mapping[str, str]) -> float | None:
    """Return the critical value the review searched the whole series with."""
    values = [float(words[0]) for name in ("aocrit", "lscrit", "tccrit") if (words := found.get(name, "").split())]
    return max(values, default=None)


def _arma(rows: pd.DataFrame) -> tuple[float, ...]:
    names = rows["group"] + "$" + rows["term"]
    values: list[float] = []
    for prefix in _ARMA:
        own = rows[names.str.startswith(prefix + "$")]
        # "Nonseasonal$01$02": lag 2 of the first factor
        values += own.sort_values("term")["estimate"].tolist()
    return tuple(values)


def _regression(
    spec: Specification, rows: pd.DataFrame
) -> tuple[tuple[str, ...], list[tuple[str, tuple[float, ...]]], bool]:
    """Return the variables with the outliers found, each term with its values, and if users' stay."""
    variables = list(spec.variables)
    held: list[tuple[str, tuple[float, ...]]] = []
    user: list[tuple[str, tuple[float, ...]]] = []
    for group, own in rows.groupby("group", sort=False):
        name, estimates = str(group), dict(zip(own["term"], own["estimate"], strict=True))
        if name in ("AR", "MA"):
            continue
        if name.startswith("User-defined"):
            user += [(term, (value,)) for term, value in estimates.items()]
        elif name in _OUTLIER_GROUPS:
            held += [(_named(variables, term), (value,)) for term, value in estimates.items()]
        elif name in _VARIABLES:
            variable, terms = _VARIABLES[name]
            held.append((_named(variables, variable), tuple(estimates[term] for term in terms)))
        elif all(_EASTER.fullmatch(term) for term in estimates):
            held += [(_named(variables, term.lower()), (value,)) for term, value in estimates.items()]
        else:
            raise UsageError(
                f"a policy cannot hold the coefficients of {name!r} ({', '.join(estimates)}); "
                "choose full_concurrent, or leave the term out",
                zh=f"{name} 的系数不能保持不变；请改用 full_concurrent，或去掉该项",
            )
    return tuple(variables), held + user, bool(user)


def _named(variables: list[str], term: str) -> str:
    """Return the variable of a term as the specification writes it, adding it if X-13 found it itself."""
    for variable in variables:
        if variable.lower() == term.lower():
            return variable
    variables.append(term)
    return term


def outlier_terms(adjusted: Adjustment, series: str) -> tuple[str, ...]:
    """Return the outliers X-13 found by itself in a series, as variables such as "AO2019.Jan"."""
    rows = adjusted.coefficients
    own = rows[(rows["series"] == series) & (rows["group"] == "AutoOutlier")]
    return tuple(own["term"])


def variables_until(variables: tuple[str, ...], month: str) -> tuple[str, ...]:
    """Return the variables without outliers of dates after a month, which shorter data does not reach."""
    dated = {variable: match for variable in variables if (match := _DATED.fullmatch(variable))}
    late = {name for name, match in dated.items() if _month(match[1], match[2]) > month}
    return tuple(variable for variable in variables if variable not in late)


def _month(year: str, name: str) -> str:
    number = int(name) if name.isdigit() else _MONTHS.index(name.lower()[:3]) + 1
    return f"{year}-{number:02d}"
