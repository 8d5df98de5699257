"""Make the chart library of the site: Observable Plot, cut to the marks it draws with, in one script.

The script is kept in the package, so that a machine without Node can build the site; this program makes it again, byte
for byte, where Node and npm are there: ``python tools/vendor_charts.py`` (``--check``: compare only). Every package
is pinned with its integrity hash in ``vendor_charts.lock.json``; no package's own install script is run.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).parent
LOCK = HERE / "vendor_charts.lock.json"
TARGET = HERE.parent / "shuibei_index" / "site" / "assets" / "vendor"
PINNED = {"@observablehq/plot": "0.6.17", "esbuild": "0.28.2"}
MARKS = ("plot", "lineY", "ruleY", "ruleX", "axisX", "axisY", "gridY", "dot")
#: No map and no scale of colours is drawn: 43 kB that every phone would load for nothing.
LEFT_OUT = ("d3-geo", "d3-scale-chromatic")
_STUB = """\
import fs from "node:fs";
for (const name of process.argv.slice(2)) {
  const names = Object.keys(await import(name)).map((n) => `none as ${n}`);
  fs.writeFileSync(`${name}.stub.js`, `const none = () => ({});\\nexport {${names.join(", ")}};\\n`);
}
"""


def _run(*command: str, cwd: Path) -> None:
    subprocess.run(command, cwd=cwd, check=True, stdout=subprocess.DEVNULL)


def build(folder: Path) -> dict[str, bytes]:
    """Return the script, its licences and its record, made in a scratch folder."""
    (folder / "package.json").write_text(json.dumps({"private": True, "dependencies": PINNED}), encoding="utf-8")
    npm = ("--ignore-scripts", "--no-audit", "--no-fund", "--omit-lockfile-registry-resolved")
    if LOCK.is_file():
        shutil.copyfile(LOCK, folder / "package-lock.json")
        _run("npm", "ci", *npm, cwd=folder)
    else:
        _run("npm", "install", *npm, cwd=folder)
        shutil.copyfile(folder / "package-lock.json", LOCK)
    entry = f"import {{{', '.join(MARKS)}}} from '@observablehq/plot';\nwindow.Plot = {{{', '.join(MARKS)}}};\n"
    (folder / "entry.js").write_text(entry, encoding="utf-8")
    (folder / "stub.mjs").write_text(_STUB, encoding="utf-8")
    _run("node", "stub.mjs", *LEFT_OUT, cwd=folder)
    banner = f"/*! Observable Plot {PINNED['@observablehq/plot']} and D3 (ISC): see LICENSE.txt */"
    aliases = [f"--alias:{name}=./{name}.stub.js" for name in LEFT_OUT]
    options = [
        "--bundle",
        "--minify",
        "--format=iife",
        "--target=es2020",
        "--legal-comments=none",
        "--log-level=warning",
    ]
    _run("node_modules/.bin/esbuild", "entry.js", *options, *aliases, f"--banner:js={banner}",
         "--metafile=meta.json", "--outfile=plot.js", cwd=folder)  # fmt: skip
    used = json.loads((folder / "meta.json").read_text(encoding="utf-8"))["inputs"]
    packages = sorted({_package(path) for path in used if path.startswith("node_modules/")})
    script = (folder / "plot.js").read_bytes()
    licences = [_licence(folder / "node_modules" / name, name) for name in packages]
    record = {
        "file": "plot.js",
        "bytes": len(script),
        "sha256": hashlib.sha256(script).hexdigest(),
        "built_with": f"esbuild {PINNED['esbuild']}",
        "packages": {name: _about(folder / "node_modules" / name)["version"] for name in packages},
    }
    return {
        "plot.js": script,
        "LICENSE.txt": "\n\n".join(licences).encode(),
        "plot.json": (json.dumps(record, indent=1) + "\n").encode(),
    }


def _package(path: str) -> str:
    parts = path.split("/")[1:]
    return "/".join(parts[:2]) if parts[0].startswith("@") else parts[0]


def _about(folder: Path) -> dict[str, str]:
    content: dict[str, str] = json.loads((folder / "package.json").read_text(encoding="utf-8"))
    return content


def _licence(folder: Path, name: str) -> str:
    about = _about(folder)
    (text,) = [p.read_text(encoding="utf-8").strip() for p in sorted(folder.glob("LICENSE*"))][:1] or [""]
    return f"{name} {about['version']} ({about['license']})\n\n{text}\n"


def main() -> int:
    """Build; write, or compare."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--check", action="store_true", help="compare with the kept files, write nothing")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        files = build(Path(scratch))
    if options.check:
        other = [
            n for n, content in files.items() if not (TARGET / n).is_file() or (TARGET / n).read_bytes() != content
        ]
        print(f"differ: {', '.join(other)}" if other else "the kept files are what the pinned packages give")
        return int(bool(other))
    TARGET.mkdir(parents=True, exist_ok=True)
    for name, content in files.items():
        (TARGET / name).write_bytes(content)
    print(f"wrote {', '.join(files)}: plot.js {len(files['plot.js'])} bytes")
    return 0


if __name__ == "__main__":
    sys.exit(main())
