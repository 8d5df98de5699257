"""What a release corrects: with one of the same month its provisional values, too; with a later month's, not those."""

import pandas as pd

from shuibei_index.release.errata import errata_of
from shuibei_index.release.revise import ADJUSTMENT_REASON, PROVISIONAL_REASON

REASON = "补报 / late report"
ROWS = pd.DataFrame(
    [
        ("2025-06", "00", REASON),
        ("2025-11", "00", PROVISIONAL_REASON),
        ("2025-11", "01", PROVISIONAL_REASON),
        ("2025-11", "02", ADJUSTMENT_REASON),
    ],
    columns=["period", "class_code", "reason"],
)


def test_provisional_values_of_the_same_month_changed_for_the_reason():
    (one,) = errata_of(ROWS, REASON, "2025-11-r1", "2025-11")
    assert one["corrects"] == "2025-11-r1" and one["reason"] == {"zh": "补报", "en": "late report"}
    assert one["changed"] == {"values": 3, "from": "2025-06", "to": "2025-11", "classes": ["00", "01"]}
    (one,) = errata_of(ROWS.iloc[1:], "一种语言", "2025-11", "2025-11")
    assert one["changed"]["values"] == 2 and one["reason"] == {"zh": "一种语言", "en": "一种语言"}


def test_with_a_later_month_they_are_replaced_anyway():
    (one,) = errata_of(ROWS, REASON, "2025-11", "2025-12")
    assert one["changed"] == {"values": 1, "from": "2025-06", "to": "2025-06", "classes": ["00"]}
    assert errata_of(ROWS.iloc[1:], REASON, "2025-11", "2025-12") == ()


def test_without_a_reason_nothing_is_corrected():
    assert errata_of(ROWS, "", "2025-11", "2025-11") == ()
