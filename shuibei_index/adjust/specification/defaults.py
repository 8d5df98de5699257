"""The specifications the rules prescribe: one for every series, and those of single series."""

from __future__ import annotations

from shuibei_index.adjust.specification.fields import Specification
from shuibei_index.errors import RulesError, UsageError
from shuibei_index.rules import Rules, RulesAt


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


def specifications_by_rule(
    names: list[str], rules: Rules | RulesAt | None = None, month: str = ""
) -> dict[str, Specification]:
    """Return the specification of every series: the default, with the fields its own entry in the rules changes.

    Parameters
    ----------
    names
        The series' names: codes of classes or components.
    rules, month
        As for `default_specification`. The rule ``seasonal_series`` is a table: series → field → value.

    Raises
    ------
    RulesError
        An entry of the rule names a field that does not exist or a value that does not fit.
    """
    in_force = (rules if rules is not None else Rules.load()).at(month)
    common = default_specification(in_force)
    own = in_force["seasonal_series"]
    found = dict.fromkeys(names, common)
    for name in names:
        if name in own:
            try:
                found[name] = common.with_fields(own[name])
            except UsageError as error:
                raise RulesError(
                    f"rule 'seasonal_series', series {name!r}: {error}",
                    zh=f"规则 seasonal_series 的序列“{name}”：{error.zh or error}",
                ) from error
    return found
