"""Words: what the forms say to people, in Chinese and English; the names of columns come from the schema."""

from __future__ import annotations

from dataclasses import dataclass

from shuibei_index.intake.schema import CODES, SUBMISSION
from shuibei_index.intake.schema import FOR_PEOPLE as FOR_PEOPLE

REPORT, GUIDE, EXAMPLES, LAST, CODE_LISTS = (
    "填报 Report",
    "填报说明 Instructions",
    "示例 Examples",
    "上月 Last month",
    "代码 Codes",
)
FINDINGS = "审核结果 Findings"


@dataclass(frozen=True)
class Help:
    """What one column asks for: a short English name (no header intake would know) and a sentence in both languages."""

    label: str
    zh: str
    en: str


HELP: dict[str, Help] = {
    "enterprise_id": Help("Firm code", "已填，请勿改动。", "Filled in; do not change."),
    "period": Help("Month of report", "已填，请勿改动。", "Filled in; do not change."),
    "line_no": Help("Line", "已填；每行一笔或一组同价成交。", "Filled in; one line = one deal, or several alike."),
    "item_id": Help(
        "Item code",
        "贵企业自己的规格品编码，各月保持一致；新规格品请在空行填写新编码。",
        "Your own code of the item, the same every month; give a new item a new code on an empty line.",
    ),
    "class_code": Help(
        "Code of class", "末级分类代码，见“代码”表。", "The most detailed class; see the sheet of codes."
    ),
    "deal_time": Help(
        "Time of deal",
        "成交日期和时间（料价随时变动），如 2025-06-03 14:20。",
        "Date and time of the deal (metal prices move within the day), e.g. 2025-06-03 14:20.",
    ),
    "trade_type": Help(
        "Type of deal",
        "空白视为销售；退货填正数金额。",
        "Empty = sale; returns are written as positive amounts.",
    ),
    "stage": Help("Trade stage", "批发或零售。", "Wholesale or retail."),
    "pieces": Help("Number of pieces", "整数；按件计价的分类必填。", "Whole number; needed where priced by the piece."),
    "weight": Help(
        "Gross weight",
        "总重（含石），单位见“重量单位”；裸石填石重。",
        "Gross weight with stones, in the unit of the column 重量单位; for loose stones the stones' weight.",
    ),
    "net_weight": Help(
        "Net metal weight", "仅金属重量；空白视为等于重量。", "Metal only; empty = the same as the gross weight."
    ),
    "weight_unit": Help("Unit of weight", "填了重量就必须填单位。", "Needed wherever a weight is given."),
    "unit_system": Help(
        "System of qian/liang",
        "仅在单位为钱、两时填写；最好改用克。",
        "Only for 钱 and 两: which system is meant. Grams are better.",
    ),
    "fineness": Help(
        "Fineness of metal",
        "千分数或名称，可从列表选择，也可直接填写，如 999、750。",
        "Parts per thousand or a name; choose from the list or type it, e.g. 999, 750.",
    ),
    "amount": Help(
        "Total amount",
        "整行总金额（不是单价），大于 0。",
        "Total of the line, not the price per unit; above 0.",
    ),
    "amount_unit": Help("Unit of amount", "元或万元；空白视为元。", "元 yuan or 万元 ten thousand yuan; empty = yuan."),
    "tax_basis": Help("Tax in amount", "金额、料价、工费是否含税，必填。", "Whether the figures include tax; needed."),
    "metal_price": Help(
        "Metal price used",
        "成交时所用料价，元/克（纯金属）；不是上月的，也不是收盘价。",
        "CNY per gram of pure metal as used in this deal: not last month's, not a closing price.",
    ),
    "making_charge": Help("Charge for making", "工费，按“工费计价”的方式填写。", "On the basis named in 工费计价."),
    "charge_basis": Help(
        "Basis of charge", "克工费（元/克）、件工费（元/件）或百分比。", "CNY per gram, CNY per piece, or per cent."
    ),
    "loss_rate": Help("Loss in %", "损耗，百分数，如 2 表示 2%。", "In per cent: 2 means 2 %."),
    "stone_amount": Help("Stones' amount", "本行全部石头的金额，元。", "All stones of the line, CNY."),
    "stone_type": Help("Kind of stone", "如 钻石、红宝石、翡翠。", "E.g. diamond, ruby, jadeite."),
    "stone_carat": Help("Stones in ct", "石重，克拉。", "Weight of the stones in carats."),
    "stone_colour": Help("Stone: colour", "如 H、鸽血红。", "E.g. H, pigeon blood."),
    "stone_clarity": Help("Stone: clarity", "如 VS1。", "E.g. VS1."),
    "stone_cut": Help("Stone: cut", "如 EX、圆形。", "E.g. EX, round."),
    "certificate": Help("Certificate no.", "证书编号。", "Number of the certificate."),
    "note": Help("Remarks", "任何需要说明的情况。", "Anything we should know."),
}

