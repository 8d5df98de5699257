"""``keys`` and ``verify --public-key``: made, shown, signed beside a bundle, checked; passphrases never on the line."""

import json

import pytest

from shuibei_index.cli.main import main
from shuibei_index.errors import UsageError
from shuibei_index.pipeline import signing
from shuibei_index.pipeline.signer import passphrase_of, signer
from shuibei_index.signature.errors import SignatureError
from shuibei_index.workspace import Settings, Workspace


def test_keys_are_made_and_shown(tmp_path, capsys):
    assert main(["keys", "make", "--out", str(tmp_path / "k"), "--json"]) == 0
    made = json.loads(capsys.readouterr().out)
    assert main(["keys", "show", made["public"], "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == {"number": made["number"], "key": made["key"]}
    assert main(["keys", "make", "--out", str(tmp_path / "k")]) == 1
    said = capsys.readouterr().err
    assert "不会被覆盖" in said and "never overwritten" in said


def test_no_option_takes_a_passphrase_itself(capsys):
    with pytest.raises(SystemExit):
        main(["keys", "make", "--out", "x", "--passphrase", "words"])
    assert not [name for name in vars(Settings()) if "pass" in name]


def test_where_a_passphrase_comes_from(tmp_path, monkeypatch):
    (tmp_path / "words").write_text("口令\nrest\n", encoding="utf-8")
    monkeypatch.setenv("MINE", "from mine")
    monkeypatch.setenv("SHUIBEI_PASSPHRASE", "from default")
    assert passphrase_of(file=str(tmp_path / "words")) == "口令"
    assert passphrase_of(variable="MINE") == "from mine"
    assert passphrase_of() == "from default"
    assert passphrase_of(default=False) == ""
    with pytest.raises(SignatureError, match="NONE is not set"):
        passphrase_of(variable="NONE")
    with pytest.raises(SignatureError, match="cannot be read"):
        passphrase_of(file=str(tmp_path / "none"))


def test_the_key_of_a_workspace(tmp_path):
    private, _, public = signing.make(str(tmp_path / "keys"), "a", "")
    (tmp_path / "ws").mkdir()
    outside = Workspace(tmp_path / "ws", Settings(signing_key="../keys/a.key"))
    assert signer(outside).public == public
    assert signer(Workspace(tmp_path / "ws", Settings())) is None
    assert signer(Workspace(tmp_path / "ws", Settings()), key=str(private)).public == public
    with pytest.raises(SignatureError, match="cannot be read"):
        signer(Workspace(tmp_path / "ws", Settings(signing_key="../keys/none.key")))
    with pytest.raises(SignatureError, match="inside the workspace"):
        signer(Workspace(tmp_path, Settings(signing_key="keys/a.key")))


def test_one_source_of_a_passphrase(tmp_path):
    from shuibei_index.cli import keys
    from shuibei_index.cli.main import parser

    options = parser(("keys",)).parse_args(
        ["keys", "make", "--out", "x", "--passphrase-file", "a", "--passphrase-env", "B"]
    )
    with pytest.raises(UsageError, match="give one of"):
        keys.passphrase(options)
