"""The bulletin's words about the seasonal adjustment: engine, what was adjusted, why not the rest, by which policy."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from shuibei_index.adjust.policies.policy import Policy as RevisionPolicy
from shuibei_index.component_names import COMPONENT_NAMES
from shuibei_index.release.policy import Policy
from shuibei_index.release.tables import as_published

if TYPE_CHECKING:
    from shuibei_index.release.about import About
    from shuibei_index.release.facts import Facts

# Component, index and change on the previous month, as published.
AdjustedPart = tuple[str, str, str]


def adjusted_headline(indices: pd.DataFrame, code: str, month: str, policy: Policy) -> tuple[AdjustedPart, ...]:
    """Return the adjusted series of a class in a month, the full price first if it is adjusted."""
    rows = indices[
        (indices["adjustment"] == "SA") & (indices["period"] == month) & (indices["class_code"] == code)
    ].set_index("component")
    found = []
    for component in COMPONENT_NAMES:
        if component in rows.index:
            index, change = float(rows["index"][component]), float(rows["mom_pct"][component])
            told = "" if pd.isna(change) else as_published(change, policy.rate_decimals)
            found.append((component, as_published(index, policy.index_decimals), told))
    return tuple(found)


def policies_of(diagnostics: pd.DataFrame | None) -> list[RevisionPolicy]:
    """Return the revision policies that were followed, the commonest first; none for releases older than they are."""
    if diagnostics is None or "policy" not in diagnostics.columns:
        return []
    used = diagnostics[diagnostics["policy"].astype(str) != ""]
    holds = used["policy_holds"].astype(str) if "policy_holds" in used.columns else pd.Series("", used.index)
    counts = pd.Series(list(zip(used["policy"].astype(str), holds, strict=True)), dtype=object).value_counts()
    return [RevisionPolicy(name, holds=held or "arima") for name, held in counts.index]


_STEP_WORDS = {
    "airline": ("航空模型", "the airline model"),
    "x11": ("仅X-11滤波，未剔除春节因素", "the X-11 filters alone, Spring Festival effect not removed"),
}


def other_steps(facts: Facts, lang: str) -> str:
    """Name every series X-13 adjusted in a simpler way than configured: class, component, the way; "" = none."""
    table = facts.diagnostics
    if table is None or not {"step", "class_code", "component"} <= set(table.columns):
        return ""
    at = 0 if lang == "zh" else 1
    names = {row.code: row.name(lang) for row in (facts.headline, *facts.rows, *facts.satellites)}
    found = table[(table["status"] == "adjusted") & table["step"].isin(list(_STEP_WORDS))]
    parts = []
    for code, component, step in zip(found["class_code"], found["component"], found["step"], strict=True):
        words = COMPONENT_NAMES[component].pair[at] if component in COMPONENT_NAMES else str(component)
        way = _STEP_WORDS[step][at]
        name = names.get(code, str(code))
        parts.append(f"{name}（{words}）：{way}" if lang == "zh" else f"{name} ({words}) by {way}")
    if not parts:
        return ""
    if lang == "zh":
        return f"。以下序列按设定未能完成，采用较简单的方法：{'；'.join(parts)}"
    return f". Not adjusted as configured but in a simpler way: {'; '.join(parts)}"


def engine_name(about: About) -> str:
    """Return name, version and build of the program that adjusted a release."""
    engine = about.engine
    name = " ".join(engine[k] for k in ("name", "version") if engine.get(k))
    return f"{name} build {engine['build']}" if engine.get("build") else name


def adjustment_text(facts: Facts, lang: str) -> str:
    """Return the paragraph on the seasonal adjustment."""
    about = facts.about.engine
    if not about:
        return "本次发布未作季节调整。" if lang == "zh" else "This release carries no seasonally adjusted series."
    engine = engine_name(facts.about)
    policies = [policy.text_zh if lang == "zh" else policy.text_en for policy in policies_of(facts.diagnostics)]
    stl = about.get("name", "").startswith("STL")
    if lang == "zh":
        text = f"季节调整采用{engine}，已调整{facts.n_adjusted}个序列"
        if facts.n_refused:
            text += f"，{facts.n_refused}个序列因不满足条件未调整（原因见 adjustment.csv）"
        if facts.n_not_adjusted:
            text += f"，{facts.n_not_adjusted}个序列按规则不作季节调整（原因见 adjustment.csv）"
        if facts.n_fallback:
            method = "改用STL方法，未剔除春节因素" if stl else "改用本系统自有的X-11"
            text += f"；其中{facts.n_fallback}个序列因无法使用X-13ARIMA-SEATS，{method}"
        if facts.verdict:
            text += f"。总指数：{facts.verdict['zh']}"
        text += other_steps(facts, lang)
        text += "".join(f"。修订政策为{policy}" for policy in policies)
        return text + "。未经季节调整的数据始终发布。"
    text = f"Seasonal adjustment by {engine}: {facts.n_adjusted} series adjusted"
    if facts.n_refused:
        text += f", {facts.n_refused} not adjusted (reasons in adjustment.csv)"
    if facts.n_not_adjusted:
        text += f", {facts.n_not_adjusted} left unadjusted by rule (reasons in adjustment.csv)"
    if facts.n_fallback:
        method = (
            "by the weaker STL method, because X-13ARIMA-SEATS could not be used: their Spring Festival effect is not "
            "removed"
            if stl
            else "by the program's own X-11, because X-13ARIMA-SEATS could not be used"
        )
        text += f"; {facts.n_fallback} {method}"
    if facts.verdict:
        text += f". Headline: {facts.verdict['en']}"
    text += other_steps(facts, lang)
    text += "".join(f". Revision policy {policy}" for policy in policies)
    return text + ". Unadjusted figures are always published."
