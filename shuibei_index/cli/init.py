"""``init``: an empty workspace."""

import argparse

from shuibei_index.cli.output import result, result_json

HELP = "新建工作区 make an empty workspace folder"
EXAMPLES = """\
  shuibei-index init WS --base-period 2019
  shuibei-index init WS --base-period 2025-06 --tax-basis excl --stage retail"""


def arguments(parser: argparse.ArgumentParser) -> None:
    """Add the verb's options."""
    parser.add_argument("folder", help="the folder to make")
    parser.add_argument("--base-period", default="", metavar="YYYY|YYYY-MM", help="基期 the period whose mean is 100")
    parser.add_argument("--tax-basis", default="incl", choices=["incl", "excl"], help="含税/不含税 basis of the index")
    parser.add_argument("--stage", default="wholesale", choices=["wholesale", "retail"], help="环节 trade stage")
    parser.add_argument("--trial", action="store_true", help="试运行 no sign-off asked for")


def run(options: argparse.Namespace) -> int:
    """Make the workspace and say what to fill in."""
    from shuibei_index import months
    from shuibei_index.errors import UsageError
    from shuibei_index.skeleton import make_workspace

    base = options.base_period
    if base and not (len(base) == 4 and base.isascii() and base.isdigit()) and not months.is_month(base):
        raise UsageError(
            f"--base-period {base!r} is neither a year nor a month; expected YYYY or YYYY-MM, e.g. 2019 or 2025-06",
            zh=f"--base-period {base!r} 既不是年份也不是月份，应为 YYYY 或 YYYY-MM，如 2019 或 2025-06",
        )

    made = make_workspace(
        options.folder,
        base_period=options.base_period,
        tax_basis=options.tax_basis,
        stage=options.stage,
        trial=options.trial,
    )
    if options.json:
        result_json({"workspace": options.folder, "made": [{"path": path, "purpose": why} for path, why in made]})
        return 0
    result(f"已建立工作区 made {options.folder}:")
    for path, purpose in made:
        result(f"  {path:30} {purpose}")
    return 0
