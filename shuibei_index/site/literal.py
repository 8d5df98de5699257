"""JSON whose numbers keep the digits they were published with: 123.40 stays 123.40, there and back."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from typing import Any

# a character that JSON text cannot hold unescaped marks a published number among the strings
_MARK = "\x00"
_MARKED = re.compile(r'"\\u0000(-?\d+(?:\.\d+)?)\\u0000"')


def number(text: str) -> str | None:
    """Return a published number for `dumps`; None where nothing is published."""
    return f"{_MARK}{text}{_MARK}" if text else None


def numbers(texts: Iterable[str]) -> list[str | None]:
    """Return published numbers for `dumps`, None where nothing is published."""
    return [f"{_MARK}{text}{_MARK}" if text else None for text in texts]


def dumps(content: Any) -> str:
    """Return JSON on one line: keys in the order given, published numbers digit for digit, no NaN.

    Examples
    --------
    >>> dumps({"index": numbers(["123.40", ""]), "name": "1.0"})
    '{"index":[123.40,null],"name":"1.0"}'
    """
    text = json.dumps(content, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    return _MARKED.sub(_digits, text)


def _digits(found: re.Match[str]) -> str:
    # a template string instead would be taken apart again for every number
    return found[1]


def loads(text: str | bytes) -> Any:
    """Read JSON back with every decimal number as the text it stands as.

    Examples
    --------
    >>> loads('{"index": [123.40, null], "level": 1}')
    {'index': ['123.40', None], 'level': 1}
    """
    return json.loads(text, parse_float=str)
