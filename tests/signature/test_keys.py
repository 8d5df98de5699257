"""Key files: made for their owner alone, locked, refused where they are not safe, readable by minisign."""

import hashlib
import os
import stat

import pytest

import shuibei_index.signature.private as private_module
from shuibei_index.signature import PublicKey, as_keyring, make_keys, read_keyring, read_private, read_public
from shuibei_index.signature.errors import SignatureError
from shuibei_index.signature.private import PrivateKey, _scrypt_numbers
from shuibei_index.signature.statement import read_statement

#: RFC 8032, section 7.1, test 2: secret key, public key.
SEED = bytes.fromhex("4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb")
PUBLIC = bytes.fromhex("3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c")
#: The vectors minisign's own readers are tested with (minisign-verify, ISC licence): the four letters "test", signed by
#: its digest and, as old versions did, as it is.
VECTOR_KEY = "RWQf6LRCGA9i53mlYecO4IzT51TGPpvWucNSCh1CBM0QTaLn73Y7GFO3"
BY_DIGEST = b"""untrusted comment: signature from minisign secret key
RUQf6LRCGA9i559r3g7V1qNyJDApGip8MfqcadIgT9CuhV3EMhHoN1mGTkUidF/z7SrlQgXdy8ofjb7bNJJylDOocrCo8KLzZwo=
trusted comment: timestamp:1556193335\tfile:test
y/rUw2y8/hOUYjZU71eHp/Wo1KZ40fGy2VJEDl34XMJM+TX48Ss/17u3IvIfbVR1FkZZSNCisQbuQY+bHwhEBg==
"""
AS_IT_IS = b"""untrusted comment: signature from minisign secret key
RWQf6LRCGA9i59SLOFxz6NxvASXDJeRtuZykwQepbDEGt87ig1BNpWaVWuNrm73YiIiJbq71Wi+dP9eKL8OC351vwIasSSbXxwA=
trusted comment: timestamp:1555779966\tfile:test
QtKMXWyYcwdpZAlPF7tE2ENJkRd1ujvKjlj1m9RtHTBnZPa5WKU5uWRs5GoP5M/VqE81QFuMKI5k/SfNQUaOAA==
"""


@pytest.fixture
def key() -> PrivateKey:
    return PrivateKey(b"8bytes!!", SEED)


def test_the_public_half_is_that_of_the_standard(key):
    assert key.public.key == PUBLIC


def test_a_signature_is_that_of_the_standard_over_the_digest(key):
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    statement = key.sign(b"figures", "release:2025-06")
    Ed25519PublicKey.from_public_bytes(PUBLIC).verify(statement.signature, hashlib.blake2b(b"figures").digest())
    Ed25519PublicKey.from_public_bytes(PUBLIC).verify(statement.sealed, statement.signature + b"release:2025-06")


def test_the_same_thing_gives_the_same_signature(key):
    assert key.sign(b"figures", "a").to_bytes() == key.sign(b"figures", "a").to_bytes()
    assert read_statement(key.sign(b"figures", "a").to_bytes()) == key.sign(b"figures", "a")


def test_scrypt_is_asked_as_libsodium_does():
    # crypto_pwhash_scryptsalsa208sha256 with the limits SENSITIVE and INTERACTIVE
    assert _scrypt_numbers(33_554_432, 1_073_741_824) == (1 << 20, 8, 1)
    assert _scrypt_numbers(524_288, 16_777_216) == (1 << 14, 8, 1)


def test_a_key_pair_is_made_for_its_owner_alone(tmp_path):
    before = os.umask(0)
    try:
        private, public = make_keys(tmp_path / "keys")
    finally:
        os.umask(before)
    assert stat.S_IMODE(private.stat().st_mode) == 0o600
    assert stat.S_IMODE(private.parent.stat().st_mode) == 0o700
    assert read_private(private).public == read_public(public)
    with pytest.raises(SignatureError, match="never overwritten") as error:
        make_keys(tmp_path / "keys")
    assert "不会被覆盖" in error.value.zh


def test_a_locked_key_opens_with_its_passphrase_alone(tmp_path, key, monkeypatch):
    # as much work as minisign's least; what a new key asks for takes a third of a second each time
    monkeypatch.setattr(private_module, "_OPERATIONS", 524_288)
    monkeypatch.setattr(private_module, "_MEMORY", 16_777_216)
    path = tmp_path / "a.key"
    path.write_bytes(key.to_bytes("口令 words"))
    path.chmod(0o600)
    assert SEED not in path.read_bytes()
    assert read_private(path, passphrase="口令 words") == key
    with pytest.raises(SignatureError, match="is locked") as error:
        read_private(path)
    assert "口令" in error.value.zh
    with pytest.raises(SignatureError, match="does not open"):
        read_private(path, passphrase="other words")


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660, 0o644])
def test_a_key_that_others_can_read_is_refused(tmp_path, mode):
    private, _ = make_keys(tmp_path)
    private.chmod(mode)
    with pytest.raises(SignatureError, match=f"mode {mode:o}") as error:
        read_private(private)
    assert "chmod 600" in error.value.zh


