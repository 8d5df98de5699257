"""The command ``shuibei-index``: parse → call → print, no arithmetic. One file per verb."""

from shuibei_index.cli.main import main

__all__ = ["main"]
