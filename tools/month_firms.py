"""What the firms of the worked month do: fill in forms, slip, answer letters, send late. Simulated, like their data."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import openpyxl
from fill_form import fill_form, form_values

from shuibei_index.intake.read import read_submissions
from shuibei_index.queries.workbook import ANSWER_LABEL, HEADER_ROW, ID_LABEL, REMARK_LABEL

MONTH = "2025-06"
FORMS = Path("work") / MONTH / "templates"
INBOX = Path("inbox") / MONTH
LETTERS = Path("work") / MONTH / "queries"
Lines = list[dict[str, Any]]
Story = list[tuple[str, str, str]]


def aside() -> Story:
    """Take what the simulated firms would have sent out of the inbox: it is what they now type into the forms."""
    shutil.move(INBOX, "sold")
    INBOX.mkdir()
    return []


def early() -> Story:
    """Fill in the forms of the firms that report at once."""
    return [
        _send("E002", _qian, "两行黄金按钱填重量，单位仍写克", "types two gold weights in 钱, the unit says 克"),
        _send("E003", _as_sold, "照实填写", "fills in the form"),
        _send("E007", _as_sold, "照实填写（金额单位选万元）", "fills in the form, in 万元 as its unit says"),
        _exported(
            "E009", "不用填报表，发系统导出的 CSV，末行导出两次", "sends a CSV of its own system, last line twice"
        ),
        _cut("E013", "邮件只传来文件的前半截", "only the first half of the file comes through"),
    ]


def usual() -> Story:
    """Fill in the forms of the firms that report by the deadline."""
    told = [_send(firm, _as_sold, "照实填写", "fills in the form") for firm in ("E017", "E021", "E022")]
    told.append(_send("E008", _wan, "两行金额按万元填，单位仍写元", "types two amounts in 万元, the unit says 元"))
    told.append(_send("E014", _as_sold, "同一文件发了两次，换了名字", "sends the same file twice, under two names"))
    shutil.copy(INBOX / f"E014_{MONTH}.xlsx", INBOX / "6月报表(新).xlsx")
    told.append(_send("E020", _per_piece, "一行件工费误选为克工费", "one charge per piece is marked as per gram"))
    return sorted(told)


def answers() -> Story:
    """Answer the letters."""
    return [
        _reply(
            "E002", "更正 correct", "", "选“更正”，同意建议读法", "chooses 更正 and so agrees to the proposed reading"
        ),
        _reply(
            "E008", "更正 correct", "", "选“更正”，同意建议读法", "chooses 更正 and so agrees to the proposed reading"
        ),
    ]


def late() -> Story:
    """Send what was missing."""
    return [
        _send("E011", _as_sold, "收到催报函后补报", "reports after the reminder"),
        _send("E013", _as_sold, "重新发送完整文件", "sends the whole file again"),
    ]


ACTS: Mapping[str, Callable[[], Story]] = {
    "aside": aside, "early": early, "usual": usual, "answers": answers, "late": late,
}  # fmt: skip


def _send(firm: str, slip: Callable[[Lines], Lines], zh: str, en: str) -> tuple[str, str, str]:
    sold = read_submissions(Path("sold") / f"{firm}_{MONTH}.csv").table.to_pandas()
    name = f"{firm}_{MONTH}.xlsx"
    fill_form(FORMS / name, slip(form_values(sold)), INBOX / name)
    return firm, zh, en


def _exported(firm: str, zh: str, en: str) -> tuple[str, str, str]:
    name = f"{firm}_{MONTH}.csv"
    content = (Path("sold") / name).read_bytes()
    (INBOX / name).write_bytes(content + content.splitlines(keepends=True)[-1])
    return firm, zh, en


def _cut(firm: str, zh: str, en: str) -> tuple[str, str, str]:
    name = f"{firm}_{MONTH}.xlsx"
    whole = (FORMS / name).read_bytes()
    (INBOX / name).write_bytes(whole[: len(whole) // 2])
    return firm, zh, en


def _as_sold(lines: Lines) -> Lines:
    return lines


def _gold(lines: Lines) -> Lines:
    return [line for line in lines if line["class_code"].startswith("0101") and line["weight_unit"] == "克"][:2]


def _qian(lines: Lines) -> Lines:
    for line in _gold(lines):
        line["weight"] = round(line["weight"] / 5, 3)
        line["net_weight"] = round(line.get("net_weight", 5 * line["weight"]) / 5, 3)
    return lines


def _wan(lines: Lines) -> Lines:
    for line in [line for line in lines if line.get("amount_unit", "元") == "元"][:2]:
        line["amount"] = round(line["amount"] / 10_000, 4)
    return lines


def _per_piece(lines: Lines) -> Lines:
    next(line for line in lines if line.get("charge_basis") == "件工费")["charge_basis"] = "克工费"
    return lines


def _reply(firm: str, answer: str, remark: str, zh: str, en: str) -> tuple[str, str, str]:
    path = LETTERS / f"{firm}.xlsx"
    book = openpyxl.load_workbook(path)
    sheet = book.worksheets[0]
    heads = {cell.value: cell.column for cell in sheet[HEADER_ROW + 1]}
    for row in range(HEADER_ROW + 2, sheet.max_row + 1):
        if sheet.cell(row, heads[ID_LABEL]).value:
            sheet.cell(row, heads[ANSWER_LABEL]).value = answer
            sheet.cell(row, heads[REMARK_LABEL]).value = remark or None
    target = Path("returned")
    target.mkdir(exist_ok=True)
    book.save(target / path.name)
    return firm, zh, en
