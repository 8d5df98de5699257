"""Addresses of databases: what is read, and what is refused without telling a password."""

import pytest

from shuibei_index.errors import UsageError
from shuibei_index.export import Address, read_address


def test_kinds_and_files():
    assert read_address("sqlite:///a/b.db") == Address("sqlite", "a/b.db")
    assert read_address("duckdb:////data/b.duckdb").place == "/data/b.duckdb"
    assert read_address("postgres://me@/d?host=/run/pg") == Address("postgresql", "postgres://me@/d?host=/run/pg")
    assert read_address("postgresql://h:5433/d").secrets == ()


def test_a_password_comes_from_the_environment_only():
    url = "postgresql://me:p%40ss@h/d?sslpassword=other"
    with pytest.raises(UsageError, match="PGPASSFILE") as caught:
        read_address(url, {})
    assert "p%40ss" not in str(caught.value) and "env:" in caught.value.zh
    address = read_address("env:DB", {"DB": url})
    assert address.place == url and set(address.secrets) == {"p%40ss", "p@ss", "other"}
    assert address.hidden("p@ss or p%40ss or other") == "*** or *** or ***"
    assert "p%40ss" not in repr(address)
    with pytest.raises(UsageError, match="no variable 'NONE'"):
        read_address("env:NONE", {})


@pytest.mark.parametrize(
    "text",
    ["", "index.db", "mysql://h/d", "sqlite://a.db", "sqlite:///", "duckdb:///a\0b", "postgresql://u:p@ss@h/d",
     "postgresql://u:p/Secret@h/d", "postgresql://u:p?Secret@h/d", "postgresql://u:a:Secret@h/d"],
)  # fmt: skip
def test_no_address(text):
    with pytest.raises(UsageError) as caught:
        read_address("env:DB", {"DB": text or " "})
    assert "Secret" not in str(caught.value) + caught.value.zh and caught.value.zh
