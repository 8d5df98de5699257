"""Names of the components of a price, in Chinese and English: the one table of them."""

from __future__ import annotations

from typing import NamedTuple


class ComponentName(NamedTuple):
    """What a component and its index are called."""

    zh: str
    en: str
    index_zh: str = ""
    index_en: str = ""

    @property
    def pair(self) -> tuple[str, str]:
        """Chinese and English name."""
        return self.zh, self.en

    @property
    def index_pair(self) -> tuple[str, str]:
        """Chinese and English name of its index; both empty where it has none."""
        return self.index_zh, self.index_en


#: In the order of tables and charts. What could not be split has points but no index of its own.
COMPONENT_NAMES: dict[str, ComponentName] = {
    "total": ComponentName("全价", "total", "价格指数", "price index"),
    "metal": ComponentName("料价", "metal", "料价指数", "metal price index"),
    "making": ComponentName("工费", "making charge", "工费指数", "making-charge index"),
    "stone": ComponentName("石价", "stone", "石价指数", "stone price index"),
    "unsplit": ComponentName("未拆分", "not split"),
}
