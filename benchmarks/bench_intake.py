"""How fast files become reports, beside the bare reading of the same files.

    python benchmarks/bench_intake.py            a year-like inbox of 2 880 small files, a million records in Parquet
    python benchmarks/bench_intake.py --small    the same in small, for the test suite

Figures: seconds of wall clock and of processor time (children included), records a second, and the floor: the same
Parquet file scanned by pyarrow, the same small files read as bytes and hashed.
"""

from __future__ import annotations

import argparse
import hashlib
import io
import json
import resource
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import xlsxwriter

from shuibei_index.intake.read import read_submissions
from shuibei_index.intake.schema import SUBMISSION
from shuibei_index.store import Store

ZH = {c.name: c.name_zh for c in SUBMISSION}


def records(count: int, firms: int, seed: int) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    firm = np.sort(rng.integers(1, firms + 1, count))
    grams = np.round(rng.lognormal(2.0, 0.6, count), 2)
    return pd.DataFrame(
        {
            "enterprise_id": pd.Categorical.from_codes(firm - 1, [f"E{n:04d}" for n in range(1, firms + 1)]),
            "period": pd.Categorical.from_codes(np.zeros(count, dtype=int), ["2025-06"]),
            "line_no": np.arange(1, count + 1),
            "item_id": [f"RG-{n:05d}" for n in rng.integers(0, 20_000, count)],
            "class_code": pd.Categorical.from_codes(rng.integers(0, 3, count), ["010101", "010102", "0201"]),
            "deal_time": pd.Timestamp("2025-06-01") + pd.to_timedelta(rng.integers(0, 29 * 86400, count), unit="s"),
            "trade_type": pd.Categorical.from_codes(np.zeros(count, dtype=int), ["sale"]),
            "pieces": rng.integers(1, 50, count),
            "weight": grams,
            "weight_unit": pd.Categorical.from_codes(np.zeros(count, dtype=int), ["g"]),
            "fineness": pd.Categorical.from_codes(rng.integers(0, 2, count), ["足金999", "18K"]),
            "amount": np.round(grams * 780.0, 2),
            "tax_basis": pd.Categorical.from_codes(np.zeros(count, dtype=int), ["incl"]),
            "metal_price": np.round(780 + rng.normal(0, 5, count), 2),
            "making_charge": np.round(rng.uniform(8, 30, count), 2),
            "charge_basis": pd.Categorical.from_codes(np.zeros(count, dtype=int), ["per_gram"]),
            "loss_rate": np.round(rng.uniform(0, 2, count), 2),
        }
    )


def write_inbox(folder: Path, files: int, rows: int) -> int:
    frame = records(files * rows, 40, 1)
    texts = frame.astype({"deal_time": str})
    header = [ZH[c] for c in frame.columns]
    for n in range(files):
        part = texts.iloc[n * rows : (n + 1) * rows]
        name = folder / f"{n:05d}"
        if n % 3 == 0:
            sink = io.BytesIO()
            with xlsxwriter.Workbook(sink, {"in_memory": True}) as book:
                sheet = book.add_worksheet("数据")
                sheet.write_row(0, 0, header)
                for at, row in enumerate(part.astype(object).to_numpy().tolist(), start=1):
                    sheet.write_row(at, 0, row)
            name.with_suffix(".xlsx").write_bytes(sink.getvalue())
        elif n % 3 == 1:
            part.to_csv(name.with_suffix(".csv"), header=header, index=False, encoding="gb18030")
        else:
            frame.iloc[n * rows : (n + 1) * rows].to_parquet(name.with_suffix(".parquet"), index=False)
    return files * rows


def measure(name: str, count: int, work: Callable[[], Any], repeats: int = 3) -> dict[str, Any]:
    runs = []
    for _ in range(repeats):
        cpu, wall = processor(), time.perf_counter()
        work()
        runs.append((time.perf_counter() - wall, processor() - cpu))
    wall, cpu = sorted(runs)[len(runs) // 2]
    return {
        "case": name,
        "records": count,
        "wall_s": round(wall, 3),
        "cpu_s": round(cpu, 3),
        "per_s": int(count / wall),
    }


def processor() -> float:
    uses = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(u.ru_utime + u.ru_stime for u in uses)


def run(small: bool) -> list[dict[str, Any]]:
    files, rows, large, book_rows = (12, 5, 2_000, 200) if small else (2_880, 21, 1_000_000, 100_000)
    results = []
    with tempfile.TemporaryDirectory() as name:
        root = Path(name)
        inbox = root / "inbox"
        inbox.mkdir()
        count = write_inbox(inbox, files, rows)
        paths = sorted(inbox.iterdir())
        results.append(
            measure(
                "floor: small files as bytes, sha256", count, lambda: [hashlib.sha256(p.read_bytes()) for p in paths]
            )
        )
        results.append(measure("read_submissions, small files", count, lambda: check(read_submissions(inbox), count)))
        number = iter(range(100))

        def receive() -> None:
            with Store.open(root / f"store{next(number)}") as store, store.writer("bench") as tx:
                tx.receive_folder(inbox, "2025-06")

        results.append(measure("store: receive small files", count, receive))
        big = root / "big.parquet"
        pq.write_table(pa.Table.from_pandas(records(large, 300, 2), preserve_index=False), big, row_group_size=250_000)
        results.append(measure("floor: pyarrow scan of Parquet", large, lambda: pq.read_table(big)))
        results.append(measure("read_submissions, Parquet", large, lambda: check(read_submissions(big), large)))
        texts = records(large, 300, 2).astype({"deal_time": str})
        texts.to_csv(root / "big.csv", index=False)
        results.append(
            measure("read_submissions, CSV", large, lambda: check(read_submissions(root / "big.csv"), large), 1)
        )
        with xlsxwriter.Workbook(str(root / "big.xlsx"), {"constant_memory": True}) as book:
            sheet = book.add_worksheet("数据")
            sheet.write_row(0, 0, [ZH[c] for c in texts.columns[:10]])
            for at, row in enumerate(texts.iloc[:book_rows, :10].astype(object).to_numpy().tolist(), start=1):
                sheet.write_row(at, 0, row)
            # The eleven columns end before the amount, which is required.
            sheet.write(0, 10, ZH["amount"])
            sheet.write_column(1, 10, texts["amount"].iloc[:book_rows].tolist())
        results.append(
            measure("read_submissions, one workbook", book_rows, lambda: len(read_submissions(root / "big.xlsx")), 1)
        )
    return results


def check(reports: Any, count: int) -> None:
    if len(reports) != count:
        raise AssertionError(f"{len(reports)} records read, {count} written")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--small", action="store_true", help="small sizes, for a test")
    for result in run(parser.parse_args().small):
        print(json.dumps(result, ensure_ascii=False))


if __name__ == "__main__":
    main()
