"""Review: what two people look at before a release, the gates it must pass, and who signed what.

Assembled by `shuibei_index.pipeline.reviewing`; page methodology/review.md.
"""

from shuibei_index.review.gates import BLOCKS, PASSED, REMARK, ReviewGate, judge_review
from shuibei_index.review.persons import person_key
from shuibei_index.review.result import Review
from shuibei_index.review.words import Part, same_numbers

__all__ = ["BLOCKS", "PASSED", "REMARK", "Part", "Review", "ReviewGate", "judge_review", "person_key", "same_numbers"]
