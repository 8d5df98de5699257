"""``verify``: is a bundle what it says it is."""

import argparse

from shuibei_index.cli.output import result, result_json, say

HELP = "核验 check a bundle's checksums and recompute it from the frozen inputs"
EXAMPLES = """\
  shuibei-index verify WS/releases/2025-06
  shuibei-index verify bundles/2025-06 --workspace WS      recompute a copy kept elsewhere from WS's store
  shuibei-index verify bundles/2025-06 --public-key shuibei-index.pub      签名须为此密钥 signed by this key"""


def arguments(parser: argparse.ArgumentParser) -> None:
    """Add the verb's options."""
    parser.add_argument("bundle", help="the bundle's folder")
    parser.add_argument(
        "--workspace", metavar="DIR", help="the workspace with the frozen inputs (default: the bundle's)"
    )
    parser.add_argument(
        "--public-key",
        action="append",
        metavar="KEY",
        help="签名须为此公钥 the signature must be by this key: RW…, its file (.pub), a table (.csv); repeatable",
    )
    parser.add_argument(
        "--signature", metavar="FILE", help="另存的签名 a signature kept elsewhere (default: the one in the bundle)"
    )


def run(options: argparse.Namespace) -> int:
    """Verify; exit 1 and say what differs if it does not hold."""
    from pathlib import Path

    from shuibei_index.errors import UsageError
    from shuibei_index.pipeline import signing

    if not Path(options.bundle).is_dir():
        # no folder of that name is a slip of the command line
        raise UsageError(
            f"{options.bundle} is not a folder; expected a release bundle",
            zh=f"{options.bundle} 不是文件夹，应为发布包所在的文件夹，如 WS/releases/2025-06",
        )
    report = signing.verify(
        options.bundle, options.workspace, public_key=options.public_key, signature=options.signature
    )
    if options.json:
        result_json({**report.to_dict(), "signature": report.report.signature})
    else:
        result(report.text())
        until = report.release.about.embargo_until
        if until:
            say(f"限时发布：{until} 前不得公开 embargoed until {until}")
    return 0 if report.ok else 1
