"""Compare two release folders byte by byte; where bytes differ, say by how much the figures do."""

from __future__ import annotations

import dataclasses
import io
import json
import re
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

#: Figures that another version of a library may give: relative difference of two numbers at full precision.
TOLERANCE = 1e-9


@dataclass(frozen=True)
class Difference:
    """One file that is not the same, and in what.

    Parameters
    ----------
    path : str
        Relative to the release.
    words : str
        What differs.
    within : bool
        The figures agree to `TOLERANCE`, or the file holds no figures of its own (pictures, pages, lists of files).
    named_inputs_only : bool
        Only the digest of the inputs differs, and what is told of files that name it.
    """

    path: str
    words: str
    within: bool
    named_inputs_only: bool = False


def differences(one: Path, other: Path) -> list[Difference]:
    """Return the files of two folders that differ, in order."""
    left, right = _files(one), _files(other)
    found = []
    for path in sorted(left.keys() | right.keys()):
        if path not in left or path not in right:
            found.append(Difference(path, "is in one of the two only", within=False))
        elif left[path] != right[path]:
            difference = _difference(path, left[path], right[path])
            plain = [_but_inputs(path, files) for files in (left, right)]
            found.append(dataclasses.replace(difference, named_inputs_only=plain[0] == plain[1]))
    return found


def _but_inputs(path: str, files: Mapping[str, bytes]) -> object:
    """Return a file without the digest of the inputs, and without the digests of files that name it."""
    content = files[path]
    inputs = str(json.loads(files["manifest.json"]).get("digests", {}).get("inputs", "")).encode() or b"\0"
    if path.endswith(".xlsx"):
        with zipfile.ZipFile(io.BytesIO(content)) as book:
            return {name: book.read(name).replace(inputs, b"") for name in book.namelist()}
    if path in ("manifest.json", "datapackage.json"):
        return re.sub(rb'"(bytes|sha256|hash)": ?[^,\n}]*', b"", content.replace(inputs, b""))
    return content.replace(inputs, b"")


def _files(folder: Path) -> dict[str, bytes]:
    return {p.relative_to(folder).as_posix(): p.read_bytes() for p in sorted(folder.rglob("*")) if p.is_file()}


def _difference(path: str, left: bytes, right: bytes) -> Difference:
    kind = path.rpartition(".")[2]
    if path == "manifest.json":
        return _manifest(path, json.loads(left), json.loads(right))
    if kind in ("parquet", "csv"):
        read = pd.read_parquet if kind == "parquet" else pd.read_csv
        words, within = _tables(read(io.BytesIO(left)), read(io.BytesIO(right)))
        return Difference(path, words, within)
    if path == "indices.json":
        words, within = _tables(*(pd.DataFrame(_rows(json.loads(text))) for text in (left, right)))
        return Difference(path, words, within)
    return Difference(path, "other bytes", within=kind in ("svg", "html", "pdf", "json", "minisig"))


def _rows(content: object) -> list[object]:
    if isinstance(content, list):
        return content
    if isinstance(content, dict):
        return next((value for value in content.values() if isinstance(value, list)), [])
    return []


def _manifest(path: str, left: dict[str, object], right: dict[str, object]) -> Difference:
    names = sorted(n for n in left.keys() | right.keys() if n != "files" and left.get(n) != right.get(n))
    digests = [d if isinstance(d, dict) else {} for d in (left.get("digests"), right.get("digests"))]
    inside = sorted(n for n in digests[0].keys() | digests[1].keys() if digests[0].get(n) != digests[1].get(n))
    words = ", ".join([*(n for n in names if n != "digests"), *(f"digest of {n}" for n in inside)])
    # another version of the library that writes the store's tables gives them other digests
    within = names in ([], ["digests"]) and inside in ([], ["inputs"])
    return Difference(path, words or "digests of files", within=within)


def _tables(left: pd.DataFrame, right: pd.DataFrame) -> tuple[str, bool]:
    if left.shape != right.shape or list(left.columns) != list(right.columns):
        return f"{left.shape} and {right.shape} cells", False
    worst, cells = 0.0, 0
    for name in left.columns:
        a, b = left[name], right[name]
        if pd.api.types.is_numeric_dtype(a) and pd.api.types.is_numeric_dtype(b):
            x, y = a.to_numpy(dtype=float), b.to_numpy(dtype=float)
            if (np.isnan(x) != np.isnan(y)).any():
                return f"other gaps in {name}", False
            # below one a difference counts as it is: rates and points near zero have no relative precision
            size = np.maximum(np.maximum(np.abs(x), np.abs(y)), 1.0)
            gap = np.nan_to_num(np.abs(x - y) / size)
            worst, cells = max(worst, float(gap.max(initial=0.0))), cells + int((gap > 0).sum())
        elif (a.astype(str).to_numpy() != b.astype(str).to_numpy()).any():
            where = np.flatnonzero(a.astype(str).to_numpy() != b.astype(str).to_numpy())
            first = f"{a.iloc[where[0]]!r:.40} / {b.iloc[where[0]]!r:.40}"
            return f"{len(where)} other words in {name}, first {first}", False
    return (
        f"{cells} cells, by {worst:.1e} at most" if cells else "the same content in other bytes"
    ), worst <= TOLERANCE
