import pytest

from shuibei_index.errors import GateError, UsageError
from shuibei_index.pipeline.publishing import release
from shuibei_index.release.calendar import ics, next_dates, release_calendar, release_day, state_of
from shuibei_index.release.embargo import is_lifted, public_day, require_lifted, stamp
from shuibei_index.release.policy import publication_policy
from shuibei_index.workspace import Settings, Workspace


@pytest.fixture(scope="module")
def policy(rules):
    return publication_policy(rules.at("2025-06"))


@pytest.mark.parametrize(
    ("month", "date"),
    [
        ("2025-01", "2025-02-17"),  # the 15th is a Saturday
        ("2025-12", "2026-01-15"),
        ("2026-01", "2026-02-24"),  # the 15th is the first day of the holiday, which ends on the 23rd
        ("2024-01", "2024-02-18"),  # a Sunday that is worked
        ("2024-08", "2024-09-18"),  # the 15th to the 17th are off
        ("2027-01", "2027-02-15"),  # not announced: the eve is 5 February, assumed off until the 12th
        ("2029-01", "2029-02-20"),  # not announced: the eve is 12 February
    ],
)
def test_a_release_moves_to_the_first_working_day(policy, month: str, date: str) -> None:
    assert release_day(month, policy).date == date


def test_a_year_and_the_next_dates(policy) -> None:
    days = release_calendar(2026, policy)
    assert [d.month for d in days][:2] == ["2025-12", "2026-01"] and len(days) == 12
    assert days[1].why == ("春节", "Spring Festival") and days[1].planned == "2026-02-15"
    assert all(d.announced for d in days) and not release_day("2030-03", policy).announced
    assert next_dates("2025-12", policy, 1) == [{"period": "2026-01", "date": "2026-02-24"}]
    with pytest.raises(UsageError):
        release_calendar(2200, policy)


def test_icalendar_lines(policy) -> None:
    days = release_calendar(2026, policy)
    made = ics(days, "水贝,中国珠宝指数；" * 5, "Index", 2026)
    assert made == ics(days, "水贝,中国珠宝指数；" * 5, "Index", 2026)
    lines = made.split(b"\r\n")
    assert lines[-1] == b"" and max(map(len, lines)) <= 75
    unfolded = made.decode().replace("\r\n ", "")
    assert unfolded.count("BEGIN:VEVENT") == 12 and "DTSTART:20260224T013000Z" in unfolded
    assert "水贝\\,中国珠宝指数" in unfolded


def test_states(policy) -> None:
    assert [state_of(m, "2025-06", policy) for m in ("2025-04", "2025-03")] == ["provisional", "final"]
    with pytest.raises(UsageError):
        state_of("2025-07", "2025-06", policy)


def test_embargo() -> None:
    until = "2025-01-15T09:30+08:00"
    assert is_lifted("", "") and is_lifted(until, "2025-01-15T09:30+08:00")
    for at in ("", "2025-01-15T01:29Z"):
        with pytest.raises(GateError, match="embargo"):
            require_lifted("2024-12", until, at)
    with pytest.raises(UsageError):
        stamp("2025-01-15", "zh")
    assert "2025年1月15日09:30" in stamp(until, "zh") and "09:30 China time" in stamp("2025-01-15T01:30Z", "en")
    assert stamp("", "en") == ""


def test_a_release_is_public_when_its_embargo_ends(tmp_path) -> None:
    until = "2025-12-22T09:30"
    assert public_day("", until) == public_day("2025-12-22", until) == "2025-12-22"
    # half past one in the night in China is the day before in UTC
    assert public_day("", "2025-12-21T17:30Z") == "2025-12-22"
    with pytest.raises(UsageError, match="released on 2025-12-20, but under embargo until") as refused:
        public_day("2025-12-20", until)
    assert "早于限时发布截止日 2025-12-22" in refused.value.zh
    with pytest.raises(UsageError, match="under embargo"):
        release(Workspace(tmp_path, Settings()), "2025-11", released_on="2025-12-20", embargo_until=until)
