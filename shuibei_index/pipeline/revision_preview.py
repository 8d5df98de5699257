"""The preview of a revision: what late files would change, as tables and in words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import pandas as pd


@dataclass(frozen=True)
class Preview:
    """What would change if the files were accepted, against the last release as it was published.

    Parameters
    ----------
    month : str
        Month whose inbox was looked at.
    released : str
        The last release.
    files : list of str
        Files without a receipt.
    months : DataFrame
        period, status (provisional, final), revised_by (next_release, erratum), added, replaced, withdrawn: months
        whose accepted records differ from those released.
    records : DataFrame
        The records themselves; firm level.
    indices : DataFrame
        period, class_code, name_zh, name_en, component, status, index_before, index_after, mom_before, mom_after,
        yoy_before, yoy_after (texts as published; "" = none): what differs at published precision, not adjusted.
    counts : dict of str to int
        Records of the new files: read, accepted, held, rejected.
    withheld : int
        Figures that are not compared, because the release withholds them.
    oldest_open : str
        Oldest month that late data revise without an announcement.
    never_revised : int
        Figures of the never-revised series that would change.
    """

    month: str
    released: str
    files: list[str]
    months: pd.DataFrame
    records: pd.DataFrame = field(repr=False)
    indices: pd.DataFrame = field(repr=False)
    counts: Mapping[str, int]
    withheld: int
    oldest_open: str
    never_revised: int

    @property
    def erratum(self) -> bool:
        """Whether months change that were closed to late data."""
        return bool((self.months["revised_by"] == "erratum").any())

    def to_dict(self) -> dict[str, Any]:
        """Return what `revise --json` prints."""
        return {
            "month": self.month,
            "released": self.released,
            "files": self.files,
            "records": dict(self.counts),
            "oldest_open": self.oldest_open,
            "erratum": self.erratum,
            "months": self.months.to_dict("records"),
            "changed": self.indices.to_dict("records"),
            "withheld": self.withheld,
            "never_revised_changes": self.never_revised,
        }

    def text(self, rows: int = 20) -> str:
        """Return it in words."""
        c = self.counts
        lines = [
            "预览，库未改动 preview, nothing was written to the store: "
            f"{self.month}, 对比发布 against release {self.released}",
            f"新文件 new files: {len(self.files)}" + (f" ({', '.join(self.files[:5])})" if self.files else ""),
            f"记录 records: 读取 read {c['read']} = 采用 accepted {c['accepted']} + 待核 held {c['held']} "
            f"+ 退回 rejected {c['rejected']}",
        ]
        if self.months.empty:
            return "\n".join([*lines, "已发布月份的采用记录不变 no accepted record of a released month would change"])
        for m in self.months.to_dict("records"):
            kind = "终值 final" if m["status"] == "final" else "初步数 provisional"
            way = (
                "须公告勘误 erratum only" if m["revised_by"] == "erratum" else "窗口内 within the window for late data"
            )
            counts = f"增 added {m['added']}, 改 replaced {m['replaced']}, 撤 withdrawn {m['withdrawn']}"
            lines.append(f"{m['period']} ({kind}; {way}): {counts}")
        total = self.indices[self.indices["component"] == "total"]
        lines.append(
            f"指数变动 figures that would change: {len(self.indices)} ({len(total)} 全价 total); "
            f"不修订序列变动 never-revised series: {self.never_revised} changes; "
            f"保密未比对 withheld, not compared: {self.withheld}"
        )
        head = total[total["class_code"] == "00"]
        shown = pd.concat([head, total[total["class_code"] != "00"]]).head(rows)
        lines += [_line(r) for r in shown.to_dict("records")]
        if len(total) > rows:
            lines.append(f"  … 另 {len(total) - rows} 项 more, in work/{self.month}/revise_indices.csv")
        lines.append(
            "季节调整序列在采用时重新估计 adjusted series are estimated anew at acceptance. "
            f"采用 to accept: shuibei-index revise --month {self.month} --accept --reason '中文 / English'"
        )
        return "\n".join(lines)


def _line(row: Mapping[Any, Any]) -> str:
    moves = (
        f"{words} {row[f'{short}_before'] or '–'} → {row[f'{short}_after'] or '–'}"
        for words, short in (("指数 index", "index"), ("环比 mom", "mom"), ("同比 yoy", "yoy"))
    )
    return f"  {row['period']} {row['class_code']} {row['name_zh']} {row['name_en']}: " + "; ".join(moves)
