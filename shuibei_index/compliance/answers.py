"""Answers: what only people can say (who compiles, how points are chosen …), from compliance.toml of a workspace."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from shuibei_index.compliance.document import BLANK, Words
from shuibei_index.errors import WorkspaceError, did_you_mean
from shuibei_index.written_form import without_version

FILE = "compliance.toml"
#: What is asked of people, by id.
QUESTIONS: Mapping[str, Words] = {
    "purpose": ("编制目的", "purpose of the index"),
    "body": ("指数编制机构：名称、性质、地址、负责人员", "compiler: name, legal form, address, persons in charge"),
    "independence": (
        "独立性声明：与利益相关方的关系及公开声明的地址",
        "independence of interested parties, and where it is declared in public",
    ),
    "selection": ("采集点的甄选标准", "criteria by which collection points are chosen"),
    "agreements": (
        "与各采集点约定的报送规则：人员、标准、时间、渠道",
        "submission rules agreed with each point: person, standard, time, channel",
    ),
    "representative": ("覆盖面能否反映全国价格：依据", "evidence that the coverage reflects national prices"),
    "government_names": ("名称是否与政府部门编制的指数重名", "whether the name clashes with an index of a government"),
    "internal_control": ("内控部门及其职责", "the internal-control department and its duties"),
    "no_trading": (
        "不参与交易、不操纵指数的承诺与检查",
        "undertaking not to trade or manipulate, and how it is checked",
    ),
    "staff": ("编制人员档案的存放处", "where the records of staff are kept"),
    "contact": ("咨询与投诉的联系方式", "contact for questions and complaints"),
    "order_text": ("已核对《办法》正式文本全文", "the full official text of the order was checked against this pack"),
}
_KEYS = {"zh", "en", "by", "on"}


@dataclass(frozen=True)
class Answers:
    """Answers by question; a question without one is left to a person."""

    given: Mapping[str, Mapping[str, str]]

    @classmethod
    def read(cls, workspace: Path) -> Answers:
        """Read compliance.toml of a workspace; no file = no answers.

        Raises
        ------
        WorkspaceError
            It is no TOML, or answers a question that is not asked.
        """
        path = workspace / FILE
        if not path.is_file():
            return cls({})
        try:
            content = tomllib.loads(path.read_text(encoding="utf-8-sig"))
        except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
            raise WorkspaceError(f"{FILE} is not valid TOML: {error}", zh=f"{FILE} 不是有效的 TOML：{error}") from error
        content = without_version(content, FILE, WorkspaceError)
        for name, answer in content.items():
            if name not in QUESTIONS:
                near = did_you_mean(name, QUESTIONS)
                raise WorkspaceError(f"{FILE}: no question {name!r}{near}", zh=f"{FILE}：没有问题 {name}")
            if not isinstance(answer, dict) or not set(answer) <= _KEYS or not ({"zh", "en"} & set(answer)):
                raise WorkspaceError(
                    f"{FILE}: [{name}] must have zh or en, and may have by and on",
                    zh=f"{FILE}：[{name}] 须有 zh 或 en，可另有 by（填写人）、on（日期）",
                )
        return cls({name: {k: str(v).strip() for k, v in answer.items()} for name, answer in content.items()})

    def words(self, name: str) -> Words:
        """Return an answer in both languages (the one given, where there is one only), or that it is missing."""
        found = self.given.get(name, {})
        zh, en = found.get("zh", ""), found.get("en", "")
        return (zh or en, en or zh) if zh or en else BLANK

    def has(self, name: str) -> bool:
        """Tell whether a question was answered."""
        return self.words(name) != BLANK

    def signature(self, name: str, *, person: bool = False) -> str:
        """Return when it was answered, and by whom if persons may be named; "" = not said."""
        found = self.given.get(name, {})
        return " ".join(x for x in (found.get("by", "") if person else "", found.get("on", "")) if x)
