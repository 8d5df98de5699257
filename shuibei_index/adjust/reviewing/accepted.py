"""What a person accepted of a review: a file of lines that are added and never changed, each sealing the one before."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from shuibei_index import months
from shuibei_index.adjust.reviewing.review import SpecificationReview
from shuibei_index.adjust.specification.fields import Specification
from shuibei_index.errors import UsageError, WorkspaceError
from shuibei_index.moments import read_moment

_NEEDED = ("series", "valid_from", "person", "at", "reason", "specification", "before", "evidence", "previous")


@dataclass(frozen=True)
class Acceptance:
    """One accepted specification.

    Parameters
    ----------
    series
        Name of the series.
    valid_from
        First month it is used for, "YYYY-MM".
    person, at, reason
        Who accepted it, when ("YYYY-MM-DDTHH:MM"), and why.
    specification, before
        Fields of the specification, now and before.
    evidence
        The row of the review.
    previous
        sha256 of the line before; "" on the first.
    """

    series: str
    valid_from: str
    person: str
    at: str
    reason: str
    specification: Mapping[str, Any]
    before: Mapping[str, Any]
    evidence: Mapping[str, Any]
    previous: str

    def line(self) -> str:
        """Return the acceptance as one line of JSON."""
        return json.dumps(asdict(self), ensure_ascii=False, sort_keys=True, allow_nan=False)


def accept(
    path: str | Path,
    review: SpecificationReview,
    *,
    series: Iterable[str] | None = None,
    person: str,
    at: str,
    reason: str,
    valid_from: str = "",
) -> list[Acceptance]:
    """Add a person's acceptance of proposals to a file.

    Parameters
    ----------
    path
        The file; made if there is none.
    review
        What is accepted.
    series
        Which series. Default: all the review would change.
    person, at, reason
        Who, when ("YYYY-MM-DDTHH:MM"; no clock is read), why.
    valid_from
        First month they are used for. Default: the month after the data of the review.

    Raises
    ------
    UsageError
        Nobody is named, no reason or time is given, the review has no such series, or proposes no change of it.
    WorkspaceError
        The file was changed by another hand.
    """
    moment = require_said(person=person, at=at, reason=reason)
    since = valid_from or months.shift(review.until, 1)
    months.ordinal(since)
    file = Path(path)
    before = read_acceptances(file) if file.exists() else []
    seal = _seal(before[-1].line()) if before else ""
    added: list[Acceptance] = []
    for name in review.changed() if series is None else series:
        row = review.row(name)
        if not row["changes"]:
            raise UsageError(
                f"the review proposes no change of {name!r}: {row['reason_en']}; there is nothing to accept",
                zh=f"评审没有建议更改序列“{name}”：{row['reason_zh']}；无需接受",
            )
        new = Acceptance(
            series=name,
            valid_from=since,
            person=person.strip(),
            at=moment,
            reason=reason.strip(),
            specification=_fields(review.proposed[name]),
            before=_fields(review.current[name]),
            evidence={key: _plain(value) for key, value in row.items()},
            previous=seal,
        )
        seal = _seal(new.line())
        added.append(new)
    if added:
        file.parent.mkdir(parents=True, exist_ok=True)
        with file.open("a", encoding="utf-8", newline="\n") as out:
            out.write("".join(new.line() + "\n" for new in added))
    return added


def require_said(*, person: str, at: str, reason: str) -> str:
    """Return the moment, if somebody said when, who and why.

    Raises
    ------
    UsageError
        One of them is not said, or `at` is no moment.
    """
    for name, text in (("person", person), ("at", at), ("reason", reason)):
        if not text.strip():
            raise UsageError(f"an acceptance needs {name}", zh=f"接受季节调整设定须填写 {name}")
    return read_moment(at, "--at")


def read_acceptances(path: str | Path) -> list[Acceptance]:
    """Read the acceptances of a file, oldest first.

    Raises
    ------
    WorkspaceError
        A line is no acceptance, or does not follow the one before it: lines were changed, taken out or put in.
    """
    return parse_acceptances(Path(path).read_text(encoding="utf-8"), str(path))


def parse_acceptances(text: str, path: str) -> list[Acceptance]:
    """Return the acceptances of a file's text, oldest first; `path` is what the file is called in errors.

    Raises
    ------
    WorkspaceError
        As `read_acceptances`.
    """
    found: list[Acceptance] = []
    seal = ""
    for number, line in enumerate(text.splitlines(), start=1):
        try:
            content = json.loads(line)
            new = Acceptance(**{name: content[name] for name in _NEEDED})
        except (ValueError, KeyError, TypeError) as error:
            raise WorkspaceError(
                f"{path}, line {number}: not an accepted specification ({error}); restore the file from a copy",
                zh=f"{path} 第 {number} 行不是已接受的季节调整设定，请从备份恢复",
            ) from error
        if new.previous != seal:
            raise WorkspaceError(
                f"{path}, line {number} does not follow the line before it: the file was changed by hand; restore it",
                zh=f"{path} 第 {number} 行与上一行不衔接：文件被改动过，请恢复",
            )
        seal = _seal(line)
        found.append(new)
    return found


def accepted_specifications(path: str | Path, month: str, base: Specification) -> dict[str, Specification]:
    """Return series → specification in force in a month; of several acceptances the last.

    Parameters
    ----------
    path
        The file of acceptances; one that is not there holds none.
    month
        "YYYY-MM".
    base
        What the fields not named in an acceptance are.
    """
    return {name: base.with_fields(a.specification) for name, a in acceptances_in_force(path, month).items()}


def acceptances_in_force(path: str | Path, month: str) -> dict[str, Acceptance]:
    """Return series → the acceptance in force in a month; of several the last. A file that is not there holds none."""
    if not Path(path).is_file():
        return {}
    return in_force(read_acceptances(path), month)


def in_force(acceptances: Iterable[Acceptance], month: str) -> dict[str, Acceptance]:
    """Return series → the last of its acceptances valid in a month."""
    return {a.series: a for a in acceptances if a.valid_from <= month}


def _fields(spec: Specification) -> dict[str, Any]:
    """Return the fields of a specification that an acceptance decides: all but what is only read back."""
    fields = asdict(spec)
    for name in ("tables", "sliding_spans", "history", "spectrum", "history_start"):
        fields.pop(name)
    return {name: _plain(value) for name, value in fields.items()}


def _plain(value: Any) -> Any:
    if isinstance(value, (tuple, list)):
        return [_plain(entry) for entry in value]
    if hasattr(value, "item"):
        value = value.item()
    if isinstance(value, float) and value != value:
        return None
    return value


def _seal(line: str) -> str:
    return hashlib.sha256(line.encode()).hexdigest()
