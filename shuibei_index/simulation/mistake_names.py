"""Kinds of reporting mistakes by name."""

from __future__ import annotations

#: What each kind drawn for a line is; the order is part of the random stream, which takes no further kind.
LINE_KINDS: dict[str, str] = {
    "weight_in_qian": "grams divided by 5 (钱, metric), the unit still says the enterprise's gram unit",
    "weight_times_1000": "g, kg and mg mixed up: 1000 times or a thousandth of the weight",
    "amount_wan_yuan": "元 written where the unit says 万元, or the other way round",
    "carat_points": "分 written where the unit says 克拉, or the other way round",
    "charge_basis": "charge per piece written as a charge per gram, or the other way round",
    "tax_flag": "含税 and 不含税 mixed up",
    "gross_as_net": "gross weight written as net weight of karat gold",
    "total_as_price": "the line's amount written in the cell of the metal price",
    "charge_missing": "making charge left out, of the cell and of the amount",
    "stale_price": "the item's metal price of last month copied, and the amount worked out with it",
    "duplicate_row": "the same line twice",
    "wrong_month": "another month in the period cell",
    "unknown_class": "a class code that no tree has",
    "not_a_number": "约 or 起 beside the number",
}
#: Kinds with a random stream of their own: with or without them, all other mistakes of a seed stay as they are.
ADDED_KINDS: dict[str, str] = {
    "charge_doubled": "making charge counted twice, in its cell and in the amount",
    "last_month_copied": "an enterprise sends all lines of the month before again, only the dates are new",
}
KINDS: dict[str, str] = LINE_KINDS | ADDED_KINDS
