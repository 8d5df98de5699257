"""The words and signs of an expression, each with its position; what has no meaning is named."""

from __future__ import annotations

import re
import unicodedata

from shuibei_index.errors import RulesError

#: Longest expression in characters, and in words and signs: beyond what anyone reads.
LONGEST, MOST = 2_000, 200
WORDS = {"and", "or", "not", "is", "null", "in", "between", "starts", "with"}
_TOKEN = re.compile(
    r"(?P<space>\s+)|(?P<number>(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?(?!\w))|(?P<text>'(?:[^']|'')*')"
    r"|(?P<name>[^\W\d]\w*)|(?P<sign><=|>=|!=|<>|==|[-+*/=<>(),])"
)


class ExpressionError(RulesError):
    """An expression cannot be read; says at which position (counted from 1) and why."""


def failure(at: int, message: str, zh: str) -> ExpressionError:
    """Return the error at a position, counted from 1, in English and Chinese."""
    return ExpressionError(f"position {at}: {message}", zh=f"第 {at} 个字符：{zh}")


def tokens(text: str) -> list[tuple[str, str, int]]:
    """Return kind (number, text, name, sign, end), word and position of each."""
    found, at = [], 0
    while at < len(text):
        match = _TOKEN.match(text, at)
        if match is None:
            raise failure(at + 1, *_odd(text, at))
        kind, word = str(match.lastgroup), match[0]
        if kind == "text":
            word = word[1:-1].replace("''", "'")
        elif kind == "name" and word.casefold() in WORDS:
            word = word.casefold()
        if kind != "space":
            found.append((kind, word, at + 1))
        at = match.end()
    if len(found) > MOST:
        raise failure(
            found[MOST][2],
            f"more than {MOST} words and signs; make it several checks",
            f"超过 {MOST} 个词和符号，请拆成几条审核",
        )
    return [*found, ("end", "", len(text.rstrip()) + 1)]


def _odd(text: str, at: int) -> tuple[str, str]:
    sign = text[at]
    if sign == "'":
        return "the text that starts here has no closing quote", "从这里开始的文本没有结束引号"
    plain = unicodedata.normalize("NFKC", sign)
    if sign in '“”‘’"`':
        return f"{sign!r}: texts stand in straight single quotes, 'like this'", f"{sign!r}：文本请用半角单引号 '…'"
    if plain != sign and _TOKEN.match(plain):
        return (
            f"{sign!r} is a full-width sign; write {plain!r} 请用半角符号",
            f"{sign!r} 是全角符号，请用半角 {plain!r}",
        )
    if sign.isdigit():
        part = text[at : at + 12]
        return f"no number and no name starts like this: {part!r}", f"数字和名称都不能这样开头：{part!r}"
    return f"{sign!r} has no meaning in an expression", f"{sign!r} 在表达式中没有意义"
