"""What X-13 is asked to do with one series, and the text of the request."""

from __future__ import annotations

import re
import textwrap
from dataclasses import dataclass

from shuibei_index.errors import UsageError
from shuibei_index.rules import Rules, RulesAt

AIRLINE = "(0 1 1)(0 1 1)"
AUTOMATIC = "auto"
TABLES = ("d10", "d11", "d12", "d13", "d16", "d18")
MISSING_CODE = -99999
# X-13 aborts on an input line of more than 133 characters; the report of that goes to stdout only.
_LINE = 120
_MODEL = re.compile(r"^[0-9()\[\], ]+$")
_TERM = re.compile(r"^[A-Za-z][A-Za-z0-9._\[\]-]*$")
_CHOICES = {
    "transform": ("log", "none", "auto"),
    "x11_mode": ("mult", "logadd"),
    "missing": ("refuse", "estimate"),
    "not_positive": ("refuse", "additive"),
}


@dataclass(frozen=True)
class Specification:
    """How one series is adjusted. Take `default_specification` and change it with ``dataclasses.replace``.

    Parameters
    ----------
    transform
        "log", "none" (then the adjustment is additive) or "auto" (X-13 compares the AICc of both).
    arima
        A seasonal ARIMA model such as "(0 1 1)(0 1 1)", or "auto" (X-13's automdl).
    outliers
        Kinds searched for: some of "ao", "ls", "tc"; empty = no search.
    variables
        X-13's own regression terms, e.g. "td1coef", "ls2008.Nov".
    aictest
        Terms X-13 keeps only if the AICc is better with them, e.g. "td", "easter".
    festival
        Days before, during and after the Spring Festival; None = no such regressor.
    span
        First and last year of the centring of these regressors.
    forecast_months
        Months X-13 forecasts before it filters; the regressors reach as far.
    x11_mode
        Decomposition with logs: "mult" or "logadd".
    missing
        Months without a value inside the series: "refuse", or "estimate" by the regARIMA model.
    not_positive
        Zero or negative values where logs are asked for: "refuse", or "additive" without logs.

    Raises
    ------
    UsageError
        A field has a value X-13 would not understand.
    """

    transform: str
    arima: str
    outliers: tuple[str, ...]
    festival: tuple[int, int, int] | None
    span: tuple[int, int]
    forecast_months: int
    x11_mode: str
    missing: str
    not_positive: str
    variables: tuple[str, ...] = ()
    aictest: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        """Refuse what would abort X-13 or smuggle other text into the request."""
        for name, allowed in _CHOICES.items():
            if getattr(self, name) not in allowed:
                raise UsageError(f"{name} is {getattr(self, name)!r}; expected one of {', '.join(allowed)}")
        if self.arima != AUTOMATIC and not _MODEL.match(self.arima):
            raise UsageError(f"arima is {self.arima!r}; expected a model such as '{AIRLINE}', or '{AUTOMATIC}'")
        for name in ("outliers", "variables", "aictest"):
            terms = getattr(self, name)
            if isinstance(terms, str) or not all(isinstance(t, str) and _TERM.match(t) for t in terms):
                raise UsageError(f"{name} is {terms!r}; expected a tuple of X-13 terms, e.g. ('ao', 'ls')")
        if not set(self.outliers) <= {"ao", "ls", "tc"}:
            raise UsageError(f"outliers is {self.outliers!r}; expected some of 'ao', 'ls', 'tc'")
        if not 1 <= self.forecast_months <= 60:
            raise UsageError(f"forecast_months is {self.forecast_months}; expected 1 to 60")


def default_specification(rules: Rules | RulesAt | None = None, month: str = "") -> Specification:
    """Return the specification the rules prescribe for every series.

    Parameters
    ----------
    rules
        Rules, or a month's rules. Default: the packaged ones.
    month
        The month whose rules apply, "YYYY-MM"; not needed if `rules` are a month's rules already.

    Examples
    --------
    >>> default_specification(month="2025-06").arima
    '(0 1 1)(0 1 1)'
    """
    in_force = (rules if rules is not None else Rules.load()).at(month)
    before, during, after = in_force["spring_festival_windows"]
    first, last = in_force["spring_festival_centring_span"]
    return Specification(
        transform=in_force["seasonal_transform"],
        arima=in_force["seasonal_arima"],
        outliers=tuple(in_force["seasonal_outliers"]),
        variables=tuple(in_force["seasonal_variables"]),
        festival=(before, during, after) if before + during + after else None,
        span=(first, last),
        forecast_months=in_force["seasonal_forecast_months"],
        x11_mode=in_force["seasonal_x11_mode"],
        missing=in_force["seasonal_missing"],
        not_positive=in_force["seasonal_not_positive"],
    )


def request_text(spec: Specification, name: str, data: str, user: tuple[str, ...], user_file: str) -> str:
    """Return the text of an X-13 specification file.

    Parameters
    ----------
    spec
        What to do.
    name
        An ASCII name for the series; X-13 takes nothing else.
    data
        Name of the file with the values ("datevalue" format).
    user, user_file
        Names of the holiday regressors and of their file; empty = none.
    """
    parts = [f'series{{ title="{name}" file="{data}" format="datevalue" period=12 }}']
    parts.append(f"transform{{ function={spec.transform} }}")
    regression = [_list("variables", spec.variables), _list("aictest", spec.aictest)]
    if user:
        # usertype=holiday: X-13 takes the effect out of the adjusted series; other types would leave it in.
        regression += [_list("user", user), "usertype=holiday", f'file="{user_file}" format="datevalue"']
    if any(regression):
        parts.append("regression{\n" + "\n".join(part for part in regression if part) + "\n}")
    if spec.outliers:
        parts.append(f"outlier{{ {_list('types', spec.outliers)} }}")
    parts.append("automdl{ }" if spec.arima == AUTOMATIC else f"arima{{ model={spec.arima} }}")
    parts.append(f"forecast{{ maxlead={spec.forecast_months} }}")
    # With transform=auto X-13 chooses the mode that fits; without logs only an additive one exists.
    mode = {"log": f"mode={spec.x11_mode} ", "none": "mode=add ", "auto": ""}[spec.transform]
    parts.append(f"x11{{ {mode}{_list('save', TABLES)} }}")
    return _checked("\n".join(parts) + "\n")


def x11_only_text(spec: Specification, name: str, data: str) -> str:
    """Return the request for the X-11 filters alone: no model, no regressors, no forecasts."""
    mode = "add" if spec.transform == "none" else "mult"
    head = f'series{{ title="{name}" file="{data}" format="datevalue" period=12 }}'
    return _checked(f"{head}\nx11{{ mode={mode} {_list('save', TABLES)} }}\n")


def _list(key: str, terms: tuple[str, ...]) -> str:
    return "\n".join(textwrap.wrap(f"{key}=({' '.join(terms)})", _LINE, break_long_words=False)) if terms else ""


def _checked(text: str) -> str:
    long = [line for line in text.splitlines() if len(line) > _LINE]
    if long or not text.isascii():
        raise UsageError(f"X-13 cannot read this request: {(long or [text])[0][:60]!r} is too long or not ASCII")
    return text
