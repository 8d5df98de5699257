"""Times: year, month and day in this order, with or without a time of day; nothing that needs guessing."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

#: "2025-06-03", "2025/6/3 9:05", "2025-06-03T09:05:30.000": the forms Excel and programs write.
_FORM = (
    r"^(?P<year>[0-9]{4})[-/](?P<month>[0-9]{1,2})[-/](?P<day>[0-9]{1,2})"
    r"(?:[T ](?P<hour>[0-9]{1,2}):(?P<minute>[0-9]{2})(?::(?P<second>[0-9]{2})(?:\.[0-9]{1,9})?)?)?$"
)


def parse_times(text: pa.Array) -> tuple[npt.NDArray[np.datetime64], npt.NDArray[np.bool_]]:
    """Read times from text.

    Returns
    -------
    times : ndarray of datetime64[s], shape (N,)
        NaT where the cell is empty or refused.
    refused : ndarray of bool, shape (N,)

    Examples
    --------
    >>> times, refused = parse_times(pa.array(["2025-06-03T09:05", "2025/2/30", "06/03/2025", None]))
    >>> times.astype(str).tolist(), refused.tolist()
    (['2025-06-03T09:05:00', 'NaT', 'NaT', 'NaT'], [False, True, True, False])
    """
    trimmed = pc.utf8_trim_whitespace(text)
    filled = np.array(pc.fill_null(pc.not_equal(trimmed, ""), False).to_numpy(zero_copy_only=False), dtype=bool)
    times = np.full(len(text), np.datetime64("NaT", "s"))
    if not filled.any():
        return times, filled
    match = pc.extract_regex(trimmed, _FORM)
    good = filled & match.is_valid().to_numpy(zero_copy_only=False)
    parts = match.filter(pa.array(good))
    year, month, day, hour, minute, second = (
        _int(pc.struct_field(parts, name)) for name in ("year", "month", "day", "hour", "minute", "second")
    )
    first = (year - 1970).astype("datetime64[Y]").astype("datetime64[M]") + (month - 1)
    date = first.astype("datetime64[D]") + (day - 1)
    # A day beyond the end of its month lands in the next one.
    real = (month >= 1) & (month <= 12) & (day >= 1) & (date.astype("datetime64[M]") == first)
    real &= (hour < 24) & (minute < 60) & (second < 60) & (year > 1900)
    moment = date.astype("datetime64[s]") + (hour * 3600 + minute * 60 + second)
    moment[~real] = np.datetime64("NaT", "s")
    times[good] = moment
    return times, filled & np.isnat(times)


def _int(text: pa.Array) -> npt.NDArray[np.int64]:
    digits = pc.if_else(pc.fill_null(pc.equal(text, ""), True), "0", text)
    return np.asarray(pc.cast(digits, pa.int64()).to_numpy(zero_copy_only=False), dtype=np.int64)
