"""Exporting: a bundle verified, its embargo over, then put into a database."""

from __future__ import annotations

from collections.abc import Sequence
from importlib.resources import files
from pathlib import Path

from shuibei_index.errors import GateError
from shuibei_index.export import SCHEMA, Address, Loaded, load, read_address
from shuibei_index.outcome import say
from shuibei_index.pipeline.signing import keys_for
from shuibei_index.release import Release, read_release
from shuibei_index.release.embargo import require_lifted

__all__ = ["check_script", "export", "read_address"]


def export(
    bundle: str | Path,
    address: Address,
    *,
    schema: str = SCHEMA,
    at: str = "",
    public_key: Sequence[str] | str | None = None,
    again: bool = False,
    unverified: bool = False,
) -> Loaded:
    """Verify a bundle and put it into a database.

    Parameters
    ----------
    bundle : str or Path
    address : Address
        Of the database: `shuibei_index.export.read_address`.
    schema : str
        Schema of the tables.
    at : str
        The time it is, where the release is under embargo.
    public_key : str or sequence of str, optional
        The signature must be by one of these; without it the keys of the bundle's workspace count, if it has any.
    again : bool
        Write all rows anew.
    unverified : bool
        Take a bundle that does not verify; what is wrong is told.

    Raises
    ------
    GateError
        The bundle does not verify, or is under embargo.
    ExportError
        The database does not take it.
    """
    release = read_release(bundle)
    _verify(release, bundle, public_key, unverified=unverified)
    require_lifted(release.name, release.about.embargo_until, at)
    return load(release, address, schema=schema, again=again)


def _verify(release: Release, bundle: str | Path, public_key: Sequence[str] | str | None, *, unverified: bool) -> None:
    report = release.verify(keys_for(release, bundle, None, public_key))
    if report.ok:
        say(report.signature)
        return
    if not unverified:
        first = report.problems[0]
        raise GateError(
            f"{Path(bundle).name} does not verify and is not exported: {first.file}: {first.en} "
            f"({len(report.problems)} problems; shuibei-index verify names all)",
            zh=f"{Path(bundle).name} 核验不通过，不予导入：{first.file}：{first.zh}（共 {len(report.problems)} 处）",
        )
    say(f"未通过核验，按要求仍导入 does not verify, taken all the same: {report.summary()}")


def check_script() -> str:
    """Return the script that checks a bundle with nothing but Python."""
    return files("shuibei_index.export").joinpath("check_release.py").read_text(encoding="utf-8")
