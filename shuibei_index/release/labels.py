"""Fixed words of the page, in both languages."""

from __future__ import annotations

#: Level of the interval of low_95 and high_95, in percent.
INTERVAL = "95"
#: The standard of rounding, which `tables.published` follows.
ROUNDING = "GB/T 8170"

LABELS: dict[str, dict[str, str]] = {
    "zh": {
        "bulletin": "{month}份{name}",
        "provisional": "初步数",
        "final": "终值",
        "released": "发布日期：{date}",
        "release": "版本：{release}",
        "lead": "概要",
        "charts": "图",
        "index": "总指数",
        "points": "点",
        "yoy_pct": "同比",
        "mom_pct": "环比",
        "ytd_pct": "累计比上年同期",
        "trial": "试运行：未经签发的试编结果，仅供检验，不作为依据。",
        "correction": "更正与修订说明：{reason}",
        "main_table": "分类指数",
        "annex": "附表：全部分类",
        "main_caption": "{base}。权数为{link}价格更新后占总指数的比重。",
        "class": "分类",
        "weight": "权数（%）",
        "index_col": "指数（点）",
        "mom_col": "环比（%）",
        "yoy_col": "同比（%）",
        "ytd_col": "累计（%）",
        "mom_pp": "影响环比（个百分点）",
        "yoy_pp": "影响同比（个百分点）",
        "outside": "不计入总指数的分类",
        "imputed_mark": "插补：本月本分类无有效报价，按上级分类变动推算",
        "components": "料价、工费与石价",
        "component": "构成",
        "components_caption": "各分类的影响按料价、工费、石价和未拆分部分分解，合计等于该分类对总指数的影响；"
        "料价、工费、石价各自成链式指数。",
        "prosperity": "景气",
        "dimension": "维度",
        "prosperity_caption": "基期={base}。景气指数由规模、效益、信心三个维度合成，权数为示意；与价格指数分别编制。",
        "recent": "近期走势",
        "month": "月份",
        "sa_index": "季节调整后指数（点）",
        "sa_mom": "季节调整后环比（%）",
        "quality": "数据质量",
        "n_enterprises": "报价企业（家）",
        "n_items": "规格品（个）",
        "response_rate_count": "回收率（按户，%）",
        "response_rate_value": "回收率（按额，%）",
        "imputed_share": "插补比重（%）",
        "n_imputed": "插补的分类（个）",
        "interval": f"{INTERVAL}%区间（点）",
        "records": "本月上报记录（条）",
        "accepted": "采用（条）",
        "held": "待核实（条）",
        "rejected": "不采用（条）",
        "adjustment": "季节调整",
        "revisions": "修订",
        "previous": "前次发布（点）",
        "current": "本次发布（点）",
        "revision": "修订幅度（点）",
        "reason": "原因",
        "notes": "说明",
        "next": "下次发布：{date}。",
        "leaders": "涨跌居前的分类",
        "leaders_caption": "同一层级分类中按已公布的{measure}排列。"
        "原因：影响总指数变动最大的构成，以及下一级中影响最大的分类；括号内为影响，单位：个百分点。",
        "by_yoy_pct": "同比涨跌幅",
        "by_mom_pct": "环比涨跌幅",
        "rose": "上涨",
        "fell": "下降",
        "rate": "涨跌幅（%）",
        "effect": "影响总指数（个百分点）",
        "why": "原因",
        "errata": "更正",
        "erratum": "更正：本版更正 {corrects}。原因：{reason}。"
        "更正的数值：{values}个（{first}至{last}，{classes}个分类），列于 revisions.csv。",
        "same": "与前次发布相比，没有修订。",
        "calendar": "发布日程",
        "calendar_caption": "发布日遇周末或法定节假日顺延至其后第一个工作日。",
        "reference": "报告期",
        "date": "发布日期",
        "contact": "联系方式",
        "name": "联系部门",
        "phone": "电话",
        "email": "电子邮箱",
        "address": "地址",
        "files": "完整数据见同一发布包内 indices.csv、contributions.csv、links.csv、quality.csv、revisions.csv{more} "
        "及 indices.json。",
        "more_file": "、{name}",
        "program": "由 shuibei_index {version} 编制；规则摘要 {digest}。",
        "none": "–",
    },
    "en": {
        "bulletin": "{name}, {month}",
        "provisional": "Provisional",
        "final": "Final",
        "released": "Released {date}",
        "release": "Vintage {release}",
        "lead": "Summary",
        "charts": "Charts",
        "index": "Headline index",
        "points": "points",
        "yoy_pct": "On year earlier",
        "mom_pct": "On previous month",
        "ytd_pct": "Year to date",
        "trial": "Trial compilation: not signed off, for checking only; not to be relied on.",
        "correction": "Correction and revision: {reason}",
        "main_table": "Index by class",
        "annex": "Annex: all classes",
        "main_caption": "{base}. Weights are shares of the headline at {link} prices.",
        "class": "Class",
        "weight": "Weight (%)",
        "index_col": "Index (points)",
        "mom_col": "Month on month (%)",
        "yoy_col": "Year on year (%)",
        "ytd_col": "Year to date (%)",
        "mom_pp": "Effect on monthly change (pct points)",
        "yoy_pp": "Effect on annual change (pct points)",
        "outside": "Outside the headline",
        "imputed_mark": "Imputed: no usable price in this class this month; moved with its parent class",
        "components": "Metal, making charge and stone",
        "component": "Component",
        "components_caption": "Effects of metal, making charge, stone and what could not be split add up to the effect "
        "of the class on the headline; metal, making charge and stone are each a chained index of their own.",
        "prosperity": "Prosperity",
        "dimension": "Dimension",
        "prosperity_caption": "Base period = {base}. The prosperity index combines scale, efficiency and confidence "
        "with illustrative weights; it is compiled apart from the price index.",
        "recent": "Recent months",
        "month": "Month",
        "sa_index": "Seasonally adjusted index (points)",
        "sa_mom": "Seasonally adjusted, month on month (%)",
        "quality": "Data quality",
        "n_enterprises": "Reporting enterprises",
        "n_items": "Items priced",
        "response_rate_count": "Response by enterprises (%)",
        "response_rate_value": "Response by turnover (%)",
        "imputed_share": "Imputed share (%)",
        "n_imputed": "Imputed classes",
        "interval": f"{INTERVAL}% interval (points)",
        "records": "Records reported this month",
        "accepted": "Accepted",
        "held": "Held for query",
        "rejected": "Rejected",
        "adjustment": "Seasonal adjustment",
        "revisions": "Revisions",
        "previous": "Previously published (points)",
        "current": "Published now (points)",
        "revision": "Revision (points)",
        "reason": "Reason",
        "notes": "Notes",
        "next": "Next release: {date}.",
        "leaders": "Largest movers",
        "leaders_caption": "Classes of one level by their published change {measure}. Reason: the component, and the "
        "class of the next level, with the largest effect on the headline; in brackets that effect, in "
        "percentage points.",
        "by_yoy_pct": "on a year earlier",
        "by_mom_pct": "on the previous month",
        "rose": "Rose",
        "fell": "Fell",
        "rate": "Change (%)",
        "effect": "Effect on the headline (pct points)",
        "why": "Reason",
        "errata": "Correction",
        "erratum": "Correction of release {corrects}. Reason: {reason}. Values corrected: {values}, {first} to {last}, "
        "classes concerned: {classes}; all are listed in revisions.csv.",
        "same": "No published value has changed since the previous release.",
        "calendar": "Release calendar",
        "calendar_caption": "A release that falls on a weekend or public holiday moves to the next working day.",
        "reference": "Reference month",
        "date": "Date of release",
        "contact": "Contact",
        "name": "Department",
        "phone": "Telephone",
        "email": "E-mail",
        "address": "Address",
        "files": "Full data in the same bundle: indices.csv, contributions.csv, links.csv, quality.csv, "
        "revisions.csv{more} and indices.json.",
        "more_file": ", {name}",
        "program": "Compiled by shuibei_index {version}; rules digest {digest}.",
        "none": "–",
    },
}

