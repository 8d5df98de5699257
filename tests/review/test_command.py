"""The verb: reviews, signs, lists and takes back; refuses what it must with the exit code of a gate."""

import json

import pytest

from shuibei_index.cli.main import parser
from shuibei_index.errors import GateError, UsageError
from shuibei_index.pipeline import reviewing
from tests.review.conftest import MONTH

AT = "2024-04-09T09:30"


@pytest.fixture
def call(copy, reviewed, capsys, monkeypatch):
    """Return a function that runs the verb on a copy; the review itself was made once."""
    monkeypatch.setattr(reviewing, "review_month", lambda *_, **__: reviewing.with_sign_offs(copy, reviewed))

    def run(*words):
        options = parser(("review",)).parse_args(["review", "--workspace", str(copy.root), "--month", MONTH, *words])
        code = options.run(options)
        said = capsys.readouterr()
        return code, said.out, said.err

    return run


def test_the_round_of_a_month(call, copy):
    code, out, err = call()
    assert code == 0 and "签字 sign-offs: 0 / 2" in out and "review.html" in err and "ready" not in err
    assert call("--sign-off", "王敏", "--at", AT)[0] == 0
    code, out, err = call("--sign-off", "李强", "--at", AT, "--role", "issue", "--json")
    content = json.loads(out)
    assert content["signed"] == 2 and content["sign_offs"][1]["role"] == "签发"
    assert json.loads((copy.work(MONTH) / "review.json").read_text())["signed"] == 2
    assert f"ready: shuibei-index release --workspace {copy.root} --month {MONTH}" in call()[2]
    assert call("--withdraw", "王 敏", "--at", AT)[1].startswith("已撤回 taken back")
    listed = json.loads(call("--list", "--json")[1])
    assert (listed["counting"], listed["required"], listed["release"]) == (1, 2, MONTH)
    out = call("--list")[1]
    assert "本人已撤回" in out and "taken back" in out and "有效签字 sign-offs that count 1 / 2" in out


def test_a_slip_is_told_before_the_work(call, monkeypatch):
    def never(*_, **__):
        raise AssertionError

    monkeypatch.setattr(reviewing, "review_month", never)
    with pytest.raises(UsageError, match="no clock is read"):
        call("--sign-off", "王敏")
    with pytest.raises(UsageError, match="has signed nothing"):
        call("--withdraw", "王敏", "--at", AT)
    with pytest.raises(SystemExit):
        call("--list", "--sign-off", "王敏")


def test_a_gate_stops_the_sign_off(call, copy, reviewed, monkeypatch):
    import dataclasses

    stopped = dataclasses.replace(reviewed, gates=(dataclasses.replace(reviewed.gates[0], outcome="blocks"),))
    monkeypatch.setattr(reviewing, "review_month", lambda *_, **__: stopped)
    with pytest.raises(GateError) as error:
        call("--sign-off", "王敏", "--at", AT)
    assert error.value.exit_code == 3 and "不得签字" in error.value.zh
    # the page to look at is there all the same
    assert "不得签字 blocks" in (copy.work(MONTH) / "review.html").read_text(encoding="utf-8")
