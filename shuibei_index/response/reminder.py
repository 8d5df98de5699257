"""Reminders (催报函): to each firm nothing has come from, in both languages, as a page to print and a text to send."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from shuibei_index.errors import UsageError
from shuibei_index.pipeline.compiling import prices
from shuibei_index.response.firms import file_stem
from shuibei_index.response.style import page
from shuibei_index.store import Store
from shuibei_index.teamfiles import write_bytes, write_table

if TYPE_CHECKING:
    from shuibei_index.response.status import MonthStatus
    from shuibei_index.rules import RulesAt
    from shuibei_index.workspace import Workspace


@dataclass(frozen=True)
class Reminder:
    """One firm's reminder.

    Attributes
    ----------
    firm, name, month : str
    on, due, until : date
        Day of the letter, the regular deadline, and the day asked for.
    items : int
        Items the firm reported last.
    last_month : str
        When that was; "" = never.
    index_zh, index_en : str
        Name of the index.
    unread : str
        A file that by its name is the firm's and could not be read; "" = none.
    """

    firm: str
    name: str
    month: str
    on: dt.date
    due: dt.date
    until: dt.date
    items: int
    last_month: str
    index_zh: str
    index_en: str
    unread: str = ""

    @property
    def overdue(self) -> bool:
        """Whether the deadline has passed."""
        return self.on > self.due

    def paragraphs(self) -> list[tuple[str, str]]:
        """Return the letter's paragraphs, Chinese and English."""
        zh, en = chinese_month(self.month), english_month(self.month)
        due, until = chinese_date(self.due), chinese_date(self.until)
        if self.unread:
            first = (
                f"截至{chinese_date(self.on)}，我们收到文件“{self.unread}”，但文件已损坏或无法读取，其中没有可用的记录。"
                f"请在 Excel 中打开{zh}价格报表，另存后于{until}（含）前重新发送。",
                f'By {english_date(self.on)} the file "{self.unread}" had reached us, but it is damaged or cannot be '
                f"read: no record could be taken from it. Please open your price report for {en} in Excel, save it "
                f"anew and send it again by {english_date(self.until)}.",
            )
        elif self.overdue:
            first = (
                f"贵单位{zh}价格报表按约定应于{due}（含）前报送，截至{chinese_date(self.on)}我们尚未收到。"
                f"为不影响本月指数编制，恳请于{until}（含）前补报。如报表已经寄出，请告知发送时间和方式，并请见谅。",
                f"Your price report for {en} was due by {english_date(self.due)}; by {english_date(self.on)} it had "
                "not reached us. So that the month's index does not suffer, please send it by "
                f"{english_date(self.until)}. If it is on its way, kindly tell us when and how it "
                "was sent, and excuse this letter.",
            )
        else:
            first = (
                f"{zh}价格报表的报送截止日为{due}。截至{chinese_date(self.on)}我们尚未收到贵单位报表，"
                "谨此提醒，请按时报送。如报表已经寄出，请告知发送时间和方式。",
                f"Price reports for {en} are due by {english_date(self.due)}. Yours had not reached us by "
                f"{english_date(self.on)}: this is a reminder to send it in time. If it is on its way, kindly tell us "
                "when and how it was sent.",
            )
        if self.last_month:
            own = (
                f"贵单位最近一次报送为{chinese_month(self.last_month)}，共 {self.items} 个规格品；填报表已按这些"
                "规格品预填，请填写本月成交；本月无成交的规格品留空即可。",
                f"You last reported for {english_month(self.last_month)}, {self.items} items. The form is pre-filled "
                "with them: please enter the month's sales, and leave an item empty that was not sold.",
            )
        else:
            own = (
                "这是贵单位首次报送，填写办法见填报表的说明页，如有疑问请随时联系我们。",
                "This is your first report: the form's instruction sheet explains how to fill it in. Do ask us.",
            )
        thanks = (
            f"贵单位的数据对{self.index_zh}的代表性十分重要。个体数据仅用于编制指数，不对外提供；报送企业将获得本企业的"
            "月度反馈单。感谢贵单位的支持与配合。",
            f"Your figures matter for how well the {self.index_en} represents the trade. Data of single firms serve "
            "the index alone and are passed on to nobody; every firm that reports receives a scorecard of its own. "
            "Thank you for your support.",
        )
        return [first, own, thanks]

    def text(self) -> str:
        """Return the letter as plain text, for a message or an e-mail."""
        paragraphs = self.paragraphs()
        zh = "\n\n".join(p[0] for p in paragraphs)
        en = "\n\n".join(p[1] for p in paragraphs)
        return (
            f"{self.title_zh}\n\n{self.firm} {self.name}：\n\n{zh}\n\n此致\n敬礼\n\n{self.index_zh}编制组\n"
            f"{chinese_date(self.on)}\n\n{'—' * 20}\n\n{self.title_en}\n\nTo {self.firm} {self.name}\n\n{en}\n\n"
            f"Yours sincerely,\nIndex team, {self.index_en}\n{english_date(self.on)}\n"
        )

    def page(self) -> str:
        """Return the letter as one self-contained HTML page; names are escaped."""
        paragraphs = self.paragraphs()
        firm = escape(f"{self.firm} {self.name}".strip())
        zh = "".join(f'<p style="text-indent:2em">{escape(p[0])}</p>\n' for p in paragraphs)
        en = "".join(f"<p>{escape(p[1])}</p>\n" for p in paragraphs)
        body = (
            f'<h1 style="text-align:center">{escape(self.title_zh)}</h1>\n<p><b>{firm}：</b></p>\n{zh}'
            '<p style="text-indent:2em">此致</p><p>敬礼</p>\n'
            f'<p style="text-align:right">{escape(self.index_zh)}编制组<br>{chinese_date(self.on)}</p>\n'
            f'<section lang="en" style="margin-top:10mm;border-top:1px solid #d5dae0;padding-top:4mm">\n'
            f'<h2 style="border:0">{escape(self.title_en)}</h2>\n<p><b>To {firm}</b></p>\n{en}'
            "<p>Yours sincerely,</p>\n"
            f'<p style="text-align:right">Index team, {escape(self.index_en)}<br>{english_date(self.on)}</p>'
            "</section>\n"
        )
        return page(f"{self.title_zh} {self.firm}", f'<div style="font-size:11.5pt;line-height:1.75">{body}</div>')

    @property
    def title_zh(self) -> str:
        """Chinese title."""
        kind = "催报函" if self.overdue else "报送提醒函"
        return f"关于报送{chinese_month(self.month)}价格报表的{kind}"

    @property
    def title_en(self) -> str:
        """English title."""
        return f"{'Overdue' if self.overdue else 'Reminder'}: price report for {english_month(self.month)}"

    @property
    def file_stem(self) -> str:
        """Name of the files: the firm's code, or a digest of it where it could not be a file name."""
        return file_stem(self.firm)


