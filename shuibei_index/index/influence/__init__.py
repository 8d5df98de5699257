"""Influence: what each firm does to every class and month, and a list of what is worth a look.

Nothing here excludes anything: figures are compared and ranked, and people decide.
"""

from shuibei_index.index.influence.drop import drop_one
from shuibei_index.index.influence.left_out import Candidates, left_out
from shuibei_index.index.influence.result import Influence
from shuibei_index.index.influence.review import REVIEW_COLUMNS, review_list

__all__ = ["REVIEW_COLUMNS", "Candidates", "Influence", "drop_one", "left_out", "review_list"]
