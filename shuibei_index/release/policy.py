"""The publication policy of a month: the rules of ``release.toml`` as one object, kept in every manifest."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from shuibei_index.errors import ReleaseError, RulesError
from shuibei_index.rules import RulesAt


@dataclass(frozen=True)
class Policy:
    """How a release rounds, names its status and is laid out.

    A release carries its own policy in ``manifest.json``, so that it can be checked and reprinted years later without
    the rule files of its day.
    """

    index_decimals: int
    rate_decimals: int
    contribution_decimals: int
    bulletin_contribution_decimals: int
    weight_decimals: int
    link_factor_decimals: int
    share_decimals: int
    bulletin_share_decimals: int
    rounding_method: str
    rates_from: str
    provisional_months: int
    release_calendar_day: int
    movers_level: int
    main_table_level: int
    top_contributors: int
    contribution_chart_months: int

    @classmethod
    def from_manifest(cls, content: object) -> Policy:
        """Read the policy back from a manifest.

        Raises
        ------
        ReleaseError
            A value is missing or not of its kind.
        """
        if not isinstance(content, Mapping):
            raise ReleaseError("manifest.json: 'policy' is missing; expected a table of publication rules")
        values: dict[str, Any] = {}
        for field in dataclasses.fields(cls):
            value = content.get(field.name)
            if type(value).__name__ != field.type:
                raise ReleaseError(f"manifest.json: policy.{field.name} must be {field.type}, not {value!r}")
            values[field.name] = value
        return cls(**values)


def publication_policy(rules: RulesAt) -> Policy:
    """Read the publication rules in force.

    Raises
    ------
    RulesError
        A rule names a method that this version does not have.
    """
    policy = Policy(
        index_decimals=int(rules["index_decimals"]),
        rate_decimals=int(rules["rate_decimals"]),
        contribution_decimals=int(rules["contribution_decimals"]),
        bulletin_contribution_decimals=int(rules["bulletin_contribution_decimals"]),
        weight_decimals=int(rules["weight_decimals"]),
        link_factor_decimals=int(rules["link_factor_decimals"]),
        share_decimals=int(rules["share_decimals"]),
        bulletin_share_decimals=int(rules["bulletin_share_decimals"]),
        rounding_method=str(rules["rounding_method"]),
        rates_from=str(rules["rates_from"]),
        provisional_months=int(rules["provisional_months"]),
        release_calendar_day=int(rules["release_calendar_day"]),
        movers_level=int(rules["movers_level"]),
        main_table_level=int(rules["main_table_level"]),
        top_contributors=int(rules["top_contributors"]),
        contribution_chart_months=int(rules["contribution_chart_months"]),
    )
    for name, known in (("rounding_method", ("half_even",)), ("rates_from", ("unrounded", "published"))):
        if getattr(policy, name) not in known:
            raise RulesError(f"rule {name!r} is {getattr(policy, name)!r}; expected one of {', '.join(known)}")
    if not 1 <= policy.release_calendar_day <= 28:
        raise RulesError(f"rule 'release_calendar_day' is {policy.release_calendar_day}; expected a day from 1 to 28")
    return policy
