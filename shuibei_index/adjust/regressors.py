"""Which regressors each series is given: holidays by the calendar, and the caller's own."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
import pandas as pd

from shuibei_index.adjust import periods
from shuibei_index.adjust.checks import Ready
from shuibei_index.adjust.engine.limits import MOST_REGRESSORS, horizon, without_information
from shuibei_index.adjust.holidays.regressors import spring_festival_regressors, three_windows
from shuibei_index.adjust.inputs import monthly_frame
from shuibei_index.adjust.specification.fields import Specification
from shuibei_index.adjust.specification.request import expanded_types
from shuibei_index.adjust.specification.vocabulary import NAME
from shuibei_index.adjust.wording import Text
from shuibei_index.errors import UsageError, did_you_mean
from shuibei_index.rules import RulesAt

Weights = Mapping[str, npt.NDArray[np.float64]]
# Days before, during and after the festival → daily weights of the windows; None = equal.
FestivalWeights = Callable[[tuple[int, int, int]], Weights | None]
Own = pd.DataFrame | Mapping[str, pd.DataFrame] | None


@dataclass(frozen=True)
class Regressors:
    """Regressors of one series: column names, first period, values of shape (T, K), what each of them is."""

    names: tuple[str, ...]
    first: str
    values: npt.NDArray[np.float64]
    types: tuple[str, ...]

    def frame(self) -> pd.DataFrame:
        """Return them as a frame: periods down, one column each."""
        last = periods.shift(self.first, len(self.values) - 1)
        return pd.DataFrame(self.values, index=pd.Index(periods.between(self.first, last)), columns=list(self.names))


@dataclass(frozen=True)
class Assembled:
    """Series with what was noticed, their regressors, and the holiday regressors that most of them take."""

    ready: list[Ready]
    given: dict[str, Regressors]
    holidays: pd.DataFrame

    def frames(self) -> dict[str, pd.DataFrame]:
        """Return the regressors of every series as frames; series with the same share one."""
        made = {id(own): own.frame() for own in {id(own): own for own in self.given.values()}.values()}
        return {name: made[id(own)] for name, own in self.given.items()}


def assemble(ready: list[Ready], own: Own, weights: FestivalWeights | None = None) -> Assembled:
    """Give each series the regressors its specification asks for, over its own periods and the forecasts'.

    A column that says nothing the model does not know is left out, and a note says so: X-13 would stop at it.

    Parameters
    ----------
    ready
        The series.
    own
        The caller's regressors, already checked by `own_regressors`.
    weights
        Gives the daily weights of Spring Festival windows (days before, during, after). Default: equal.

    Raises
    ------
    UsageError
        The caller's regressors do not reach far enough, or a series asks for one that is not among them.
    """
    kept: list[Ready] = []
    given: dict[str, Regressors] = {}
    holidays = _Holidays(ready, weights)
    judged: dict[object, tuple[Regressors, list[int]]] = {}
    for item in ready:
        spec = item.specification
        mine = own.get(item.series) if isinstance(own, Mapping) else own
        if spec.x11_only:
            kept.append(item)
            continue
        gaps = np.isnan(item.values).tobytes() if np.isnan(item.values).any() else b""
        ahead = (spec.method, spec.forecast_months, spec.backcast_months)
        key = (item.first, item.last, holidays.key(item), spec.arima, spec.user, spec.usertype, id(mine), gaps, ahead)
        if key not in judged:
            judged[key] = _judged(item, holidays, mine)
        regressors, useless = judged[key]
        left = item
        if useless:
            left = _without(item, [regressors.names[k] for k in useless])
            stay = [k for k in range(len(regressors.names)) if k not in useless]
            regressors = replace(
                regressors,
                names=tuple(regressors.names[k] for k in stay),
                values=regressors.values[:, stay],  # noqa: PD011
                types=tuple(regressors.types[k] for k in stay),
            )
        if regressors.names:
            given[item.series] = regressors
        kept.append(left)
    return Assembled(kept, given, holidays.commonest())


def own_regressors(regressors: object, series: Sequence[str]) -> Own:
    """Return the caller's regressors as frames by period, checked; `series` are the names of the data.

    Raises
    ------
    UsageError
        A name is not ASCII, a value is not finite, there are more than X-13 takes, or they are for no series.
    """
    if regressors is None:
        return None
    if isinstance(regressors, Mapping):
        unknown = [str(name) for name in regressors if str(name) not in series]
        if unknown:
            raise UsageError(
                f"regressors are given for {unknown[0]!r}, which is no series of the data"
                f"{did_you_mean(unknown[0], series)}",
                zh=f"为“{unknown[0]}”给出了回归变量，但数据中没有这个序列",
            )
        return {str(name): _checked(table) for name, table in regressors.items()}
    return _checked(regressors)


def with_own(spec: Specification, series: str, own: Own, usertype: str | tuple[str, ...] | None) -> Specification:
    """Return the specification of a series that is given the caller's regressors.

    They take the place of the Spring Festival, unless the specification names the columns it takes beside it.
    """
    mine = own.get(series) if isinstance(own, Mapping) else own
    if mine is None:
        if spec.user:
            raise UsageError(
                f"series {series!r}: the specification takes the regressors {', '.join(spec.user)}, "
                "and none are given; pass regressors=",
                zh=f"序列“{series}”的设定使用回归变量 {'、'.join(spec.user)}，但没有给出；请传入 regressors=",
            )
        return spec
    columns = tuple(map(str, mine.columns))
    unknown = [name for name in spec.user if name not in columns]
    if unknown:
        raise UsageError(
            f"series {series!r}: no regressor {unknown[0]!r}{did_you_mean(unknown[0], columns)}",
            zh=f"序列“{series}”：没有名为 {unknown[0]} 的回归变量",
        )
    types = spec.usertype if usertype is None else (usertype,) if isinstance(usertype, str) else tuple(usertype)
    if spec.user:
        return replace(spec, usertype=types)
    return replace(spec, user=columns, usertype=types, festival=None, holidays=())


class _Holidays:
    """The holiday regressors the series ask for, each kind made once over every period any series needs."""

    def __init__(self, ready: list[Ready], weights: FestivalWeights | None) -> None:
        asking: dict[object, list[Ready]] = {}
        for item in ready:
            if _asks(item.specification):
                asking.setdefault(self.key(item), []).append(item)
        self._counts = Counter({key: len(items) for key, items in asking.items()})
        self._frames: dict[object, pd.DataFrame] = {}
        for key, own in asking.items():
            first = min(periods.ordinal(item.first) - item.specification.backcast_months for item in own)
            last = max(periods.ordinal(item.last) + horizon(item.specification, item.period) for item in own)
            period = own[0].period
            start, end = periods.label(first, period), periods.label(last, period)
            self._frames[key] = _calendar(own[0].specification, start, end, period, weights)

    @staticmethod
    def key(item: Ready) -> object:
        spec = item.specification
        return (spec.festival, spec.holidays, spec.span) if _asks(spec) else None

    def of(self, item: Ready) -> pd.DataFrame | None:
        return self._frames.get(self.key(item))

    def commonest(self) -> pd.DataFrame:
        if not self._counts:
            return pd.DataFrame(index=pd.Index([], dtype=object))
        return self._frames[self._counts.most_common(1)[0][0]]


def _asks(spec: Specification) -> bool:
    return (spec.festival is not None or bool(spec.holidays)) and not spec.x11_only


def festival_weights(
    festival: tuple[int, int, int], *, deals: pd.Series | pd.DataFrame | pd.DatetimeIndex | None, rules: RulesAt
) -> Weights | None:
    """Return the daily weights of Spring Festival windows: from deals that are given, else as the rules say."""
    from shuibei_index.adjust.holidays.weights import chosen_weights, daily_weights

    windows = three_windows(*festival)
    if deals is not None:
        return daily_weights(deals, "spring_festival", windows, rules=rules).weights
    chosen = chosen_weights(None, windows, rules)
    return None if chosen is None else chosen.weights


def _calendar(spec: Specification, start: str, end: str, period: int, weights: FestivalWeights | None) -> pd.DataFrame:
    parts = []
    if spec.festival is not None:
        before, during, after = spec.festival
        daily = weights(spec.festival) if weights is not None else None
        parts.append(
            spring_festival_regressors(
                start, end, before, after, during=during, span=spec.span, period=period, weights=daily
            )
        )
    if spec.holidays:
        from shuibei_index.adjust.holidays.several import holiday_regressors  # only where it is asked for

        parts.append(holiday_regressors(start, end, list(spec.holidays), span=spec.span, period=period, fixed="keep"))
    return pd.concat(parts, axis=1)


def _judged(item: Ready, holidays: _Holidays, own: pd.DataFrame | None) -> tuple[Regressors, list[int]]:
    """Return the regressors of a series and which of their columns say nothing."""
    spec, period = item.specification, item.period
    first = periods.shift(item.first, -spec.backcast_months)
    last = periods.shift(item.last, horizon(spec, period))
    parts: list[pd.DataFrame] = []
    types: tuple[str, ...] = ()
    calendar = holidays.of(item)
    if calendar is not None:
        parts.append(calendar.loc[first:last])
        types += ("holiday",) * len(calendar.columns)
    if own is not None and spec.user:
        _require_reach(item, own, first, last)
        parts.append(own.loc[first:last, list(spec.user)])
        types += expanded_types(spec, len(spec.user))
    if not parts:
        return Regressors((), first, np.empty((0, 0)), ()), []
    table = pd.concat(parts, axis=1) if len(parts) > 1 else parts[0]
    values = table.to_numpy(dtype=np.float64)
    begin = spec.backcast_months
    within = values[begin : begin + len(item.values)]
    useless = without_information(within, spec, period, ~np.isnan(item.values))
    return Regressors(tuple(map(str, table.columns)), first, values, types), useless


def _without(item: Ready, names: list[str]) -> Ready:
    """Note the columns left out, and take them out of what the specification asks for."""
    spec = item.specification
    note = Text(
        f"回归变量 {'、'.join(names)} 在本序列各年相同或由其他变量决定，未使用",
        f"regressors left out, being the same in every year of the series or following from others: {', '.join(names)}",
    )
    user = tuple(name for name in spec.user if name not in names)
    types = expanded_types(spec, len(spec.user)) if spec.user else spec.usertype
    kept = tuple(kind for name, kind in zip(spec.user, types, strict=False) if name not in names)
    held = tuple(pair for pair in spec.fixed_regression if pair[0] not in names)
    changed = replace(spec, user=user, usertype=kept or ("holiday",), fixed_regression=held)
    return replace(item, specification=changed, notes=(*item.notes, note))


def _require_reach(item: Ready, own: pd.DataFrame, first: str, last: str) -> None:
    begin, end = str(own.index[0]), str(own.index[-1])
    if periods.per_year(begin) == item.period and begin <= first and end >= last:
        return
    ahead = periods.ordinal(last) - periods.ordinal(item.last)
    unit = "months" if item.period == 12 else "quarters"
    raise UsageError(
        f"series {item.series!r}: the regressors cover {begin} to {end}; X-13 needs {first} to {last}, "
        f"the {ahead} forecast {unit} included",
        zh=f"序列“{item.series}”：回归变量只覆盖 {begin} 至 {end}，X-13 需要 {first} 至 {last}（含 {ahead} 期预测）",
    )


def _checked(regressors: object) -> pd.DataFrame:
    frame = monthly_frame(regressors)
    bad = [str(name) for name in frame.columns if not NAME.fullmatch(str(name))]
    if bad:
        raise UsageError(
            f"regressor {bad[0]!r}: X-13 takes ASCII names of at most 16 letters, digits or _",
            zh=f"回归变量 {bad[0]}：X-13 只接受不超过 16 个字母、数字或下划线的 ASCII 名称",
        )
    if len(frame.columns) > MOST_REGRESSORS:
        raise UsageError(
            f"{len(frame.columns)} regressors; X-13 takes at most {MOST_REGRESSORS}",
            zh=f"共 {len(frame.columns)} 个回归变量，X-13 最多 {MOST_REGRESSORS} 个",
        )
    if not np.isfinite(frame.to_numpy()).all():
        empty = frame.index[~np.isfinite(frame.to_numpy()).all(axis=1)]
        raise UsageError(
            f"regressors have no value in {empty[0]}; every month needs a finite one",
            zh=f"回归变量在 {empty[0]} 没有值，每一期都须有有限的数值",
        )
    return frame
