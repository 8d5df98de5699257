"""``export``: releases into a database of the publishing platform."""

import argparse

from shuibei_index.cli.output import result, result_json

HELP = "导入数据库 load verified releases into PostgreSQL, SQLite or DuckDB"
EXAMPLES = """\
  shuibei-index export --to sqlite:///index.db WS/releases/2025-06
  shuibei-index export --to postgresql://loader@db.example/jewellery WS/releases/*    密码取自 PGPASSFILE
  shuibei-index export --to env:INDEX_DB bundles/2025-06    地址在环境变量中 the address is in that variable
  shuibei-index export --to duckdb:///index.duckdb --public-key index.pub bundles/2025-06
  shuibei-index export --check-script > check_release.py    不依赖本程序的核验脚本 a check without this program"""


def arguments(parser: argparse.ArgumentParser) -> None:
    """Add the verb's options."""
    parser.add_argument("releases", nargs="*", metavar="RELEASE", help="发布包文件夹 folders of bundles")
    parser.add_argument(
        "--to", default="", metavar="URL", help="postgresql://…, sqlite:///FILE, duckdb:///FILE, env:NAME"
    )
    parser.add_argument(
        "--schema", default="shuibei", metavar="NAME", help="模式 schema of the tables (default shuibei)"
    )
    parser.add_argument(
        "--public-key",
        action="append",
        metavar="KEY",
        help="签名须为此公钥 the signature must be by this key; repeatable",
    )
    parser.add_argument("--at", default="", metavar="TIME", help="当前时间 the time it is, where one is under embargo")
    parser.add_argument("--again", action="store_true", help="重写已有版本 write the rows of a release anew")
    parser.add_argument(
        "--unverified", action="store_true", help="核验不通过也导入 take a bundle that does not verify, and say so"
    )
    parser.add_argument(
        "--check-script", action="store_true", help="输出独立核验脚本 print a script that checks a bundle by itself"
    )


def run(options: argparse.Namespace) -> int:
    """Load one after the other, each whole; stop at the first that cannot be loaded."""
    import os

    from shuibei_index.errors import UsageError
    from shuibei_index.pipeline import exporting

    if options.check_script:
        result(exporting.check_script().rstrip("\n"))
        return 0
    if not options.to or not options.releases:
        raise UsageError("give --to URL and at least one RELEASE", zh="请给出 --to 数据库地址和至少一个发布包")
    address = exporting.read_address(options.to, os.environ)
    done = []
    for release in options.releases:
        one = exporting.export(
            release,
            address,
            schema=options.schema,
            at=options.at,
            public_key=options.public_key,
            again=options.again,
            unverified=options.unverified,
        )
        done.append(one)
        if not options.json:
            result(one.text())
    if options.json:
        result_json([one.to_dict() for one in done])
    return 0
