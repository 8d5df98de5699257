"""What X-13 is asked to do with one series, field by field, checked before any text is made of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from shuibei_index.adjust.specification import vocabulary as words
from shuibei_index.adjust.specification.validation import require_valid
from shuibei_index.adjust.specification.vocabulary import AUTOMATIC, STANDARD_TABLES
from shuibei_index.errors import UsageError, did_you_mean

Span = tuple[str | None, str | None]


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
    festival
        Days before, during and after the Spring Festival; None = no such regressor.
    span
        First and last year of the centring of these regressors.
    forecast_months
        Periods X-13 forecasts before it filters (0 = none); the regressors reach as far.
    x11_mode
        Decomposition with logs: "mult", "logadd" or "pseudoadd"; "default" = X-13's own choice, also without logs.
    missing
        Months without a value inside the series: "refuse", or "estimate" by the regARIMA model.
    not_positive
        Zero or negative values where logs are asked for: "refuse", or "additive" without logs.
    variables
        X-13's own regression terms: trading days ("td", "td1coef", "lpyear"), "const", "easter[8]", outliers of given
        dates ("ao2015.Feb", "ls2008.Nov", "tc2020.2", "rp2012.1-2012.6").
    aictest
        Terms X-13 keeps only if the AICc is better with them, e.g. "td", "easter", "user".
    method
        "x11" or "seats".
    seasonal_filter
        "" (X-13 chooses), "msr", "s3x1", "s3x3", "s3x5", "s3x9", "s3x15", "stable", "x11default", or one for each
        month (quarter) of the year.
    trend_filter
        Terms of the Henderson filter, odd, 3 to 101; None = X-13 chooses.
    sigma_limits
        Lower and upper sigma limit of X-11; None = 1.5 and 2.5.
    critical
        Critical value of the outlier search; None = X-13's, which grows with the length.
    outlier_span, series_span, model_span
        First and last period ("2015-01", "2015-Q1"; None = open) of the search, the series, the model's estimation.
    force
        "" or "denton" or "regress": yearly totals of the adjusted series are those of the original.
    force_target
        Whose totals: "original", "calendaradj", "permprioradj", "both".
    force_rho, force_lambda
        X-13's rho and lambda; None = its own.
    force_start
        First month (quarter) of the year the totals are of: 1 = calendar years.
    fixed_arima
        Values at which the ARMA parameters are held, in X-13's order: AR, seasonal AR, MA, seasonal MA; None =
        estimated.
    fixed_regression
        Term → value (or values, for "td") at which a coefficient is held. The other terms are estimated.
    user
        Which of the caller's regressors this series takes; empty = all given.
    usertype
        What they are, e.g. ("holiday",) or one for each: holiday, td, lom, seasonal, ao, ls, so, tc, user, …
        X-13 takes holiday and td effects out of the adjusted series and leaves "user" in.
    holidays
        Further moving holidays: (name, before, during, after) in days, e.g. ("mid_autumn", 7, 3, 0).
    x11_only
        No model: the X-11 filters alone.
    backcast_months
        Periods X-13 forecasts backwards before the series.
    projected
        Carry the factors into the forecast months (see `Adjustment.projected_factors`).
    seats_exact
        SEATS: stop where the model cannot be decomposed, rather than take a near one that can.
    sliding_spans, history, spectrum
        Also run these diagnostics of X-13; they take time.
    history_start
        First period of the revision history; None = X-13 chooses.
    tables
        X-13's codes of the tables to be saved and read back.

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
    method: str = "x11"
    seasonal_filter: str | tuple[str, ...] = ""
    trend_filter: int | None = None
    sigma_limits: tuple[float, float] | None = None
    critical: float | None = None
    outlier_span: Span | None = None
    series_span: Span | None = None
    model_span: Span | None = None
    force: str = ""
    force_target: str = "original"
    force_rho: float | None = None
    force_lambda: float | None = None
    force_start: int = 1
    fixed_arima: tuple[float | None, ...] = ()
    fixed_regression: tuple[tuple[str, tuple[float, ...]], ...] = ()
    user: tuple[str, ...] = ()
    usertype: tuple[str, ...] = ("holiday",)
    holidays: tuple[tuple[str, int, int, int], ...] = ()
    x11_only: bool = False
    backcast_months: int = 0
    projected: bool = True
    seats_exact: bool = False
    sliding_spans: bool = False
    history: bool = False
    spectrum: bool = False
    history_start: str | None = None
    tables: tuple[str, ...] = STANDARD_TABLES

    def __post_init__(self) -> None:
        """Refuse what would abort X-13 or smuggle other text into the request."""
        if isinstance(self.fixed_regression, Mapping):
            object.__setattr__(self, "fixed_regression", _pairs(self.fixed_regression))
        for name in ("outliers", "variables", "aictest", "user", "usertype", "tables"):
            if isinstance(getattr(self, name), list):
                object.__setattr__(self, name, tuple(getattr(self, name)))
        require_valid(self)

    @classmethod
    def from_text(cls, text: str, base: Specification | None = None) -> Specification:
        """Read an X-13 specification file, as other tools write them.

        Parameters
        ----------
        text
            The text of a ``.spc`` file.
        base
            Fields a ``.spc`` file does not have (missing, not_positive, festival, span). Default: estimate missing
            months, additive where logs do not exist never, no festival.

        Raises
        ------
        UsageError
            The text has a part that is not supported; it is named, never left out silently.

        Warns
        -----
        ShuibeiIndexWarning
            The text saves tables that are not read here; they are named, and the adjustment is the same without them.
        """
        from shuibei_index.adjust.specification.reading import specification_of

        return specification_of(text, base)

    def to_text(self, *, name: str = "series", data: str = "series.dta", period: int = 12) -> str:
        """Return the specification as an X-13 ``.spc`` file that other tools run.

        Holiday regressors stand in it as user regressors of the file ``regressors.dta``; the first lines, comments to
        X-13, hold the fields it has no words for, so that `from_text` gives this specification again.

        Parameters
        ----------
        name, data
            ASCII title of the series, and the file with its values ("datevalue" format).
        period
            Periods a year: 12 or 4.
        """
        from shuibei_index.adjust.specification.request import portable_text

        return portable_text(self, name, data, period)

    def with_fields(self, fields: Mapping[str, object]) -> Specification:
        """Return the specification with some fields changed, as rule files and JSON give them (lists for tuples).

        Raises
        ------
        UsageError
            There is no such field, or a value does not fit.
        """
        known = set(self.__dataclass_fields__)
        for field in fields:
            if field not in known:
                raise UsageError(
                    f"a specification has no field {field!r}{did_you_mean(field, sorted(known))}",
                    zh=f"季节调整设定没有字段 {field!r}",
                )
        return replace(self, **{name: _frozen(value) for name, value in fields.items()})  # type: ignore[arg-type]


def _pairs(terms: Mapping[str, object]) -> tuple[tuple[str, tuple[float, ...]], ...]:
    return tuple(
        (str(term), tuple(value) if isinstance(value, (tuple, list)) else (value,)) for term, value in terms.items()
    )


def _frozen(value: object) -> object:
    if isinstance(value, list):
        return tuple(_frozen(entry) for entry in value)
    return value


# Names the rest of the stage has always taken from here.
AIRLINE, TABLES, MISSING_CODE = words.AIRLINE, words.SIX_TABLES, words.MISSING_CODE
__all__ = ["AIRLINE", "AUTOMATIC", "MISSING_CODE", "TABLES", "Span", "Specification"]
