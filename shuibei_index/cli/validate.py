"""``validate``: check a month against the gates."""

import argparse
from typing import TYPE_CHECKING

from shuibei_index.cli.common import checked_month, month_option, open_workspace, workspace_option
from shuibei_index.cli.output import frame_table, result, result_json, say
from shuibei_index.cli.words import SEVERITIES, YES_NO, percent

if TYPE_CHECKING:
    import pandas as pd

HELP = "审核 check a month's accepted records against the gates of the rules"
EXAMPLES = """\
  shuibei-index validate --workspace WS --month 2025-06     exit 3 if a gate is not met
  shuibei-index validate --month 2025-06 --line E012:7      how the figures of a record came about"""


def arguments(parser: argparse.ArgumentParser) -> None:
    """Add the verb's options."""
    workspace_option(parser)
    month_option(parser)
    parser.add_argument(
        "--annotate",
        action="store_true",
        help="写出批注副本 also write annotated copies of firms' files to work/MONTH/annotated",
    )
    parser.add_argument(
        "--line",
        metavar="FIRM:LINE",
        help="只看一条已采用记录的原值、归一值与所用规则 only show one accepted record: how its figures came about",
    )


def run(options: argparse.Namespace) -> int:
    """Show findings by rule and the gates; exit 3 if one is not met."""
    from shuibei_index import pipeline
    from shuibei_index.errors import GateError

    workspace = open_workspace(options)
    month = checked_month(options.month)
    report = pipeline.validate(workspace, month)
    if options.line:
        return _trail(report.trail(*_line(options.line), period=month, rules=workspace.rules()), as_json=options.json)
    if options.annotate:
        from shuibei_index import forms

        done = forms.annotate_month(workspace, month, report)
        say(f"批注副本 annotated copies: {done.folder} ({len(done.files)})")
    gates = report.gates_frame()
    if options.json:
        result_json(
            {
                "month": month,
                "passed": report.passed,
                "gates": gates.to_dict("records"),
                "findings": report.summary().to_dict("records"),
            }
        )
    else:
        _show(report.summary(), gates)
    return 0 if report.passed else GateError.exit_code


def _line(text: str) -> tuple[str, int]:
    from shuibei_index.errors import UsageError

    firm, _, line = text.rpartition(":")
    if not firm or not line.isdecimal():
        raise UsageError(
            f"--line must be FIRM:LINE, e.g. E012:7, not {text!r}",
            zh=f"--line 应为 企业:行号，如 E012:7，而不是 {text!r}",
        )
    return firm, int(line)


def _trail(shown: "pd.DataFrame", *, as_json: bool) -> int:
    """Print how the figures of one record came about."""
    if as_json:
        result_json({"trail": shown.to_dict("records")})
        return 0
    result(frame_table(shown[["field", "reported", "settled", "unit", "rule", "since", "value", "note"]]))
    for rule, why in shown.loc[shown["why"] != "", ["rule", "why"]].drop_duplicates().to_numpy().tolist():
        result(f"  {rule}: {why}")
    return 0


def _show(found: "pd.DataFrame", gates: "pd.DataFrame") -> None:
    """Print findings by rule, an example of each below, for sentences do not fit into a table; then the gates."""
    shown = found.drop(columns=["example_zh", "example_en"])
    result(frame_table(shown.assign(severity=shown["severity"].map(SEVERITIES))))
    if len(found):
        result("\n各项首例 the first of each:")
    for rule, zh, en in found[["rule", "example_zh", "example_en"]].to_numpy().tolist():
        result(f"  {rule}: {zh}\n    {en}")
    result("")
    for gate in gates.to_dict("records"):
        result(
            f"门槛 gate {gate['gate']}: {percent(gate['value'])}，要求 asked for {percent(gate['threshold'])}，"
            f"通过 passed: {YES_NO[bool(gate['passed'])]}\n  {gate['message_zh']}\n  {gate['message_en']}"
        )
