"""Later rules: what a release made before a rule existed is computed with, and that this is said."""

from __future__ import annotations

import dataclasses
from datetime import date

from shuibei_index.rules import Rule, Rules

#: Before every month there is: a rule that came later has a value for the months before it as well.
_ALWAYS = date(1900, 1, 1)


@dataclasses.dataclass(frozen=True)
class Completed:
    """Frozen rules, completed.

    Parameters
    ----------
    rules : Rules
        The frozen ones as they are, with their digest, and those of today that they do not have.
    later : tuple of str
        Names of the rules that came later; empty = the frozen ones are complete.
    """

    rules: Rules
    later: tuple[str, ...]

    @property
    def words(self) -> str:
        """What is to be said of it, in both languages; "" = nothing."""
        if not self.later:
            return ""
        names = ", ".join(self.later[:5]) + (f" … ({len(self.later)})" if len(self.later) > 5 else "")
        return (
            f"该发布早于 {len(self.later)} 条规则，重算时这些规则取现行值；若有差异，请用当时的程序版本核验。 "
            f"The release is older than {len(self.later)} rules ({names}): recomputed with today's values of these. "
            "If something differs, verify with the version of the program named in its manifest."
        )


def complete(frozen: Rules, today: Rules) -> Completed:
    """Complete the rules of a past release with those that newer code reads and that did not exist then.

    A rule that was frozen always keeps its frozen value. One that came later has today's first value, for every month:
    whether that is what the code did before there was the rule shows in the comparison with what was published, and
    the reader is told.

    Parameters
    ----------
    frozen
        Rules kept with a release.
    today
        Rules of this version.

    Returns
    -------
    Completed
    """
    missing = {name: rule for name, rule in today.rules.items() if name not in frozen.rules}
    if not missing:
        return Completed(frozen, ())
    ever = {name: _from_the_beginning(rule) for name, rule in missing.items()}
    return Completed(Rules({**frozen.rules, **ever}, frozen.digest), tuple(sorted(missing)))


def _from_the_beginning(rule: Rule) -> Rule:
    first = dataclasses.replace(rule.values[0], since=_ALWAYS)
    return dataclasses.replace(rule, values=(first, *rule.values[1:]))
