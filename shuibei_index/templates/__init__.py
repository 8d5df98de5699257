"""Forms for firms: the monthly report to fill in, and their own workbook given back with what was found in it."""

from shuibei_index.templates.annotate import annotate_workbook
from shuibei_index.templates.items import own_items
from shuibei_index.templates.write import write_template

__all__ = ["annotate_workbook", "own_items", "write_template"]
