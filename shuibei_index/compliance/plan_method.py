"""Method in the plan: formulas, weights, gaps, adjustment, confidentiality, publication, judgement."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pandas as pd

from shuibei_index import months as month_names
from shuibei_index.compliance.document import Code, Document, Words
from shuibei_index.compliance.plan_rules import rule_table, rules_of
from shuibei_index.release import read_release
from shuibei_index.release.about import scheduled, vintage_order
from shuibei_index.release.policy import publication_policy
from shuibei_index.workspace import Workspace

if TYPE_CHECKING:
    from shuibei_index.index import Hierarchy
    from shuibei_index.rules import Rules

#: Months ahead shown in the calendar.
_AHEAD = 12


def formulas(made: Document, workspace: Workspace, tree: Hierarchy, rules: Rules, month: str) -> None:
    """Add the formulas of elementary classes and above."""
    made.head("七、计算公式", "7 Formulas")
    by_unit = rules["elementary_formula"].at(month).value
    text = json.dumps(by_unit, ensure_ascii=False, sort_keys=True)
    own = tree.frame[tree.frame["formula"] != ""]
    noted = "; ".join(f"{c} {f}" for c, f in zip(own["class_code"], own["formula"], strict=True)) or "–"
    link = workspace.settings.link_month
    made.say(
        f"基本分类：同一规格品本月与上月之比，按计价单位取公式 {text}（分类树另有注明的：{noted}）。",
        f"Elementary: the same item, this month to last, by the formula of the pricing unit {text} (noted "
        "otherwise in the "
        f"tree: {noted}).",
    )
    made.say(
        f"上级分类：I(t) = I(链接月) × Σ w·I(t)/I(链接月) / Σ w，w 为按链接月（{link} 月）价格更新的权数；每年 "
        f"{link} 月链接，"
        "链接前后的水平相接，不改变历史涨跌。",
        "Higher levels: I(t) = I(link) × Σ w·I(t)/I(link) / Σ w, with w price-updated to the link month "
        f"(month {link}); "
        f"linked each year in month {link}: levels join, past changes stay.",
    )
    rule_table(made, rules_of(rules, "formulas"), month)
    made.head("金属参考价", "Reference prices of metals", level=3)
    rule_table(made, rules_of(rules, "metal"), month)


def withheld_weights(workspace: Workspace, month: str, year: str) -> set[str] | None:
    """Return the classes whose weight of a year the last release up to a month withholds; None = no release."""
    made = [path for path in workspace.releases.glob("????-??*") if path.name[:7] <= month]
    if not made:
        return None
    last = max(made, key=lambda path: vintage_order(path.name))
    links = read_release(last).frame("links")
    links = links[links["year"].astype(str) == year]
    return set(links.loc[links["obs_conf"].astype(str) == "C", "class_code"].astype(str))


def _shown(weight: float, total: float, withheld: bool) -> list[str | tuple[str, str]]:
    if withheld:
        return [("保密", "c"), ("保密", "c")]
    return [f"{weight:g}", f"{100 * weight / total:.2f}" if total else "–"]


def weights(made: Document, workspace: Workspace, rules: Rules, month: str) -> None:
    """Add the weights in force and where they are from."""
    made.head("八、权数", "8 Weights")
    frame = workspace.weights()
    given = sorted({int(y) for y in frame["year"] if int(y) <= int(month[:4])})
    if not given:
        made.say(
            "工作区没有权数表：权数取自采集点上年的采用销售额，每年更新；它是样本权数，不是全国结构。",
            "The workspace has no table of weights: they are last year's accepted turnover of the collection "
            "points, renewed "
            "yearly; a weight of the sample, not of the nation.",
        )
    else:
        year = given[-1]
        made.say(
            f"{year} 年权数取自 weights.csv；权数表不载出处，出处由编制机构说明。价格更新至链接月。",
            f"Weights of {year} are from weights.csv; the table names no source: the compiler states it. "
            "Price-updated to the "
            "link month.",
        )
        now = frame[frame["year"] == year].sort_values("class_code")
        names = workspace.tree(month).frame.set_index("class_code")[["name_zh", "name_en"]]
        total = float(now["weight"].sum())
        hidden = withheld_weights(workspace, month, str(year))
        if hidden is None:
            made.say(
                "权数表在首次发布后列出：哪些可公布由发布时的保密处理决定。",
                "The table of weights is printed once a release has been made: its disclosure control decides which "
                "may be shown.",
            )
            now, hidden = now.iloc[:0], set()
        named = pd.DataFrame({"class_code": now["class_code"]}).merge(
            names, left_on="class_code", right_index=True, how="left"
        )
        named = named.fillna("")
        made.table(
            [
                ("代码", "code"),
                ("名称", "name"),
                ("权数", "weight"),
                ("占合计%", "% of total"),
                ("价格时期", "price period"),
            ],
            [
                [Code(c), (zh, en), *_shown(w, total, c in hidden), p or ("未注明", "not stated")]
                for c, zh, en, w, p in zip(
                    named["class_code"],
                    named["name_zh"],
                    named["name_en"],
                    now["weight"],
                    now["price_period"],
                    strict=True,
                )
            ],
            (2, 3),
        )
    rule_table(made, rules_of(rules, "weights"), month)


def gaps(made: Document, rules: Rules, month: str) -> None:
    """Add what is done about missing items and replacements."""
    made.head("九、缺失、替换与质量调整", "9 Missing prices, replacement, quality")
    at = rules.at(month)
    most, forced = at["imputation_max_months"], at["forced_replacement"]
    how = json.dumps(at["imputation_method"], ensure_ascii=False, sort_keys=True)
    made.say(
        f"缺失规格品最长插补 {most} 个月，其后须替换（到期处理：{forced}）；期间参考价格的推移方法按分类为 {how}。",
        f"A missing item is imputed for at most {most} months, then replaced (at the limit: {forced}); meanwhile its "
        f"reference price moves, by class, as {how}.",
    )
    rule_table(made, rules_of(rules, "upkeep"), month)


def adjustment(made: Document, rules: Rules, month: str) -> None:
    """Add seasonal adjustment and confidentiality."""
    made.head("十、季节调整", "10 Seasonal adjustment")
    made.say("未经季节调整的指数始终公布。", "The unadjusted index is always published.")
    rule_table(made, rules_of(rules, "seasonal"), month)
    made.head("十一、保密", "11 Confidentiality")
    made.say("不公布的只是数值，不影响计算。", "Values are withheld from publication, not from the computation.")
    rule_table(made, rules_of(rules, "disclosure"), month)


def publication(made: Document, rules: Rules, month: str) -> None:
    """Add publication, revision, calendar and sign-off."""
    made.head("十二、发布、修订与日程", "12 Publication, revision, calendar")
    policy = publication_policy(rules.at(month))
    late = rules.at(month)["late_data_months"]
    made.say(
        f"首次发布为初步数，{policy.provisional_months} 个月后为终值；迟报数据只修订最近 {late} 个已发布月份；"
        "差错立即以新版本更正并公告，旧版仍可查阅。",
        f"First published as provisional, final after {policy.provisional_months} months; late data revise the "
        f"last {late} "
        "published months only; an error is corrected at once by a new release with a notice, and the old one "
        "stays readable.",
    )
    ahead = [month_names.shift(month, k) for k in range(_AHEAD)]
    made.table([("报告期", "month"), ("计划发布日", "planned release")], [[m, scheduled(m, policy)] for m in ahead])
    made.say(
        "计划日遇法定节假日顺延至下一工作日；程序不含节假日安排。",
        "On a public holiday the release moves to the next working day; the program does not know holidays.",
    )
    rule_table(made, rules_of(rules, "publication"), month)
    rule_table(made, rules_of(rules, "revision"), month)
    made.head("十三、审核签发", "13 Review and sign-off")
    rule_table(made, rules_of(rules, "review"), month)


def judgement(made: Document, rules: Rules, month: str) -> None:
    """Add when judgement is used, and in which order."""
    at = rules.at(month)
    votes, influence, signs = at["edit_votes"], at["influence_query"], at["review_sign_offs"]
    made.head("十四、主观判断的使用与优先顺序", "14 When expert judgement is used, and in which order")
    made.say(
        "以下次序由前到后；前者能解决的，不用后者。",
        "In this order; what an earlier step settles does not reach a later one.",
    )
    steps: list[tuple[Words, Words]] = [
        (
            ("一、规则", "1 rules"),
            (
                "单位、成色、税额按规则换算；歧义不猜测。",
                "units, fineness and tax are settled by rule; nothing ambiguous is guessed.",
            ),
        ),
        (
            ("二、审核", "2 checks"),
            (
                f"四种离群值规则中至少 {votes} 种认定异常、且对总指数影响达 {influence} 点的才质疑。",
                f"asked about if at least {votes} of 4 outlier rules object and the influence on the headline "
                f"reaches {influence} points.",
            ),
        ),
        (
            ("三、企业答复", "3 the enterprise's answer"),
            ("质疑先由企业核实；答复记录在案。", "the enterprise is asked first; its answer is registered."),
        ),
        (
            ("四、主观判断", "4 expert judgement"),
            (
                "规则与答复均不能解决时，由人员决定采用、更正、剔除或剔除并插补，注明人员、时间、依据与理由；"
                "决定优先于答复。",
                "where neither settles it a person decides to accept, correct, exclude or impute, with name, "
                "time, basis and "
                "reason; a decision outweighs an answer.",
            ),
        ),
        (
            ("五、替换与季节调整设定", "5 replacements, seasonal specifications"),
            (
                f"规格品替换（到期处理：{at['forced_replacement']}）与季节调整设定由人员确认。",
                f"replacements (at the limit: {at['forced_replacement']}) and seasonal specifications are "
                "confirmed by a person.",
            ),
        ),
        (
            ("六、签发", "6 sign-off"),
            (
                f"发布前由 {signs} 名不同人员审核签字；触及须说明的门槛时附说明。不得以主观判断直接改动指数值。",
                f"{signs} different persons review and sign before a release, with a remark where a gate asks "
                "for one. No index "
                "value is changed by judgement itself.",
            ),
        ),
    ]
    made.table([("步骤", "step"), ("做法", "what is done")], steps)
    made.say("每项决定列入主观判断登记。", "Every decision is in the register of judgements.")
