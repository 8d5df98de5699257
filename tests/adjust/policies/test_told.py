"""The policy a release names is the one that was followed."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pandas as pd
import pytest

from shuibei_index.adjust.policies import Policy, applying
from shuibei_index.release.seasonal import policies_of

RUN: Any = SimpleNamespace(policy=Policy("partial_concurrent", holds="coefficients"))


@pytest.mark.parametrize("otherwise", ["full_concurrent", "partial_concurrent"])
def test_another_step_than_configured_holds_nothing(monkeypatch: pytest.MonkeyPatch, otherwise: str) -> None:
    diagnostics = pd.DataFrame(
        {
            "series": list("abcde"),
            "status": ["adjusted", "adjusted", "adjusted", "fallback", "refused"],
            "step": ["configured", "airline", "x11", "own", ""],
        }
    )
    adjusted: Any = SimpleNamespace(diagnostics=diagnostics, original=pd.DataFrame(index=["2024-11", "2024-12"]))
    monkeypatch.setattr(applying, "replace", lambda _, diagnostics: diagnostics)
    told: Any = applying._told(RUN, adjusted, otherwise, dict.fromkeys("abc", "partial_concurrent"), "2024-06")
    assert told["policy"].tolist() == ["partial_concurrent", *["full_concurrent"] * 3, ""]
    assert told["reviewed_until"].tolist() == ["2024-06", "2024-12", "2024-12", "2024-12", ""]
    assert told["policy_holds"].tolist() == ["coefficients", "", "", "", ""]
    # the bulletin's words are those of what was held
    words = [policy.text_en for policy in policies_of(told)]
    assert any("all coefficients are held" in text for text in words) and len(words) == 2
