"""Why a series moved: every line of the published change, down to classes, firms, items and the lines they sent.

The folder tells the order of the work: `pairs` (what each pair of prices adds, by component), `years` and `paths` (the
way of a class under given weights), `effects` (causes × components, exact), `classes` and `products` (down the tree),
`published` (revision and rounding), `lines` (what was sent), `report` and `chart` (what people see).
"""

from shuibei_index.explain.effects import Change, Effects
from shuibei_index.explain.explaining import explain
from shuibei_index.explain.explanation import Explanation
from shuibei_index.explain.lines import SubmissionLines, submission_lines

__all__ = ["Change", "Effects", "Explanation", "SubmissionLines", "explain", "submission_lines"]
