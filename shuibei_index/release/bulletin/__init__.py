"""The bulletin: facts and charts into one HTML page that needs no network, font or script."""

from shuibei_index.release.bulletin.page import bulletin
from shuibei_index.release.bulletin.redrawing import drawing_mark, redrawn

__all__ = ["bulletin", "drawing_mark", "redrawn"]
