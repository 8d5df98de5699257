"""The bulletin as PDF: the finished HTML page, read into a plain document and set on paper.

The page is the only source, so that what is printed says what is shown.
"""

from shuibei_index.release.printing.agreement import differences
from shuibei_index.release.printing.document import document
from shuibei_index.release.printing.press import pdf, press_mark

__all__ = ["differences", "document", "pdf", "press_mark"]
