"""Files of a bundle in words: what each is, in both languages; a file without an entry stands under its path alone."""

from __future__ import annotations

import re

#: Pattern of a path → what the file is.
_LABELS = (
    (r"bulletin\.zh\.(?:html|pdf)", "中文公报", "Bulletin in Chinese"),
    (r"bulletin\.en\.(?:html|pdf)", "英文公报", "Bulletin in English"),
    (r"bulletin\.xlsx", "公报附表（Excel）", "Annex of the bulletin (Excel)"),
    (r"facts\.json", "公报事实表：公报中的每个数字", "Facts: every number of the bulletins"),
    (r"manifest\.json", "清单：版本信息与各文件校验和", "Manifest: what the release is, checksums of its files"),
    (r"datapackage\.json", "数据包说明（Frictionless）", "Description of the tables (Frictionless)"),
    (r"indices\.(?:csv|json|parquet)", "指数与涨跌幅", "Indices and rates of change"),
    (r"contributions\.(?:csv|parquet)", "影响（百分点）", "Contributions (percentage points)"),
    (r"components\.(?:csv|parquet)", "料价、工费、石价", "Metal, making charge, stone"),
    (r"links\.(?:csv|parquet)", "年度链接与权数", "Annual links and weights"),
    (r"quality\.(?:csv|parquet)", "数据质量", "Data quality"),
    (r"revisions\.(?:csv|parquet)", "修订", "Revisions"),
    (r"adjustment\.(?:csv|parquet)", "季节调整诊断", "Diagnostics of seasonal adjustment"),
    (r"prosperity\.(?:csv|parquet)", "景气指数", "Prosperity index"),
    (r"without_tax\.(?:csv|parquet)", "不含税指数", "Index without tax"),
    (r"tax_links\.(?:csv|parquet)", "税率链接", "Links of the tax"),
    (r"first_published\.(?:csv|parquet)", "首次发布值", "Figures as first published"),
    (r"excel/.*\.csv", "供 Excel 打开的 CSV", "CSV for Excel"),
    (r"schema/.*", "JSON 模式", "JSON Schema"),
    (r"sdmx/.*", "SDMX", "SDMX"),
    (r"charts/.*\.svg", "公报图", "Chart of the bulletin"),
)
_KNOWN = tuple((re.compile(pattern), zh, en) for pattern, zh, en in _LABELS)
_BULLETIN = re.compile(r"bulletin\.(?P<language>zh|en)\.(?P<form>html|pdf)")


def label(path: str, lang: str) -> str:
    """Return what a file of a bundle is; "" if this is not known.

    Examples
    --------
    >>> label("bulletin.en.pdf", "en"), label("indices.csv", "zh"), label("new.bin", "en")
    ('Bulletin in English', '指数与涨跌幅', '')
    """
    for pattern, zh, en in _KNOWN:
        if pattern.fullmatch(path):
            return zh if lang == "zh" else en
    return ""


def bulletins(paths: list[str], lang: str) -> list[tuple[str, str]]:
    """Return path and words of the bulletins among the files of a bundle: the reader's language and HTML first."""
    found = [match for path in paths if (match := _BULLETIN.fullmatch(path))]
    found.sort(key=lambda m: (m["language"] != lang, m["language"], m["form"] != "html"))
    return [(m[0], label(m[0], lang) + (" (PDF)" if m["form"] == "pdf" else "")) for m in found]
