"""Write the date tables of the lunar holidays from lunar_python; ``--check`` only compares.

Source: the rules of GB/T 33661-2017 as computed by the package lunar_python. The tests compare every date with a second
package, borax; where the two differ the tests name the date.
"""

from __future__ import annotations

import sys
from pathlib import Path

from lunar_python import Lunar

from shuibei_index.adjust.holidays.dates import FIRST_YEAR, HOLIDAYS, LAST_YEAR

FOLDER = Path(__file__).parent.parent / "shuibei_index" / "adjust" / "holidays"


def table(month: int, day: int) -> str:
    """Return the text of the table of one day of the lunar year; the month is the ordinary one, not a leap month."""
    rows = [f"{y},{Lunar.fromYmd(y, month, day).getSolar().toYmd()}\n" for y in range(FIRST_YEAR, LAST_YEAR + 1)]
    return "year,date\n" + "".join(rows)


def main() -> int:
    """Write the tables, or say which are out of date."""
    stale = 0
    for holiday in HOLIDAYS.values():
        if not holiday.lunar:
            continue
        path, text = FOLDER / f"{holiday.name}.csv", table(holiday.month, holiday.day)
        if path.is_file() and path.read_text(encoding="utf-8") == text:
            continue
        stale += 1
        print(f"{'out of date' if '--check' in sys.argv else 'written'}: {path.name}")
        if "--check" not in sys.argv:
            path.write_text(text, encoding="utf-8", newline="\n")
    return 1 if stale and "--check" in sys.argv else 0


if __name__ == "__main__":
    sys.exit(main())