def due_date(on: dt.date, due: dt.date, rules: RulesAt) -> dt.date:
    """Return the day a letter asks for: the deadline, or days of grace once it has passed."""
    return due if on <= due else on + dt.timedelta(days=int(rules["reminder_grace_days"]))


def write_reminders(workspace: Workspace, status: MonthStatus, out: str | Path | None = None) -> pd.DataFrame:
    """Write a reminder to each missing firm, as .html and .txt, and the list of them, readable by their owner only.

    Parameters
    ----------
    workspace : Workspace
    status : MonthStatus
        With the day of the letters.
    out
        A folder. Default: work/<month>/reminders.

    Returns
    -------
    DataFrame
        enterprise_id, name, contact, overdue, until, last_month, items, weight, imputed, page, text: heaviest first.

    Raises
    ------
    UsageError
        The status has no day.
    """
    if status.on is None:
        raise UsageError("a letter needs a date: pass --on YYYY-MM-DD", zh="催报函须有日期，请给出 --on YYYY-MM-DD")
    until = due_date(status.on, status.due, workspace.rules().at(status.month))
    folder = Path(out) if out is not None else workspace.work(status.month) / "reminders"
    missing = status.missing.sort_values(["weight", "enterprise_id"], ascending=[False, True], kind="stable")
    last = _last_reports(workspace, status.month)
    unread = dict(zip(status.unread["enterprise_id"], status.unread["file"], strict=True))
    rows = []
    for row in missing.to_dict("records"):
        month, items = last.get(row["enterprise_id"], ("", 0))
        letter = Reminder(
            row["enterprise_id"], row["name"], status.month, status.on, status.due, until, items, month,
            workspace.settings.name_zh, workspace.settings.name_en, unread.get(row["enterprise_id"], ""),
        )  # fmt: skip
        html = write_bytes(folder, f"{letter.file_stem}.html", letter.page().encode())
        text = write_bytes(folder, f"{letter.file_stem}.txt", letter.text().encode())
        rows.append((letter.firm, letter.name, row["contact"], letter.overdue, until.isoformat(), month, items,
                     row["weight"], row["imputed"], str(html), str(text)))  # fmt: skip
    columns = ["enterprise_id", "name", "contact", "overdue", "until", "last_month", "items", "weight", "imputed",
               "page", "text"]  # fmt: skip
    frame = pd.DataFrame(rows, columns=columns)
    write_table(folder, "reminders.csv", frame.drop(columns=["page", "text"]))
    return frame


def _last_reports(workspace: Workspace, month: str) -> Mapping[str, tuple[str, int]]:
    """Return for each firm the last month before with accepted records, and the items of that month."""
    with Store.open(workspace.store) as store:
        before = [m for m in store.months() if m < month and (s := store.month(m)) and s.counts.get("accepted")]
    if not before:
        return {}
    panel = prices(workspace, before[-1])
    cells = pd.DataFrame(
        {"firm": panel.items["enterprise_id"].to_numpy()[panel.item], "month": panel.month, "item": panel.item}
    )
    cells = cells[cells["month"] == cells.groupby("firm")["month"].transform("max")]
    found = cells.groupby("firm").agg(month=("month", "first"), items=("item", "nunique"))
    return {
        str(firm): (panel.months[int(at)], int(items))
        for firm, at, items in zip(found.index, found["month"], found["items"], strict=True)
    }


def chinese_date(day: dt.date) -> str:
    """Return a date as Chinese letters write it.

    Examples
    --------
    >>> chinese_date(dt.date(2025, 7, 6)), english_date(dt.date(2025, 7, 6)), chinese_month("2025-06")
    ('2025年7月6日', '6 July 2025', '2025年6月')
    """
    return f"{day.year}年{day.month}月{day.day}日"


def chinese_month(month: str) -> str:
    """Return a month as Chinese letters write it."""
    return f"{int(month[:4])}年{int(month[5:])}月"


# not strftime: its names of months follow the machine's language
_MONTHS = ("January", "February", "March", "April", "May", "June", "July", "August", "September", "October",
           "November", "December")  # fmt: skip


def english_date(day: dt.date) -> str:
    """Return a date as English letters write it."""
    return f"{day.day} {_MONTHS[day.month - 1]} {day.year}"


def english_month(month: str) -> str:
    """Return a month as English letters write it."""
    return f"{_MONTHS[int(month[5:]) - 1]} {int(month[:4])}"
