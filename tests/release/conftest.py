"""A small market's frames, as the index and adjust stages hand them over: six top classes, three levels, no files."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np
import pandas as pd
import pytest

from shuibei_index import months as month_names
from shuibei_index.release import Release, make_release
from shuibei_index.release.charts import draw
from shuibei_index.resources import methodology_dir
from shuibei_index.rules import Rules

SECRET = "E0042-绝密珠宝厂"


def classes(year: str = "2021") -> pd.DataFrame:
    tree = pd.read_csv(methodology_dir() / "trees" / f"{year}.csv", dtype=str, keep_default_na=False)
    return tree.astype({"level": int, "in_headline": int})


@dataclass(frozen=True)
class Series:
    """Stands in for IndexSeries: Young index of random leaf prices with fixed weights, one link a year."""

    months: tuple[str, ...]
    base_period: str
    frames: dict[str, pd.DataFrame] = field(repr=False)

    def to_frame(self) -> pd.DataFrame:
        return self.frames["indices"].copy()

    def contributions_frame(self) -> pd.DataFrame:
        return self.frames["contributions"].copy()

    def links_frame(self) -> pd.DataFrame:
        return self.frames["links"].copy()

    def quality_frame(self) -> pd.DataFrame:
        return self.frames["quality"].copy()


@dataclass(frozen=True)
class Adjusted:
    frame: pd.DataFrame
    diagnostics: pd.DataFrame
    engine: dict[str, str] = field(
        default_factory=lambda: {"name": "X-13ARIMA-SEATS", "version": "1.1", "build": "62", "path": "/secret/x13as"}
    )

    def to_frame(self) -> pd.DataFrame:
        return self.frame.copy()


@dataclass(frozen=True)
class Checked:
    counts: pd.DataFrame


def make_series(start: str = "2019-01", n: int = 78, seed: int = 1, tree: pd.DataFrame | None = None) -> Series:
    """Make a consistent series: levels, rates, contributions that add up, weights and quality."""
    tree = classes() if tree is None else tree
    months = [month_names.label(month_names.ordinal(start) + k) for k in range(n)]
    rng = np.random.default_rng(seed)
    codes, parent = tree["class_code"].tolist(), tree["parent"].tolist()
    inside = (tree["in_headline"] == 1).to_numpy()
    leaf = ~tree["class_code"].isin(parent).to_numpy()
    T, K = n, len(codes)
    trend = np.linspace(0, 0.8, T)[:, None] * rng.uniform(-0.3, 1.2, K)
    season = 0.03 * np.sin(2 * np.pi * np.arange(T)[:, None] / 12 + rng.uniform(0, 6, K))
    level = np.exp(trend + season + rng.normal(0, 0.012, (T, K)))
    level /= level[0]  # so that a class is the weighted mean of its leaves, and contributions add up exactly
    weight = np.where(leaf, rng.uniform(0.2, 1.0, K), 0.0)
    members = np.zeros((K, K))
    for k in range(K):
        at = k
        while True:
            members[at, k] = leaf[k] and (inside[k] or at == k)
            if not parent[at]:
                break
            at = codes.index(parent[at])
    level = (level * weight) @ members.T / (members @ weight)
    share = members @ weight
    base = month_names.months_of(months[0][:4])
    level *= 100 / level[[k for k, m in enumerate(months) if m in base]].mean(axis=0)
    frame = pd.DataFrame({"period": np.repeat(months, K), "class_code": np.tile(codes, T)})
    for name in ("level", "name_zh", "name_en"):
        frame[name] = np.tile(tree[name].to_numpy(), T)
    wide = pd.DataFrame(level)
    ytd = np.full((T, K), np.nan)
    for t, m in enumerate(months):
        first = t - (int(m[5:]) - 1)
        if first >= 12:
            ytd[t] = 100 * (level[first : t + 1].mean(axis=0) / level[first - 12 : t - 11].mean(axis=0) - 1)
    values = {"index": level, "mom_pct": 100 * wide.pct_change(1), "yoy_pct": 100 * wide.pct_change(12), "ytd_pct": ytd}
    frame = frame.assign(component="total", adjustment="NSA", **{k: np.asarray(v).ravel() for k, v in values.items()})
    frame = frame.assign(obs_status="A", obs_conf="F", enterprise_id=SECRET)
    frame.loc[frame["class_code"].eq("0603") & frame["period"].eq(months[-1]), "obs_status"] = "I"
    links = [
        pd.DataFrame(
            {
                "year": int(y),
                "class_code": codes,
                "link_period": max(f"{int(y) - 1}-12", months[0]),
                "link_factor": level[max(months.index(f"{y}-01") - 1, 0) if f"{y}-01" in months else 0],
                "weight": share / share[0],
                "price_updated_weight": np.where(inside, share / share[0], np.nan),
            }
        )
        for y in sorted({m[:4] for m in months})
    ]
    quality = pd.DataFrame(
        {
            "period": np.repeat(months, K),
            "class_code": np.tile(codes, T),
            "n_enterprises": rng.integers(5, 40, T * K),
            "n_items": rng.integers(50, 400, T * K),
            "response_rate_count": rng.uniform(0.8, 1, T * K),
            "response_rate_value": rng.uniform(0.85, 1, T * K),
            "imputed_share": rng.uniform(0, 0.06, T * K),
            "low_95": np.nan,
            "high_95": np.nan,
            "contact": SECRET,
        }
    )
    frames = {
        "indices": frame,
        "contributions": _contributions(tree, months, level, share, inside, leaf),
        "links": pd.concat(links, ignore_index=True),
        "quality": quality,
    }
    return Series(tuple(months), months[0][:4], frames)


def _contributions(tree, months, level, share, inside, leaf) -> pd.DataFrame:
    # fixed weights: points are the share in the headline's level a lag before, times the class's change
    parts = []
    for measure, lag in (("mom", 1), ("yoy", 12)):
        for depth in range(tree["level"].max() + 1):
            at = inside & ((tree["level"] == depth) | (leaf & (tree["level"] < depth))).to_numpy()
            value = level * share / level[0]
            points = 100 * (value[lag:] - value[:-lag])[:, at] / value[:-lag, [0]]
            names = tree["class_code"].to_numpy()[at]
            parts.append(
                pd.DataFrame(
                    {
                        "period": np.repeat(months[lag:], at.sum()),
                        "class_code": np.tile(names, len(months[lag:])),
                        "level": depth,
                        "component": "total",
                        "measure": measure,
                        "points_pp": points.ravel(),
                    }
                )
            )
    return pd.concat(parts, ignore_index=True)


def make_adjusted(series: Series, codes: tuple[str, ...] = ("00", "01", "04")) -> Adjusted:
    frame = series.to_frame()
    parts = []
    for code in codes:
        rows = frame[frame["class_code"] == code]
        smooth = rows["index"].rolling(5, center=True, min_periods=1).mean()
        for name, values in (("SA", 0.4 * rows["index"] + 0.6 * smooth), ("TREND", smooth)):
            parts.append(pd.DataFrame({"period": rows["period"], "series": code, "adjustment": name, "value": values}))
    diagnostics = pd.DataFrame(
        {
            "series": [*codes, "06"],
            "status": ["adjusted"] * len(codes) + ["refused"],
            "reason_zh": [""] * len(codes) + ["序列不足三年"],
            "reason_en": [""] * len(codes) + ["less than three years"],
            "verdict": ["seasonal"] * len(codes) + [""],
            "verdict_zh": ["存在可识别的季节性"] * len(codes) + [""],
            "verdict_en": ["identifiable seasonality"] * len(codes) + [""],
            "engine": "x13",
            "outliers": [("AO2020.2",)] * len(codes) + [()],
            "M7": [0.4] * len(codes) + [np.nan],
            "n_obs": len(series.months),
        }
    )
    return Adjusted(pd.concat(parts, ignore_index=True), diagnostics)


@pytest.fixture(scope="module")
def no_charts() -> Iterator[None]:
    """Make releases without charts: they are most of the time and no matter of the test."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("shuibei_index.release.charts.draw", lambda facts, lang: {})
        yield


@pytest.fixture(scope="session")
def rules() -> Rules:
    return Rules.load()


@pytest.fixture(scope="session")
def series() -> Series:
    return make_series()


@pytest.fixture(scope="session")
def checked() -> Checked:
    counts = pd.DataFrame({"enterprise_id": [SECRET, "E2"], "read": [700, 300], "accepted": [690, 280]})
    return Checked(counts.assign(held=[6, 12], rejected=[4, 8]))


@pytest.fixture(scope="session")
def release(series: Series, checked: Checked, rules: Rules) -> Release:
    # made once, and perhaps first where a module has put charts aside: it has its charts all the same
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("shuibei_index.release.charts.draw", draw)
        return make_release(series, make_adjusted(series), checked, rules=rules, digests={"inputs": "ab" * 32})
