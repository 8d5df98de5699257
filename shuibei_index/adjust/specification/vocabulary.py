"""The words of X-13's specification language this package writes and reads."""

from __future__ import annotations

import re

AIRLINE = "(0 1 1)(0 1 1)"
AUTOMATIC = "auto"
MISSING_CODE = -99999
# X-13 aborts on an input line of more than 133 characters; the report of that goes to stdout only.
LINE = 120
SIX_TABLES = ("d10", "d11", "d12", "d13", "d16", "d18")
STANDARD_TABLES = (
    "a1", "b1", "a18", "a19", "c17", "d8", "d9", "d10", "d11", "d12", "d13", "d16", "d18", "e1", "e2", "e3", "e18",
    "rsd", "fct",
)  # fmt: skip
# X-13's part → the tables it saves. A code in another part's list aborts the run.
SAVED_BY: dict[str, frozenset[str]] = {
    "series": frozenset(("a1", "b1", "a18", "a19")),
    "regression": frozenset(("rmx", "hol", "td", "usr", "ao", "ls", "tc", "so", "otl")),
    "estimate": frozenset(("rsd", "mdl", "est")),
    "forecast": frozenset(("fct", "ftr", "bct", "btr")),
    "x11": frozenset(
        (
            "c17",
            "c20",
            "d1",
            "d4",
            "d5",
            "d6",
            "d7",
            "d8",
            "d9",
            "d10",
            "d11",
            "d12",
            "d13",
            "d16",
            "d18",
            "e1",
            "e2",
            "e3",
            "e5",
            "e6",
            "e7",
            "e8",
            "e11",
            "e18",
        )
    ),
    "seats": frozenset(("s10", "s11", "s12", "s13", "s14", "s16", "s18", "sse", "ase", "tse", "cyc", "ltt")),
    "force": frozenset(("saa", "ffc")),
    "slidingspans": frozenset(("sfs", "chs", "sis", "ycs", "tds")),
    "history": frozenset(("sae", "sar", "che", "chr", "sfe", "sfr", "tre", "trr", "fce")),
    "spectrum": frozenset(("sp0", "sp1", "sp2", "spr")),
}
SEATS_TABLES = ("s10", "s11", "s12", "s13", "s16", "s18")
SLIDING_TABLES = ("sfs", "chs")
HISTORY_TABLES = ("sae", "sar", "che", "chr", "sfe", "tre", "trr", "fce")
SPECTRUM_TABLES = ("sp0", "sp1", "sp2")
HISTORY_ESTIMATES = ("sadj", "sadjchng", "trend", "seasonal", "fcst")
CHOICES: dict[str, tuple[str, ...]] = {
    "transform": ("log", "none", "auto"),
    "x11_mode": ("mult", "logadd", "pseudoadd", "default"),
    "missing": ("refuse", "estimate"),
    "not_positive": ("refuse", "additive"),
    "method": ("x11", "seats"),
    "force": ("", "denton", "regress"),
    "force_target": ("original", "calendaradj", "permprioradj", "both"),
}
SEASONAL_FILTERS = ("msr", "s3x1", "s3x3", "s3x5", "s3x9", "s3x15", "stable", "x11default")
USER_TYPES = (
    "constant", "seasonal", "td", "lom", "loq", "lpyear", "ao", "ls", "so", "holiday", "holiday2", "holiday3",
    "holiday4", "holiday5", "user", "transitory",
)  # fmt: skip
OUTLIER_KINDS = ("ao", "ls", "tc")

