"""What of a release goes into a database: tables with typed columns, numbers published and in full side by side."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import pandas as pd
import pyarrow as pa

from shuibei_index.release import Release
from shuibei_index.release.about import About, vintage_order
from shuibei_index.release.embargo import embargo_moment
from shuibei_index.release.optional import OPTIONAL
from shuibei_index.release.schema import CLASS_CODE, CONFIDENTIAL, INTEGER, TABLES, Column, Table, as_then, decimals
from shuibei_index.release.schema import diagnostics_table as diagnostics_of
from shuibei_index.release.tables import published

#: Kinds of columns of a database; each database names its own type for them.
TEXT, COUNT, PUBLISHED, FULL, DAY, MOMENT, TRUTH, DOCUMENT = (
    "text", "count", "published", "full", "day", "moment", "truth", "document",
)  # fmt: skip
_ARROW = {COUNT: pa.int64(), FULL: pa.float64(), TRUTH: pa.bool_()}
RELEASES, DIAGNOSTICS = "releases", "adjustment"


@dataclass(frozen=True)
class Field:
    """One column of a table in a database."""

    name: str
    kind: str
    zh: str
    en: str
    #: Decimals of a published number.
    places: int = 0


@dataclass(frozen=True)
class Sheet:
    """One table with its rows; the key starts with the release."""

    name: str
    zh: str
    en: str
    fields: tuple[Field, ...]
    key: tuple[str, ...]
    rows: pa.Table = field(repr=False)


_RELEASE = Field("release", TEXT, "发布版本", "the release that published it, YYYY-MM or YYYY-MM-r1")
_ABOUT = (
    _RELEASE,
    Field("period", TEXT, "报告期", "month of the release, YYYY-MM"),
    Field("revision", COUNT, "更正次数", "0, or the number of the correction"),
    Field("status", TEXT, "状态", "provisional or final"),
    Field("released_on", DAY, "发布日", "day of release"),
    Field("next_release", DAY, "下次发布日", "day of the next release"),
    Field("embargo_until", MOMENT, "限时至", "not public before; empty = no embargo"),
    Field("base_period", TEXT, "基期", "base period of the indices"),
    Field("tax_basis", TEXT, "含税口径", "prices with or without tax"),
    Field("stage", TEXT, "流通环节", "wholesale or retail"),
    Field("trial", TRUTH, "试运行", "trial"),
    Field("title_zh", TEXT, "中文名称", "Chinese name of the index"),
    Field("title_en", TEXT, "英文名称", "English name of the index"),
    Field("headline_zh", TEXT, "中文导语", "headline sentence in Chinese"),
    Field("headline_en", TEXT, "英文导语", "headline sentence in English"),
    Field("reason", TEXT, "更正原因", "reason of a correction"),
    Field("package_version", TEXT, "程序版本", "version of the program that made it"),
    Field("manifest_sha256", TEXT, "清单校验和", "SHA-256 of manifest.json: identifies the content"),
    Field("manifest", DOCUMENT, "清单", "manifest.json as published"),
)


def digest(release: Release) -> str:
    """Return what identifies a release's content: the SHA-256 of its manifest."""
    return hashlib.sha256(release.files["manifest.json"]).hexdigest()


def sheets(release: Release) -> tuple[tuple[Sheet, ...], tuple[str, ...]]:
    """Return the tables of a release for a database, and the names of tables this version does not know.

    Tables and columns that an older release does not have are left out: a database fills them with NULL.

    Raises
    ------
    ReleaseError
        The release cannot be read.
    """
    made, unknown = [_about(release)], []
    for name, frame in sorted(release.tables.items()):
        known = TABLES.get(name) or OPTIONAL.get(name)
        if known is not None:
            made.append(_sheet(as_then(known, frame), frame, release.about))
        elif name == DIAGNOSTICS:
            made.append(_diagnostics(frame, release.about))
        else:
            unknown.append(name)
    return tuple(made), tuple(unknown)


def known_sheets(about: About) -> tuple[Sheet, ...]:
    """Return every table a release can have, without rows."""
    tables = [*TABLES.values(), *OPTIONAL.values()]
    rows = [pd.DataFrame({name: pd.Series(dtype=object) for name in table.names}) for table in tables]
    long = pd.DataFrame({name: pd.Series(dtype=object) for name in ("class_code", "component")})
    return (
        _made(RELEASES, "发布", "Releases", _ABOUT, ("release",), {one.name: [] for one in _ABOUT}),
        *(_sheet(table, frame, about) for table, frame in zip(tables, rows, strict=True)),
        _diagnostics(long, about),
    )


