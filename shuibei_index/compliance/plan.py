"""Plan (编制方案): written in both languages from the rules, checks, trees, weights and calendar that are executed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from shuibei_index.compliance import plan_method as method
from shuibei_index.compliance.answers import QUESTIONS, Answers
from shuibei_index.compliance.coverage_page import STAGES
from shuibei_index.compliance.document import Code, Document, Words
from shuibei_index.compliance.plan_rules import rule_table, rules_of
from shuibei_index.intake.schema import CODES, SUBMISSION
from shuibei_index.workspace import Workspace

if TYPE_CHECKING:
    from shuibei_index.checks import Checks
    from shuibei_index.index import Hierarchy
    from shuibei_index.rules import Rules

_SEVERITY: dict[str, Words] = {
    "reject": ("退回", "reject"),
    "query": ("待核", "query"),
    "note": ("提示", "note"),
}
_KINDS: dict[str, Words] = {"text": ("文本", "text"), "number": ("数值", "number"), "integer": ("整数", "integer")}
_UNITS: dict[str, Words] = {"g": ("克", "g"), "ct": ("克拉", "ct"), "piece": ("件", "piece")}
_METALS: dict[str, Words] = {
    "gold": ("金", "gold"),
    "platinum": ("铂", "platinum"),
    "palladium": ("钯", "palladium"),
    "silver": ("银", "silver"),
}
_BASIS: dict[str, Words] = {"incl": ("含增值税", "VAT included"), "excl": ("不含增值税", "VAT excluded")}


def compilation_plan(workspace: Workspace, month: str, answers: Answers) -> Document:
    """Return the compilation plan in force in `month`.

    Every rule of the methodology, with the workspace's own in place of the packaged ones, stands in it exactly once.
    """
    rules, checks, tree, settings = workspace.rules(), workspace.checks(), workspace.tree(month), workspace.settings
    made = Document(
        ("指数编制方案", "Compilation plan"),
        (
            f"{settings.name_zh} · 适用月份 {month}" + (" · 试运行" if settings.trial else ""),
            f"{settings.name_en} · in force in {month}" + (" · trial operation" if settings.trial else ""),
        ),
    )
    made.say(
        f"本方案由程序所执行的规则、审核目录、分类树、权数与日程生成，规则摘要 {rules.digest}，审核目录摘要 "
        f"{checks.digest}。"
        "规则一变，本文随之而变；发布包记有所用规则的摘要，可与此核对。方法为本项目自定，不是任何机构的官方方法。",
        f"Written from the rules, checks, trees, weights and calendar that the program executes; digest of the rules "
        f"{rules.digest}, of the checks {checks.digest}. A rule that changes changes this text; a release "
        "names the digest "
        "of the rules it used. The methods are this project's own, not the official method of any body.",
    )
    _general(made, workspace, answers, tree)
    _points(made, workspace, month, answers)
    _forms(made, rules, month)
    _checks(made, checks, rules, month)
    method.formulas(made, workspace, tree, rules, month)
    method.weights(made, workspace, rules, month)
    method.gaps(made, rules, month)
    method.adjustment(made, rules, month)
    method.publication(made, rules, month)
    method.judgement(made, rules, month)
    made.head("十五、归档与覆盖面", "15 Archive and coverage")
    made.say(
        "覆盖面说明、主观判断登记、归档目录与自我评估另册。",
        "Coverage statement, register of judgements, archive index and self-assessment are papers of their own.",
    )
    rule_table(made, rules_of(rules, "archive"), month)
    made.head("附录：其他规则", "Annex: other rules")
    made.say(
        "景气指数、调价条款等附属产品的规则。",
        "Rules of side products such as prosperity indices and escalation clauses.",
    )
    rule_table(made, rules_of(rules, "annex"), month)
    return made


def _general(made: Document, workspace: Workspace, answers: Answers, tree: Hierarchy) -> None:
    settings = workspace.settings
    made.head("一、目的与编制机构", "1 Purpose and compiler")
    _asked(made, answers, "purpose", "body", "independence", "government_names", "contact")
    made.head("二、范围", "2 Scope")
    stage, tax = STAGES[settings.stage], _BASIS[settings.tax_basis]
    base = settings.base_period
    made.table(
        [("项目", "item"), ("内容", "content")],
        [
            [("名称", "name"), (settings.name_zh, settings.name_en)],
            [("环节", "stage of trade"), stage],
            [("价格口径", "price basis"), tax],
            [("基期", "base period"), base or ("首个月份", "the first month")],
            [("基期指数", "level in the base period"), "100"],
            [("链接月份", "link month"), str(settings.link_month)],
            [("频率", "frequency"), ("月度", "monthly")],
            [("阶段", "phase"), ("试运行", "trial") if settings.trial else ("正式", "regular")],
        ],
    )
    made.say(
        "计入价格的是销售记录；来料加工只进入工费分类；以旧换新、退货不计入（决定 0003）。卫星分类在总指数之外。",
        "Sales make prices; toll work feeds the class of charges only; trade-ins and returns feed none "
        "(decision 0003). "
        "Satellite classes stand outside the headline.",
    )
    made.head("三、分类", "3 Classification")
    made.say(f"分类树 {tree.year}，共 {len(tree.frame)} 类。", f"Tree {tree.year}, {len(tree.frame)} classes.")
    made.table(
        [
            ("代码", "code"),
            ("名称", "name"),
            ("层级", "level"),
            ("单位", "unit"),
            ("金属", "metal"),
            ("总指数内", "in headline"),
            ("公式", "formula"),
            ("GB/T 25071", "GB/T 25071"),
        ],
        [
            [
                Code(c),
                (zh, en),
                str(lv),
                _UNITS.get(u, (u, u)),
                _METALS.get(m, (m, m)),
                ("是", "yes") if h else ("否", "no"),
                f,
                g,
            ]
            for c, zh, en, lv, u, m, h, f, g in tree.frame[
                ["class_code", "name_zh", "name_en", "level", "unit", "metal", "in_headline", "formula", "gbt_25071"]
            ].to_numpy(dtype=object)
        ],
        (2,),
    )


def _asked(made: Document, answers: Answers, *names: str) -> None:
    made.table([("事项", "matter"), ("说明", "statement")], [[QUESTIONS[n], answers.words(n)] for n in names])


def _points(made: Document, workspace: Workspace, month: str, answers: Answers) -> None:
    made.head("四、采集点", "4 Collection points")
    panel = workspace.panel()
    inside = panel[panel["joined"].str[:7].le(month) & (panel["left"].eq("") | panel["left"].str[:7].gt(month))]
    made.say(
        f"{month} 在册采集点 {len(inside)} 个；登记以来共 {len(panel)} 个，退出 {int(panel['left'].ne('').sum())} 个。",
        f"{len(inside)} collection points on the panel in {month}; {len(panel)} since it was begun, "
        f"{int(panel['left'].ne('').sum())} of which have left.",
    )
    made.say(
        "甄选标准与报送约定由编制机构制定，程序不作推定。",
        "Criteria and agreements are the compiler's; the program assumes none.",
    )
    _asked(made, answers, "selection", "agreements", "representative")


def _forms(made: Document, rules: Rules, month: str) -> None:
    made.head("五、调查表与收表", "5 Forms and intake")
    words = {name: "、".join(CODES[name].values()) for name in CODES}
    made.table(
        [("列", "column"), ("名称", "name"), ("类型", "kind"), ("必有", "required"), ("取值", "values")],
        [
            [
                Code(c.name),
                (c.name_zh, c.name),
                _KINDS[c.kind],
                ("是", "yes") if c.required else ("否", "no"),
                (words.get(c.name, ""), ", ".join(CODES.get(c.name, {}))),
            ]
            for c in SUBMISSION
        ],
    )
    rule_table(made, rules_of(rules, "forms"), month)
    made.head("报送期限、催报与反馈", "Deadlines, reminders, scorecards", level=3)
    rule_table(made, rules_of(rules, "response"), month)


def _checks(made: Document, checks: Checks, rules: Rules, month: str) -> None:
    made.head("六、数据审核", "6 Verification of data")
    made.say(
        "所有采集的价格均经审核。不自动剔除：可疑的记录待核，由企业答复、由人员决定并登记；不能成立的记录退回。",
        "Every collected price is checked. Nothing doubtful is left out by itself: it is held, asked about, "
        "decided by a "
        "person and registered; what cannot be is rejected.",
    )
    made.head("审核目录", "Catalogue of checks", level=3)
    found = [checks[name] for name in checks]
    made.table(
        [("代码", "code"), ("处理", "severity"), ("内容", "what is said"), ("条件", "condition"), ("依据", "basis")],
        [
            [
                Code(c.rule),
                _SEVERITY.get(c.severity, (c.severity, c.severity)),
                (c.zh, c.en),
                Code(
                    " ".join(
                        x
                        for x in (c.expression or c.named, c.since and f"≥ {c.since}", c.until and f"< {c.until}")
                        if x
                    )
                ),
                c.reference,
            ]
            for c in found
        ],
    )
    made.head("界限", "Thresholds", level=3)
    rule_table(made, rules_of(rules, "checks"), month)
