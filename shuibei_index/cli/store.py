"""``store``: is everything that was received and released still what it was; mend it, write releases anew."""

import argparse

from shuibei_index.cli.common import open_workspace, workspace_option
from shuibei_index.cli.output import result, result_json

HELP = "库 check the store and the releases, mend what can be mended, rebuild releases"
EXAMPLES = """\
  shuibei-index store check --workspace WS                     核查 objects, ledger, chain of digests, releases
  shuibei-index store check --workspace WS --repair            修复 put back what is lost or changed
  shuibei-index store check --workspace WS --head 3f9c…        the ledger's digest as noted elsewhere 另处登记的摘要
  shuibei-index store rebuild --workspace WS                   重建 write lost release folders anew
exit 3 if something is broken (退出码 3：有不完好之处)"""
_BROKEN = 3


def arguments(parser: argparse.ArgumentParser) -> None:
    """Add the verb's options."""
    parser.add_argument("action", choices=["check", "rebuild"])
    workspace_option(parser)
    parser.add_argument("--repair", action="store_true", help="check: mend what can be mended; nothing is deleted")
    parser.add_argument("--head", default="", metavar="DIGEST", help="check: the ledger once had this digest")


def run(options: argparse.Namespace) -> int:
    """Run one of the two actions; exit 3 if something stays broken."""
    from shuibei_index.errors import UsageError
    from shuibei_index.pipeline.storekeeping import check_store, rebuild_releases

    workspace = open_workspace(options)
    if options.action == "check":
        found = check_store(workspace, repair=options.repair, head=options.head)
        if options.json:
            result_json(found.to_dict())
        else:
            result(found.text())
        return 0 if found.ok else _BROKEN
    if options.repair or options.head:
        raise UsageError("--repair and --head go with store check", zh="--repair 与 --head 只用于 store check")
    written = rebuild_releases(workspace)
    if options.json:
        result_json({"rebuilt": [path.name for path in written]})
    else:
        names = ", ".join(path.name for path in written) or "–"
        result(f"重建 {len(written)} 个发布 releases rebuilt: {names}")
    return 0