_STAGE = {"zh": {"wholesale": "批发", "retail": "零售"}, "en": {"wholesale": "wholesale", "retail": "retail"}}
_TAX = {"zh": {"incl": "含税", "excl": "不含税"}, "en": {"incl": "including", "excl": "excluding"}}


def method_notes(
    lang: str, stage: str, tax_basis: str, provisional_months: int, rates_from: str, unchanged: str = "0.0"
) -> list[tuple[str, str]]:
    """Return the notes every official release ends with: definitions, scope, method, precision, revision policy."""
    where, tax = _STAGE[lang][stage], _TAX[lang][tax_basis]
    if lang == "zh":
        basis = "未修约的指数" if rates_from == "unrounded" else "已发布的指数"
        return [
            (
                "指标解释",
                "本指数反映同质可比的珠宝首饰价格变动。环比指与上月相比，同比指与上年同月相比，累计指当年至本月各月平均与上年同期平均相比。"
                "“点”为指数的单位，“%”为变动幅度，“个百分点”为对变动幅度的影响。",
            ),
            ("统计范围", f"样本企业报送的{where}环节成交价格，{tax}。不含来料加工（另编工费指数）、以旧换新和退货。"),
            (
                "调查方法",
                "由样本企业逐笔报送成交记录，经审核后按规格品计算平均价格；基本分类用同质可比规格品的环比汇总，上级分类按年度权数汇总，"
                "权数更新到链接月价格，逐年链接。当月缺报的规格品按同一基本分类的平均变动插补，其中黄金、铂、钯、银的料价按基准价变动，插补比重见“数据质量”。",
            ),
            (
                "数值修约",
                f"数值修约按{ROUNDING}，涨跌幅由{basis}计算，因此由表中数字推算可能略有出入；"
                f"“持平”指发布的涨跌幅为{unchanged}%。",
            ),
            (
                "修订",
                f"最近{provisional_months}个月为初步数，其后为终值；季节调整后数据随新数据重新计算，修订政策见“季节调整”。"
                "更正在首页说明。",
            ),
        ]
    basis = "unrounded levels" if rates_from == "unrounded" else "published levels"
    return [
        (
            "Definitions",
            "The index measures the change of prices of like-for-like jewellery. Month on month: against the previous "
            "month; year on year: against the same month a year earlier; year to date: the average of the year's "
            "months so far against that of the same months a year earlier. Points are the unit of the index, % that "
            "of its change, percentage points that of an effect on the change.",
        ),
        (
            "Scope",
            f"Prices of {where} transactions reported by the sample enterprises, {tax} value-added tax. Toll "
            f"processing (own index of making charges), trade-ins and returns are left out.",
        ),
        (
            "Method",
            "Enterprises report each transaction; after checking, an average price per item is taken. Elementary "
            "classes aggregate the monthly changes of matched items; higher classes use annual weights, price-updated "
            "to the link month, and are chained every year. Items missing in a month move with their class, their "
            "gold, platinum, palladium and silver with the metal's benchmark; the share is shown under data quality.",
        ),
        (
            "Rounding",
            f"Figures are rounded by {ROUNDING} (half to even). Rates are computed from {basis}, so that recalculation "
            f"from the tables may differ in the last digit. Unchanged means a published rate of {unchanged}%.",
        ),
        (
            "Revisions",
            f"The last {provisional_months} months are provisional, earlier ones final; seasonally adjusted figures "
            f"are computed anew with new data, by the policy named there. Corrections are announced "
            f"at the top of the bulletin.",
        ),
    ]
