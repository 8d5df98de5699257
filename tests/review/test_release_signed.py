"""A release without two sign-offs is refused; one with them says so without names, and verify checks it."""

import pytest

from shuibei_index import pipeline
from shuibei_index.errors import GateError
from shuibei_index.pipeline import publishing
from shuibei_index.pipeline.signing_off import sign_off, sign_off_faults
from shuibei_index.store import Store
from tests.review.conftest import MONTH

AT = "2024-04-09T09:30"


def test_a_release_needs_two_sign_offs_and_says_so_without_names(copy, reviewed, monkeypatch):
    with pytest.raises(GateError, match="0 of 2 sign-offs") as stopped:
        pipeline.run(copy, MONTH, MONTH)
    assert stopped.value.exit_code == 3 and "--sign-off" in str(stopped.value) and "签字" in stopped.value.zh
    assert not copy.releases.exists()
    with Store.open(copy.store) as store:
        # nothing was kept for a release that was not made
        assert store.check().ok and not store.check().notes
    sign_off(copy, reviewed, "王敏敏", AT)
    sign_off(copy, reviewed, "欧阳强", AT)
    made = pipeline.release(copy, MONTH)
    said = made.release.manifest["sign_offs"]
    assert [g["role"] for g in said["given"]] == ["审核", "签发"] and said["signed"] == reviewed.digest
    for path, content in made.release.files.items():
        assert "王敏敏".encode() not in content and "欧阳强".encode() not in content, path
    # verify asks, and is told
    asked = []
    monkeypatch.setattr(publishing, "sign_off_faults", lambda *what: asked.append(sign_off_faults(*what)) or asked[-1])
    checked = pipeline.verify(made.path)
    assert checked.ok and asked == [[]], checked.report.to_frame()
