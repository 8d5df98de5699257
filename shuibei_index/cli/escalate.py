"""``escalate``: an amount of a contract carried from one month to another by a published index."""

import argparse
from pathlib import Path

from shuibei_index.cli.common import open_workspace, range_options, workspace_option
from shuibei_index.cli.output import result, result_json
from shuibei_index.errors import UsageError

HELP = "合同调价 escalate a contract amount by first published index values, with the calculation"
EXAMPLES = """\
  shuibei-index escalate 100000 --workspace WS --from 2024-03 --to 2025-03 --class 0101
  shuibei-index escalate 100000 --workspace WS --from 2024-03 --to 2025-03 --threshold 5 --threshold-mode excess
  shuibei-index escalate 100000 --release WS/releases/2025-03 --from 2024-03 --to 2025-03 --share 0.15"""


def arguments(parser: argparse.ArgumentParser) -> None:
    """Add the verb's options."""
    parser.add_argument("amount", metavar="AMOUNT", help="金额（元） amount in CNY, at most two decimals")
    workspace_option(parser)
    range_options(parser)
    parser.add_argument("--release", metavar="BUNDLE", help="one release in place of first published values")
    parser.add_argument(
        "--class", dest="class_code", default="00", metavar="CODE", help="class (default: 00, headline)"
    )
    parser.add_argument("--component", default="total", help="total, metal, making or stone (default: total)")
    parser.add_argument("--share", default="1", metavar="S", help="share of the amount that follows the index (1)")
    parser.add_argument("--threshold", default="0", metavar="PCT", help="changes up to this size adjust nothing (0)")
    parser.add_argument("--threshold-mode", default="whole", help="whole or excess: what counts beyond it (whole)")
    parser.add_argument("--cap", metavar="PCT", help="largest change of the index that counts")
    parser.add_argument("--floor", metavar="PCT", help="smallest change of the index that counts, e.g. --floor=-5")
    parser.add_argument("--errata", default="ignore", help="ignore or use errata of the first release (ignore)")
    parser.add_argument("--full-precision", action="store_true", help="index values with all digits, not as printed")


def run(options: argparse.Namespace) -> int:
    """Escalate and print the calculation in both languages."""
    from shuibei_index.escalation import escalate
    from shuibei_index.rules import Rules

    if not (options.start and options.end):
        raise UsageError("give both --from and --to", zh="请同时给出 --from 与 --to")
    if options.release is None:
        workspace = open_workspace(options)
        home, rules = workspace.root, workspace.rules()
    else:
        home, rules = Path(options.release), Rules.load()
    found = escalate(
        options.amount,
        home,
        options.start,
        options.end,
        class_code=options.class_code,
        component=options.component,
        indexed_share=options.share,
        threshold_pct=options.threshold,
        threshold_mode=options.threshold_mode,
        cap_pct=options.cap,
        floor_pct=options.floor,
        precision="full" if options.full_precision else "published",
        errata=options.errata,
        rules=rules,
    )
    if options.json:
        result_json(found.to_dict())
    else:
        result(found.text("both"))
    return 0