STEPS: tuple[tuple[str, str], ...] = (
    (
        "只在“填报 Report”表中填写。橙色表头的列和黄色格必填，白色格有则填，灰色格已填好、请勿改动。",
        "Fill in the sheet 填报 Report only. Columns with an orange head and yellow cells are needed, white cells if "
        "they apply; grey ones are fixed.",
    ),
    (
        "表中已列出贵企业的规格品。本月未成交的规格品，整行数字留空即可：空行不算错误，也不视为价格未变。",
        "Your items are listed. Leave the figures of an item empty if it was not traded this month: that is no "
        "mistake, and is not taken for an unchanged price.",
    ),
    (
        "请按本月实际成交填写，不要抄上月数字。与上月完全相同的金额、重量、料价会显示橙色，请再核对一次。",
        "Give this month's deals; do not copy last month's figures. An amount, weight or metal price equal to last "
        "month's turns orange: look at it once more.",
    ),
    (
        "上月数字仅供核对，单独列在“上月”表，不会被读取。",
        "Last month's figures stand on a sheet of their own, for comparison only; it is never read.",
    ),
    (
        "新规格品、同一规格品的其他成交，填在下方空行。",
        "New items, and further deals of an item, go on the empty lines below.",
    ),
    (
        "金额是整行总额；料价是本笔成交所用的每克纯金属价格；工费请注明按克、按件或按百分比。",
        "The amount is the total of the line; the metal price is that used in the deal, per gram of pure metal; say "
        "whether the making charge is per gram, per piece or in per cent.",
    ),
    (
        "核对公式（金属类）：金额 = 净金重 × [料价 × 成色/1000 × (1 + 损耗/100) + 克工费] + 石价。",
        "Check for metal lines: amount = net weight × [metal price × fineness/1000 × (1 + loss/100) + charge per gram] "
        "+ stones.",
    ),
    (
        "来料加工只填工费金额，分类用 91，交易类型选“来料加工”。以旧换新、退货请如实选择交易类型。",
        "Work on the customer's metal: give the charge only, class 91, type 来料加工. Name trade-ins and returns as "
        "such.",
    ),
    (
        "请保存为 .xlsx，不要改动表头、工作表名称，不要合并单元格。同月再次报送时，以最后一次为准。",
        "Save as .xlsx; do not change headers or sheet names, do not merge cells. If you send a month again, the last "
        "file counts.",
    ),
    (
        "贵企业的数据仅用于编制指数，不对外公布任何企业的资料。",
        "Your figures are used to compile the index only; nothing about any enterprise is published.",
    ),
)

SEVERITY: dict[str, tuple[str, str]] = {
    "reject": ("退回", "rejected"),
    "query": ("待核实", "please answer"),
    "note": ("提示", "note"),
}

_TITLES = {column.name: column.name_zh for column in SUBMISSION}


def code_in_words(column: str, value: str) -> str:
    """Return a code as a firm reads it, Chinese first; what is no code of the column stays as it is.

    Examples
    --------
    >>> code_in_words("amount_unit", "wan"), code_in_words("amount", "41.2")
    ('万元 wan', '41.2')
    """
    word = CODES.get(column, {}).get(value, "")
    return f"{word} {value}" if word and word != value else value


def reading_in_words(proposed: str) -> str:
    """Return a proposed reading as a firm reads it; what is no reading stays as it is.

    Examples
    --------
    >>> reading_in_words("weight_unit=qian; unit_system=metric")
    '重量单位 weight_unit = 钱 qian；单位制 unit_system = metric'
    """
    parts = [part.strip().partition("=") for part in proposed.split(";")]
    if not all(name in _TITLES and sign for name, sign, _ in parts):
        return proposed
    return "；".join(f"{_TITLES[name]} {name} = {code_in_words(name, value)}" for name, _, value in parts)
