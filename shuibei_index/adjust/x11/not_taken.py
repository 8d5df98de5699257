"""What the stand-ins do not do of a specification: named in the notes of the series, or refused."""

from __future__ import annotations

from shuibei_index.adjust.specification.fields import Specification
from shuibei_index.adjust.specification.vocabulary import AIRLINE, STANDARD_TABLES
from shuibei_index.adjust.wording import Text
from shuibei_index.adjust.x11.forcing import TARGETS
from shuibei_index.adjust.x11.terms import takes
from shuibei_index.errors import UsageError

# Types of the caller's regressors whose effects go where X-13 puts them.
_TYPES = (
    "td", "lom", "loq", "lpyear", "ao", "ls", "so", "holiday", "holiday2", "holiday3", "holiday4", "holiday5", "user",
    "seasonal",
)  # fmt: skip
_DIAGNOSTICS = ("sliding_spans", "history", "spectrum")


def require_doable(spec: Specification) -> None:
    """Refuse what would come out as something else than was asked for.

    Raises
    ------
    UsageError
        SEATS is asked for, or totals of a series the own X-11 does not make.
    """
    if spec.method == "seats" and not spec.x11_only:
        raise UsageError(
            "method='seats' needs X-13: a result of X-11 is no result of SEATS; install X-13 or choose method='x11'",
            zh="method='seats' 需要 X-13：X-11 的结果不是 SEATS 的结果；请安装 X-13，或改用 method='x11'",
        )
    if spec.force and spec.force_target not in TARGETS:
        raise UsageError(
            f"force_target={spec.force_target!r} needs X-13; own X-11 forces the totals of {' or '.join(TARGETS)}",
            zh=f"force_target={spec.force_target!r} 需要 X-13；自有 X-11 只支持 {'、'.join(TARGETS)}",
        )


def airline(spec: Specification) -> bool:
    """Return whether the model asked for is the one the own X-11 has."""
    return "".join(spec.arima.replace(",", " ").split()) == "".join(AIRLINE.split())


def held_airline(spec: Specification) -> tuple[float | None, float | None]:
    """Return the values at which theta and Theta are held; those of another model are none of the airline's."""
    if not spec.fixed_arima or not airline(spec):
        return None, None
    return spec.fixed_arima[0], spec.fixed_arima[1]


def not_taken(spec: Specification) -> tuple[str, ...]:
    """Return the fields, with their values, that the own X-11 does not take.

    Examples
    --------
    >>> from dataclasses import replace
    >>> from shuibei_index.adjust import default_specification
    >>> spec = replace(default_specification(month="2024-06"), outliers=("ao",), model_span=("2015-01", None))
    >>> not_taken(spec)
    ('outliers=ao', 'model_span=2015-01..')
    """
    asked = [f"{name}=True" for name in _DIAGNOSTICS if getattr(spec, name)]
    tables = sorted(set(spec.tables) - set(STANDARD_TABLES))
    asked += [f"tables={' '.join(tables)}"] if tables else []
    return (*asked,) if spec.x11_only else (*_of_the_model(spec), *asked)


def not_taken_by_stl(spec: Specification) -> tuple[str, ...]:
    """Return the fields, with their values, that STL does not take: all but the transform."""
    found = ["x11_only=True"] if spec.x11_only else list(_of_the_model(spec))
    plain = Specification.__dataclass_fields__
    if not spec.x11_only:
        found = [text for text in found if not text.startswith(("variables=", "usertype=", "arima=", "fixed_arima="))]
        found.insert(0, f"arima={spec.arima}")
        for name in ("festival", "holidays", "user", "variables", "fixed_arima", "fixed_regression"):
            found += [f"{name}={_said(getattr(spec, name))}"] if getattr(spec, name) else []
        found += [f"forecast_months={spec.forecast_months}"] if spec.forecast_months else []
    filters = ("seasonal_filter", "trend_filter", "sigma_limits", "force", *_DIAGNOSTICS)
    found += [f"{name}={_said(getattr(spec, name))}" for name in filters if getattr(spec, name) != plain[name].default]
    found += [f"x11_mode={spec.x11_mode}"] if spec.x11_mode not in ("mult", "default") else []
    tables = sorted(set(spec.tables) - set(STANDARD_TABLES))
    return (*found, *([f"tables={' '.join(tables)}"] if tables else []))


def note(engine_zh: str, engine_en: str, fields: tuple[str, ...]) -> tuple[Text, ...]:
    """Return the sentence that names them, none where all was done."""
    if not fields:
        return ()
    return (Text(f"{engine_zh} 未采用：{'，'.join(fields)}", f"{engine_en} does not take: {', '.join(fields)}"),)


def _of_the_model(spec: Specification) -> list[str]:
    found = [] if airline(spec) else [f"arima={spec.arima}"]
    found += [f"fixed_arima={_said(spec.fixed_arima)}"] if spec.fixed_arima and not airline(spec) else []
    left = [term for term in spec.variables if not takes(term)]
    found += [f"variables={' '.join(left)}"] if left else []
    left_held = [term for term, _ in spec.fixed_regression if term in left]
    found += [f"fixed_regression={' '.join(left_held)}"] if left_held else []
    found += [f"aictest={' '.join(spec.aictest)}"] if spec.aictest else []
    if spec.outliers:
        found.append(f"outliers={' '.join(spec.outliers)}")
        found += [f"critical={spec.critical:g}"] if spec.critical is not None else []
        found += [f"outlier_span={_said(spec.outlier_span)}"] if spec.outlier_span is not None else []
    types = sorted(set(spec.usertype) - set(_TYPES)) if spec.user else []
    found += [f"usertype={' '.join(types)}"] if types else []
    found += [f"model_span={_said(spec.model_span)}"] if spec.model_span is not None else []
    return found + ([f"backcast_months={spec.backcast_months}"] if spec.backcast_months else [])


def _said(value: object) -> str:
    """Return a value in few words: a span as 2015-01.., a list with blanks."""
    if isinstance(value, tuple) and len(value) == 2 and all(end is None or isinstance(end, str) for end in value):
        return "..".join("" if end is None else str(end) for end in value)
    if isinstance(value, tuple):
        return " ".join(_said(entry) if isinstance(entry, tuple) else str(entry) for entry in value)
    return str(value)
