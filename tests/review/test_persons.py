"""One person is one person however the name is written."""

import pytest

from shuibei_index.errors import UsageError
from shuibei_index.review.persons import person_key, role_of


@pytest.mark.parametrize(
    ("one", "other"),
    [("王敏", " 王　敏 "), ("Li Na", "ＬＩ－ＮＡ"), ("王敏", "王\u200b敏"), ("Strauß", "STRAUSS"), ("É. Zoë", "é zoë")],
)
def test_trivially_different_spellings_are_one_person(one, other):
    assert person_key(one) == person_key(other)


@pytest.mark.parametrize(("one", "other"), [("王敏", "王明"), ("Li Na", "Li Nan"), ("王敏1", "王敏2")])
def test_other_names_are_other_persons(one, other):
    assert person_key(one) != person_key(other)


@pytest.mark.parametrize("name", ["", "  ", "·—", "\u200b"])
def test_no_name_is_refused(name):
    with pytest.raises(UsageError, match="no name") as refused:
        person_key(name)
    assert "不是人名" in refused.value.zh


def test_roles():
    assert [role_of(text) for text in ("", "Review", "签发")] == ["", "审核", "签发"]
    with pytest.raises(UsageError, match="no role 'boss'"):
        role_of("boss")
