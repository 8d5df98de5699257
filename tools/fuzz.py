"""Damage sound files at random and read them: findings are welcome, exceptions are not.

    python tools/fuzz.py --minutes 10                 all readers, loaders of rules and checks, expressions, answers
    python tools/fuzz.py --minutes 1 --only csv xlsx  some of them
    python tools/fuzz.py --seed 7                     another order of damage; the default is 1

What breaks a reader is written to tests/hostile/seeds/<target>-<digest>.bin and then read by the tests for good.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import random
import sys
import tempfile
import time
import traceback
from collections import Counter
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

import numpy as np  # noqa: E402
import pandas as pd  # noqa: E402
import pyarrow as pa  # noqa: E402

from shuibei_index.checks import Checks  # noqa: E402
from shuibei_index.errors import RulesError  # noqa: E402
from shuibei_index.intake.assemble import assemble  # noqa: E402
from shuibei_index.intake.block import FileFault, FileRead  # noqa: E402
from shuibei_index.intake.delimited import read_delimited  # noqa: E402
from shuibei_index.intake.filetype import check_type  # noqa: E402
from shuibei_index.intake.limits import reading_limits  # noqa: E402
from shuibei_index.intake.parquet import read_parquet  # noqa: E402
from shuibei_index.intake.parser import Parser  # noqa: E402
from shuibei_index.intake.schema import SUBMISSION  # noqa: E402
from shuibei_index.intake.workbook import read_workbook  # noqa: E402
from shuibei_index.kernel.cells import Cells  # noqa: E402
from shuibei_index.kernel.expression import parse  # noqa: E402
from shuibei_index.kernel.masks import fails, holds  # noqa: E402
from shuibei_index.kernel.vocabulary import columns_of  # noqa: E402
from shuibei_index.queries.answers import read_answers  # noqa: E402
from shuibei_index.queries.letter import ANSWERS  # noqa: E402
from shuibei_index.queries.workbook import (  # noqa: E402
    ANSWER_LABEL,
    FIRM_LABEL,
    ID_LABEL,
    REMARK_LABEL,
    SHEET,
    correction_label,
)
from shuibei_index.rules import Rules  # noqa: E402
from tests.hostile import (  # noqa: E402
    make_columns,
    make_more_texts,
    make_odd_workbooks,
    make_old_books,
    make_packages,
    make_tables,
    make_texts,
    make_workbooks,
    raw,
)

SEEDS = ROOT / "tests" / "hostile" / "seeds"
#: Seconds of processor time one file may take here; the parser has a limit of its own, and its end is a finding.
PATIENCE = 20.0
_LIMITS = reading_limits()
_CHECKS = Checks.load()
_TOKENS = [
    b"\0",
    b"\xff",
    b"\xff\xff\xff\xff",
    b"\x7f\xff\xff\xff",
    b'"',
    b"'",
    b",",
    b"\r",
    b"\n",
    b"\t",
    b"<",
    b">",
    b"&amp;",
    b"</row>",
    b'<c r="XFD1048576">',
    b't="e"',
    b't="s"',
    b"1e999",
    b"-1",
    b"NaN",
    b"=1",
    b"[",
    b"]",
    b"[[",
    b"1979-01-01",
    b"{value!r}",
    b"\xef\xbb\xbf",
    "约".encode(),
    "合计".encode(),
    "\u202e".encode(),
    "１".encode(),
]


def sound() -> dict[str, list[bytes]]:
    """Return what damage starts from, by target."""
    kinds = [*make_odd_workbooks.odd(), *make_workbooks.damaged(), *make_tables.tables()]
    kinds += [*make_texts.odd(), *make_texts.encodings(), *make_more_texts.leftovers(), *make_more_texts.figures()]
    kinds += [*make_packages.markup(), *make_old_books.old(), *make_old_books.open_document(), *make_columns.columns()]
    start: dict[str, list[bytes]] = {name: [] for name in ("xlsx", "xls", "ods", "csv", "parquet")}
    for kind in kinds:
        suffix = kind.name.rpartition(".")[2].lower()
        if isinstance(kind.content, bytes) and suffix in start and len(kind.content) < 100_000:
            start[suffix].append(kind.content)
    for target in ("rules", "checks"):
        start[target] = [path.read_bytes() for path in sorted((ROOT / "methodology" / target).glob("*.toml"))]
    start["expression"] = [check.expression.encode() for check in _CHECKS.checks.values() if check.expression]
    start["answers"] = [letter()]
    return start


def letter() -> bytes:
    """Return an answered letter with one line for each query of `asked`."""
    words = [f"{column.name_zh} {column.name}" for column in SUBMISSION]
    titles = [ID_LABEL, "行号 line_no", ANSWER_LABEL, REMARK_LABEL]
    titles += [correction_label(c.name_zh, c.name) for c in SUBMISSION]
    answers = [*ANSWERS, "", "好的"]
    rows: list[list[object]] = [["【水贝指数】", *words[:3]], [FIRM_LABEL, "E001"], list(titles)]
    for number, query in enumerate(asked()["query"]):
        answer = answers[number % len(answers)]
        given = ["1.5" if "更正" in answer and (number + n) % 3 == 0 else "" for n in range(len(SUBMISSION))]
        rows.append([query, number, answer, "=1+1", *given])
    book = raw.book(raw.sheet(raw.lines(rows)))
    return raw.changed(book, "xl/workbook.xml", b'name="S1"', f'name="{SHEET}"'.encode())


def asked() -> pd.DataFrame:
    """Return queries as the register gives them."""
    content = [
        json.dumps(
            {"proposed": ("weight_unit=g", "")[n % 2], "scope": "record", "severity": ("query", "reject")[n % 2]}
        )
        for n in range(12)
    ]
    return pd.DataFrame(
        {
            "query": [f"Q{n:016X}" for n in range(12)],
            "enterprise_id": ["E001"] * 11 + ["E002"],
            "record": [f"r{n // 2}" for n in range(12)],
            "status": ["open"] * 10 + ["decided", "void"],
            "content": content,
        }
    )


def damage(data: bytes, others: list[bytes], chance: random.Random) -> bytes:
    """Return the data with bytes flipped, cut, repeated, spliced in from another file, or replaced by telling ones."""
    body = bytearray(data)
    for _ in range(chance.choice((1, 1, 1, 2, 4, 12))):
        at = chance.randrange(len(body) + 1)
        what = chance.randrange(7)
        if what == 0 and body:
            body[at % len(body)] = chance.randrange(256)
        elif what == 1 and body:
            body[at % len(body)] ^= 1 << chance.randrange(8)
        elif what == 2:
            del body[at : at + chance.choice((1, 4, 64, 4096))]
        elif what == 3:
            body[at:at] = body[at : at + chance.choice((1, 16, 512))] * chance.choice((1, 2, 50))
        elif what == 4:
            body[at : at + chance.randrange(8)] = chance.choice(_TOKENS)
        elif what == 5:
            other = chance.choice(others)
            start = chance.randrange(len(other) + 1)
            body[at : at + chance.randrange(300)] = other[start : start + chance.randrange(300)]
        else:
            body[at : at + 4] = chance.randrange(2**32).to_bytes(4, chance.choice(("little", "big")))
    return bytes(body)


def unpacked(data: bytes, others: list[bytes], chance: random.Random) -> bytes:
    """Return a ZIP package with one part damaged and packed again: damage the checksum does not give away."""
    members = raw.members(data)
    if not members:
        return damage(data, others, chance)
    name = chance.choice(sorted(members))
    return raw.packed(members | {name: damage(members[name], list(members.values()), chance)})


def attempt(target: str, data: bytes, parser: Parser) -> str:
    """Read the data; return what came of it. Anything but a finding or a stated error is raised."""
    if target in ("rules", "checks"):
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name) / target
            folder.mkdir()
            (folder / "x.toml").write_bytes(data)
            try:
                rules = Rules.load(name) if target == "rules" else None
                checks = Checks.load(name) if target == "checks" else None
                if rules is not None:
                    rules.at("2025-06")
                if checks is not None and (loaded := list(checks)):
                    checks.find(loaded[0], **dict.fromkeys(_fields(checks[loaded[0]].zh, checks[loaded[0]].en), "x"))
            except RulesError as error:
                return type(error).__name__
        return "read"
    if target == "expression":
        return _judge(data)
    if target == "answers":
        with tempfile.TemporaryDirectory() as name:
            path = Path(name) / "E001.xlsx"
            path.write_bytes(data)
            answers = read_answers([path], asked(), _LIMITS)
        if not set(answers.rows["query"]) <= set(asked()["query"].iloc[:10]):
            raise AssertionError("an answer to what was not asked, or is settled")
        return "read" if len(answers.rows) else "nothing"
    read = FileRead(1, f"a.{target}", format=target)
    try:
        check_type(read.file, data[:4096], data[-4096:], data)
        if target == "csv":
            read_delimited(data, read, _LIMITS)
        elif target == "parquet":
            with tempfile.TemporaryFile() as stream:
                stream.write(data)
                stream.flush()
                read_parquet(stream.fileno(), read, parser, _LIMITS)
        else:
            read_workbook(data, read, parser, _LIMITS)
    except FileFault as fault:
        read.reject(fault)
    reports = assemble([read], _CHECKS, _LIMITS)
    reports.to_frame()
    if not (reports.finding_rows < max(len(reports), 1)).all():
        raise AssertionError("a finding about a record that is not there")
    return read.reason or "read"


def _judge(data: bytes) -> str:
    # A condition either holds of a record, surely fails, or cannot be told: never two of these.
    try:
        node = parse(data.decode("utf-8", "replace"), columns_of("record"))
    except RulesError as error:
        return type(error).__name__
    columns = Cells(_RECORDS).blocks()[0]
    if np.any(holds(node, columns) & fails(node, columns)):
        raise AssertionError("a condition holds and fails")
    return "read"


_RECORDS = pa.table(
    {
        name: pa.array([None, "", "sale", "E001", "一"])
        if kind == "text"
        else pa.array([None, 0.0, -1.5, 2.0**60, float("nan")])
        for name, kind in columns_of("record").items()
        if not kind.startswith("=")
    }
)


def _fields(*texts: str) -> set[str]:
    import string

    return {name for text in texts for _, name, _, _ in string.Formatter().parse(text) if name} - {"value"}


def run(minutes: float, seed: int, only: list[str], say: Callable[[str], object]) -> int:
    """Fuzz for some minutes; return how many inputs broke something."""
    start, chance = sound(), random.Random(seed)
    targets = only or list(start)
    ends, broken = time.monotonic() + minutes * 60, 0
    results: Counter[tuple[str, str]] = Counter()
    with Parser(_LIMITS) as parser:
        while time.monotonic() < ends:
            target = chance.choice(targets)
            base = chance.choice(start[target])
            deep = target in ("xlsx", "ods", "answers") and chance.random() < 0.8
            data = (unpacked if deep else damage)(base, start[target], chance)
            began = time.process_time()
            try:
                result = attempt(target, data, parser)
            except Exception:
                result = "BROKEN"
                say(traceback.format_exc())
            if time.process_time() - began > PATIENCE:
                result = "SLOW"
            results[target, result] += 1
            if result in ("BROKEN", "SLOW"):
                broken += 1
                SEEDS.mkdir(exist_ok=True)
                path = SEEDS / f"{target}-{hashlib.sha256(data).hexdigest()[:12]}.bin"
                path.write_bytes(data)
                say(f"{result}: {path.relative_to(ROOT)}")
    for (target, result), count in sorted(results.items()):
        say(f"{target:8} {result:24} {count:8}")
    say(f"{sum(results.values())} files, {broken} broke something")
    return broken


def main() -> int:
    """Read the arguments and run."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--minutes", type=float, default=1.0)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument(
        "--only", nargs="*", default=[], help="xlsx xls ods csv parquet rules checks expression answers"
    )
    options = parser.parse_args()
    os.nice(10)
    return 1 if run(options.minutes, options.seed, options.only, lambda text: print(text, flush=True)) else 0


if __name__ == "__main__":
    sys.exit(main())
