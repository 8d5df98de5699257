"""What a submission looks like (contract §3) and what an accepted record looks like: one place for both."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import pyarrow as pa

Kind = Literal["text", "number", "integer"]


@dataclass(frozen=True)
class Column:
    """One column of a submission: its names in both languages and what it holds."""

    name: str
    name_zh: str
    kind: Kind
    required: bool = False


#: The columns of a submission in the order templates and samples use. Headers may come in any order, in either
#: language. Required = the column must exist in the file; whether a *cell* may be empty is a validation rule.
SUBMISSION: tuple[Column, ...] = (
    Column("enterprise_id", "企业代码", "text", required=True),
    Column("period", "报告期", "text", required=True),
    Column("line_no", "行号", "integer", required=True),
    Column("item_id", "规格品编码", "text", required=True),
    Column("class_code", "分类代码", "text", required=True),
    Column("deal_time", "成交时间", "text"),
    Column("trade_type", "交易类型", "text"),
    Column("stage", "环节", "text"),
    Column("pieces", "件数", "integer"),
    Column("weight", "重量", "number"),
    Column("net_weight", "净金重", "number"),
    Column("weight_unit", "重量单位", "text"),
    Column("unit_system", "单位制", "text"),
    Column("fineness", "成色", "text"),
    Column("amount", "金额", "number", required=True),
    Column("amount_unit", "金额单位", "text"),
    Column("tax_basis", "含税标志", "text"),
    Column("metal_price", "料价", "number"),
    Column("making_charge", "工费", "number"),
    Column("charge_basis", "工费计价", "text"),
    Column("loss_rate", "损耗", "number"),
    Column("stone_amount", "石价", "number"),
    Column("stone_type", "石种", "text"),
    Column("stone_carat", "石重", "number"),
    Column("stone_colour", "颜色", "text"),
    Column("stone_clarity", "净度", "text"),
    Column("stone_cut", "切工", "text"),
    Column("certificate", "证书号", "text"),
    Column("note", "备注", "text"),
)

#: Values of coded columns: code → Chinese word used in submissions.
CODES: dict[str, dict[str, str]] = {
    "trade_type": {"sale": "销售", "toll": "来料加工", "trade_in": "以旧换新", "return": "退货"},
    "stage": {"wholesale": "批发", "retail": "零售"},
    "weight_unit": {
        "g": "克",
        "kg": "千克",
        "mg": "毫克",
        "ct": "克拉",
        "fen": "分",
        "qian": "钱",
        "liang": "两",
    },
    "amount_unit": {"yuan": "元", "wan": "万元"},
    "tax_basis": {"incl": "含税", "excl": "不含税"},
    "charge_basis": {"per_gram": "克工费", "per_piece": "件工费", "percent": "百分比"},
}

_TEXT = pa.dictionary(pa.int32(), pa.string())

#: Columns whose value identifies something: nothing invisible may hide in them.
ID_COLUMNS: tuple[str, ...] = ("enterprise_id", "period", "item_id", "class_code")

#: Columns a form fills in on every line, used or not: alone they say nothing.
KEY_COLUMNS: tuple[str, ...] = ("enterprise_id", "period", "line_no")

#: Columns that tell of a deal: a line that names an item and has none of them is of an item that was not traded.
DEAL_COLUMNS: tuple[str, ...] = (
    "deal_time",
    "pieces",
    "weight",
    "net_weight",
    "amount",
    "metal_price",
    "making_charge",
    "loss_rate",
    "stone_amount",
    "stone_carat",
    "certificate",
)

#: Cell A1 of the sheets of our forms that are no reports, and of the lines above their headers, begins with this.
FOR_PEOPLE = "【水贝指数】"

#: Where a record stands: receipt and name of its file, sheet ("" where there are none), line counted from 1.
PROVENANCE = pa.schema(
    [
        pa.field("receipt", pa.int64(), nullable=False),
        pa.field("file", _TEXT, nullable=False),
        pa.field("sheet", _TEXT, nullable=False),
        pa.field("row", pa.int64(), nullable=False),
    ]
)

_ARROW = {"text": _TEXT, "number": pa.float64(), "integer": pa.int64()}

#: A report as read: the columns of a submission, numbers and times parsed, empty or unreadable cells null.
REPORT = pa.schema(
    [pa.field(c.name, pa.timestamp("s") if c.name == "deal_time" else _ARROW[c.kind]) for c in SUBMISSION]
    + list(PROVENANCE)
)

#: An accepted record: units, money and tax settled, the reported figures kept beside the normalised ones.
#: Money in int64 fen (0.01 CNY), weights in int64 mg, `quantity_milli` in thousandths of the class's pricing unit
#: (so mg for grams, 0.001 ct for carats, 0.001 piece for pieces): sums are exact in any order.
RECORD = pa.schema(
    [
        pa.field("enterprise_id", _TEXT, nullable=False),
        pa.field("period", _TEXT, nullable=False),
        pa.field("line_no", pa.int64(), nullable=False),
        pa.field("item_id", _TEXT, nullable=False),
        pa.field("class_code", _TEXT, nullable=False),
        pa.field("deal_time", pa.timestamp("s")),
        pa.field("trade_type", _TEXT, nullable=False),
        pa.field("stage", _TEXT, nullable=False),
        pa.field("pieces", pa.int64()),
        pa.field("weight_mg", pa.int64()),
        pa.field("net_weight_mg", pa.int64()),
        pa.field("quantity_milli", pa.int64(), nullable=False),
        pa.field("fineness", pa.float64()),
        pa.field("tax_basis", _TEXT, nullable=False),
        pa.field("amount_reported_fen", pa.int64(), nullable=False),
        pa.field("amount_fen", pa.int64(), nullable=False),
        pa.field("metal_price", pa.float64()),
        pa.field("making_charge", pa.float64()),
        pa.field("charge_basis", _TEXT),
        pa.field("loss_rate", pa.float64()),
        pa.field("stone_amount_fen", pa.int64()),
        pa.field("stone_type", _TEXT),
        pa.field("stone_carat", pa.float64()),
        pa.field("stone_colour", _TEXT),
        pa.field("stone_clarity", _TEXT),
        pa.field("stone_cut", _TEXT),
        pa.field("certificate", _TEXT),
        pa.field("note", _TEXT),
        pa.field("receipt", pa.int64(), nullable=False),
        pa.field("file", _TEXT, nullable=False),
        pa.field("sheet", _TEXT),
        pa.field("row", pa.int64(), nullable=False),
        pa.field("weight_reported", pa.float64()),
        pa.field("net_weight_reported", pa.float64()),
        pa.field("weight_unit_reported", _TEXT),
        pa.field("unit_system_reported", _TEXT),
        pa.field("fineness_reported", _TEXT),
        pa.field("amount_reported", pa.float64()),
        pa.field("amount_unit_reported", _TEXT),
        pa.field("weight_rule", _TEXT),
        pa.field("fineness_rule", _TEXT),
        pa.field("tax_rule", _TEXT),
        pa.field("defaulted", _TEXT),
        pa.field("split", _TEXT),
        pa.field("metal_fen", pa.int64()),
        pa.field("loss_fen", pa.int64()),
        pa.field("making_fen", pa.int64()),
        pa.field("stone_fen", pa.int64()),
        pa.field("net_mg", pa.int64()),
        pa.field("pure_ug", pa.int64()),
    ]
)

#: The columns of an accepted record that say how its figures came about: numbers and words as the firm wrote them, the
#: dated rule that turned them into the settled ones, and which empty cells were read as something. For people; no
#: figure is computed from them, and records accepted by a version without them have them empty (decision 0205).
TRAIL: tuple[str, ...] = tuple(
    RECORD.names[RECORD.get_field_index("weight_reported") : RECORD.get_field_index("split")]
)

#: The columns that take an accepted amount apart (`validation.split`): how it was done ("" = it could not be), the four
#: parts that add up to `amount_fen`, and net and pure metal. Records of a version without them have them empty.
SPLIT: tuple[str, ...] = tuple(RECORD.names[RECORD.get_field_index("split") :])

#: Columns that records accepted by an older version do not have.
LATER: tuple[str, ...] = (*TRAIL, *SPLIT)

#: One finding: what is wrong with which cell of which file (contract §4).
FINDING_COLUMNS: tuple[str, ...] = (
    "enterprise_id",
    "period",
    "line_no",
    "file",
    "sheet",
    "cell",
    "rule",
    "severity",
    "value",
    "expected",
    "message_zh",
    "message_en",
    "diagnosis",
    "proposed",
    "influence",
)
SEVERITIES: tuple[str, ...] = ("note", "query", "reject")
