"""The workspace: one folder = one index. Reads its plain files; writes none but the skeleton of a new one."""

from __future__ import annotations

import dataclasses
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from shuibei_index import months
from shuibei_index.checks import Checks
from shuibei_index.errors import WorkspaceError, did_you_mean, first_few
from shuibei_index.index.hierarchy import Hierarchy
from shuibei_index.required import require_rows
from shuibei_index.rules import Rules
from shuibei_index.workspace_tables import metal_price_rows, of_the_file, read_metal_prices, read_table
from shuibei_index.written_form import without_version

if TYPE_CHECKING:
    from shuibei_index.bullion.reference import BullionReference

_TAX = ("incl", "excl")
_STAGE = ("wholesale", "retail")
_KINDS_ZH = {str: "文本", int: "整数", bool: "true 或 false"}


@dataclass(frozen=True)
class Settings:
    """What ``workspace.toml`` says."""

    name_zh: str = "水贝·中国珠宝指数"
    name_en: str = "Shuibei China Jewelry Index"
    base_period: str = ""
    link_month: int = 12
    tax_basis: str = "incl"
    stage: str = "wholesale"
    methodology: str = ""
    trial: bool = False
    #: File of the private key that signs the releases, outside the workspace; "" = not signed.
    signing_key: str = ""
    #: Whom to ask about a release, printed in both bulletins; "" = not stated.
    contact_name_zh: str = ""
    contact_name_en: str = ""
    contact_phone: str = ""
    contact_email: str = ""
    contact_address_zh: str = ""
    contact_address_en: str = ""