def _about(release: Release) -> Sheet:
    about = release.about
    moment = embargo_moment(about.embargo_until).isoformat() if about.embargo_until else None
    values = {name: getattr(about, name) for name in (f.name for f in _ABOUT) if hasattr(about, name)}
    values |= {"embargo_until": moment, "revision": vintage_order(about.release)[1]}
    for lang in ("zh", "en"):
        values |= {f"title_{lang}": about.title[lang], f"headline_{lang}": release.headline(lang)}
    values |= {"manifest_sha256": digest(release), "manifest": release.files["manifest.json"].decode()}
    columns = {name: [value] for name, value in values.items()}
    return _made(RELEASES, "发布", "Releases", _ABOUT, ("release",), columns)


def _sheet(table: Table, frame: pd.DataFrame, about: About) -> Sheet:
    fields = [_RELEASE]
    columns: dict[str, object] = {"release": np.full(len(frame), about.release, dtype=object)}
    for column in table.columns:
        values = frame[column.name]
        en = f"{column.en} ({column.unit})" if column.unit else column.en
        if column.is_number:
            places = decimals(column.kind, about.policy)
            fields += [
                Field(column.name, PUBLISHED, column.zh, f"{en}, as published", places),
                Field(f"{column.name}_full", FULL, f"{column.zh}（全精度）", f"{en}, full precision"),
            ]
            numbers = values.to_numpy(dtype=float)
            columns |= {column.name: _texts(numbers, places), f"{column.name}_full": numbers}
        else:
            fields.append(Field(column.name, COUNT if column.kind == INTEGER else TEXT, column.zh, en))
            columns[column.name] = values
    return _made(table.name, table.zh, table.en, tuple(fields), table.key, columns)


def _diagnostics(frame: pd.DataFrame, about: About) -> Sheet:
    """Return the diagnostics one to a row: the engine decides which there are."""
    table = diagnostics_of(frame)
    own = [c for c in table.columns if c.name not in {*table.key, CONFIDENTIAL.name}]
    parts = [_measured(frame, column, about) for column in own]
    fields = (
        _RELEASE,
        Field("class_code", TEXT, CLASS_CODE.zh, CLASS_CODE.en),
        Field("component", TEXT, "构成", "total, metal, making charge or stone"),
        Field("diagnostic", TEXT, "诊断项", "name of the diagnostic"),
        Field("value", TEXT, "值", "as published"),
        Field("value_full", FULL, "值（全精度）", "full precision; empty if it is no number"),
        Field(CONFIDENTIAL.name, TEXT, CONFIDENTIAL.zh, CONFIDENTIAL.en),
    )
    names = [f.name for f in fields]
    whole = pd.concat(parts, ignore_index=True) if parts else pd.DataFrame({n: [] for n in names}, dtype=object)
    whole = whole.assign(release=about.release)
    return _made(table.name, table.zh, table.en, fields, (*table.key, "diagnostic"), {n: whole[n] for n in names})


def _measured(frame: pd.DataFrame, column: Column, about: About) -> pd.DataFrame:
    values, n = frame[column.name], len(frame)
    part = frame[["class_code", "component"]].assign(diagnostic=column.name, value_full=np.full(n, np.nan))
    part[CONFIDENTIAL.name] = frame.get(CONFIDENTIAL.name)
    if column.is_number:
        numbers = values.to_numpy(dtype=float)
        return part.assign(value=_texts(numbers, decimals(column.kind, about.policy)), value_full=numbers)
    if column.kind == INTEGER:
        return part.assign(value=values.astype(str), value_full=values.to_numpy(dtype=float))
    return part.assign(value=values.astype(object))


def _texts(numbers: np.ndarray[tuple[int, ...], np.dtype[np.float64]], places: int) -> pd.Series:
    text = pd.Series(published(numbers, places) if len(numbers) else [], dtype=object)
    return text.where(text != "", None)


def _made(
    name: str, zh: str, en: str, fields: tuple[Field, ...], key: tuple[str, ...], columns: Mapping[str, object]
) -> Sheet:
    arrays = [pa.array(columns[f.name], type=_ARROW.get(f.kind, pa.string()), from_pandas=True) for f in fields]
    rows = pa.Table.from_arrays(arrays, names=[f.name for f in fields])
    return Sheet(name, zh, en, fields, tuple(dict.fromkeys(("release", *key))), rows)
