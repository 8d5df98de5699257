"""The bulletin: facts and charts into one HTML page that needs no network, font or script."""

from shuibei_index.release.bulletin.page import bulletin

__all__ = ["bulletin"]
