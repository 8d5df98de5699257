"""Wording: what causes and parts are called, Chinese and English."""

from __future__ import annotations

from shuibei_index.component_names import COMPONENT_NAMES
from shuibei_index.errors import UsageError

LANGUAGES = ("zh", "en", "both")

#: Causes of a change, in the order of tables and charts.
CAUSES: dict[str, tuple[str, str]] = {
    "price": ("价格变动", "price changes"),
    "continuing": ("两期均有成交的规格品", "products sold in both months"),
    "entered": ("期初无成交、期末有成交（进入）", "products sold in the last month only (entry)"),
    "left": ("期初有成交、期末无成交（退出）", "products sold in the first month only (exit)"),
    "between": ("仅在期间有成交", "products sold only in between"),
    "absent": ("本月缺价，按规则插补", "missing prices, imputed by rule"),
    "returned": ("恢复报价，与插补价相比", "back after absence, against the imputed price"),
    "above": ("无可比规格品，随上级类变动", "nothing matched: moved with the class above"),
    "weights": ("换用新权重（{link} 链接）", "new weights (link of {link})"),
    "revision": ("修订：发布时与现在计算之差", "revision: as released less as computed now"),
    "rounding": ("修约", "rounding"),
}
#: Short names, for charts.
SHORT: dict[str, tuple[str, str]] = {
    "price": ("价格", "prices"),
    "entered": ("进入", "entry"),
    "left": ("退出", "exit"),
    "between": ("仅期间成交", "in between"),
    "absent": ("插补", "imputed"),
    "returned": ("恢复报价", "back again"),
    "above": ("随上级类", "from above"),
    "weights": ("权重", "weights"),
    "revision": ("修订", "revision"),
    "rounding": ("修约", "rounding"),
}
COMPONENTS: dict[str, tuple[str, str]] = {name: words.pair for name, words in COMPONENT_NAMES.items()}
MEASURES: dict[str, tuple[str, str]] = {
    "mom": ("环比", "month on month"),
    "yoy": ("同比", "year on year"),
    "since": ("较 {before}", "since {before}"),
}


def worded(pair: tuple[str, str], lang: str) -> str:
    """Return a pair of names in a language, or both.

    Raises
    ------
    UsageError
        No such language.

    Examples
    --------
    >>> worded(("料价", "metal"), "zh"), worded(("料价", "metal"), "both")
    ('料价', '料价 metal')
    """
    if lang not in LANGUAGES:
        raise UsageError(f"lang must be one of {', '.join(LANGUAGES)}, not {lang!r}", zh="lang 应为 zh、en 或 both")
    # a name may be the same in both
    return " ".join(dict.fromkeys(pair)) if lang == "both" else pair[LANGUAGES.index(lang)]
