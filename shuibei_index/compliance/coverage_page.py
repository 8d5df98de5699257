"""Coverage as a statement: what is covered, what is not known, and nothing that was not given or counted."""

from __future__ import annotations

from collections.abc import Hashable, Mapping

from shuibei_index.compliance.answers import Answers
from shuibei_index.compliance.coverage import Coverage
from shuibei_index.compliance.document import Cell, Document, Words
from shuibei_index.workspace import Settings

STAGES: dict[str, Words] = {"wholesale": ("批发", "wholesale"), "retail": ("零售", "retail")}
_WITHHELD: Words = ("不公布", "withheld")


def coverage_page(
    settings: Settings, month: str, found: Coverage, answers: Answers, *, internal: bool = False
) -> Document:
    """Return the coverage statement; only the internal version names enterprises and what may not be published."""
    zh, en = STAGES[found.stage]
    made = Document(
        ("覆盖面说明", "Coverage statement"),
        (
            f"{settings.name_zh} · 截至 {month}" + (" · 内部版，含企业个体数据" if internal else ""),
            f"{settings.name_en} · up to {month}"
            + (" · internal: holds data of single enterprises" if internal else ""),
        ),
    )
    made.say(
        "名称含“中国”的价格指数，须在编制方案中说明采集点所覆盖的交易占全国的比重，并说明该覆盖面能否反映全国价格"
        "（《重要商品和服务价格指数行为管理办法》，国家发展改革委令2024年第22号；据转引材料，未见正式文本全文）。",
        "An index with China in its name must state in its compilation plan the share of the national trade that its "
        "collection points cover, and whether this coverage reflects national prices (NDRC Order 22 of 2024; as quoted "
        "at second hand, the official full text was not at hand).",
    )
    made.head("采集情况", "What was collected")
    made.say(
        f"只计入采用的{zh}销售记录中总指数范围内的分类；来料加工、以旧换新、退货及卫星分类不计。",
        f"Accepted sales at the {en} stage in classes of the headline; toll work, trade-ins, returns and "
        "satellites are "
        "not counted.",
    )
    made.table(
        [
            ("年份", "year"),
            ("已采集月数", "months collected"),
            ("采集点（企业）数", "collection points"),
            ("基本分类数", "classes"),
        ],
        [[str(v) for v in row] for row in found.years.to_numpy(dtype=object).tolist()],
        numeric=(1, 2, 3),
    )
    made.head("占全国交易的比重", "Share of the national trade")
    if found.rows.empty:
        made.say(
            "未提供全国交易规模的数据，本说明不给出任何占比。程序不内置市场数据，也不推算。",
            "No figure of the national trade was given: no share is stated. The program has no market figure "
            "of its own "
            "and estimates none.",
            strong=True,
        )
    else:
        made.say(
            "市场数据由使用者提供，其出处列于表中，由提供者负责；程序不作核实。月数不足 12 的年份，占比只含已采集月份，"
            "是该年占比的下限。",
            "Market figures are the user's, with the source the user states; the program does not verify "
            "them. In a year "
            "with fewer than 12 months the share counts the months collected only: it is a lower bound.",
        )
        titles: list[Words] = [
            ("范围", "scope"),
            ("年份", "year"),
            ("月数", "months"),
            ("企业数", "points"),
            ("全国交易", "national trade"),
            ("占比%", "share %"),
            ("出处", "source"),
        ]
        made.table(
            titles, [_row(dict(row), found.decimals, internal) for row in found.rows.to_dict("records")], (2, 3, 5)
        )
    made.head("能否反映全国价格", "Whether the coverage reflects national prices")
    if answers.has("representative"):
        made.say(*answers.words("representative"))
        when = answers.signature("representative", person=internal)
        made.say(
            f"（以上由编制机构陈述{f'，{when}' if when else ''}；程序未作核实。）",
            f"(Stated by the compiler{f', {when}' if when else ''}; not verified by the program.)",
        )
    else:
        made.say(
            "未提供依据，因此不作“能够反映全国价格”的陈述。比重高本身不是依据。",
            "No evidence was given: that the coverage reflects national prices is not claimed. A large share "
            "alone is no "
            "evidence.",
            strong=True,
        )
    made.head("尚缺材料", "What is missing")
    missing = list(found.missing)
    if not answers.has("representative"):
        missing.append(
            (
                "能否反映全国价格的依据（compliance.toml 的 representative）。",
                "evidence that national prices are reflected (representative in compliance.toml).",
            )
        )
    for item in missing or [("无。", "nothing.")]:
        made.say(f"· {item[0]}", f"· {item[1]}")
    if internal:
        made.head("各采集点", "Collection points")
        made.table(
            [
                ("年份", "year"),
                ("企业", "enterprise"),
                ("地区", "region"),
                ("采用销售额（元）", "accepted turnover, CNY"),
                ("占采集合计%", "share of collected %"),
            ],
            [[str(y), str(e), str(r), f"{t:.2f}", f"{s:.2f}"] for y, e, r, t, s in found.firms.to_numpy(dtype=object)],
            (3, 4),
        )
    return made


def _row(row: Mapping[Hashable, object], decimals: int, internal: bool) -> list[Cell]:
    name: Words = (f"{row['scope']} {row['name_zh']}", f"{row['scope']} {row['name_en']}")
    stage = STAGES.get(str(row["market_stage"]), ("未注明环节", "stage not stated"))
    trade: Words = (
        f"{row['market_value']} {row['market_unit']}（{stage[0]}）",
        f"{row['market_value']} {row['market_unit']} ({stage[1]})",
    )
    share = float(str(row["share_pct"]))
    told = internal or bool(row["public"])
    text: Cell = "–" if share != share else f"{share:.{decimals}f}"
    why: Words = (str(row["why_zh"]), str(row["why_en"]))
    if share != share and why[0]:
        text = (f"–（{why[0]}）", f"– ({why[1]})")
    elif not told:
        text = (f"{_WITHHELD[0]}：{why[0]}", f"{_WITHHELD[1]}: {why[1]}")
    points = str(row["firms"]) if told else "–"
    return [name, str(row["year"]), str(row["months"]), points, trade, text, str(row["source"])]
