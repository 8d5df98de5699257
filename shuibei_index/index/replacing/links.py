"""Links: which item stands for which, by which method, and what the difference of quality is."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import pandas as pd

from shuibei_index.errors import RulesError, ShapeError, UsageError, did_you_mean, first_few

if TYPE_CHECKING:
    from shuibei_index.rules import RulesAt

Ints = npt.NDArray[np.int64]

#: enterprise_id, class_code, item_id (the old one), by_item_id (its successor), method, and the quality of the new one
#: over that of the old in charges and in stones, metal content apart.
LINK_COLUMNS: tuple[str, ...] = (
    "enterprise_id", "class_code", "item_id", "by_item_id", "method", "charge_factor", "stone_factor",
)  # fmt: skip
#: What a table of links may say beside: the method asked for, and how the factors came about or why they did not.
TOLD_COLUMNS: tuple[str, ...] = ("asked", "note_zh", "note_en")
#: In these the two prices are not compared: each moves by itself, as every item that leaves or enters does.
BY_ITSELF: tuple[str, ...] = ("overlap", "class_mean")
#: In these the successor goes on in the place of the old item.
CONTINUED: tuple[str, ...] = ("direct", "factor", "hedonic")
METHODS: tuple[str, ...] = BY_ITSELF + CONTINUED


def no_links() -> pd.DataFrame:
    """Return a table of links without a row."""
    return pd.DataFrame({name: pd.Series(dtype=float if "factor" in name else object) for name in LINK_COLUMNS})


def checked_links(links: pd.DataFrame) -> pd.DataFrame:
    """Return a table of links if it is one, with the rows numbered from 0.

    Raises
    ------
    ShapeError
        A column is missing, an item is replaced twice or stands for two, or links go in a circle.
    UsageError
        An unknown method, or a factor that is not above 0.
    """
    lacking = [name for name in LINK_COLUMNS if name not in links]
    if lacking:
        raise ShapeError(
            f"replacements: no column {first_few(lacking)}; expected {', '.join(LINK_COLUMNS)}",
            f"替换表缺少列 {'、'.join(lacking)}",
        )
    links = links.reset_index(drop=True)
    for name in sorted(set(links["method"])):
        check_method(str(name))
    for name in ("charge_factor", "stone_factor"):
        values = pd.to_numeric(links[name], errors="coerce")
        if not ((values > 0) & np.isfinite(values)).all():
            raise UsageError(
                f"replacements: every {name} must be a number above 0", zh=f"替换表的 {name} 必须是大于 0 的数"
            )
    for name, en, zh in (("item_id", "is replaced twice", "被替换两次"), ("by_item_id", "stands for two", "替换两个")):
        keys = links[["enterprise_id", "class_code", name]]
        twice = keys.duplicated()
        if twice.any():
            which = first_few([f"{e} {i}" for e, _, i in keys[twice].to_numpy().tolist()])
            raise ShapeError(f"an item {en}: {which}", f"规格品{zh}：{which}")
    _no_circle(links)
    return links


def check_method(name: str) -> None:
    """Stop at a method that is none.

    Raises
    ------
    UsageError
        It is none.
    """
    if name not in METHODS:
        raise UsageError(
            f"unknown replacement method {name!r}{did_you_mean(name, METHODS)}; known: {', '.join(METHODS)}",
            zh=f"没有替换方法 {name}；可用：{'、'.join(METHODS)}",
        )


def _no_circle(links: pd.DataFrame) -> None:
    old, new = (pd.MultiIndex.from_frame(links[["enterprise_id", "class_code", c]]) for c in ("item_id", "by_item_id"))
    next_link = old.get_indexer(new)
    end_of_chain(next_link, "replacements go in a circle", "替换关系成环")


def end_of_chain(step: Ints, en: str, zh: str) -> Ints:
    """Return where each of n entries ends up by following `step`; −1 = it is its own end. Shape (n,).

    Raises
    ------
    ShapeError
        A circle, told as `en` and `zh`.
    """
    end = np.arange(len(step))
    for _ in range(len(step) + 1):
        after = step[end]
        if not (after >= 0).any():
            return end
        end = np.where(after >= 0, after, end)
    raise ShapeError(en, zh)


def method_of(class_code: str, rules: RulesAt) -> str:
    """Return the method a replacement in a class is made by if nobody names one: rule `replacement_method`.

    Raises
    ------
    RulesError
        The rule names none for the class, or one that is not among `METHODS` or needs a factor.
    """
    by_class: Mapping[str, str] = rules["replacement_method"]
    matching = [prefix for prefix in by_class if prefix != "other" and class_code.startswith(prefix)]
    name = by_class[max(matching, key=len)] if matching else by_class.get("other", "")
    if name not in METHODS or name == "factor":
        raise RulesError(
            f"the rule replacement_method names {name!r} for class {class_code!r}; expected one of "
            f"{', '.join(m for m in METHODS if m != 'factor')}",
            zh=f"规则 replacement_method 对分类 {class_code} 的取值 {name!r} 无效",
        )
    return name
