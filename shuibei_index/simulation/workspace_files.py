"""A simulated market as a workspace folder (contract §2), with the truth and the answer key beside it."""

from __future__ import annotations

import dataclasses
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from shuibei_index import months
from shuibei_index.errors import UsageError
from shuibei_index.simulation.mistake_names import KINDS
from shuibei_index.simulation.mistakes import KEY_COLUMNS
from shuibei_index.simulation.render import file_name, render
from shuibei_index.simulation.settings import MarketSettings

if TYPE_CHECKING:
    from shuibei_index.simulation.market import Market, Submissions

#: parquet is encoded outside the interpreter's lock, so two cores are used; more do not help the text formats
_THREADS = 2


def write_workspace(market: Market, out: Path) -> Path:
    """Write the whole workspace; the same market gives the same bytes.

    Raises
    ------
    UsageError
        The folder holds files already.
    """
    if out.exists() and (not out.is_dir() or any(out.iterdir())):
        raise UsageError(f"{out} is not an empty folder; choose a new one: a simulation never overwrites anything")
    (out / "reference").mkdir(parents=True)
    _table(market.firms.panel_frame(list(market.periods)), out / "panel.csv")
    _table(market.weights, out / "weights.csv")
    _table(market.metal_prices, out / "reference" / "metal_prices.csv")
    _table(write_inbox(market, out / "inbox"), out / "answer_key.csv")
    _table(market.truth, out / "truth.csv")
    _text(out / "README.txt", readme(market))
    # last: a folder without workspace.toml is not a workspace, so one that broke off cannot be taken for a whole one
    _text(out / "workspace.toml", settings_file(market))
    return out


def write_inbox(market: Market, inbox: Path) -> pd.DataFrame:
    """Write what enterprises send into folders by month of arrival, and return the answer key."""
    keys = []
    with ThreadPoolExecutor(_THREADS) as pool:
        for sent in market.submissions():
            files = sent.month.files()
            arrivals = {sent.month.period, *(months.shift(sent.month.period, 1) for f, _ in files if sent.late[f])}
            for arrival in arrivals:
                (inbox / arrival).mkdir(parents=True, exist_ok=True)
            # files do not depend on each other; list() waits for the month and hands on what went wrong
            list(pool.map(partial(_write_file, market, inbox, sent), files))
            keys.append(sent.key)
    return pd.concat(keys, ignore_index=True)[list(KEY_COLUMNS)]


def _write_file(market: Market, inbox: Path, sent: Submissions, file: tuple[int, slice]) -> None:
    firm, rows = file
    period = sent.month.period
    arrival = months.shift(period, 1) if sent.late[firm] else period
    name = file_name(str(market.firms.ids[firm]), period, market.habits, firm)
    (inbox / arrival / name).write_bytes(render(sent.month.take(rows), market.habits, firm))


def settings_file(market: Market) -> str:
    """Return workspace.toml."""
    settings = market.settings
    return (
        "# Simulated data: no figure in this folder describes a real enterprise or market.\n"
        "# 模拟数据:本文件夹中的任何数字均不代表真实企业或市场。\n"
        'name_zh = "水贝·中国珠宝指数(模拟)"\n'
        'name_en = "Shuibei China Jewelry Index (simulated)"\n'
        f'base_period = "{market.base_period}"\n'
        "link_month = 12\n"
        f'tax_basis = "{settings.tax_basis}"\n'
        f'stage = "{settings.stage}"\n'
        "trial = true\n"
    )


def readme(market: Market) -> str:
    """Return README.txt: what this is, and the command and seed that made it."""
    settings, first, last = market.settings, market.periods[0], market.periods[-1]
    command = f"shuibei-index simulate OUT --from {first} --to {last} --seed {market.seed} --firms {settings.firms}"
    command += f" --metal-prices {market.source}" if market.source else ""
    command += f" --mistakes {settings.mistakes:g}"
    default = MarketSettings()
    names = [f.name for f in dataclasses.fields(settings)]
    changed = [n for n in names if getattr(settings, n) != getattr(default, n) and n not in ("firms", "mistakes")]
    table = market.source if market.source else "none or a DataFrame / 无或内存表"
    lines = [
        "Simulated workspace: nothing in it describes a real enterprise or market.",
        "模拟工作区:其中任何内容均不代表真实企业或市场。",
        "",
        "Made by / 生成命令:",
        f"  {command}",
        f"Seed / 随机种子: {market.seed}",
        f"Metal price table / 金属价格表: {table}",
        "Other settings that differ from the defaults / 与默认值不同的其他参数:",
        *([f"  {n} = {getattr(settings, n)!r}" for n in changed] or ["  none / 无"]),
        "",
        "truth.csv       the true index of the whole market, two targets (same_formula, superlative)",
        "                整个模拟市场的真实指数,两种口径",
        "answer_key.csv  every cell that a seeded mistake changed, with the true value",
        "                每个被植入错误的单元格及其真值",
        "                kinds / 种类:",
        *[f"                  {kind}: {text}" for kind, text in KINDS.items() if kind in settings.kinds],
        "",
    ]
    return "\n".join(lines)


def _table(frame: pd.DataFrame, path: Path) -> None:
    _text(path, frame.to_csv(index=False, lineterminator="\n"))


def _text(path: Path, text: str) -> None:
    path.write_bytes(text.encode())
