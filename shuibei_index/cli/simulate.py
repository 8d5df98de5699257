"""``simulate``: a workspace of a market whose true index is known."""

from __future__ import annotations

import argparse
import dataclasses
from typing import TYPE_CHECKING

from shuibei_index.cli.common import month_range
from shuibei_index.cli.output import result, result_json
from shuibei_index.errors import UsageError, did_you_mean

if TYPE_CHECKING:
    from shuibei_index.simulation import MarketSettings

HELP = "模拟市场 write the workspace of a market whose true index is known"
EXAMPLES = """\
  shuibei-index simulate WS --from 2019-01 --to 2024-12 --seed 7
  shuibei-index simulate WS --metal-prices metal_prices_monthly.csv --from 2014-01 --to 2025-12 --seed 7
  shuibei-index simulate WS --from 2020-01 --to 2022-12 --seed 1 --mistakes 0 --noise 0 --churn 0 --response 1
  shuibei-index simulate WS --from 2024-10 --to 2025-05 --seed 5 --kinds all --set deal_log_sd=0.012
  shuibei-index simulate WS --from 2015-01 --to 2024-12 --seed 1 --firms 2000 --formats parquet"""

_NUMBERS = (
    ("mistakes", 0.02, "share of records with a seeded reporting mistake (answer_key.csv)"),
    ("noise", 1.0, "scale of price noise between firms and deals; 0 = none"),
    ("churn", 1.0, "scale of items and firms entering and leaving; 0 = none"),
    ("response", 0.97, "share of firm-months that report at all"),
    ("late", 0.02, "share of files that arrive in the next month's folder"),
    ("drift", 1.0, "scale of weight drift inside items; 0 = none"),
)


def arguments(parser: argparse.ArgumentParser) -> None:
    """Add the verb's options."""
    parser.add_argument("folder", metavar="OUT", help="the workspace folder to make")
    parser.add_argument("--from", dest="start", required=True, metavar="YYYY-MM", help="first month")
    parser.add_argument("--to", dest="end", required=True, metavar="YYYY-MM", help="last month")
    parser.add_argument("--seed", type=int, required=True, help="same seed, same bytes")
    parser.add_argument("--firms", type=int, default=40, help="enterprises in the panel (default 40)")
    parser.add_argument("--metal-prices", metavar="FILE", help="CSV: period, metal, cny_per_gram; none = seeded path")
    for name, default, text in _NUMBERS:
        parser.add_argument(f"--{name}", type=float, default=default, metavar="X", help=f"{text} (default {default:g})")
    parser.add_argument(
        "--kinds", metavar="LIST", help="which mistakes, comma-separated, or 'all' (default: those drawn line by line)"
    )
    parser.add_argument(
        "--set",
        action="append",
        default=[],
        metavar="NAME=NUMBER",
        help="any other number of MarketSettings; repeatable",
    )
    parser.add_argument("--sampled", type=float, metavar="X", help="share of the market's firms that are in the panel")
    parser.add_argument(
        "--formats",
        default="xlsx,csv,parquet",
        help="file formats firms send, comma-separated (default xlsx,csv,parquet)",
    )


def _settings(pairs: list[str]) -> MarketSettings:
    """Return settings with some numbers changed.

    Raises
    ------
    UsageError
        Not NAME=NUMBER, or not a number of the settings.
    """
    from shuibei_index.simulation import MarketSettings

    default = MarketSettings()
    numbers = {n: v for n, v in dataclasses.asdict(default).items() if isinstance(v, int | float)}
    changed: dict[str, float] = {}
    for pair in pairs:
        name, _, text = (part.strip() for part in pair.partition("="))
        if name not in numbers:
            raise UsageError(
                f"--set {pair!r}: no such number{did_you_mean(name, numbers)}; expected NAME=NUMBER of MarketSettings",
                zh=f"--set {pair!r}：无此参数；应为 名称=数值，见 MarketSettings",
            )
        try:
            changed[name] = type(numbers[name])(text)
        except ValueError:
            raise UsageError(
                f"--set {pair!r}: {text!r} is not a number like {numbers[name]!r}",
                zh=f"--set {pair!r}：{text!r} 不是 {numbers[name]!r} 这样的数值",
            ) from None
    return default.replace(**changed)


def run(options: argparse.Namespace) -> int:
    """Simulate and say what was written."""
    from shuibei_index.rules import Rules
    from shuibei_index.simulation import simulate
    from shuibei_index.simulation.mistake_names import KINDS

    start, end = month_range(options.start, options.end)
    # a month before the first rules has no classification either; the rules say so in both languages
    Rules.load().at(start)
    more = {} if options.sampled is None else {"sampled": options.sampled}
    kinds = options.kinds
    if kinds is not None:
        kinds = tuple(KINDS) if kinds == "all" else tuple(k.strip() for k in kinds.split(",") if k.strip())
    market = simulate(
        options.folder,
        start=start,
        end=end,
        seed=options.seed,
        firms=options.firms,
        metal_prices=options.metal_prices,
        kinds=kinds,
        settings=_settings(options.set),
        formats=tuple(f.strip() for f in options.formats.split(",") if f.strip()),
        **{name: getattr(options, name) for name, _, _ in _NUMBERS},
        **more,
    )
    facts = {
        "seed": options.seed,
        "records": len(market.records),
        "mistakes": len(market.answer_key),
    }
    if options.json:
        result_json({"workspace": options.folder, **facts})
    else:
        result(f"已写入 wrote {options.folder}: " + ", ".join(f"{v} {k}" for k, v in facts.items()))
        result(f"下一步 next: shuibei-index run --workspace {options.folder} --from {options.start} --to {options.end}")
    return 0
