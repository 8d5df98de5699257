"""A folder of releases whose figures are known: each month revised a little by the next release."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pandas as pd
import pytest

from shuibei_index import months as month_names
from shuibei_index.release import make_release
from shuibei_index.rules import Rules
from shuibei_index.workspace import Settings

#: What each release says of each month: total of the headline, and the making charge of 0101.
SAID = {
    "2024-02": {"2024-01": (100.0, 100.0), "2024-02": (102.346, 99.0)},
    "2024-03": {"2024-01": (100.0, 100.0), "2024-02": (102.9, 98.0), "2024-03": (104.5, 97.5)},
    "2024-03-r1": {"2024-01": (100.0, 100.0), "2024-02": (102.9, 98.0), "2024-03": (105.5, 97.5)},
    "2024-04": {
        "2024-01": (100.1, 100.0), "2024-02": (103.9, 98.0), "2024-03": (106.5, 97.0), "2024-04": (107.4, 95.0)
    },
}  # fmt: skip
NAMES = {
    "00": ("珠宝首饰总指数", "All jewellery", 0),
    "0101": ("足金饰品", "Pure gold", 2),
    "03": ("钻石", "Diamonds", 1),
}


@dataclass(frozen=True)
class Said:
    """Stands in for IndexSeries."""

    months: tuple[str, ...]
    base_period: str
    frame: pd.DataFrame

    def to_frame(self):
        return self.frame.copy()

    def contributions_frame(self):
        empty = {"period": [], "class_code": [], "level": [], "component": [], "measure": [], "points_pp": []}
        return pd.DataFrame(empty)

    def links_frame(self):
        one = {"year": 2024, "class_code": "00", "link_period": "2024-01", "link_factor": 100.0}
        return pd.DataFrame([{**one, "weight": 1.0, "price_updated_weight": 1.0}])

    def quality_frame(self):
        columns = ("n_enterprises", "n_items", "response_rate_count", "response_rate_value", "imputed_share")
        own = dict.fromkeys((*columns, "low_95", "high_95"), 1.0)
        return pd.DataFrame([{"period": m, "class_code": c, **own} for m in self.months for c in NAMES])


def series(values: dict[str, tuple[float, float]], base_period: str = "2024-01") -> Said:
    rows = []
    for month, (total, making) in values.items():
        for code, component, value in (("00", "total", total), ("0101", "making", making), ("03", "total", 88.0)):
            zh, en, level = NAMES[code]
            rows.append(
                {"period": month, "class_code": code, "level": level, "name_zh": zh, "name_en": en,
                 "component": component, "adjustment": "NSA", "index": value, "mom_pct": float("nan"),
                 "yoy_pct": float("nan"), "ytd_pct": float("nan"), "obs_status": "A",
                 "obs_conf": "C" if code == "03" and month == "2024-02" else "F"}
            )  # fmt: skip
    frame = pd.DataFrame(rows)
    frame.loc[frame["obs_conf"] == "C", "index"] = float("nan")
    return Said(tuple(values), base_period, frame)


def release(name: str, **changes):
    rules = Rules.load()
    settings = changes.pop("settings", Settings(base_period="2024-01"))
    return make_release(
        series(SAID[name], **changes), rules=rules, settings=settings, month=name[:7], vintage=name,
        released_on=f"{month_names.shift(name[:7], 1)}-10",
    )  # fmt: skip


@pytest.fixture(scope="session")
def releases(tmp_path_factory) -> Path:
    home = tmp_path_factory.mktemp("ws")
    (home / "workspace.toml").write_text("name_zh = '试'\n", encoding="utf-8")
    for name in SAID:
        release(name).write(home / "releases" / name)
    return home
