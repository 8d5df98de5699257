"""The yearly review: which specification the evidence favours, what it would change, and what a person accepted."""

from shuibei_index.adjust.reviewing.accepted import Acceptance, accept, accepted_specifications, read_acceptances
from shuibei_index.adjust.reviewing.candidates import Candidates
from shuibei_index.adjust.reviewing.review import SpecificationReview, review_specifications
from shuibei_index.adjust.reviewing.windows import choose_windows, window_grid

__all__ = [
    "Acceptance",
    "Candidates",
    "SpecificationReview",
    "accept",
    "accepted_specifications",
    "choose_windows",
    "read_acceptances",
    "review_specifications",
    "window_grid",
]
