"""``rules``: what is in force, and whether the rule files hold together."""

import argparse

from shuibei_index.cli.common import checked_month, open_workspace, workspace_option
from shuibei_index.cli.output import frame_table, result, result_json

#: Width of a value in the table of all rules.
_WIDTH = 44
HELP = "规则 show or check the dated rules"
EXAMPLES = """\
  shuibei-index rules show --at 2025-06
  shuibei-index rules show --at 2025-06 --rule vat_rate --json
  shuibei-index rules check
  shuibei-index rules check --workspace WS        with the workspace's own methodology folder"""


def arguments(parser: argparse.ArgumentParser) -> None:
    """Add the verb's options."""
    parser.add_argument("action", choices=["show", "check"])
    workspace_option(parser)
    parser.add_argument("--at", metavar="YYYY-MM", help="show: the month")
    parser.add_argument("--rule", metavar="NAME", help="show: only this rule")


def run(options: argparse.Namespace) -> int:
    """Show or check the rules."""
    from pathlib import Path

    from shuibei_index.checks import Checks
    from shuibei_index.errors import UsageError, did_you_mean
    from shuibei_index.rules import Rules
    from shuibei_index.workspace import Workspace

    own = (Path(options.workspace) / "workspace.toml").is_file()
    if options.workspace != "." and not own:
        open_workspace(options)
    workspace = Workspace.open(options.workspace) if own else None
    rules = workspace.rules() if workspace else Rules.load()
    if options.action == "check":
        rules.check_used()
        checks = workspace.checks() if workspace else Checks.load()
        content = {"rules": len(rules), "checks": len(checks), "digest": rules.digest}
        if options.json:
            result_json(content)
        else:
            result(
                f"{len(rules)} 条规则完整有序，{len(checks)} 项审核 rules complete and ordered; digest {rules.digest}"
            )
        return 0
    if not options.at:
        raise UsageError("give the month: rules show --at YYYY-MM", zh="请给出月份：rules show --at YYYY-MM")
    frame = rules.at(checked_month(options.at, "--at")).to_frame()
    if options.rule:
        if options.rule not in set(rules):
            raise UsageError(
                f"no rule {options.rule!r}{did_you_mean(options.rule, rules)}",
                zh=f"没有规则 {options.rule!r}；rules show --at {options.at} 列出全部规则",
            )
        frame = frame[frame["rule"] == options.rule]
    if options.json:
        result_json(frame.to_dict("records"))
    elif options.rule:
        result("\n".join(f"{name:10} {value}" for name, value in frame.iloc[0].items()))
    else:
        # tables of words and factors are long: here their beginning, with --rule or --json the whole
        short = frame["value"].astype(str).map(lambda text: text if len(text) <= _WIDTH else text[: _WIDTH - 1] + "…")
        result(frame_table(frame.assign(value=short)))
    return 0
