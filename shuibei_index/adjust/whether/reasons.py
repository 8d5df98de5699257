"""Why a series is adjusted or not, in both languages."""

from __future__ import annotations

from shuibei_index.adjust.wording import Text

ADJUST, LEFT, SHORT, PARENT = "adjust", "not_adjusted", "refused", "parent_factors"


def metal_price() -> Text:
    """Say that a metal price has no season of its own."""
    return Text(
        "料价序列跟随国际金属价格，无自身季节性，按规则不作季节调整",
        "metal prices follow the world market and have no season of their own; not adjusted, by rule",
    )


def metal_dominated(share: float, limit: float) -> Text:
    """Say that a full price is mostly metal."""
    return Text(
        f"料价占销售额 {100 * share:.1f}%，不低于 {100 * limit:g}%，价格以料价为主，按规则不作季节调整；"
        "工费序列另行判断",
        f"metal is {100 * share:.1f} % of the turnover, {100 * limit:g} % or more: a price made by the metal is not "
        "adjusted, by rule; its making charge is judged on its own",
    )


def not_in_production(component: str) -> Text:
    """Say that the rule does not name a component."""
    return Text(
        f"规则 seasonal_components 未列入构成“{component}”", f"the rule seasonal_components does not name {component!r}"
    )


def too_short(n: int, least: int) -> Text:
    """Say that a series has under three years."""
    return Text(f"仅 {n} 个月，少于 {least} 个月，不作季节调整", f"{n} months, under {least}; not adjusted")


def parents_factors(parent: str, n: int, least: int) -> Text:
    """Say that the factors of the class above stand in."""
    return Text(
        f"仅 {n} 个月，少于 {least} 个月，按规则采用上级类 {parent} 的季节因子",
        f"{n} months, under {least}: the seasonal factors of the class above, {parent}, by rule",
    )


def no_parent(n: int, least: int) -> Text:
    """Say that there is no class above with factors."""
    return Text(
        f"仅 {n} 个月，少于 {least} 个月，且没有已调整的上级类，不作季节调整",
        f"{n} months, under {least}, and no class above is adjusted; not adjusted",
    )


def not_established(found: str, qs_p: float, combined: str) -> Text:
    """Say that the tests do not find seasonality."""
    zh = {"none": "两项检验均未发现季节性", "one": "两项检验中仅一项发现季节性"}[found]
    en = {"none": "neither test finds seasonality", "one": "only one of two tests finds seasonality"}[found]
    return Text(
        f"{zh}（综合检验：{combined}；QS p = {qs_p:.3f}），按规则不作季节调整",
        f"{en} (combined test: {combined}; QS p = {qs_p:.3f}); not adjusted, by rule",
    )


def established(found: str, qs_p: float, combined: str) -> Text:
    """Say that the tests find seasonality."""
    zh = {"one": "一项检验发现季节性", "both": "两项检验均发现季节性"}[found]
    en = {"one": "one of two tests finds seasonality", "both": "both tests find seasonality"}[found]
    return Text(
        f"{zh}（综合检验：{combined}；QS p = {qs_p:.3f}）", f"{en} (combined test: {combined}; QS p = {qs_p:.3f})"
    )


def untested(n: int) -> Text:
    """Say that a series is adjusted without having been tested."""
    return Text(
        f"{n} 个月的序列未能预先检验，以调整后的诊断为准",
        f"its {n} months could not be tested beforehand; see the diagnostics of the adjustment",
    )


def short_note(n: int, limit: int) -> Text:
    """Say that a series has three to five years."""
    return Text(
        f"序列仅 {n} 个月（少于 {limit} 个月），季节因子修订可能较大",
        f"only {n} months (under {limit}): larger revisions of the factors are to be expected",
    )
