"""The tables a release has only where there are data for them."""

from __future__ import annotations

from shuibei_index.release.schema import (
    CLASS_CODE,
    CONFIDENTIAL,
    CONTRIBUTION,
    FACTOR,
    INDEX,
    INTEGER,
    LEVEL,
    MONTH,
    PERIOD,
    RATE,
    SHARE,
    TEXT,
    Column,
    Table,
)

_PP = "percentage points"
COMPONENTS = Table(
    "components",
    "料价、工费、石价占比",
    "Shares of metal, making charge and stone in the turnover",
    (
        PERIOD,
        CLASS_CODE,
        Column("metal_share", SHARE, "料价比重", "metal, with its loss", "share, 0 to 1"),
        Column("making_share", SHARE, "工费比重", "making charge", "share, 0 to 1"),
        Column("stone_share", SHARE, "石价比重", "stones", "share, 0 to 1"),
        Column("unsplit_share", SHARE, "未拆分比重", "records that could not be split", "share, 0 to 1"),
        CONFIDENTIAL,
    ),
    ("period", "class_code"),
)
PROSPERITY = Table(
    "prosperity",
    "景气指数",
    "Prosperity index: scale, efficiency, confidence and their total",
    (
        PERIOD,
        Column("family", TEXT, "指数族", "C prosperity", allowed=("C",)),
        Column(
            "component",
            TEXT,
            "维度",
            "scale, efficiency, confidence, or total; weights are illustrative",
            allowed=("scale", "efficiency", "confidence", "total"),
        ),
        Column("index", INDEX, "指数", "index level", "points, base period = 1000"),
        Column("mom_pct", RATE, "环比", "change on the previous month", "percent"),
        Column("yoy_pct", RATE, "同比", "change on the same month of the previous year", "percent"),
        Column("n_enterprises", INTEGER, "企业数", "enterprises behind the value", "count"),
        Column("obs_conf", TEXT, "保密状态", "F free, C suppressed", allowed=("F", "C")),
    ),
    ("period", "component"),
)
WITHOUT_TAX = Table(
    "without_tax",
    "不含税指数",
    "The index without the tax in prices, where a tax changes within the data",
    (
        PERIOD,
        CLASS_CODE,
        LEVEL,
        Column("index", INDEX, "不含税指数", "level without tax, central assumption", "points, base period = 100"),
        Column("mom_pct", RATE, "环比", "change on the previous month", "percent"),
        Column("yoy_pct", RATE, "同比", "change on the same month of the previous year", "percent"),
        Column("tax_mom_pp", CONTRIBUTION, "税收影响环比", "published mom_pct less the one here", _PP),
        Column("tax_yoy_pp", CONTRIBUTION, "税收影响同比", "published yoy_pct less the one here", _PP),
        Column("index_low_content", INDEX, "税负含量下限", "index if the least tax is in prices", "points"),
        Column("index_high_content", INDEX, "税负含量上限", "index if the most tax is in prices", "points"),
        CONFIDENTIAL,
    ),
    ("period", "class_code"),
)
TAX_LINKS = Table(
    "tax_links",
    "税收链接系数",
    "What a change of tax did to each class in its month",
    (
        Column("period", MONTH, "变动月", "month in which the tax changes, YYYY-MM"),
        CLASS_CODE,
        Column("link_stated", FACTOR, "发布口径链接", "month on month as published", "ratio"),
        Column("link_restated", FACTOR, "不含税链接", "month on month without tax", "ratio"),
        Column("factor", FACTOR, "税收链接系数", "ratio of the two", "ratio"),
        Column("tax_points_pp", CONTRIBUTION, "税收影响", "their difference", _PP),
        Column("obs_status", TEXT, "数据状态", "A normal, I as the class above", allowed=("A", "I")),
        Column("source", TEXT, "依据", "regulation"),
        CONFIDENTIAL,
    ),
    ("period", "class_code"),
)
FIRST_PUBLISHED = Table(
    "first_published",
    "首次公布（不修订）指数",
    "Levels as they were first published: never revised",
    (
        PERIOD,
        CLASS_CODE,
        Column(
            "component",
            TEXT,
            "构成",
            "total, metal, making charge or stone",
            allowed=("total", "metal", "making", "stone"),
        ),
        Column("index", INDEX, "首次公布指数", "level as first published", "points, base period = 100"),
        Column("vintage", TEXT, "首次公布版本", "release that first published it, YYYY-MM or YYYY-MM-r1"),
        CONFIDENTIAL,
    ),
    ("period", "class_code", "component"),
)
OPTIONAL = {table.name: table for table in (COMPONENTS, PROSPERITY, WITHOUT_TAX, TAX_LINKS, FIRST_PUBLISHED)}
