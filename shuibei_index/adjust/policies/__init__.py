"""Revision policies: what of an adjustment is estimated anew every month, and what only at the yearly review."""

from shuibei_index.adjust.policies.applying import adjust_by_policy
from shuibei_index.adjust.policies.held import hold
from shuibei_index.adjust.policies.history import RevisionHistory, revision_history
from shuibei_index.adjust.policies.policy import POLICIES, Policy, default_policy

__all__ = [
    "POLICIES",
    "Policy",
    "RevisionHistory",
    "adjust_by_policy",
    "default_policy",
    "hold",
    "revision_history",
]
