"""The address of a database: read once, its password never shown."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import parse_qsl, quote, unquote, urlsplit

from shuibei_index.errors import UsageError

#: What may stand before ``://`` and the kind of database it names.
KINDS = {"postgresql": "postgresql", "postgres": "postgresql", "sqlite": "sqlite", "duckdb": "duckdb"}
_FORMS = "postgresql://USER@HOST/DATABASE, sqlite:///FILE, duckdb:///FILE, or env:NAME"
_FROM_ENVIRONMENT = "env:"


@dataclass(frozen=True)
class Address:
    """Where a database is.

    Parameters
    ----------
    kind : str
        "postgresql", "sqlite" or "duckdb".
    place : str
        The URL for PostgreSQL, the path of the file otherwise.
    secrets : tuple of str
        What must not appear in any message.
    """

    kind: str
    place: str = field(repr=False)
    secrets: tuple[str, ...] = field(default=(), repr=False)

    def hidden(self, words: str) -> str:
        """Return a message without the password.

        Examples
        --------
        >>> Address("postgresql", "postgresql://a:pw@h/d", ("pw",)).hidden("no pg_hba entry for pw")
        'no pg_hba entry for ***'
        """
        for secret in self.secrets:
            words = words.replace(secret, "***")
        return words


def read_address(text: str, environment: Mapping[str, str] | None = None) -> Address:
    """Read the address of a database.

    Parameters
    ----------
    text : str
        A URL, or ``env:NAME`` for the URL in a variable of the environment.
    environment : mapping, optional
        The variables; without it the text is taken as the command line gave it: every user of the machine can read
        that, so a password in it is refused.

    Raises
    ------
    UsageError
        It is no such address. The text itself is not repeated: it may hold a password.
    """
    if text.startswith(_FROM_ENVIRONMENT) and environment is not None:
        name = text.removeprefix(_FROM_ENVIRONMENT)
        if not environment.get(name):
            raise UsageError(f"the environment has no variable {name!r}", zh=f"环境变量 {name} 未设置")
        return _parsed(environment[name])
    address = _parsed(text)
    if address.secrets:
        raise UsageError(
            "a password on the command line can be read by every user of the machine: put the address into a variable "
            "of the environment and give env:NAME, or the password into the file named by PGPASSFILE",
            zh="命令行中的密码本机用户都能看到：请将地址放入环境变量并写 env:变量名，或把密码放入 PGPASSFILE 所指文件",
        )
    return address


def _parsed(text: str) -> Address:
    scheme, mark, rest = text.partition("://")
    kind = KINDS.get(scheme)
    if kind is None or not mark:
        raise UsageError(f"the address of a database must be {_FORMS}", zh=f"数据库地址应为 {_FORMS}")
    if kind != "postgresql":
        path = rest.removeprefix("/")
        if not path or path == rest or "\0" in path:
            raise UsageError(
                f"the address of a file must be {kind}:///FILE (a fourth / starts a path from the root)",
                zh=f"文件地址应为 {kind}:///文件（绝对路径再加一个 /）",
            )
        return Address(kind, path)
    if not _plain(text, rest):
        raise UsageError(
            "the address of PostgreSQL cannot be read: characters such as @ : / ? # in a user or password are written "
            "with % (@ is %40)",
            zh="PostgreSQL 地址无法读取：用户名或密码中的 @ : / ? # 等字符应写作 % 编码（@ 写作 %40）",
        )
    parts = urlsplit(text)
    _, given, password = parts.netloc.rpartition("@")[0].partition(":")
    found = [password] if given and password else []
    found += [quote(value) for name, value in parse_qsl(parts.query) if "password" in name and value]
    forms = {form for one in found for form in (one, unquote(one))}
    return Address(kind, text, tuple(sorted(forms, key=lambda one: (-len(one), one))))


def _plain(text: str, rest: str) -> bool:
    # one @ at most, before anything that ends the host: otherwise a part of the password would be taken for a host,
    # and be told in a message
    before = rest.partition("@")[0]
    if rest.count("@") > 1 or ("@" in rest and any(mark in before for mark in "/?#")):
        return False
    return before.count(":") <= 1 or "@" not in rest
