"""The contract helper: an amount carried from one month to another by a published index, with its calculation."""

from shuibei_index.escalation.calculation import Escalation, escalate
from shuibei_index.escalation.figures import Figure
from shuibei_index.escalation.first_published import FirstPublished
from shuibei_index.escalation.terms import Terms

__all__ = ["Escalation", "Figure", "FirstPublished", "Terms", "escalate"]
