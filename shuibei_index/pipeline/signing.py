"""Signing: the key of a workspace, keys made, signatures made beside a bundle and checked."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from pathlib import Path

from shuibei_index.outcome import Verified
from shuibei_index.pipeline import publishing
from shuibei_index.release import Release, read_release
from shuibei_index.release.verify import check_signature
from shuibei_index.signature import NAME, Keyring, PublicKey, as_keyring, make_keys, read_keyring, read_private
from shuibei_index.signature.errors import SignatureError
from shuibei_index.signature.keyring import FILE
from shuibei_index.signature.public import read_public


def make(folder: str, name: str, passphrase: str) -> tuple[Path, Path, PublicKey]:
    """Make a key pair; return the private file, the public file and the public key."""
    private, public = make_keys(folder, name=name, passphrase=passphrase)
    return private, public, read_public(public)


def show(file: str) -> PublicKey:
    """Return the public key in a file."""
    return read_public(file)


def sign(bundle: str, key: str, out: str, passphrase: str) -> tuple[Path, str]:
    """Sign a bundle that is there; the signature goes into a file of its own, the bundle stays as it is.

    Returns
    -------
    tuple of Path and str
        The file, and the number of the key.

    Raises
    ------
    SignatureError
        The bundle does not verify, or the file is there with other content.
    """
    release = read_release(bundle)
    report = release.verify()
    if not report.ok:
        raise SignatureError(
            f"{bundle} is not signed: {report.problems[0]}", zh=f"发布包核验不通过，不予签名：{report.problems[0].zh}"
        )
    statement = release.sign(read_private(key, passphrase=passphrase, outside=Path(bundle)))
    path = Path(out) / f"{release.name}.{NAME}" if Path(out).is_dir() else Path(out)
    data = statement.to_bytes()
    if path.exists() and path.read_bytes() != data:
        raise SignatureError(f"{path} exists with other content", zh=f"{path} 已存在且内容不同")
    path.write_bytes(data)
    return path, statement.name


def keys_for(
    release: Release,
    bundle: str | Path,
    workspace: str | Path | None,
    public_key: Sequence[str] | str | None,
    *,
    is_signed: bool = False,
) -> Keyring | None:
    """Return the keys a signature is checked with: those given, else the workspace's where there is a signature."""
    if public_key:
        return as_keyring(public_key)
    home = Path(workspace) if workspace is not None else Path(bundle).resolve().parent.parent
    there = (home / FILE).is_file() and (is_signed or NAME in release.files)
    return read_keyring(home / FILE) if there else None


def verify(
    bundle: str | Path,
    workspace: str | Path | None = None,
    *,
    public_key: Sequence[str] | str | None = None,
    signature: str | None = None,
) -> Verified:
    """Check a bundle as `publishing.verify` does, and whose signature it bears.

    Without a key, a signature is checked with the keys of the workspace (reference/signing_keys.csv) if it has any.
    """
    done = publishing.verify(bundle, workspace)
    keys = keys_for(done.release, bundle, workspace, public_key, is_signed=bool(signature))
    if keys is None and signature is None:
        return done
    try:
        data = None if signature is None else Path(signature).read_bytes()
    except OSError as error:
        raise SignatureError(
            f"the signature {signature} cannot be read: {error.strerror or error}",
            zh=f"签名文件 {signature} 无法读取：{error.strerror or error}",
        ) from error
    words, problems = check_signature(done.release, keys, data)
    others = [problem for problem in done.report.problems if problem.file != NAME]
    report = dataclasses.replace(done.report, problems=(*others, *problems), signature=words)
    return dataclasses.replace(done, report=report)
