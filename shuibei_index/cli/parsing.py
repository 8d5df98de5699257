"""Parsing: the command line's own complaints, in Chinese and English."""

from __future__ import annotations

import argparse
import re
import sys
from typing import NoReturn

#: What argparse says, and the same in Chinese; the rest of its sentence is names and values.
_SAID: tuple[tuple[re.Pattern[str], str], ...] = tuple(
    (re.compile(pattern, re.DOTALL), zh)
    for pattern, zh in (
        (r"the following arguments are required: (?P<names>.*)", "缺少必需的参数：{names}"),
        (r"one of the arguments (?P<names>.*) is required", "以下参数须给出一个：{names}"),
        (r"argument (?P<name>.*?): invalid choice: (?P<value>.*?) \(choose from (?P<names>.*)\)",
         "参数 {name} 的值 {value} 无效，可选：{names}"),
        (r"argument (?P<name>.*?): expected one argument", "参数 {name} 须带一个值"),
        (r"argument (?P<name>.*?): expected at least one argument", "参数 {name} 至少须带一个值"),
        (r"argument (?P<name>.*?): expected (?P<count>\d+) arguments?", "参数 {name} 须带 {count} 个值"),
        (r"argument (?P<name>.*?): not allowed with argument (?P<other>.*)", "参数 {name} 不能与 {other} 同用"),
        (r"argument (?P<name>.*?): ignored explicit argument (?P<value>.*)", "参数 {name} 不带值，却给出了 {value}"),
        (r"argument (?P<name>.*?): invalid (?P<kind>.*?) value: (?P<value>.*)",
         "参数 {name} 的值 {value} 无效，应为 {kind}"),
        (r"unrecognized arguments: (?P<names>.*)", "无法识别的参数：{names}"),
        (r"ambiguous option: (?P<name>.*?) could match (?P<names>.*)", "参数 {name} 不明确，可能是：{names}"),
    )
)  # fmt: skip


class Parser(argparse.ArgumentParser):
    """A parser whose errors come in both languages; exit code 2."""

    def error(self, message: str) -> NoReturn:
        """Print how the command is used and what was wrong, and exit."""
        self.print_usage(sys.stderr)
        self.exit(2, f"错误: {chinese(message)}\nerror: {self.prog}: {message}\n")


def chinese(message: str) -> str:
    """Return an error of argparse in Chinese.

    Examples
    --------
    >>> chinese("the following arguments are required: --month")
    '缺少必需的参数：--month'
    """
    for pattern, zh in _SAID:
        found = pattern.fullmatch(message)
        if found:
            return zh.format(**found.groupdict())
    return f"用法有误：{message}"