def test_a_key_inside_the_workspace_is_refused(tmp_path):
    private, _ = make_keys(tmp_path / "keys")
    assert read_private(private, outside=tmp_path / "ws")
    with pytest.raises(SignatureError, match="inside the workspace"):
        read_private(private, outside=tmp_path)
    (tmp_path / "link").symlink_to(private)
    with pytest.raises(SignatureError, match="inside the workspace"):
        read_private(tmp_path / "link", outside=tmp_path / "keys")
    (tmp_path / "ws").mkdir()
    (tmp_path / "ws" / "workspace.toml").touch()
    with pytest.raises(SignatureError, match="inside a workspace"):
        make_keys(tmp_path / "ws" / "deep" / "keys")


def test_a_key_does_not_show_itself(key):
    assert "4ccd" not in repr(key) and str(SEED) not in repr(key)


def test_damaged_files_are_named(tmp_path, key):
    path = tmp_path / "a.key"
    whole = key.to_bytes()
    for broken in (
        b"",
        b"untrusted comment: x\n",
        whole[:-9] + b"AAAA\n",
        b"\xff" * 200,
        whole.replace(b"RWQ", b"RWR"),
    ):
        path.write_bytes(broken)
        path.chmod(0o600)
        with pytest.raises(SignatureError):
            read_private(path)
    other = PrivateKey(key.key_id, bytes(32)).to_bytes()
    assert read_private_after(path, other).public != key.public


def read_private_after(path, content):
    path.write_bytes(content)
    path.chmod(0o600)
    return read_private(path)


def test_a_key_asking_for_all_memory_is_refused(tmp_path, key):
    import base64

    first, line, _ = key.to_bytes("x").decode().split("\n")
    data = bytearray(base64.b64decode(line))
    data[46:54] = (1 << 40).to_bytes(8, "little")
    path = tmp_path / "a.key"
    path.write_text(f"{first}\n{base64.b64encode(bytes(data)).decode()}\n")
    path.chmod(0o600)
    with pytest.raises(SignatureError, match="at most"):
        read_private(path, passphrase="x")


def test_a_public_key_in_any_form(tmp_path, key):
    path = tmp_path / "index.pub"
    path.write_bytes(key.public.to_bytes())
    for given in (key.public, key.public.text, path, str(path), [key.public.text]):
        assert as_keyring(given).find(key.key_id).key == key.public
    with pytest.raises(SignatureError, match="cannot be read"):
        as_keyring(tmp_path / "none.pub")
    with pytest.raises(SignatureError, match="damaged"):
        PublicKey.parse("RWQ!")


def test_a_table_of_keys(tmp_path, key):
    path = tmp_path / "signing_keys.csv"
    head = "public_key,valid_from,valid_until,revoked_on,note\n"
    path.write_text(f"{head}{key.public.text},2025-01-01,2026-12-31,,2025\n", encoding="utf-8")
    trust = read_keyring(path).find(key.key_id)
    assert trust.fault("2025-07-09") is None
    assert "valid from 2025-01-01" in trust.fault("2024-12-31")[1]
    assert "到期" in trust.fault("2027-01-01")[0]
    for wrong, words in [
        (f"{head}{key.public.text},1.1.2025,,,\n", "line 2: valid_from must be YYYY-MM-DD"),
        (f"{head}{key.public.text},,,,\n{key.public.text},,,,\n", "stands twice"),
        ("key\nRW\n", "must have the columns"),
        (f"{head}RWQ,,,,\n", "line 2: a line is damaged"),
    ]:
        path.write_text(wrong, encoding="utf-8")
        with pytest.raises(SignatureError, match=words):
            read_keyring(path)


@pytest.mark.parametrize("signature", [BY_DIGEST, AS_IT_IS], ids=["digest", "as it is"])
def test_what_minisign_signed_is_read(signature):
    key, statement = PublicKey.parse(VECTOR_KEY), read_statement(signature)
    assert key.name == statement.name == "E7620F1842B4E81F"
    assert statement.fault(b"test", key) is None
    assert "was changed" in statement.fault(b"Test", key)[1]
    other = read_statement(signature.replace(b"file:test", b"file:text"))
    assert "comment" in other.fault(b"test", key)[1]
