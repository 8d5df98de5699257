"""Signing releases: ed25519 keys and signatures in the files of minisign."""

from __future__ import annotations

from shuibei_index.signature.keyring import Keyring, Trust, as_keyring, read_keyring
from shuibei_index.signature.private import PrivateKey, make_keys, read_private
from shuibei_index.signature.public import PublicKey, read_public
from shuibei_index.signature.statement import NAME, Statement, read_statement

__all__ = [
    "NAME",
    "Keyring",
    "PrivateKey",
    "PublicKey",
    "Statement",
    "Trust",
    "as_keyring",
    "make_keys",
    "read_keyring",
    "read_private",
    "read_public",
    "read_statement",
]
