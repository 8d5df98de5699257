"""Answers: a letter that came back, read by intake's guarded reader, row by row against what was asked."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa

from shuibei_index.checks import Checks, gather
from shuibei_index.intake.block import FileFault
from shuibei_index.intake.filetype import check_type
from shuibei_index.intake.limits import Limits
from shuibei_index.intake.numbers import Affix, parse_numbers, whole
from shuibei_index.intake.parser import Parser
from shuibei_index.intake.schema import CODES, Column
from shuibei_index.intake.source import open_regular
from shuibei_index.intake.texts import clean_texts
from shuibei_index.intake.times import parse_times
from shuibei_index.queries.letter import ANSWERS, CORRECTABLE, EMPTY_WORD
from shuibei_index.queries.returned import Returned, Unread, read_sheet
from shuibei_index.queries.workbook import (
    ANSWER_LABEL,
    COLUMNS,
    ID_LABEL,
    PROPOSED_LABEL,
    REMARK_LABEL,
    SHEET,
    correction_label,
)
from shuibei_index.templates.words import reading_in_words

_AFFIX: dict[str, Affix] = {
    "amount": "yuan", "stone_amount": "yuan", "metal_price": "yuan", "making_charge": "yuan", "loss_rate": "percent",
}  # fmt: skip
_HEAD = 4096
#: What a drop-down of codes shows → the code.
_CODES = {f"{zh} {code}": code for words in CODES.values() for code, zh in words.items()}


@dataclass
class Answers:
    """What one or several letters said.

    Attributes
    ----------
    rows : DataFrame
        query, answer (confirm, correct, withdraw), values (JSON), remark, file, enterprise_id: good rows only.
    findings : DataFrame
        What cannot be used, and why.
    """

    rows: pd.DataFrame
    findings: pd.DataFrame
    files: dict[str, bytes] = field(default_factory=dict)


def read_answers(paths: Sequence[str | Path], queries: pd.DataFrame, limits: Limits, firm: str = "") -> Answers:
    """Read letters that came back.

    Parameters
    ----------
    paths
        The files.
    queries : DataFrame
        Every query there is, as `Register.queries` gives them.
    limits : Limits
        Those of intake.
    firm
        Who sent them, if known; else the firm each letter names.
    """
    checks = Checks.load()
    known = queries.set_index("query")
    rows, findings, files = [], [], {}
    parser = Parser(limits)
    try:
        for path in paths:
            name = Path(path).name
            try:
                data = _content(Path(path), limits)
                letter = read_sheet(parser.read(data)["sheets"])
            except FileFault as fault:
                findings.append(checks.find(fault.rule, file=name, **fault.fields))
                continue
            files[name] = data
            good, wrong = _Reader(name, firm or letter.firm, known, checks).read(letter)
            rows.append(good)
            findings += wrong
    finally:
        parser.close()
    columns = ["query", "answer", "values", "remark", "file", "enterprise_id"]
    given = pd.concat(rows, ignore_index=True) if rows else pd.DataFrame(columns=columns)
    return Answers(given[columns], gather(findings), files)


def _content(path: Path, limits: Limits) -> bytes:
    try:
        with open_regular(path) as stream:
            data = stream.read(limits.file_bytes + 1)
    except OSError as error:
        raise FileFault("file_unreadable", detail=error.strerror or type(error).__name__) from error
    if len(data) > limits.file_bytes:
        raise FileFault("file_too_large", value=str(len(data)), limit=str(limits.file_bytes))
    if check_type(path.name, data[:_HEAD], data[-_HEAD:], data) != "xlsx":
        raise FileFault("answer_sheet")
    return data


class _Reader:
    """Reads the rows of one letter; whatever is wrong is a finding that names the line."""

    def __init__(self, file: str, firm: str, known: pd.DataFrame, checks: Checks) -> None:
        self.file, self.firm, self.known, self.checks = file, firm, known, checks
        self.findings: list[pd.DataFrame] = []

    def say(self, rule: str, line: str, **fields: str) -> None:
        """Note what is wrong with a line of the letter."""
        fields = {"cell": f"{line}:{line}", **fields}
        self.findings.append(self.checks.find(rule, file=self.file, sheet=SHEET, enterprise_id=self.firm, **fields))

    def read(self, letter: Returned) -> tuple[pd.DataFrame, list[pd.DataFrame]]:
        """Return the good rows, and findings about the others."""
        self.letter = letter
        given = [row for row in map(self._row, letter.rows.to_dict("records")) if row is not None]
        frame = pd.DataFrame(given, columns=["query", "answer", "values", "remark", "file", "enterprise_id", "line"])
        clash = self._clashes(frame)
        for query, line in frame.loc[clash, ["query", "line"]].to_numpy().tolist():
            self.say("answer_conflict", line, query=query, value=query)
        return frame[~clash].drop_duplicates("query", ignore_index=True), self.findings

    def _row(self, row: Any) -> dict[str, str] | None:
        query, line, word = row[ID_LABEL], row["line"], row[ANSWER_LABEL]
        if (unread := self.letter.unread.get((line, ID_LABEL))) is not None:
            self._unreadable(unread, line, query, "质疑编号", "the query id")
            return None
        if query not in self.known.index:
            self.say("answer_unknown_query", line, value=query)
            return None
        asked = self.known.loc[query]
        if asked["enterprise_id"] != self.firm or not self.firm:
            self.say("answer_foreign", line, value=query, firm=self.firm)
            return None
        values, sound = self._values(row, query, line)
        sound = self._clear(row, query, line) and sound
        if not word and not values and sound:
            self.say("answer_empty", line, query=query)
            return None
        answer = ANSWERS.get(word) or next((a for a in ANSWERS.values() if word.lower() == a), "")
        answer = answer or next((a for shown, a in ANSWERS.items() if word == shown.split()[0]), "")
        content = json.loads(asked["content"])
        proposed = _proposal(content["proposed"])
        rule = self._objection(answer, values, proposed, content)
        if not rule and answer == "correct" and not values and not _agrees(row.get(PROPOSED_LABEL, ""), content):
            rule = "answer_other_reading"
        if asked["status"] in ("decided", "void"):
            self.say("answer_void", line, query=query, expected=asked["status"])
        elif sound and rule:
            self.say(rule, line, query=query, value=word)
        elif sound:
            values = (values or proposed) if answer == "correct" else {}
            text = json.dumps(values, ensure_ascii=False, sort_keys=True)
            remark = str(row.get(REMARK_LABEL, ""))
            if (unread := self.letter.unread.get((line, REMARK_LABEL))) is not None and unread.rule != "answer_merged":
                self._unreadable(unread, line, query, "说明", "the remark", severity="note")
            return {
                "query": query, "answer": answer, "values": text, "remark": remark, "file": self.file,
                "enterprise_id": self.firm, "line": line,
            }  # fmt: skip
        return None

    @staticmethod
    def _objection(answer: str, values: dict[str, Any], proposed: dict[str, Any], content: dict[str, str]) -> str:
        if not answer:
            return "answer_word"
        if answer == "correct" and content["scope"] == "file":
            return "answer_no_record"
        if answer == "correct" and not (values or proposed):
            return "answer_without_values"
        if answer != "correct" and values:
            return "answer_values_unused"
        if answer == "confirm" and content["severity"] == "reject":
            return "answer_not_confirmable"
        return ""

    def _values(self, row: Any, query: str, line: str) -> tuple[dict[str, Any], bool]:
        values: dict[str, Any] = {}
        sound = True
        for column in CORRECTABLE:
            title = correction_label(column.name_zh, column.name)
            if (unread := self.letter.unread.get((line, title))) is not None:
                sound = False
                self._unreadable(unread, line, query, column.name_zh, column.name)
                continue
            text = str(row.get(title, ""))
            if not text:
                continue
            try:
                values[column.name] = corrected_value(column, text)
            except ValueError:
                sound = False
                expected = "日期 a date" if column.name == "deal_time" else "数字 a number"
                self.say(
                    "answer_value", line, query=query, value=text, column=column.name, column_zh=column.name_zh,
                    expected=expected,
                )  # fmt: skip
        return values, sound

    def _clear(self, row: Any, query: str, line: str) -> bool:
        """Tell whether the answer can be read, and nothing stands where nobody looks."""
        clear = True
        if (unread := self.letter.unread.get((line, ANSWER_LABEL))) is not None:
            clear = False
            self._unreadable(unread, line, query, "答复", "the answer")
        loose = [(f"{line}:{line}", text) for title, text in row.items() if text and title not in COLUMNS | {"line"}]
        loose += [self.letter.stray[line]] if line in self.letter.stray else []
        for cell, text in loose[:1]:
            clear = False
            self.say("answer_stray", line, query=query, cell=cell, value=text)
        return clear

    def _unreadable(self, unread: Unread, line: str, query: str, zh: str, en: str, severity: str = "reject") -> None:
        self.say(
            unread.rule, line, query=query, cell=unread.cell, value=unread.value, column=zh, column_en=en,
            severity=severity,
        )  # fmt: skip

    def _clashes(self, frame: pd.DataFrame) -> pd.Series:
        """Tell which rows contradict another on the same record."""
        record = frame["query"].map(self.known["record"])
        withdrawn = (frame["answer"] == "withdraw").groupby(record)
        mixed = withdrawn.transform("any") & ~withdrawn.transform("all")
        cells = [
            (at, column, json.dumps(value))
            for at, text in frame["values"].items()
            for column, value in json.loads(text).items()
        ]
        spread = pd.DataFrame(cells, columns=["at", "column", "value"])
        spread["record"] = spread["at"].map(record)
        counts = spread.groupby(["record", "column"])["value"].transform("nunique")
        twice = frame.groupby("query")["answer"].transform("nunique") > 1
        return mixed | twice | record.isin(spread.loc[counts > 1, "record"])


def _agrees(shown: str, content: dict[str, str]) -> bool:
    # who agrees does so to what the letter shows, which another submission may have changed meanwhile
    return "".join(shown.split()) == "".join(reading_in_words(content["proposed"]).split())


def corrected_value(column: Column, text: str) -> Any:
    """Return what a corrected cell means: a number, a code, a text; None = nothing should stand there.

    Raises
    ------
    ValueError
        It is no number, or no date, where one is needed.

    Examples
    --------
    >>> from shuibei_index.intake.schema import SUBMISSION
    >>> weight = next(c for c in SUBMISSION if c.name == "weight")
    >>> corrected_value(weight, "１，２３４．５"), corrected_value(weight, "清空 empty")
    (1234.5, None)
    """
    if text == EMPTY_WORD or text in EMPTY_WORD.split():
        return None
    if column.kind == "text":
        cleaned = clean_texts(pa.array([text]), column.name)
        if cleaned.errors.any():
            raise ValueError(text)
        if column.name == "deal_time" and parse_times(pa.array([text]))[1].any():
            raise ValueError(text)
        word = cleaned.values[0].as_py()  # noqa: PD011 -- an array of ours
        return _CODES.get(text, word if word and column.name in CODES else text)
    # workbooks give numbers as text in the form of a double
    numbers = parse_numbers(pa.array([text]), affix=_AFFIX.get(column.name, ""))
    if numbers.refused.any() or (column.kind == "integer" and not whole(numbers.values).all()):
        raise ValueError(text)
    number = numbers.values.item()  # noqa: PD011 -- an array of ours
    return int(number) if column.kind == "integer" else number


def _proposal(text: str) -> dict[str, Any]:
    """Return the values of a proposed reading, e.g. "weight_unit=g; amount=5150"; {} if it is none."""
    kinds = {column.name: column for column in CORRECTABLE}
    parts = [part.partition("=") for part in text.replace(",", ";").split(";") if part.strip()]
    pairs = {name.strip(): value.strip() for name, sign, value in parts if sign}
    if not pairs or len(pairs) != len(parts) or not set(pairs) <= set(kinds):
        return {}
    try:
        return {name: corrected_value(kinds[name], value) for name, value in pairs.items()}
    except ValueError:
        return {}
