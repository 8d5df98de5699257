"""The result of a comparison of direct and indirect adjustment."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pandas as pd

from shuibei_index.errors import UsageError, did_you_mean

if TYPE_CHECKING:
    from matplotlib.figure import Figure

LANGUAGES = ("zh", "en")
#: Columns of the table by parent: name, Chinese heading, English heading.
HEADINGS = {
    "class_code": ("分类", "Class"),
    "name": ("名称", "Name"),
    "n_children": ("下级类数", "Children"),
    "n_adjusted": ("已调整", "Adjusted"),
    "unadjusted_share": ("未调整权数占比 %", "Weight unadjusted %"),
    "level_mean_pct": ("水平差均值 %", "Level, mean %"),
    "level_mean_abs_pct": ("水平差平均绝对值 %", "Level, mean abs %"),
    "level_max_abs_pct": ("水平差最大绝对值 %", "Level, max abs %"),
    "level_max_month": ("月份", "Month"),
    "mom_mean_abs_pp": ("环比差平均绝对值 (百分点)", "m/m, mean abs pp"),
    "mom_max_abs_pp": ("环比差最大绝对值 (百分点)", "m/m, max abs pp"),
    "mom_max_month": ("月份", "Month"),
    "qs_p_direct": ("直接 QS p", "QS p, direct"),
    "qs_p_indirect": ("间接 QS p", "QS p, indirect"),
    "f_p_direct": ("直接 F p", "F p, direct"),
    "f_p_indirect": ("间接 F p", "F p, indirect"),
    "r1_change_pct": ("R1 变化 %", "R1 change %"),
    "r2_change_pct": ("R2 变化 %", "R2 change %"),
    "residual": ("残余季节性", "Residual seasonality"),
}
_RESIDUAL = {
    "none": ("均无", "none"),
    "direct": ("直接", "direct"),
    "indirect": ("间接", "indirect"),
    "both": ("两者", "both"),
    "untested": ("未检验", "not tested"),
}


@dataclass(frozen=True, eq=False, repr=False)
class DirectIndirect:
    """Directly and indirectly adjusted parent classes side by side.

    Parameters
    ----------
    component
        total, metal, making or stone.
    inputs
        "children" or "leaves".
    unadjusted, direct, indirect
        Index levels, months × parent classes; NaN = none.
    summary
        One row a parent: children and how many of them are adjusted, differences (mean, mean absolute, largest with
        month), QS and F tests for residual seasonality over the whole span and the last 8 and 3 years, R1 and R2.
    children
        class_code, parent, adjusted, weight: what every parent was made of in the last weight year.
    level
        Significance level of the tests.
    """

    component: str
    inputs: str
    unadjusted: pd.DataFrame
    direct: pd.DataFrame
    indirect: pd.DataFrame
    summary: pd.DataFrame
    children: pd.DataFrame
    level: float

    def __repr__(self) -> str:
        both = self.summary["level_mean_abs_pct"].notna().sum()
        return f"DirectIndirect({self.component}): {len(self.summary)} parent classes, {both} adjusted both ways"

    def differences(self) -> pd.DataFrame:
        """Return period, class_code, direct, indirect, level_pct, mom_direct, mom_indirect, mom_pp by month.

        level_pct = 100 (direct / indirect − 1); mom_pp = difference of the month-on-month rates in percentage points.
        """
        parts = {
            "direct": self.direct,
            "indirect": self.indirect,
            "level_pct": 100.0 * (self.direct / self.indirect - 1.0),
            "mom_direct": 100.0 * (self.direct / self.direct.shift(1) - 1.0),
            "mom_indirect": 100.0 * (self.indirect / self.indirect.shift(1) - 1.0),
        }
        long = pd.concat({name: frame.T.stack() for name, frame in parts.items()}, axis=1)  # noqa: PD013 - both labels stay
        long["mom_pp"] = long["mom_direct"] - long["mom_indirect"]
        long.index = long.index.set_names(["class_code", "period"])
        columns = ["period", "class_code", *parts, "mom_pp"]
        return long.reset_index()[columns].sort_values(["class_code", "period"], kind="stable", ignore_index=True)

    def table(self, language: str = "en") -> pd.DataFrame:
        """Return the table by parent with headings in one language ("zh" or "en").

        Raises
        ------
        UsageError
            Another language.
        """
        k = _language(language)
        shown = self.summary.assign(
            name=self.summary[f"name_{language}"],
            residual=[_RESIDUAL[word][k] for word in self.summary["residual"]],
        )[list(HEADINGS)]
        shown.columns = pd.Index([heading[k] for heading in HEADINGS.values()])
        return shown

    def _repr_html_(self) -> str:
        title = "直接与间接季节调整 · Direct and indirect seasonal adjustment"
        body = self.table("zh").round(3).to_html(index=False, na_rep="–")
        english = self.table("en").round(3).to_html(index=False, na_rep="–")
        return f"<h4>{title}: {self.component}</h4>{body}<details><summary>English</summary>{english}</details>"

    def plot(self, class_code: str = "00", *, language: str = "en") -> Figure:
        """Draw one parent: unadjusted, direct and indirect levels above, their differences below.

        Parameters
        ----------
        class_code
            A parent class.
        language
            "zh" or "en".

        Raises
        ------
        UsageError
            No such parent, another language, or nothing was adjusted in it.
        """
        from shuibei_index.adjust.composites.charts import draw

        _language(language)
        if class_code not in self.indirect.columns:
            hint = did_you_mean(class_code, list(self.indirect.columns))
            raise UsageError(f"no parent class {class_code!r}{hint}", zh=f"没有上级类 {class_code}")
        return draw(self, class_code, language)

    def row(self, class_code: str) -> Any:
        """Return the summary of one parent."""
        return self.summary.set_index("class_code").loc[class_code]


def _language(language: str) -> int:
    if language not in LANGUAGES:
        raise UsageError(f"language is {language!r}; expected zh or en", zh="语言应为 zh 或 en")
    return LANGUAGES.index(language)
