"""Sheets of the annex bulletin.xlsx: what stands in which cell, as published, before any workbook is written."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from shuibei_index.component_names import COMPONENT_NAMES
from shuibei_index.release.about import About
from shuibei_index.release.formats.cells import HIDDEN, STATUS_WORDS, Field, fields_of, number_field, text_field
from shuibei_index.release.formats.metadata import metadata_rows
from shuibei_index.release.schema import CONTRIBUTION, INDEX, RATE, SHARE, Table

ANNEX = "bulletin.xlsx"
#: Key of each sheet, also the name of its table, and what the sheet is called.
NAMES = {
    "headline": "概要 Headline",
    "main": "主表 Main table",
    "classes": "全部分类 All classes",
    "components": "料价工费石价 Components",
    "contributions": "影响 Contributions",
    "links": "权数链接 Weights and links",
    "quality": "数据质量 Quality",
    "revisions": "修订 Revisions",
    "history": "历史 History",
    "metadata": "元数据 Metadata",
}
_SA_WORDS = {"NSA": "未调整 NSA", "SA": "季调后 SA", "TREND": "趋势 trend"}


@dataclass(frozen=True)
class Sheet:
    """One sheet: a title, lines of words, and one table or none."""

    key: str
    zh: str
    en: str
    fields: tuple[Field, ...] = ()
    lines: tuple[str, ...] = ()
    #: Columns that stay when the table is moved sideways or printed over several pages.
    frozen: int = 2
    fits_width: bool = True

    @property
    def name(self) -> str:
        """What the sheet is called."""
        return NAMES[self.key]

    @property
    def n_rows(self) -> int:
        """Rows of the table."""
        return len(self.fields[0].cells) if self.fields else 0


def sheets(
    frames: Mapping[str, pd.DataFrame], tables: Mapping[str, Table], about: About, sentences: Mapping[str, str]
) -> list[Sheet]:
    """Return the sheets of the annex in their order.

    Parameters
    ----------
    frames, tables : mapping
        Of the release.
    about : About
    sentences : mapping of str to str
        Headline sentence, by language.
    """
    month = about.period
    indices = frames["indices"]
    now = indices[indices["period"].eq(month) & indices["adjustment"].eq("NSA")]
    total = now[now["component"].eq("total")]
    main = total[total["level"].le(about.policy.main_table_level)]
    parts = now[now["component"].ne("total")]
    of_month = {name: frames[name][frames[name]["period"].eq(month)] for name in ("contributions", "quality")}
    both = ("release month", "报告月")
    listed = [
        _headline(about, sentences),
        Sheet("main", "主表", "Main table", _classes(main, frames, about)),
        Sheet("classes", "全部分类", "All classes", _classes(total, frames, about)),
        Sheet("components", "料价、工费、石价", "Components", _components(parts, about)),
    ]
    for name, zh, en, frame in (
        ("contributions", "对总指数的影响", "Contributions", of_month["contributions"]),
        ("links", "权数与链接系数", "Weights and chain links", frames["links"]),
        ("quality", "数据质量", "Data quality", of_month["quality"]),
        ("revisions", "修订", "Revisions", frames["revisions"]),
    ):
        where = both if name in of_month else ("all", "全部")
        title = (f"{zh}（{where[1]}）", f"{en} ({where[0]})")
        listed.append(Sheet(name, *title, fields_of(frame, tables[name], about.policy)))
    history = _history(indices, about)
    listed.append(Sheet("history", "历史指数", "History of index levels", history, (), 1, False))
    metadata = metadata_rows(about)
    listed.append(
        Sheet(
            "metadata",
            "元数据",
            "Metadata",
            (
                text_field("item", "项目", "item", [row.label for row in metadata], 30),
                text_field("zh", "中文", "in Chinese", [row.zh for row in metadata], 62),
                text_field("en", "英文", "in English", [row.en for row in metadata], 62),
            ),
        )
    )
    return listed


def _headline(about: About, sentences: Mapping[str, str]) -> Sheet:
    status = {"provisional": "初步数 provisional", "final": "终值 final"}[about.status]
    lines = [
        sentences["zh"],
        sentences["en"],
        f"发布版本 Release: {about.release}　状态 Status: {status}　发布日 Released on: {about.released_on}",
        f"基期 Base period: {about.base_period} = 100　下次发布 Next release: {about.next_release}",
        f"{HIDDEN}：统计保密，不予公布 withheld for confidentiality",
        *(["试运行 Trial operation"] if about.trial else []),
        *([f"更正 Correction: {about.reason}"] if about.reason else []),
        *(line for note in about.notes for line in dict.fromkeys((note["zh"], note["en"]))),
        "数字均按发布精度修约，与 indices.csv 一致；未修约数值见 indices.parquet。 "
        "Figures are rounded as published and equal those of indices.csv; full precision is in indices.parquet.",
    ]
    return Sheet("headline", about.name("zh"), about.name("en"), (), tuple(lines))


def _classes(rows: pd.DataFrame, frames: Mapping[str, pd.DataFrame], about: About) -> tuple[Field, ...]:
    policy, codes = about.policy, rows["class_code"].astype(str)
    hidden = rows["obs_conf"].eq("C").to_numpy()
    links = frames["links"]
    weight = _looked_up(links[links["year"].eq(int(about.period[:4]))], "price_updated_weight", codes)
    fields = [
        text_field("class_code", "分类代码", "class", codes, 10),
        text_field("name_zh", "中文名称", "name in Chinese", rows["name_zh"], 20),
        text_field("name_en", "英文名称", "name in English", rows["name_en"], 30),
        number_field("price_updated_weight", "权数", "weight", *weight, SHARE, policy, 10),
        number_field("index", "指数", "index", rows["index"], hidden, INDEX, policy, 9),
        number_field("mom_pct", "环比（%）", "on the month (%)", rows["mom_pct"], hidden, RATE, policy, 9),
        number_field("yoy_pct", "同比（%）", "on the year (%)", rows["yoy_pct"], hidden, RATE, policy, 9),
        number_field("ytd_pct", "累计（%）", "year to date (%)", rows["ytd_pct"], hidden, RATE, policy, 9),
    ]
    points = frames["contributions"]
    points = points[points["period"].eq(about.period) & points["component"].eq("total")]
    points = points.sort_values("level", kind="stable").drop_duplicates(["class_code", "measure"])
    for measure, zh, en in (("mom", "影响环比", "effect, month"), ("yoy", "影响同比", "effect, year")):
        own = _looked_up(points[points["measure"].eq(measure)], "points_pp", codes)
        label = (f"{zh}（百分点）", f"{en} (pct points)")
        fields.append(number_field(f"{measure}_pp", *label, *own, CONTRIBUTION, policy, 11))
    return (*fields, *_marks(rows))


def _components(rows: pd.DataFrame, about: About) -> tuple[Field, ...]:
    hidden, policy = rows["obs_conf"].eq("C").to_numpy(), about.policy
    names = rows["component"].map({k: f"{v.zh} {v.en}" for k, v in COMPONENT_NAMES.items()})
    return (
        text_field("class_code", "分类代码", "class", rows["class_code"], 11),
        text_field("component", "构成", "component", rows["component"], 11),
        text_field("component_name", "构成名称", "component in words", names, 22),
        text_field("name_zh", "中文名称", "name in Chinese", rows["name_zh"], 20),
        text_field("name_en", "英文名称", "name in English", rows["name_en"], 30),
        number_field("index", "指数", "index", rows["index"], hidden, INDEX, policy, 9),
        number_field("mom_pct", "环比（%）", "on the month (%)", rows["mom_pct"], hidden, RATE, policy, 9),
        number_field("yoy_pct", "同比（%）", "on the year (%)", rows["yoy_pct"], hidden, RATE, policy, 9),
        number_field("ytd_pct", "累计（%）", "year to date (%)", rows["ytd_pct"], hidden, RATE, policy, 9),
        *_marks(rows),
    )


def _marks(rows: pd.DataFrame) -> tuple[Field, ...]:
    return (
        text_field("obs_status", "数据状态", "status", rows["obs_status"].map(STATUS_WORDS["obs_status"]), 15),
        text_field("obs_conf", "保密状态", "confidentiality", rows["obs_conf"].map(STATUS_WORDS["obs_conf"]), 14),
    )


def _looked_up(
    frame: pd.DataFrame, name: str, codes: pd.Series
) -> tuple[pd.Series, np.ndarray[tuple[int], np.dtype[np.bool_]]]:
    own = frame.set_index("class_code")
    values = codes.map(own[name])
    if "obs_conf" not in own:
        return values, np.zeros(len(codes), dtype=bool)
    # a class that has no weight of its own is not withheld: it never was in the table
    return values, codes.map(own["obs_conf"]).eq("C").to_numpy()


def _history(indices: pd.DataFrame, about: About) -> tuple[Field, ...]:
    keys = ["class_code", "component", "adjustment"]
    last = indices.drop_duplicates("class_code", keep="last")
    names = {c: (zh, en) for c, zh, en in zip(last["class_code"], last["name_zh"], last["name_en"], strict=True)}
    # one value per series and month: a second one is an error
    wide = indices.pivot(index="period", columns=keys, values="index")  # noqa: PD010
    wide = wide.sort_index()
    order = sorted(
        wide.columns, key=lambda key: (list(_SA_WORDS).index(key[2]), key[0], list(COMPONENT_NAMES).index(key[1]))
    )
    hidden = indices["obs_conf"].eq("C").rename("hidden")
    marks = pd.concat([indices[["period", *keys]], hidden], axis="columns")
    withheld = marks.pivot(index="period", columns=keys, values="hidden")  # noqa: PD010
    withheld = withheld.reindex(wide.index)
    fields = [text_field("period", "报告期", "month", wide.index, 10)]
    for key in order:
        code, component, adjustment = map(str, key)
        words = COMPONENT_NAMES[component]
        zh = f"{names[code][0]} {words.zh}"
        en = f"{names[code][1]} {words.en} · {_SA_WORDS[adjustment]}"
        kept = withheld[key].eq(True).to_numpy()
        fields.append(number_field(".".join(key), zh, en, wide[key], kept, INDEX, about.policy, 14))
    return tuple(fields)
