"""The four policies, as objects a release can name."""

from __future__ import annotations

from dataclasses import dataclass

from shuibei_index import months
from shuibei_index.adjust.checks import Text
from shuibei_index.errors import UsageError, did_you_mean
from shuibei_index.rules import Rules, RulesAt

_TEXTS = {
    "full_concurrent": Text(
        "同期全面调整：模型、异常值、回归系数与季节因子每月全部重新估计",
        "full concurrent: model, outliers, coefficients and factors are estimated anew every month",
    ),
    "partial_concurrent": Text(
        "同期部分调整：模型、已识别的异常值与 ARMA 参数在年度评审时确定，其后保持不变；节日系数与季节因子每月重新计算",
        "partial concurrent: model, known outliers and ARMA parameters are held from the yearly review on; holiday "
        "coefficients and factors are computed anew every month",
    ),
    "projected": Text(
        "预测因子调整：年度评审时预测下一年的季节与节日因子，其后各月原序列除以预测因子",
        "projected factors: the yearly review forecasts next year's seasonal and holiday factors, which the months "
        "after it are divided by",
    ),
    "controlled_current": Text(
        "受控当期调整：使用预测因子；与同期部分调整的结果相差超过限度的序列，改用后者",
        "controlled current: projected factors, except for series where the partial concurrent result differs by more "
        "than a limit: there it is used",
    ),
}
# Partial concurrent adjustment that holds the regression coefficients too.
_ALL_HELD = Text(
    "同期部分调整：模型、已识别的异常值与全部系数在年度评审时确定，其后保持不变；季节因子每月重新计算",
    "partial concurrent: model, known outliers and all coefficients are held from the yearly review on; factors are "
    "computed anew every month",
)
POLICIES = tuple(_TEXTS)
HOLDS = ("coefficients", "arima")


@dataclass(frozen=True)
class Policy:
    """A revision policy.

    Parameters
    ----------
    name
        One of `POLICIES`.
    review_month
        Calendar month (1 to 12) whose data the yearly review is the first to see.
    limit_pct
        Controlled current only: the difference from the partial concurrent result, in percent of the adjusted value of
        any month since the review, above which that result is used.
    holds
        Partial concurrent: "arima" holds model, ARMA parameters and the outliers' dates, and estimates the regression
        coefficients anew every month; "coefficients" holds all coefficients of the review.

    Raises
    ------
    UsageError
        No such policy, month or limit.

    Notes
    -----
    Source: Eurostat (2024), ESS Guidelines on Seasonal Adjustment, items 4.1 and 4.2.
    """

    name: str
    review_month: int = 12
    limit_pct: float = 0.5
    holds: str = "arima"

    def __post_init__(self) -> None:
        """Refuse what is no policy."""
        if self.name not in _TEXTS:
            raise UsageError(
                f"no revision policy {self.name!r}{did_you_mean(self.name, POLICIES)}; expected one of "
                + ", ".join(POLICIES),
                zh=f"没有修订政策 {self.name!r}，可选：{'、'.join(POLICIES)}",
            )
        if not 1 <= self.review_month <= 12:
            raise UsageError(f"review_month is {self.review_month}; expected 1 to 12")
        if not self.limit_pct > 0:
            raise UsageError(f"limit_pct is {self.limit_pct}; expected a percentage above 0")
        if self.holds not in HOLDS:
            raise UsageError(f"holds is {self.holds!r}; expected one of {', '.join(HOLDS)}")

    @property
    def text_zh(self) -> str:
        """What the policy does, in Chinese."""
        return self._text.zh

    @property
    def text_en(self) -> str:
        """What the policy does, in English."""
        return self._text.en

    @property
    def _text(self) -> Text:
        held = self.name == "partial_concurrent" and self.holds == "coefficients"
        return _ALL_HELD if held else _TEXTS[self.name]

    def reviewed_until(self, month: str) -> str:
        """Return the last month the review in force in a month has seen, at most that month.

        Examples
        --------
        >>> Policy("projected").reviewed_until("2025-06"), Policy("projected").reviewed_until("2025-12")
        ('2024-12', '2025-12')
        """
        return months.shift(month, -((int(month[5:]) - self.review_month) % 12))


def default_policy(rules: Rules | RulesAt | None = None, month: str = "") -> Policy:
    """Return the policy the rules prescribe for a month."""
    in_force = (rules if rules is not None else Rules.load()).at(month)
    return Policy(
        name=str(in_force["seasonal_policy"]),
        review_month=int(in_force["seasonal_review_month"]),
        limit_pct=float(in_force["seasonal_controlled_limit_pct"]),
        holds=str(in_force["seasonal_policy_holds"]),
    )