@dataclass(frozen=True)
class Workspace:
    """Paths and settings of one workspace folder."""

    root: Path
    settings: Settings

    @classmethod
    def open(cls, root: str | Path) -> Workspace:
        """Open an existing workspace.

        Raises
        ------
        WorkspaceError
            The folder has no ``workspace.toml`` or the file says something unknown.
        """
        root = Path(root)
        path = root / "workspace.toml"
        if not path.is_file():
            raise WorkspaceError(
                f"{root} is not a workspace: workspace.toml is missing. "
                f"Make one with 'shuibei-index init {root}' or 'shuibei-index simulate {root}', "
                f"or pass --workspace DIR.",
                zh=f"{root} 不是工作区（缺少 workspace.toml）；可用 init 或 simulate 新建，或以 --workspace 指定",
            )
        try:
            content = tomllib.loads(path.read_text(encoding="utf-8-sig"))
        except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
            raise WorkspaceError(
                f"workspace.toml is not valid TOML: {error}", zh=f"workspace.toml 不是有效的 TOML 文件：{error}"
            ) from error
        return cls(root, _settings(without_version(content, path.name, WorkspaceError)))

    @property
    def inbox(self) -> Path:
        """Folder with one folder per month of what enterprises sent."""
        return self.root / "inbox"

    @property
    def releases(self) -> Path:
        """Folder of the frozen bundles."""
        return self.root / "releases"

    @property
    def store(self) -> Path:
        """Folder owned by the program."""
        return self.root / "store"

    def work(self, month: str) -> Path:
        """Return the internal folder of a month."""
        return self.root / "work" / month

    def inbox_months(self) -> list[str]:
        """Return the months that have an inbox folder, in order."""
        if not self.inbox.is_dir():
            return []
        return sorted(p.name for p in self.inbox.iterdir() if p.is_dir() and months.is_month(p.name))

    def rules(self) -> Rules:
        """Return the packaged rules, overlaid by the workspace's own methodology folder if it names one."""
        folder = self.methodology
        return Rules.load(overlay=folder) if folder is not None and (folder / "rules").is_dir() else Rules.load()

    def checks(self) -> Checks:
        """Return the packaged checks, overlaid by the workspace's own methodology folder if it names one."""
        return Checks.load(overlay=self.methodology)

    def tree(self, when: str) -> Hierarchy:
        """Return the tree in force in a year or month: the workspace's own trees if it has any."""
        folder = self.methodology
        own = folder is not None and any((folder / "trees").glob("*.csv"))
        return Hierarchy.load(when, folder if own else None)

    @property
    def methodology(self) -> Path | None:
        """The workspace's own methodology folder, or None."""
        if not self.settings.methodology:
            return None
        folder = self.root / self.settings.methodology
        if not folder.is_dir():
            raise WorkspaceError(
                f"workspace.toml names the methodology folder {self.settings.methodology!r}, which does not exist",
                zh=f"workspace.toml 指定的方法文件夹 {self.settings.methodology!r} 不存在",
            )
        return folder

    def panel(self) -> pd.DataFrame:
        """Return panel.csv: enterprise_id, name, group, owner, joined, left, contact (text; '' = empty).

        Raises
        ------
        WorkspaceError
            A column or an id is missing, an id stands twice, or a date is not YYYY-MM or YYYY-MM-DD.
        """
        frame = self._csv("panel.csv", ["enterprise_id"], ["name", "group", "owner", "joined", "left", "contact"])
        ids = frame["enterprise_id"]
        if (ids == "").any():
            line = int(np.argmax(ids == "")) + 2
            raise WorkspaceError(
                f"panel.csv, line {line}: enterprise_id is empty", zh=f"panel.csv 第 {line} 行：enterprise_id 为空"
            )
        if ids.duplicated().any():
            line = int(np.argmax(ids.duplicated())) + 2
            raise WorkspaceError(
                f"panel.csv, line {line}: enterprise_id stands twice: {first_few(ids[ids.duplicated()])}",
                zh=f"panel.csv 第 {line} 行：enterprise_id 重复：{'、'.join(ids[ids.duplicated()].head(3))}",
            )
        for column in ("joined", "left"):
            good = frame[column].str.fullmatch(r"(\d{4}-(0[1-9]|1[0-2])(-\d{2})?)?")
            require_rows(frame, "panel.csv", column, good, ("YYYY-MM or YYYY-MM-DD", " YYYY-MM 或 YYYY-MM-DD"))
        return frame

    def weights(self) -> pd.DataFrame:
        """Return weights.csv: year (int), class_code, weight (float ≥ 0), price_period (text); empty if no file.

        Raises
        ------
        WorkspaceError
            A weight is negative or not a number, a year or price_period is not one, a class stands twice in a year.
        """
        if not (self.root / "weights.csv").is_file():
            return pd.DataFrame(
                {
                    "year": pd.Series(dtype=int),
                    "class_code": "",
                    "weight": pd.Series(dtype=float),
                    "price_period": "",
                }
            )
        frame = self._csv("weights.csv", ["year", "class_code", "weight"], ["price_period"])
        good = frame["year"].str.fullmatch(r"\d{4}")
        require_rows(frame, "weights.csv", "year", good, ("a year, e.g. 2025", "年份，如 2025"))
        weight = pd.to_numeric(frame["weight"], errors="coerce")
        good = np.isfinite(weight) & (weight >= 0)
        require_rows(frame, "weights.csv", "weight", good, ("a number that is not negative", "不小于 0 的数"))
        period = frame["price_period"]
        good = period.str.fullmatch(r"(\d{4}(-(0[1-9]|1[0-2]))?)?")
        expected = ("a year, a month YYYY-MM, or empty", "年份、月份 YYYY-MM，或留空")
        require_rows(frame, "weights.csv", "price_period", good, expected)
        twice = frame.duplicated(["year", "class_code"])
        require_rows(frame, "weights.csv", "class_code", ~twice, ("each class once a year", "每个分类每年一行"))
        return frame.assign(year=frame["year"].astype(int), weight=weight.astype(float))

    def metal_prices(self, rules: Rules | None = None) -> pd.DataFrame:
        """Return reference/metal_prices.csv: period, metal, cny_per_gram (float > 0), source; empty if no file.

        With quotes in the file also quoted_at, as `metal_prices.price_table` returns it. Of several series of a metal
        the one the rules choose, as `bullion`; default: the workspace's own rules.

        Warns
        -----
        FallbackWarning
            Series without a common month follow one another.
        """
        path = self.root / "reference" / "metal_prices.csv"
        if not path.is_file():
            return pd.DataFrame({"period": [], "metal": [], "cny_per_gram": pd.Series(dtype=float), "source": []})
        return read_metal_prices(path, (lambda: rules) if rules is not None else self.rules)

    def bullion(self) -> BullionReference:
        """Return the reference prices of metals with their splices; what `metal_prices` returns is its table."""
        from shuibei_index.bullion.reference import reference

        path = self.root / "reference" / "metal_prices.csv"
        with of_the_file():
            return reference(metal_price_rows(path), self.rules(), name=path.name, first_line=2)

    def _csv(self, name: str, required: list[str], optional: list[str]) -> pd.DataFrame:
        return read_table(self.root / name, required, optional)


def _settings(content: dict[str, object]) -> Settings:
    fields = {f.name: f for f in dataclasses.fields(Settings)}
    for key, value in content.items():
        if key not in fields:
            raise WorkspaceError(
                f"workspace.toml: unknown key {key!r}{did_you_mean(key, fields)}",
                zh=f"workspace.toml 有未知的键 {key!r}；可用：{'、'.join(fields)}",
            )
        kind = type(fields[key].default)
        if type(value) is not kind:
            raise WorkspaceError(
                f"workspace.toml: {key} must be {kind.__name__}, not {value!r}",
                zh=f"workspace.toml 的 {key} 应为 {_KINDS_ZH[kind]}，实为 {value!r}",
            )
    settings = Settings(**content)  # type: ignore[arg-type]
    for key, allowed in (("tax_basis", _TAX), ("stage", _STAGE)):
        if getattr(settings, key) not in allowed:
            raise WorkspaceError(
                f"workspace.toml: {key} must be one of {', '.join(allowed)}",
                zh=f"workspace.toml 的 {key} 应为以下之一：{'、'.join(allowed)}",
            )
    if settings.base_period:
        months.months_of(settings.base_period)
    if not 1 <= settings.link_month <= 12:
        raise WorkspaceError(
            f"workspace.toml: link_month must be 1 to 12, not {settings.link_month}",
            zh=f"workspace.toml 的 link_month 应为 1 至 12，实为 {settings.link_month}",
        )
    return settings
