"""``python -m shuibei_index``: the command where its script is not on the path."""

import sys

from shuibei_index.cli.main import main

if __name__ == "__main__":
    sys.exit(main())
