"""Metadata of a release under the headings of the ESMS, the Euro SDMX Metadata Structure, in Chinese and English."""

from __future__ import annotations

from typing import NamedTuple

from shuibei_index.release.about import About
from shuibei_index.release.labels import method_notes
from shuibei_index.release.tables import json_bytes

METADATA = "sdmx/metadata.json"


class MetadataRow(NamedTuple):
    """One heading and what the release says under it."""

    esms: str
    label: str
    zh: str
    en: str


def metadata_rows(about: About) -> list[MetadataRow]:
    """Return the metadata: what follows from the release's own policy and manifest, nothing else.

    Parameters
    ----------
    about : About

    Notes
    -----
    ESMS headings (Eurostat, ESMS 2.0) of which the release itself knows nothing (contact, legal mandate, cost and
    burden) are left out rather than filled with words.
    """
    policy = about.policy
    notes = {
        lang: dict(method_notes(lang, about.stage, about.tax_basis, policy.provisional_months, policy.rates_from))
        for lang in ("zh", "en")
    }
    said = [tuple(notes[lang].values()) for lang in ("zh", "en")]
    definitions, scope, method, rounding, revision = zip(*said, strict=True)
    status = {"provisional": ("初步数", "provisional"), "final": ("终值", "final")}[about.status]
    digests = "; ".join(f"{name} {value}" for name, value in about.digests.items())
    rows = [
        ("metadata_update", "元数据更新 Metadata update", about.released_on, about.released_on),
        ("title", "名称 Title", about.name("zh"), about.name("en")),
        ("statistical_presentation", "指标解释 Statistical presentation", *definitions),
        ("statistical_population", "统计范围 Population and scope", *scope),
        (
            "unit_of_measure",
            "计量单位 Unit of measure",
            f"指数：点，{about.base_period} = 100；涨跌幅：%；影响：百分点",
            f"index: points, {about.base_period} = 100; rates of change: percent; effects: percentage points",
        ),
        ("reference_period", "报告期 Reference period", f"{about.period}（月）", f"{about.period} (month)"),
        (
            "confidentiality",
            "保密 Confidentiality",
            "可能泄露个别企业资料的数值不予公布（obs_conf = C），但仍参与汇总。",
            "Figures that could tell of single enterprises are withheld (obs_conf = C) and still count in the totals.",
        ),
        (
            "release_policy",
            "发布日程 Release policy",
            f"按发布日程每月发布；下次发布 {about.next_release}。",
            f"Released every month by the release calendar; next release {about.next_release}.",
        ),
        ("frequency_of_dissemination", "发布频率 Frequency", "每月", "monthly"),
        ("statistical_processing", "调查方法 Statistical processing", *method),
        ("rounding", "数值修约 Rounding", *rounding),
        ("data_revision", "修订政策 Data revision", *revision),
        ("status", "数据状态 Status", *status),
        (
            "release",
            "发布版本 Release and vintage",
            f"{about.release}，{about.vintage}",
            f"{about.release}, {about.vintage}",
        ),
        ("program", "程序 Program", *(2 * (f"shuibei_index {about.package_version}",))),
        ("digests", "输入与规则的校验和 Digests of inputs and rules", digests, digests),
    ]
    rows += [("comment", "备注 Comment", note["zh"], note["en"]) for note in about.notes]
    if about.reason:
        rows.append(("correction", "更正 Correction", about.reason, about.reason))
    return [MetadataRow(*row) for row in rows]


def metadata_json(about: About) -> bytes:
    """Return the metadata as JSON: one object per heading."""
    rows = [{"id": row.esms, "heading": row.label, "zh": row.zh, "en": row.en} for row in metadata_rows(about)]
    return json_bytes({"structure": "ESMS 2.0 headings", "release": about.release, "report": rows})
