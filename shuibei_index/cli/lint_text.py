"""``lint-text``: the words of a press text against a release."""

import argparse

from shuibei_index.cli.common import checked_month
from shuibei_index.cli.output import result, result_json

HELP = "核对文稿 check the words and numbers of a text against a release"
EXAMPLES = """\
  shuibei-index lint-text press.md --workspace WS --month 2025-06
  shuibei-index lint-text press.txt --release WS/releases/2025-06 --language zh
  shuibei-index lint-text 新闻稿.docx --workspace WS --month 2025-06
exit code 3 退出码 3: the text has errors 文稿有误"""


def arguments(parser: argparse.ArgumentParser) -> None:
    """Add the verb's options."""
    parser.add_argument("file", help="文稿 the text: .txt, .md, .html (UTF-8) or .docx")
    parser.add_argument("--release", default="", metavar="PATH", help="发布包 the bundle's folder")
    parser.add_argument("--workspace", default="", metavar="DIR", help="the workspace folder (with --month; default .)")
    parser.add_argument("--month", default="", metavar="YYYY-MM", help="该月最近一次发布 the month's last release")
    parser.add_argument(
        "--language", default="auto", choices=("auto", "zh", "en"), help="语言 of the text (default: by sentence)"
    )


def run(options: argparse.Namespace) -> int:
    """Check; exit 3 if there are errors."""
    from shuibei_index.pipeline.linting import lint_file

    month = checked_month(options.month) if options.month else ""
    found = lint_file(
        options.file, release=options.release, workspace=options.workspace, month=month, language=options.language
    )
    errors = sum(f.severity == "error" for f in found)
    if options.json:
        result_json({"file": options.file, "errors": errors, "findings": [f.to_dict() for f in found]})
    else:
        for finding in found:
            result(f"{options.file}:{finding.text()}")
        result(f"{errors} 处错误，{len(found) - errors} 处提醒 {errors} errors, {len(found) - errors} warnings")
    return 3 if errors else 0
