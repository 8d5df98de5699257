"""A release against its tables computed again: which row and column of which file differs."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import pandas as pd

from shuibei_index.release.computed import withheld
from shuibei_index.release.first_published import expected
from shuibei_index.release.last_digits import differ
from shuibei_index.release.optional import FIRST_PUBLISHED, OPTIONAL
from shuibei_index.release.revise import revisions, with_status
from shuibei_index.release.schema import INTEGER, TABLES, Column, Table, as_then
from shuibei_index.release.tables import printed, read_parquet
from shuibei_index.release.verify import Problem

if TYPE_CHECKING:
    from shuibei_index.disclosure import Protection
    from shuibei_index.release.bundle import Release
    from shuibei_index.release.verify import VerifyReport

#: Cells of one file that are named; of the others only the number is told.
NAMED = 5
#: Which values are withheld; computed again, too, where the release was made under disclosure control.
_WITHHELD = "obs_conf"


def recomputed(
    release: Release,
    frames: Mapping[str, pd.DataFrame],
    report: VerifyReport,
    previous: Release | None = None,
    protection: Protection | None = None,
) -> tuple[Problem, ...]:
    """Compare every table that follows from the frozen inputs with what a release has of it.

    Parameters
    ----------
    release : Release
    frames : mapping of str to DataFrame
        `computed.computed_tables` of the frozen inputs, without seasonal adjustment, as they may be published.
    report : VerifyReport
        Of the release's own files.
    previous : Release, optional
        The release before; with it the revisions are compared, too.
    protection : Protection, optional
        What the release withholds; None = it is one from before there was disclosure control.

    Returns
    -------
    tuple of Problem
        One for each cell that differs, up to `NAMED` a file, then one with the number of the others. The CSV is
        compared as text where it is not the Parquet file rounded, the Parquet file to `last_digits.PROMISED`. Left out
        are seasonally adjusted rows, the diagnostics of the adjustment, the levels of indices.parquet, which
        `outcome.Verified.differences` compares, and files whose content is not the one of the manifest.
    """
    sound = {
        str(entry["path"])
        for entry in release.manifest["files"]
        if hashlib.sha256(release.files.get(entry["path"], b"")).hexdigest() == entry["sha256"]
    }
    if "revisions.parquet" not in sound:
        # the status of a value depends on what was revised
        frames = {name: frame for name, frame in frames.items() if name != "indices"}
    frames = _as_released(release, frames, previous, protection)
    first = f"{FIRST_PUBLISHED.name}.parquet"
    if "indices" in frames and first in sound and (found := expected(frames["indices"], release, previous)) is not None:
        frames[FIRST_PUBLISHED.name] = found
    # files that are not the ones listed end the checks of a bundle before its formats are compared with each other
    known = {problem.file for problem in report.problems} if len(sound) == len(release.manifest["files"]) else sound
    problems: list[Problem] = []
    guarded = is_guarded(release)
    for name, table in {**TABLES, **OPTIONAL}.items():
        again = frames.get(name)
        if not guarded:
            table = as_then(table, pd.DataFrame()) if name != "indices" else table
        files = [path for path in (f"{name}.csv", f"{name}.parquet") if path in sound]
        if again is None:
            # the never-revised series is told from the release before, or from the table itself
            if name in OPTIONAL and files and name != FIRST_PUBLISHED.name:
                zh, en = "按冻结数据重算没有此表。", "is no table of the frozen inputs."
                problems.append(Problem(files[0], zh, en))
            continue
        # the text is the Parquet file rounded, as the report says: what is right in one is right in both
        seen = [list(_differing(release, path, table, again, guarded)) for path in files if path.endswith(".parquet")]
        for path in files:
            if path.endswith(".csv") and (path in known or not seen or seen[0]):
                seen.insert(0, list(_differing(release, path, table, again, guarded)))
        problems += [problem for each in seen for problem in each]
    return tuple(problems)


def _as_released(
    release: Release, frames: Mapping[str, pd.DataFrame], previous: Release | None, protection: Protection | None
) -> dict[str, pd.DataFrame]:
    """Return the tables with the status a release gives its values, and the revisions if they can be told."""
    own, policy, month = dict(frames), release.about.policy, release.period
    if "indices" in own:
        own["indices"] = with_status(own["indices"], release.frame("revisions"), month, policy)
    if "indices" in own and previous is not None:
        found = revisions(own["indices"], _plain(previous.frame("indices")), policy, release.about.reason)
        own["revisions"] = withheld("revisions", found, protection)
    return own


def _plain(frame: pd.DataFrame) -> pd.DataFrame:
    """Return the rows that are not seasonally adjusted; a table without the column as it is."""
    return frame[frame["adjustment"] == "NSA"].reset_index(drop=True) if "adjustment" in frame else frame


def is_guarded(release: Release) -> bool:
    """Tell whether a release was made under disclosure control: a table beside the indices has obs_conf."""
    heads = (release.files.get(f"{name}.csv", b"").partition(b"\n")[0] for name in TABLES if name != "indices")
    return any(_WITHHELD.encode() in head.strip().split(b",") for head in heads)


def _differing(release: Release, path: str, table: Table, again: pd.DataFrame, guarded: bool) -> Iterator[Problem]:
    exact = path.endswith(".parquet")
    if exact:
        own, expected = read_parquet(release.files[path]), again
    else:
        text = io.StringIO(release.files[path].decode())
        own, expected = pd.read_csv(text, dtype=str, keep_default_na=False), printed(again, table, release.about.policy)
    missing = [name for name in table.names if name not in own]
    if missing:
        yield Problem(path, f"缺少列 {'、'.join(missing)}。", f"lacks the columns {', '.join(missing)}.")
        return
    # the line of a text file, its heading being the first
    own = _plain(own.assign(line=np.arange(len(own)) + 2))
    if guarded and path == "indices.parquet":
        expected = _emptiness(own, expected, table)
    columns = [c for c in table.columns if guarded or (path, c.name) != ("indices.parquet", "index")]
    if len(own) == len(expected) and not any(_differ(own, expected, c.name, c.name, exact, c).any() for c in columns):
        return
    told = list(_rows(own, expected, table))
    compared = [c for c in columns if c.name not in table.key]
    told += _cells(own, expected, table, compared, exact=exact, guarded=guarded)
    for zh, en in told[:NAMED]:
        yield Problem(path, f"{zh}。", f"{en}.")
    if len(told) > NAMED:
        n = len(told) - NAMED
        yield Problem(path, f"另有 {n} 处与重算结果不同。", f"{n} more differ from the recomputation.")


def _emptiness(own: pd.DataFrame, expected: pd.DataFrame, table: Table) -> pd.DataFrame:
    """Return the recomputed indices with the levels released where there are two: which are empty is left to compare.

    The levels themselves are compared by `outcome.Verified.differences`.
    """
    keys = list(table.key)
    released = own.drop_duplicates(keys).set_index(keys)["index"]
    there = released.reindex(pd.MultiIndex.from_frame(expected[keys])).to_numpy(dtype=float)
    both = expected["index"].notna().to_numpy() & ~np.isnan(there)
    return expected.assign(index=np.where(both, there, expected["index"].to_numpy(dtype=float)))


def _rows(own: pd.DataFrame, expected: pd.DataFrame, table: Table) -> Iterator[tuple[str, str]]:
    """Tell rows that stand twice, that the recomputation does not have, and that the file does not have."""
    keys = list(table.key)
    here, there = (pd.MultiIndex.from_frame(frame[keys].astype(str)) for frame in (own, expected))
    for rows, zh, en in (
        (here[here.duplicated()], "该行出现两次", "the row stands twice"),
        (here[~here.isin(there)], "重算没有该行", "the recomputation has no such row"),
        (there[~there.isin(here)], "重算有该行，文件没有", "the recomputation has this row, the file has not"),
    ):
        for values in rows:
            named = _named(keys, values)
            yield f"{named}：{zh}", f"{named}: {en}"


def _cells(
    own: pd.DataFrame, expected: pd.DataFrame, table: Table, columns: list[Column], *, exact: bool, guarded: bool
) -> Iterator[tuple[str, str]]:
    """Tell cells whose content the recomputation does not give."""
    keys = list(table.key)
    here, there = (frame.assign(**{k: frame[k].astype(str) for k in keys}) for frame in (own, expected))
    both = here.drop_duplicates(keys).merge(there, on=keys, suffixes=("", "_again"))
    # before disclosure control a value could be withheld by hand
    public = table.name == "indices" and not guarded
    by_hand = both[_WITHHELD].eq("C").to_numpy() if public else np.zeros(len(both), dtype=bool)
    for column in columns:
        if public and column.name == _WITHHELD:
            continue
        again = f"{column.name}_again"
        differs = _differ(both, both, column.name, again, exact, column)
        for row in both[differs & ~(by_hand & column.is_number)].to_dict("records"):
            named, was, now = _named(keys, [row[k] for k in keys]), _shown(row[column.name]), _shown(row[again])
            line = int(row["line"])
            zh = f"{named}，列 {column.name}：发布 {was}，重算 {now}"
            en = f"{named}, column {column.name}: released {was}, recomputed {now}"
            yield (zh, en) if exact else (f"第 {line} 行，{zh}", f"line {line}, {en}")


def _differ(
    own: pd.DataFrame, expected: pd.DataFrame, name: str, other: str, exact: bool, column: Column
) -> npt.NDArray[np.bool_]:
    here, there = own[name], expected[other]
    if exact and (column.is_number or column.kind == INTEGER):
        a, b = (values.to_numpy(dtype=float, na_value=np.nan) for values in (here, there))
        return differ(a, b)
    return np.asarray(here.astype(object).fillna("").to_numpy() != there.astype(object).fillna("").to_numpy())


def _named(keys: list[str], values: Iterable[object]) -> str:
    return " ".join(f"{key}={value}" for key, value in zip(keys, values, strict=True))


def _shown(value: object) -> str:
    return "–" if value is None or value == "" or value is pd.NA or value != value else str(value)
