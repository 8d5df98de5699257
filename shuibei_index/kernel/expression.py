"""The language of row checks: what must hold for every record, written as a line of text.

::

    condition  = condition "or" condition | condition "and" condition | "not" condition | "(" condition ")"
               | value ("=" | "!=" | "<" | "<=" | ">" | ">=") value
               | value "is" ["not"] "null"
               | value ["not"] "in" "(" literal {"," literal} ")"
               | value ["not"] "between" value "and" value
               | value ["not"] "starts" "with" text
    value      = value ("+" | "-" | "*" | "/") value | "-" value | "(" value ")" | "abs" "(" value ")"
               | "length" "(" value ")" | number | 'text' | column

Nothing in it can do anything but look at the columns of a record: no names but columns, no calls but two, no
attributes; it is read by the parser below and never handed to Python.
"""

from __future__ import annotations

from collections.abc import Mapping

from shuibei_index.kernel.near import near
from shuibei_index.kernel.nodes import (
    LOGICAL,
    Arithmetic,
    Column,
    Compare,
    Function,
    In,
    IsNull,
    Join,
    Literal,
    Node,
    Not,
    StartsWith,
)
from shuibei_index.kernel.tokens import LONGEST, WORDS, ExpressionError, failure, tokens

__all__ = ["DEEPEST", "ExpressionError", "parse"]

#: Deepest brackets: far below what a stack holds.
DEEPEST = 40
FUNCTIONS = {"abs": "number", "length": "text"}
_KIND = {"number": "数字", "text": "文本"}
_COMPARE = {"=": "=", "==": "=", "!=": "!=", "<>": "!=", "<": "<", "<=": "<=", ">": ">", ">=": ">="}


def parse(text: str, columns: Mapping[str, str]) -> Node:
    """Read an expression.

    Parameters
    ----------
    text
        The condition every good record meets.
    columns
        The columns there are: name → "number" or "text". A name in Chinese may stand for one: name → "=english_name".

    Returns
    -------
    Node
        A condition, checked: every name is a column, numbers meet numbers and texts meet texts.

    Raises
    ------
    ExpressionError
        Names position and what was expected.

    Examples
    --------
    >>> found = parse("amount_fen > 0 and stage in ('wholesale', 'retail')", {"amount_fen": "number", "stage": "text"})
    >>> sorted(found.columns)
    ['amount_fen', 'stage']
    >>> parse("amount_fen > ", {"amount_fen": "number"})
    Traceback (most recent call last):
    shuibei_index.kernel.tokens.ExpressionError: position 13: a column, number or text is missing at the end
    """
    if len(text) > LONGEST:
        raise failure(
            LONGEST,
            f"longer than {LONGEST} characters; make it several checks",
            f"超过 {LONGEST} 个字符，请拆成几条审核",
        )
    return _Parser(text, columns).whole()


