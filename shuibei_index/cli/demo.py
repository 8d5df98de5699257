"""``demo``: the bundled sample from raw files to a release."""

import argparse

from shuibei_index.cli.output import result, result_json

HELP = "示例 take the bundled sample workspace from raw submissions to a published release"
EXAMPLES = """\
  shuibei-index demo --out out/demo"""


def arguments(parser: argparse.ArgumentParser) -> None:
    """Add the verb's options."""
    parser.add_argument("--out", default="out/demo", metavar="DIR", help="folder for the workspace (default out/demo)")


def run(options: argparse.Namespace) -> int:
    """Unpack the sample and run it."""
    from shuibei_index import pipeline
    from shuibei_index.sample import unpack_sample

    workspace = unpack_sample(options.out)
    months = workspace.inbox_months()
    done = pipeline.run(workspace, months[0], months[-1])
    if options.json:
        result_json(done.to_dict())
    else:
        result(done.text())
    return 0
