"""``site``: the public website of all releases."""

import argparse

from shuibei_index.cli.common import workspace_option
from shuibei_index.cli.output import result, result_json, say

HELP = "网站 build the public website of all releases"
EXAMPLES = """\
  shuibei-index site --workspace WS --out www
  shuibei-index site --workspace WS --out www --base-url https://example.org/index/
                                        绝对地址供搜索引擎与订阅 absolute addresses for search engines and feeds
  shuibei-index site --workspace bundles/ --out www --bundles latest
                                        发布包文件夹；只附最新发布包 a folder of bundles; copy the latest one only
  shuibei-index site --workspace WS --out www --at 2025-01-15T09:30+08:00
                                        限时未到的发布不收入 releases whose embargo is not over are left out"""


def arguments(parser: argparse.ArgumentParser) -> None:
    """Add the verb's options."""
    workspace_option(parser)
    parser.add_argument("--out", required=True, metavar="DIR", help="网站文件夹 new folder, or the site built before")
    parser.add_argument(
        "--base-url", default="", metavar="URL", help="网站地址 where it will stand, for search engines and feeds"
    )
    parser.add_argument(
        "--bundles",
        default="all",
        choices=("all", "latest"),
        help="随站发布的发布包 bundles copied whole (default all)",
    )
    parser.add_argument(
        "--at", default="", metavar="TIME", help="当前时间 the time it is: a release under embargo is left out"
    )
    parser.add_argument("--force", action="store_true", help="全部重建 read and render everything again")


def run(options: argparse.Namespace) -> int:
    """Build and tell."""
    from shuibei_index.site import build_site

    done = build_site(
        options.workspace,
        options.out,
        base_url=options.base_url,
        bundles=options.bundles,
        at=options.at,
        force=options.force,
    )
    if options.json:
        result_json(done.to_dict())
    else:
        result(done.text())
    if not options.base_url:
        say("注意：未给 --base-url，站点地图与订阅用相对地址 note: without --base-url sitemap and feeds are relative")
    return 0