MODEL = re.compile(
    r"\(\s*(?P<p>\d+|\[[\d ,]+\])[ ,]+(?P<d>\d+)[ ,]+(?P<q>\d+|\[[\d ,]+\])\s*\)"
    r"\s*(?:\(\s*(?P<P>\d+|\[[\d ,]+\])[ ,]+(?P<D>\d+)[ ,]+(?P<Q>\d+|\[[\d ,]+\])\s*\))?"
)
TERM = re.compile(r"[A-Za-z][A-Za-z0-9./-]*(?:\[[0-9, ]+\])?(?:/{1,2}[A-Za-z0-9.]*/{1,2})?")
NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,15}")
_DATE = r"\d{4}\.(?:\d{1,2}|[a-z]{3})"
_EFFECTS = r"const|seasonal|td|tdnolpyear|td1coef|td1nolpyear|lpyear|lom|loq|sincos\[[0-9, ]+\]"
_DAYS = r"(?:tdstock|tdstock1coef|easter|easterstock|sceaster|labor|thank)\[\d+\]"
# The terms builds 61 and 62 know: effects, also from or until a date ("td/2015.1/"), and dated outliers.
KNOWN_TERM = re.compile(
    rf"(?:{_EFFECTS}|{_DAYS})(?:/{{1,2}}{_DATE}/{{1,2}})?|(?:ao|ls|tc|so|mv){_DATE}"
    rf"|(?:aos|lss|rp|tl|qi|qd){_DATE}-{_DATE}",
    re.IGNORECASE,
)
TESTED_TERMS = (
    "td", "tdnolpyear", "tdstock", "td1coef", "td1nolpyear", "tdstock1coef", "lom", "loq", "lpyear", "easter",
    "easterstock", "user",
)  # fmt: skip
TERM_NAMES = (
    "const", "seasonal", *TESTED_TERMS[:-1], "sincos", "sceaster", "labor", "thank", "ao", "ls", "tc", "so", "mv",
    "aos", "lss", "rp", "tl", "qi", "qd",
)  # fmt: skip
PERIOD = re.compile(r"(\d{4})(?:-(0[1-9]|1[0-2])|-?Q([1-4]))")
# Terms of several coefficients.
_WIDTHS = {"td": 6, "tdnolpyear": 6, "seasonal": 11}


def orders(model: str) -> tuple[int, int] | None:
    """Return how many AR and how many MA parameters a model has, seasonal ones included; None if it is no model.

    Examples
    --------
    >>> orders("(0 1 1)(0 1 1)"), orders("([1 3] 1 0)"), orders("airline")
    ((0, 2), (2, 0), None)
    """
    match = MODEL.fullmatch(model.strip())
    if match is None:
        return None
    return _lags(match["p"]) + _lags(match["P"]), _lags(match["q"]) + _lags(match["Q"])


def operators(model: str) -> tuple[tuple[int, ...], ...]:
    """Return the lags of the four operators: AR, seasonal AR, MA, seasonal MA (these in years).

    Examples
    --------
    >>> operators("([1 3] 1 0)(0 1 1)")
    ((1, 3), (), (), (1,))
    """
    match = MODEL.fullmatch(model.strip())
    if match is None:
        raise ValueError(model)
    return tuple(_each_lag(match[name]) for name in ("p", "P", "q", "Q"))


def longest_lags(model: str, period: int) -> int:
    """Return the longest lag of the AR part and that of the MA part, added.

    Examples
    --------
    >>> longest_lags("(2 1 2)(1 1 1)", 12)
    28
    """
    match = MODEL.fullmatch(model.strip())
    if match is None:
        raise ValueError(model)
    return sum(_longest(match[own]) + period * _longest(match[seasonal]) for own, seasonal in (("p", "P"), ("q", "Q")))


def width(term: str, transform: str) -> int:
    """Return how many coefficients a term has.

    Without logs X-13 takes the length of February as a regressor of its own, not out of the series beforehand.

    Examples
    --------
    >>> width("td", "log"), width("td", "none"), width("easter[8]", "log")
    (6, 7, 1)
    """
    name = term.lower()
    return _WIDTHS.get(name, 1) + (transform == "none" and name in ("td", "td1coef"))


def x13_date(period: str) -> str:
    """Return a month or quarter as X-13 writes it.

    Examples
    --------
    >>> x13_date("2015-02"), x13_date("2015-Q4")
    ('2015.2', '2015.4')
    """
    match = PERIOD.fullmatch(period)
    if match is None:
        raise ValueError(period)
    return f"{match[1]}.{int(match[2] or match[3])}"


def _each_lag(order: str | None) -> tuple[int, ...]:
    if not order:
        return ()
    if order.startswith("["):
        return tuple(map(int, order.strip("[]").replace(",", " ").split()))
    return tuple(range(1, int(order) + 1))


def _lags(order: str | None) -> int:
    return len(_each_lag(order))


def _longest(order: str | None) -> int:
    return max(_each_lag(order), default=0)
