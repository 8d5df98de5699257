"""The grammar of X-13's specification files: parts in braces, arguments with values."""

from __future__ import annotations

import re

from shuibei_index.errors import UsageError

_TOKEN = re.compile(
    r"""(?P<comment>\#[^\n]*)|(?P<space>\s+)|(?P<quoted>"[^"\n]*"|'[^'\n]*')|(?P<sign>[{}()=,])"""
    r"""|(?P<word>(?:[^\s{}()=,"'\#\[\]]|\[[^\]\n]*\])+)"""
)

# One value: a word, or the entries of a list; None = an entry left empty between commas.
Value = list[str | None]
Parts = dict[str, dict[str, Value]]


def parse(text: str) -> Parts:
    """Return part → argument → entries; a value that is no list has one entry.

    Raises
    ------
    UsageError
        The text does not follow the grammar, or a part or argument stands twice.

    Examples
    --------
    >>> parse('arima{ model=(0 1 1)(0 1 1) ma=(0.5f,) } x11{ }')
    {'arima': {'model': ['(0 1 1)(0 1 1)'], 'ma': ['0.5f', None]}, 'x11': {}}
    """
    tokens = _tokens(text)
    parts: Parts = {}
    at = 0
    while at < len(tokens):
        name = tokens[at].lower()
        if not name.isalnum() or tokens[at + 1 : at + 2] != ["{"]:
            raise _broken(f"a part such as x11{{ }} is expected where {tokens[at]!r} stands")
        if name in parts:
            raise _broken(f"the part {name} stands twice")
        parts[name], at = _arguments(tokens, at + 2, name)
    return parts


def _arguments(tokens: list[str], at: int, part: str) -> tuple[dict[str, Value], int]:
    found: dict[str, Value] = {}
    while at < len(tokens) and tokens[at] != "}":
        name = tokens[at].lower()
        if tokens[at + 1 : at + 2] != ["="]:
            raise _broken(f"{part}: an argument with '=' is expected where {tokens[at]!r} stands")
        if name in found:
            raise _broken(f"{part}: the argument {name} stands twice")
        found[name], at = _model(tokens, at + 2) if name == "model" else _value(tokens, at + 2, f"{part}: {name}")
    if at >= len(tokens):
        raise _broken(f"the part {part} is not closed by a brace")
    return found, at + 1


def _value(tokens: list[str], at: int, where: str) -> tuple[Value, int]:
    if tokens[at : at + 1] != ["("]:
        if at >= len(tokens) or tokens[at] in "{})=,":
            raise _broken(f"{where} has no value")
        return [tokens[at].strip("\"'")], at + 1
    try:
        end = tokens.index(")", at)
    except ValueError:
        raise _broken(f"{where}: a bracket is not closed") from None
    inner = tokens[at + 1 : end]
    if any(token in ("(", "{", "}", "=") for token in inner):
        raise _broken(f"{where}: brackets in brackets")
    if "," not in inner:
        return [token.strip("\"'") for token in inner], end + 1
    entries: Value = [None]
    for token in inner:
        if token == ",":
            entries.append(None)
        elif entries[-1] is None:
            entries[-1] = token.strip("\"'")
        else:
            entries.append(token.strip("\"'"))
    return entries, end + 1


def _model(tokens: list[str], at: int) -> tuple[Value, int]:
    """Read "(0 1 1)(0 1 1)", with commas or not."""
    text = ""
    while tokens[at : at + 1] == ["("]:
        try:
            end = tokens.index(")", at)
        except ValueError:
            raise _broken("arima: a bracket of the model is not closed") from None
        text += f"({' '.join(token for token in tokens[at + 1 : end] if token != ',')})"
        at = end + 1
    if not text:
        raise _broken("arima: the model is not a list such as (0 1 1)(0 1 1)")
    return [text], at


def _tokens(text: str) -> list[str]:
    found: list[str] = []
    at = 0
    while at < len(text):
        match = _TOKEN.match(text, at)
        if match is None:
            raise _broken(f"{text[at : at + 20]!r} cannot be read")
        if match.lastgroup not in ("comment", "space"):
            found.append(match[0])
        at = match.end()
    return found


def _broken(what: str) -> UsageError:
    return UsageError(f"this is no X-13 specification: {what}", zh=f"不是有效的 X-13 设定文件：{what}")
