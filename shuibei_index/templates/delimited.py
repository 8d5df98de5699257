"""Delimited: a form as CSV, for firms whose own system fills it in."""

from __future__ import annotations

import csv
import io

from shuibei_index.intake.schema import SUBMISSION
from shuibei_index.teamfiles import FORMULA_STARTS
from shuibei_index.templates.form import NAMES, Form


def form_csv(form: Form) -> bytes:
    """Return a form as CSV: UTF-8 with a byte order mark, for Excel reads it as such, and CRLF line ends.

    Header and own items only: what is no record has no place in a file that a program fills in. A text that a
    spreadsheet would run as a formula gets a leading apostrophe.
    """
    sink = io.StringIO(newline="")
    writer = csv.writer(sink, lineterminator="\r\n")
    writer.writerow([column.name_zh for column in SUBMISSION])
    own = form.lines.iloc[: form.own]
    columns = [own[name].astype(str).map(_safe).tolist() for name in NAMES]
    writer.writerows(zip(*columns, strict=True))
    return sink.getvalue().encode("utf-8-sig")


def _safe(text: str) -> str:
    return "'" + text if text.startswith(FORMULA_STARTS) else text
