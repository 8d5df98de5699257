"""Where a workspace has rules of its own, they are the ones that are read."""

import pytest

from shuibei_index.release import Release
from shuibei_index.release.calendar import expected_days, release_day, release_time
from shuibei_index.release.linting import lint_text
from shuibei_index.release.policy import publication_policy
from shuibei_index.resources import methodology_dir
from shuibei_index.rules import Rules


@pytest.fixture(scope="module")
def own(tmp_path_factory) -> Rules:
    """The package's rules with other values of three."""
    folder = tmp_path_factory.mktemp("own") / "rules"
    folder.mkdir()
    changed = {"contribution_rate_floor": "99.0", "release_time": '"16:15"', "expected_spring_festival_days": "20"}
    for name, value in changed.items():
        (folder / f"{name}.toml").write_text(_changed(name, value), encoding="utf-8")
    return Rules.load(overlay=folder.parent)


def _changed(name: str, value: str) -> str:
    for path in sorted((methodology_dir() / "rules").glob("*.toml")):
        text = path.read_text(encoding="utf-8")
        if f"\n[{name}]\n" in f"\n{text}":
            part = ("\n" + text).split(f"\n[{name}]\n", 1)[1]
            lines = []
            for line in part.splitlines():
                if line.startswith("[") and line != f"[[{name}.values]]":
                    break
                lines.append(f"value = {value}" if line.startswith("value = ") else line)
            return f"[{name}]\n" + "\n".join(lines) + "\n"
    raise AssertionError(name)


def test_the_linter_reads_them(own: Rules, release: Release) -> None:
    text = "初步数。足金饰品对总指数同比的贡献率为40%。"
    assert not any("means nothing" in f.en for f in lint_text(text, release))
    assert any("means nothing" in f.en for f in lint_text(text, release, rules=own))


def test_the_calendar_reads_them(own: Rules) -> None:
    assert release_time("2030-01", own) == "16:15" != release_time("2030-01")
    assert expected_days(2030, own) == 20 != expected_days(2030)
    # Spring Festival of 2030 falls on 3 February: assumed holidays that long reach the day of the rule
    policy = publication_policy(Rules.load().at("2030-01"))
    assert release_day("2030-01", policy, own).date > release_day("2030-01", policy).date
