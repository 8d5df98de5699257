"""Signed bundles: what holds, and each way it does not, named in both languages."""

import json

import pytest

from shuibei_index.errors import ReleaseError
from shuibei_index.release import Release, read_release
from shuibei_index.release.verify import check_signature
from shuibei_index.signature import NAME, Keyring, PrivateKey, Trust, as_keyring
from shuibei_index.signature.errors import SignatureError

KEY, OTHER = PrivateKey(b"theindex", bytes(range(32))), PrivateKey(b"somebody", bytes(32))


@pytest.fixture(scope="module")
def signed(release) -> Release:
    return release.signed(KEY)


def faults(release, keys, signature=None):
    """What is wrong with the signature alone: the rest of a verification is tested elsewhere, and takes its time."""
    return check_signature(release, None if keys is None else as_keyring(keys), signature)[1]


def only(problems) -> str:
    (problem,) = problems
    assert problem.file == NAME
    assert any("\u4e00" <= letter <= "\u9fff" for letter in problem.zh)
    return problem.en


def test_a_signed_release_verifies(signed, release):
    report = signed.verify(KEY.public.text)
    assert report.ok and report.n_files == len(release.files) + 1
    assert f"签名有效，密钥 {KEY.public.name}" in report.summary() and "released_on:" in report.summary()
    # every other file is as it was, and signing once more changes nothing
    assert {p: c for p, c in signed.files.items() if p != NAME} == dict(release.files)
    assert signed.signed(KEY).files == signed.files


def test_without_a_key_the_signature_is_named_and_not_checked(signed, release):
    words, problems = check_signature(signed, None)
    assert "not checked" in words and KEY.public.name in words and not problems
    words, problems = check_signature(release, None)
    assert "未签名" in words and not problems


def test_a_release_that_is_not_signed(release):
    assert only(faults(release, KEY.public)) == "is missing: the release is not signed."


def test_a_key_that_is_not_trusted(signed):
    assert f"by key {KEY.public.name}, which is not trusted" in only(faults(signed, [OTHER.public]))
    assert not faults(signed, [OTHER.public, KEY.public])


def test_a_key_that_took_the_number_of_ours(signed):
    thief = PrivateKey(KEY.key_id, bytes(32))
    assert "is no signature of this manifest" in only(faults(signed, thief.public))


def test_an_altered_manifest(signed):
    # one that agrees with every file: only the signature tells
    manifest = signed.files["manifest.json"].replace(b'"trial": false', b'"trial": true')
    assert manifest != signed.files["manifest.json"]
    altered = Release({**signed.files, "manifest.json": manifest})
    assert "is no signature of this manifest" in only(faults(altered, KEY.public))


def test_an_altered_figure(signed):
    changed = Release({**signed.files, "indices.csv": signed.files["indices.csv"] + b" "})
    assert [p.file for p in changed.verify(KEY.public).problems] == ["indices.csv"]


def test_an_altered_comment(signed):
    data = signed.files[NAME].replace(b"released_on:", b"released_ON:")
    assert "comment" in only(faults(Release({**signed.files, NAME: data}), KEY.public))


@pytest.mark.parametrize(
    "data", [b"", b"\xff\xfe", b"untrusted comment: x\nQQ==\ntrusted comment: y\nQQ==\n", b"a\n" * 4]
)
def test_a_file_that_is_no_signature(signed, data):
    damaged = Release({**signed.files, NAME: data})
    assert NAME in only(faults(damaged, KEY.public))
    assert faults(damaged, None)


@pytest.mark.parametrize(
    ("trust", "words"),
    [
        (Trust(KEY.public, valid_from="2099-01-01"), "valid from 2099-01-01"),
        (Trust(KEY.public, valid_until="2000-01-01"), "expired on 2000-01-01"),
        (Trust(KEY.public, revoked_on="2025-08-01"), "revoked on 2025-08-01"),
    ],
)
def test_a_key_out_of_its_dates(signed, trust, words):
    assert words in only(faults(signed, Keyring((trust,))))


def test_the_dates_of_a_key_say_nothing_for_a_false_signature(release):
    forged = Release({**release.files, NAME: PrivateKey(KEY.key_id, bytes(32)).sign(b"x", "y").to_bytes()})
    assert "is no signature" in only(faults(forged, Keyring((Trust(KEY.public, valid_until="2000-01-01"),))))


def test_a_signature_kept_elsewhere(release, signed, tmp_path):
    path = tmp_path / "2025-06.minisig"
    path.write_bytes(release.sign(KEY).to_bytes())
    assert path.read_bytes() == signed.files[NAME]
    assert release.verify(KEY.public, signature=path).ok
    assert "not trusted" in only(faults(release, OTHER.public, path.read_bytes()))
    with pytest.raises(SignatureError, match="cannot be read"):
        release.verify(KEY.public, signature=tmp_path / "none")


def test_a_signed_folder_is_the_release_with_or_without_the_key_at_hand(signed, release, tmp_path):
    folder = signed.write(tmp_path / "2025-06")
    assert read_release(folder).files == signed.files
    # made once more where the key is not: nothing is taken away
    assert release.write(folder) == folder and (folder / NAME).is_file()
    with pytest.raises(ReleaseError, match="other content"):
        release.signed(OTHER).write(folder)


def test_a_trial_says_that_it_is_not_signed(release):
    manifest = json.loads(release.files["manifest.json"])
    files = {**release.files, "manifest.json": json.dumps({**manifest, "trial": True}).encode()}
    assert check_signature(Release(files), None) == ("未签名（试运行） not signed (trial).", [])
