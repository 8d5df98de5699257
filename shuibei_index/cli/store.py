"""``store``: is everything that was received and released still what it was; mend it, rebuild releases, lay it down."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from shuibei_index.cli.common import open_workspace, workspace_option
from shuibei_index.cli.output import result, result_json

if TYPE_CHECKING:
    from shuibei_index.workspace import Workspace

HELP = "库 check the store and the releases, mend them, rebuild releases, lay the store down elsewhere"
EXAMPLES = """\
  shuibei-index store check --workspace WS                     核查 objects, ledger, chain of digests, releases
  shuibei-index store check --workspace WS --repair            修复 put back what is lost or changed
  shuibei-index store check --workspace WS --head 3f9c…        the ledger's digest as noted elsewhere 另处登记的摘要
  shuibei-index store rebuild --workspace WS                   重建 write lost release folders anew
  shuibei-index store export --workspace WS --to delta --out LAKE    Delta 表 accepted records as a Delta table
  shuibei-index store push --workspace WS --at s3://bucket/ws        推送 what is not there yet; nothing is overwritten
  shuibei-index store pull --workspace NEW --at s3://bucket/ws       取回 into a workspace without a store
  shuibei-index store check --workspace WS --at s3://bucket/ws       核查 what was laid down there
exit 3 if something is broken (退出码 3：有不完好之处)"""
_BROKEN = 3
#: Options of their own that an action takes.
_TAKES = {
    "check": ("repair", "head", "at"),
    "rebuild": (),
    "export": ("to", "out"),
    "push": ("at",),
    "pull": ("at",),
}
_NEEDS = {"export": ("to", "out"), "push": ("at",), "pull": ("at",)}


def arguments(parser: argparse.ArgumentParser) -> None:
    """Add the verb's options."""
    parser.add_argument("action", choices=list(_TAKES))
    workspace_option(parser)
    parser.add_argument("--repair", action="store_true", help="check: mend what can be mended; nothing is deleted")
    parser.add_argument("--head", default="", metavar="DIGEST", help="check: the ledger once had this digest")
    parser.add_argument("--to", default="", choices=["", "delta"], help="export: the format 格式")
    parser.add_argument("--out", default="", metavar="PLACE", help="export: folder or address 文件夹或地址")
    parser.add_argument("--at", default="", metavar="PLACE", help="check, push, pull: folder or address 文件夹或地址")


def run(options: argparse.Namespace) -> int:
    """Run one of the actions; exit 3 if something stays broken."""
    _fitting(options)
    workspace = open_workspace(options)
    if options.action == "check":
        return _check(options, workspace)
    if options.action == "rebuild":
        return _rebuild(options, workspace)
    from shuibei_index.pipeline import shipping

    if options.action == "export":
        done = shipping.export_delta(workspace, options.out)
        said = f"Delta 表 table: 新增 {done.commits} 个版本 versions added; 账本状态 state {done.state}"
        content: dict[str, object] = {"commits": done.commits, "state": done.state, "version": done.version}
    else:
        moved = (shipping.push_store if options.action == "push" else shipping.pull_store)(workspace, options.at)
        said = f"{moved.objects} 个对象 objects（{moved.bytes} bytes），账本摘要 head {moved.head}"
        content = {"objects": moved.objects, "bytes": moved.bytes, "head": moved.head}
    if options.json:
        result_json(content)
    else:
        result(said)
    return 0


def _fitting(options: argparse.Namespace) -> None:
    from shuibei_index.errors import UsageError

    given = [name for name in ("repair", "head", "to", "out", "at") if getattr(options, name)]
    strange = [f"--{name}" for name in given if name not in _TAKES[options.action]]
    missing = [f"--{name}" for name in _NEEDS.get(options.action, ()) if name not in given]
    if strange:
        takes = ", ".join(f"--{name}" for name in _TAKES[options.action]) or "none"
        raise UsageError(
            f"{', '.join(strange)} does not go with store {options.action} (it takes: {takes})",
            zh=f"store {options.action} 不接受 {'、'.join(strange)}",
        )
    if missing:
        raise UsageError(
            f"store {options.action} needs {', '.join(missing)}",
            zh=f"store {options.action} 需要 {'、'.join(missing)}",
        )
    if options.at and (options.repair or options.head):
        raise UsageError(
            "--repair and --head are for the workspace's own store, not for --at",
            zh="--repair 与 --head 只用于本工作区的库，不能与 --at 同用",
        )


def _check(options: argparse.Namespace, workspace: Workspace) -> int:
    if options.at:
        from shuibei_index.pipeline.shipping import check_elsewhere

        found = check_elsewhere(options.at)
    else:
        from shuibei_index.pipeline.storekeeping import check_store

        found = check_store(workspace, repair=options.repair, head=options.head)
    if options.json:
        result_json(found.to_dict())
    else:
        result(found.text())
    return 0 if found.ok else _BROKEN


def _rebuild(options: argparse.Namespace, workspace: Workspace) -> int:
    from shuibei_index.pipeline.storekeeping import rebuild_releases

    written = rebuild_releases(workspace)
    if options.json:
        result_json({"rebuilt": [path.name for path in written]})
    else:
        names = ", ".join(path.name for path in written) or "–"
        result(f"重建 {len(written)} 个发布 releases rebuilt: {names}")
    return 0
