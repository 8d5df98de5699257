"""Signatories: who may sign a release, under which names, and as what."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from shuibei_index.errors import UsageError, WorkspaceError, did_you_mean
from shuibei_index.required import require_rows
from shuibei_index.review.persons import ROLES, person_key, role_of
from shuibei_index.workspace_tables import read_table

#: The file of a workspace.
SIGNATORIES = "signatories.csv"


@dataclass(frozen=True)
class Signatories:
    """Who may sign: one row a person.

    Parameters
    ----------
    rows : DataFrame
        name, also (other ways to write it, ; between), role (审核, 签发; "" = either).
    """

    rows: pd.DataFrame

    @classmethod
    def read(cls, path: Path) -> Signatories:
        """Read the list; without the file or without a row in it nobody is named, and any name may sign.

        Raises
        ------
        WorkspaceError
            A name is missing, a way to write one belongs to two persons, or there is no such role; says the line.
        """
        if not path.is_file():
            return cls(pd.DataFrame({"name": [], "also": [], "role": []}, dtype=str))
        rows = read_table(path, ["name"], ["also", "role"])
        require_rows(rows, path.name, "name", rows["name"].ne(""), ("a name", "姓名"))
        known = {"", *ROLES, *ROLES.values()}
        require_rows(
            rows, path.name, "role", rows["role"].str.lower().isin(known),
            ("审核 (review), 签发 (issue), or empty for either", " 审核、签发，或留空（均可）"),
        )  # fmt: skip
        result = cls(rows.assign(role=rows["role"].map(role_of)))
        keys = result._keys()
        twice = keys.reset_index().drop_duplicates()
        twice = twice[twice["key"].duplicated()]
        if len(twice):
            line, key = int(twice["line"].iloc[0]), str(twice["key"].iloc[0])
            raise WorkspaceError(
                f"{path.name}, line {line + 2}: {key!r} is also a name of {rows['name'].iloc[_first(keys, key)]}; "
                "expected each name with one person only",
                zh=f"{path.name} 第 {line + 2} 行：{key} 也是 {rows['name'].iloc[_first(keys, key)]} 的姓名写法，"
                "每种写法只能属于一人",
            )
        return result

    def __bool__(self) -> bool:
        """Tell whether anybody is named."""
        return len(self.rows) > 0

    def named(self, person: str) -> tuple[str, str]:
        """Return a person's name as listed, and the role ("" = either); without a list the name as given.

        Raises
        ------
        UsageError
            The list does not have the person.

        Examples
        --------
        >>> listed = Signatories(pd.DataFrame({"name": ["王敏"], "also": ["Wang Min; M. Wang"], "role": ["审核"]}))
        >>> listed.named("wang  min")
        ('王敏', '审核')
        """
        key = person_key(person)
        if not self:
            return person.strip(), ""
        keys = self._keys()
        if key not in set(keys):
            names = self.rows["name"].tolist()
            raise UsageError(
                f"{person.strip()!r} is not in {SIGNATORIES}{did_you_mean(person.strip(), names)}; expected one of "
                f"{', '.join(names)}. If the person may sign, add a line, or this way to write the name under 'also'",
                zh=f"{SIGNATORIES} 中没有 {person.strip()}；可签字人：{'、'.join(names)}。"
                "如有权签字，请加一行，或将此写法填入 also 列",
            )
        row = self.rows.iloc[_first(keys, key)]
        return str(row["name"]), str(row["role"])

    def signing(self, person: str, role: str = "") -> tuple[str, str]:
        """Return the name and role somebody signs with; "" = as it comes.

        Raises
        ------
        UsageError
            No name, no such role; or the list does not have the person, or not for this role.
        """
        given = role_of(role)
        name, only = self.named(person)
        if given and only and given != only:
            raise UsageError(
                f"{name} may sign as {only} ({ROLES[only]}) alone, not as {given} ({ROLES[given]}): see {SIGNATORIES}",
                zh=f"{name} 只能以 {only} 身份签字，不能以 {given} 身份，见 {SIGNATORIES}",
            )
        return name, given or only

    def _keys(self) -> pd.Series:
        """Return every way to write a name: key of the spelling, by number of the row (index `line`)."""
        rows = self.rows.reset_index(drop=True)
        ways = (rows["name"] + ";" + rows["also"]).map(lambda text: [t for t in re.split("[;；]", text) if t.strip()])
        return ways.explode().map(person_key).rename("key").rename_axis("line")


def _first(keys: pd.Series, key: str) -> int:
    return int(keys[keys == key].index[0])
