"""What an expression is made of, once read: a tree of small frozen nodes, each knowing where it stands in the text."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, fields
from functools import cached_property


@dataclass(frozen=True)
class Node:
    """One part of an expression; `at` is its position in the text, counted from 1."""

    at: int = field(compare=False, kw_only=True, default=0)

    @property
    def children(self) -> tuple[Node, ...]:
        """The parts this part is made of, in the order of the text."""
        return tuple(part for f in fields(self) if isinstance(part := getattr(self, f.name), Node))

    @cached_property
    def columns(self) -> frozenset[str]:
        """Names of all columns the part looks at."""
        return frozenset(name for child in self.children for name in child.columns)

    def walk(self) -> Iterator[Node]:
        """Yield the part and all parts of it."""
        yield self
        for child in self.children:
            yield from child.walk()


@dataclass(frozen=True)
class Literal(Node):
    """A number or a text."""

    value: int | float | str


@dataclass(frozen=True)
class Column(Node):
    """A column by its name."""

    name: str

    @cached_property
    def columns(self) -> frozenset[str]:
        """Its own name."""
        return frozenset({self.name})


@dataclass(frozen=True)
class Arithmetic(Node):
    """left + - * / right."""

    sign: str
    left: Node
    right: Node


@dataclass(frozen=True)
class Function(Node):
    """abs(number) or length(text)."""

    name: str
    of: Node


@dataclass(frozen=True)
class Compare(Node):
    """left = != < <= > >= right."""

    sign: str
    left: Node
    right: Node


@dataclass(frozen=True)
class IsNull(Node):
    """Whether a cell is empty (or a value cannot be worked out)."""

    of: Node


@dataclass(frozen=True)
class In(Node):
    """Whether a value is one of a list."""

    of: Node
    values: tuple[int | float | str, ...]


@dataclass(frozen=True)
class StartsWith(Node):
    """Whether a text starts with a word: class codes have all below them."""

    of: Node
    start: str


@dataclass(frozen=True)
class Not(Node):
    """The opposite."""

    of: Node


@dataclass(frozen=True)
class Join(Node):
    """All (`and`) or any (`or`) of two conditions."""

    word: str
    left: Node
    right: Node


#: Parts that are true or false (or unknown); all others have a value.
LOGICAL = (Compare, IsNull, In, StartsWith, Not, Join)
