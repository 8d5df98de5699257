"""Pictures of a hedonic index: the index with its band, and the residuals of its regressions."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from shuibei_index.errors import UsageError
from shuibei_index.index.hedonic.regression import Regression

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from shuibei_index.index.hedonic.result import HedonicIndex

_FONTS = Path(__file__).parents[2] / "release" / "fonts"
#: More points than this are thinned out, evenly along the order of the fit.
POINTS = 5_000
_METHODS = {"time dummy": "时间虚拟变量法", "characteristics": "特征值法", "imputation": "插补法"}
LABELS = {
    "en": {
        "index": "Hedonic index, {first} = 100",
        "title": "Hedonic index by the {method} method",
        "band": "95 % band",
        "line": "Index",
        "fitted": "Fitted log price",
        "residual": "Residual (log)",
        "normal": "Normal quantile",
        "sample": "Standardised residual",
        "residuals": "Residuals, {fit}",
        "qq": "Residuals against the normal distribution",
    },
    "zh": {
        "index": "特征价格指数（{first} = 100）",
        "title": "特征价格指数（{method}）",
        "band": "95% 区间",
        "line": "指数",
        "fitted": "拟合对数价格",
        "residual": "残差（对数）",
        "normal": "正态分位数",
        "sample": "标准化残差",
        "residuals": "残差（{fit}）",
        "qq": "残差与正态分布比较",
    },
}


def draw_index(found: HedonicIndex, ax: Any, language: str) -> Any:
    """Draw the index (first month = 100) with its 95 % band; returns the axes."""
    words, font = _words(language)
    if ax is None:
        from matplotlib.figure import Figure

        ax = Figure(figsize=(8, 4), layout="constrained").subplots()
    when = pd.PeriodIndex(list(found.months), freq="M").to_timestamp().to_numpy()
    ax.fill_between(when, 100 * found.low, 100 * found.high, color="tab:blue", alpha=0.2, label=words["band"])
    ax.plot(when, 100 * found.levels, color="tab:blue", linewidth=1.4, label=words["line"])
    method = _METHODS[found.method] if language == "zh" else found.method
    ax.set_title(words["title"].format(method=method), fontproperties=font, fontsize=12)
    ax.set_ylabel(words["index"].format(first=found.months[0]), fontproperties=font, fontsize=10)
    ax.legend(frameon=False, prop=font)
    return ax


def draw_residuals(found: HedonicIndex, fit: int, language: str) -> Figure:
    """Draw residuals against fitted values, and their quantiles against normal ones."""
    from matplotlib.figure import Figure

    words, font = _words(language)
    if not -len(found.fits) <= fit < len(found.fits):
        raise UsageError(f"no regression {fit}; there are {len(found.fits)}, counted from 0")
    chosen = found.fits[fit]
    label = chosen.label.replace(" to ", " 至 ").replace(" and ", " 与 ") if language == "zh" else chosen.label
    figure = Figure(figsize=(9, 4), layout="constrained")
    left, right = figure.subplots(1, 2)
    _scatter(left, chosen)
    _quantiles(right, chosen)
    for axes, title, x, y in (
        (left, words["residuals"].format(fit=label), words["fitted"], words["residual"]),
        (right, words["qq"], words["normal"], words["sample"]),
    ):
        axes.set_title(title, fontproperties=font, fontsize=11)
        axes.set_xlabel(x, fontproperties=font, fontsize=10)
        axes.set_ylabel(y, fontproperties=font, fontsize=10)
    return figure


def _words(language: str) -> tuple[dict[str, str], Any]:
    from matplotlib.font_manager import FontProperties

    if language not in LABELS:
        raise UsageError(f"language is {language!r}; expected one of {', '.join(LABELS)}")
    return LABELS[language], FontProperties(fname=str(next(_FONTS.glob("*.otf"))))


def _scatter(axes: Any, fit: Regression) -> None:
    order = np.argsort(fit.fitted, kind="stable")
    shown = order[_evenly(len(order))]
    axes.axhline(0.0, color="0.6", linewidth=0.8)
    axes.plot(fit.fitted[shown], fit.residuals[shown], ".", color="tab:blue", markersize=3, alpha=0.5)


def _quantiles(axes: Any, fit: Regression) -> None:
    from scipy.stats import norm

    ordered = np.sort(fit.residuals)
    spread = float(np.std(ordered)) or 1.0
    shown = _evenly(len(ordered))
    normal = norm.ppf((shown + 0.5) / len(ordered))
    axes.plot(normal, normal, color="0.6", linewidth=0.8)
    axes.plot(normal, (ordered[shown] - ordered.mean()) / spread, ".", color="tab:blue", markersize=3)


def _evenly(n: int) -> Any:
    return np.unique(np.linspace(0, n - 1, min(n, POINTS)).round().astype(np.int64))