class _Parser:
    """One recursive descent; every method reads one level of the grammar from the place reached."""

    def __init__(self, text: str, columns: Mapping[str, str]) -> None:
        self.columns = columns
        self.tokens = tokens(text)
        self.place = 0
        self.depth = 0

    def whole(self) -> Node:
        node = self.either()
        kind, word, at = self.tokens[self.place]
        if kind != "end":
            english, chinese = _hint(word)
            raise failure(at, f"{word!r} is not expected here{english}", f"此处不应出现 {word!r}{chinese}")
        if not isinstance(node, LOGICAL):
            raise failure(
                node.at,
                "this is a value, not a condition; compare it with something",
                "这是一个数值而不是条件，请与某个值比较",
            )
        return node

    def either(self) -> Node:
        left = self.both()
        while at := self.taken("or"):
            left = Join("or", self.logical(left), self.logical(self.both()), at=at)
        return left

    def both(self) -> Node:
        left = self.denied()
        while at := self.taken("and"):
            left = Join("and", self.logical(left), self.logical(self.denied()), at=at)
        return left

    def denied(self) -> Node:
        if at := self.taken("not"):
            self.deeper(at)
            node = Not(self.logical(self.denied()), at=at)
            self.depth -= 1
            return node
        return self.comparison()

    def comparison(self) -> Node:
        left = self.sum()
        kind, word, at = self.tokens[self.place]
        if kind == "sign" and word in _COMPARE:
            self.place += 1
            node = self.compared(_COMPARE[word], left, self.sum(), at)
            if self.tokens[self.place][1] in _COMPARE and self.tokens[self.place][0] == "sign":
                raise failure(
                    self.tokens[self.place][2],
                    "one comparison at a time; join two with 'and', or use between",
                    "一次只能比较一回；两个比较用 and 连接，或用 between",
                )
            return node
        if self.taken("is"):
            denied = bool(self.taken("not"))
            self.must("null")
            self.value(left)
            return _maybe(denied, IsNull(left, at=at), at)
        denied = bool(self.taken("not"))
        if self.taken("in"):
            return _maybe(denied, self.listed(left, at), at)
        if self.taken("between"):
            low = self.sum()
            self.must("and")
            high = self.sum()
            both = Join("and", self.compared(">=", left, low, at), self.compared("<=", left, high, at), at=at)
            return _maybe(denied, both, at)
        if self.taken("starts"):
            self.must("with")
            kind, word, where = self.step()
            if kind != "text":
                raise failure(
                    where, "a text in single quotes is expected after 'starts with'", "starts with 之后应为单引号文本"
                )
            self.kind(left, "text")
            return _maybe(denied, StartsWith(left, word, at=at), at)
        if denied:
            raise failure(
                at,
                "'not' stands before a condition, or in 'not in', 'not between', 'not starts with'",
                "not 只能放在条件之前，或用于 not in、not between、not starts with",
            )
        return left

    def compared(self, sign: str, left: Node, right: Node, at: int) -> Node:
        kinds = [self.value(side) for side in (left, right)]
        if kinds[0] != kinds[1]:
            raise failure(
                at,
                f"a {kinds[0]} is compared with a {kinds[1]}; texts stand in single quotes, numbers do not",
                f"{_KIND[kinds[0]]}与{_KIND[kinds[1]]}不能比较；文本用单引号，数字不用",
            )
        return Compare(sign, left, right, at=at)

    def listed(self, left: Node, at: int) -> Node:
        kind = self.value(left)
        self.must("(")
        values: list[int | float | str] = []
        while True:
            item = self.sum()
            sign = 1
            if isinstance(item, Arithmetic) and item.sign == "-" and item.left == Literal(0):
                item, sign = item.right, -1
            if not isinstance(item, Literal):
                raise failure(item.at, "a list after 'in' holds numbers or texts only", "in 之后的列表只能有数字或文本")
            if self.value(item) != kind:
                raise failure(
                    item.at,
                    f"a {kind} cannot be one of a list that holds a {self.value(item)}",
                    f"{_KIND[kind]}不能与含有{_KIND[self.value(item)]}的列表比较",
                )
            values.append(item.value if isinstance(item.value, str) else sign * item.value)
            if not self.taken(","):
                break
        self.must(")")
        return In(left, tuple(values), at=at)

    def sum(self) -> Node:
        left = self.product()
        while at := self.taken("+", "-"):
            sign = self.tokens[self.place - 1][1]
            left = Arithmetic(sign, self.number(left), self.number(self.product()), at=at)
        return left

    def product(self) -> Node:
        left = self.signed()
        while at := self.taken("*", "/"):
            sign = self.tokens[self.place - 1][1]
            left = Arithmetic(sign, self.number(left), self.number(self.signed()), at=at)
        return left

    def signed(self) -> Node:
        if at := self.taken("-"):
            self.deeper(at)
            node = Arithmetic("-", Literal(0), self.number(self.signed()), at=at)
            self.depth -= 1
            return node
        return self.primary()

    def primary(self) -> Node:
        kind, word, at = self.step()
        if kind == "number":
            number = float(word) if set(word) & set(".eE") else int(word)
            if abs(number) >= 1e18:
                raise failure(at, "numbers lie below 10^18", "数字须小于 10^18")
            return Literal(number, at=at)
        if kind == "text":
            return Literal(word, at=at)
        if word == "(" and kind == "sign":
            self.deeper(at)
            node = self.either()
            self.must(")")
            self.depth -= 1
            return node
        if kind == "name":
            return self.named(word, at)
        if kind == "end":
            raise failure(at, "a column, number or text is missing at the end", "末尾缺少列名、数字或文本")
        raise failure(
            at,
            f"{word!r} stands where a column, number or text is expected",
            f"此处应为列名、数字或文本，而不是 {word!r}",
        )

    def named(self, word: str, at: int) -> Node:
        if self.tokens[self.place][1] == "(" and self.tokens[self.place][0] == "sign":
            if word not in FUNCTIONS:
                raise failure(
                    at,
                    f"no function {word!r}; there are {', '.join(FUNCTIONS)}",
                    f"没有函数 {word!r}，只有 {'、'.join(FUNCTIONS)}",
                )
            self.place += 1
            self.deeper(at)
            of = self.sum()
            self.must(")")
            self.depth -= 1
            self.kind(of, FUNCTIONS[word])
            return Function(word, of, at=at)
        if word in WORDS:
            raise failure(
                at,
                f"{word!r} stands where a column, number or text is expected",
                f"此处应为列名、数字或文本，而不是 {word!r}",
            )
        if word not in self.columns:
            english, chinese = near(word, self.columns)
            raise failure(at, f"no column {word!r}{english}", f"没有列 {word!r}{chinese}")
        kind = self.columns[word]
        return Column(kind[1:] if kind.startswith("=") else word, at=at)

    def logical(self, node: Node) -> Node:
        if not isinstance(node, LOGICAL):
            raise failure(
                node.at,
                "this is a value, not a condition; compare it with something",
                "这是一个数值而不是条件，请与某个值比较",
            )
        return node

    def number(self, node: Node) -> Node:
        self.kind(node, "number")
        return node

    def kind(self, node: Node, wanted: str) -> None:
        if self.value(node) != wanted:
            raise failure(
                node.at,
                f"a {wanted} is expected here, and this is a {self.value(node)}",
                f"此处应为{_KIND[wanted]}，而这里是{_KIND[self.value(node)]}",
            )

    def value(self, node: Node) -> str:
        if isinstance(node, LOGICAL):
            raise failure(
                node.at,
                "this is a condition where a value is expected; join conditions with 'and' or 'or'",
                "此处应为数值而不是条件；条件之间用 and 或 or 连接",
            )
        if isinstance(node, Literal):
            return "text" if isinstance(node.value, str) else "number"
        return self.columns[node.name] if isinstance(node, Column) else "number"

    def deeper(self, at: int) -> None:
        self.depth += 1
        if self.depth > DEEPEST:
            raise failure(
                at, f"more than {DEEPEST} levels deep; make it several checks", f"括号超过 {DEEPEST} 层，请拆成几条审核"
            )

    def step(self) -> tuple[str, str, int]:
        token = self.tokens[self.place]
        self.place += token[0] != "end"
        return token

    def taken(self, *words: str) -> int:
        """Step over one of the words if it comes next; return its position, else 0."""
        kind, word, at = self.tokens[self.place]
        if kind in ("name", "sign") and word in words:
            self.place += 1
            return at
        return 0

    def must(self, wanted: str) -> None:
        if not self.taken(wanted):
            kind, word, at = self.tokens[self.place]
            end = kind == "end"
            raise failure(
                at,
                f"{wanted!r} is expected here, " + ("not the end" if end else f"not {word!r}"),
                f"此处应为 {wanted!r}，" + ("而不是结尾" if end else f"而不是 {word!r}"),
            )


def _hint(word: str) -> tuple[str, str]:
    if word == ")":
        return "; it closes a bracket that was never opened", "；没有与之对应的左括号"
    return "; conditions are joined by 'and' or 'or'", "；条件之间用 and 或 or 连接"


def _maybe(denied: bool, node: Node, at: int) -> Node:
    return Not(node, at=at) if denied else node
