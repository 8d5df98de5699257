"""Who may sign is a list: one person under two names signs once, a stranger not at all."""

import pytest

from shuibei_index.errors import GateError, UsageError, WorkspaceError
from shuibei_index.pipeline.reviewing import review_month, sign_offs_of
from shuibei_index.pipeline.signing_off import sign_off, signatory_of, withdraw
from shuibei_index.review.signatories import Signatories
from tests.review.conftest import MONTH

AT = "2024-04-09T09:30"
LIST = "name,also,role\n王敏,Wang Min；M. Wang,审核\n李强,Li Qiang,\n张华,,issue\n"


def listed(workspace, text=LIST):
    (workspace.root / "signatories.csv").write_text(text, encoding="utf-8")
    return workspace


def test_one_person_under_two_names_signs_once(copy):
    review = review_month(listed(copy), MONTH)
    sign_off(copy, review, "王敏", AT)
    sign_off(copy, review, "WANG MIN", "2024-04-09T10:00")
    rows, _, _ = sign_offs_of(copy, MONTH)
    assert rows["person"].tolist() == ["王敏", "王敏"] and rows["counts"].tolist() == [False, True]
    sign_off(copy, review, "Li Qiang", AT)
    rows, _, _ = sign_offs_of(copy, MONTH)
    assert rows["person"].tolist()[-1] == "李强" and rows["counts"].sum() == 2
    with pytest.raises(UsageError, match=r"'Wang Ming' is not in signatories\.csv") as refused:
        sign_off(copy, review, "Wang Ming", AT)
    assert "可签字人：王敏、李强、张华" in refused.value.zh
    # who leaves the list ends what was signed under it
    listed(copy, LIST.replace("王敏,Wang Min；M. Wang,审核\n", ""))
    rows, _, _ = sign_offs_of(copy, MONTH)
    assert not rows["counts"].any() and "the list of who may sign" in rows["why_en"].iloc[-1]
    assert withdraw(copy, MONTH, "王敏", AT) and withdraw(copy, MONTH, "Li Qiang", AT)
    with pytest.raises(GateError, match="changed while it was being reviewed"):
        sign_off(copy, review, "李强", AT)


def test_a_role_of_the_list_binds(copy):
    listed(copy)
    assert signatory_of(copy, "张华", AT) == ("张华", "签发")
    assert signatory_of(copy, "m wang", AT, "review") == ("王敏", "审核")
    assert signatory_of(copy, "李强", AT) == ("李强", "")
    with pytest.raises(UsageError, match=r"王敏 may sign as 审核 \(review\) alone") as refused:
        signatory_of(copy, "王敏", AT, "签发")
    assert "只能以 审核 身份" in refused.value.zh


def test_without_a_list_or_in_an_empty_one_any_name_signs(copy):
    assert signatory_of(copy, " 赵 六 ", AT) == ("赵 六", "")
    listed(copy, "name,also,role\n")
    assert signatory_of(copy, "赵六", AT) == ("赵六", "")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("姓名,also\n王敏,\n", "column 'name' is missing"),
        ("name,also\n,x\n", "line 2: name is ''; expected a name"),
        ("name,also,role\n王敏,,boss\n", "line 2: role is 'boss'; expected 审核"),
        ("name,also\n王敏,Wang Min\n王明,WANG-MIN\n", "line 3: 'wangmin' is also a name of 王敏"),
    ],
)
def test_a_list_that_contradicts_itself_is_refused(tmp_path, text, said):
    (tmp_path / "signatories.csv").write_text(text, encoding="utf-8")
    with pytest.raises(WorkspaceError, match=said) as refused:
        Signatories.read(tmp_path / "signatories.csv")
    assert refused.value.zh
