"""The names row checks may use: columns of an accepted record, and in validation those of the submission as well."""

from __future__ import annotations

from collections.abc import Mapping

import pyarrow as pa

from shuibei_index.intake.schema import LATER, RECORD, SUBMISSION

#: Where checks of one record run: "row" = every reported row in validation, "record" = accepted records.
ROW_SCOPES = ("row", "record")
#: A column of a record → the column of the submission a firm would look at.
REPORTED = {
    "weight_mg": "weight",
    "net_weight_mg": "net_weight",
    "quantity_milli": "weight",
    "amount_fen": "amount",
    "amount_reported_fen": "amount",
    "stone_amount_fen": "stone_amount",
}
_KIND = {"text": "text", "number": "number", "integer": "number"}


def _record_columns() -> dict[str, str]:
    # a time is neither number nor text: named checks look at it; the trail is for people, older records have none
    return {
        field.name: "text" if pa.types.is_dictionary(field.type) else "number"
        for field in RECORD
        if not pa.types.is_timestamp(field.type) and field.name not in LATER
    }


def _row_columns() -> dict[str, str]:
    # where a name stands in both, it means the settled value: the code of a word, fineness in per mille
    return {c.name: _KIND[c.kind] for c in SUBMISSION if c.name != "deal_time"} | _record_columns()


def columns_of(scope: str) -> Mapping[str, str]:
    """Return the columns of a scope: name → "number" or "text"; Chinese header words stand for their column.

    Examples
    --------
    >>> columns_of("record")["amount_fen"], columns_of("row")["amount"], columns_of("row")["金额"]
    ('number', 'number', '=amount')
    """
    columns = _record_columns() if scope == "record" else _row_columns()
    return columns | {c.name_zh: f"={c.name}" for c in SUBMISSION if c.name in columns}
