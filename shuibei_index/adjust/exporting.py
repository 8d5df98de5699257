"""An adjustment as files that other tools take up: X-13 itself, R's seasonal, JDemetra+."""

from __future__ import annotations

import csv
import json
import re
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from shuibei_index.adjust.engine.jobs import datevalue
from shuibei_index.adjust.specification.request import own_fields_text
from shuibei_index.adjust.specification.vocabulary import MISSING_CODE
from shuibei_index.errors import UsageError

if TYPE_CHECKING:
    from shuibei_index.adjust.adjustment import Adjustment

_COLUMNS = ("number", "series", "status", "first", "last", "specification", "data", "regressors", "log")
_DATA, _REGRESSORS = re.compile(r'file="(S\d+)\.dta"'), re.compile(r'file="(R\d+\.dta)"')
# A cell that begins so is a formula to a spreadsheet.
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def export(adjusted: Adjustment, folder: Path, *, overwrite: bool) -> list[Path]:
    """Write ``series.csv``, ``engine.json`` and, of each series X-13 adjusted, .spc, .dta, regressors and .log.

    See `Adjustment.export`.
    """
    texts: dict[str, str] = {"engine.json": json.dumps(adjusted.engine, indent=1, sort_keys=True) + "\n"}
    rows = [_one(adjusted, str(series), texts) for series in adjusted.original.columns]
    existing = [name for name in ("series.csv", *texts) if (folder / name).exists()]
    if existing and not overwrite:
        raise UsageError(
            f"{folder / existing[0]} exists ({len(existing)} files in all); choose another folder or overwrite=True",
            zh=f"{folder / existing[0]} 已存在（共 {len(existing)} 个文件）；请换文件夹，或用 overwrite=True",
        )
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "series.csv").open("w", encoding="utf-8-sig", newline="") as out:
        csv.writer(out, lineterminator="\n").writerows([_COLUMNS, *rows])
    for name, text in texts.items():
        (folder / name).write_text(text, encoding="utf-8", newline="\n")
    return [folder / name for name in ("series.csv", *texts)]


def _one(adjusted: Adjustment, series: str, texts: dict[str, str]) -> tuple[str, ...]:
    """Add the files of one series and return its row."""
    shown = f"'{series}" if series.startswith(_FORMULA) else series
    request = adjusted.requests.get(series)
    if request is None:
        return ("", shown, adjusted.status(series), *("",) * (len(_COLUMNS) - 3))
    found = _DATA.search(request)
    assert found is not None  # every request names its data
    number = found[1]
    first, last = adjusted.spans[series]
    texts[f"{number}.spc"] = own_fields_text(adjusted.specifications[series]) + request
    values = adjusted.tables[series]["a1"]
    texts[f"{number}.dta"] = datevalue(first, np.where(np.isnan(values), float(MISSING_CODE), values)[:, None])
    texts[f"{number}.log"] = adjusted.log(series)
    regressors = ""
    if (named := _REGRESSORS.search(request)) is not None:
        regressors, own = named[1], adjusted.given[series]
        texts[regressors] = datevalue(str(own.index[0]), own.to_numpy())
    files = (f"{number}.spc", f"{number}.dta", regressors, f"{number}.log")
    return (number, shown, adjusted.status(series), first, last, *files)
