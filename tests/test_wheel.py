"""The wheel, not only the checkout: built, installed into an empty environment, and the demo run from it."""

import json
import os
import subprocess
import sys
import venv
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent


@pytest.mark.slow
def test_demo_runs_from_the_wheel_alone(tmp_path):
    build = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(tmp_path / "dist"), str(ROOT)]
    subprocess.run(build, check=True, capture_output=True)
    (wheel,) = (tmp_path / "dist").glob("*.whl")
    venv.create(tmp_path / "env", with_pip=True)
    python = tmp_path / "env" / "bin" / "python"
    install = [str(python), "-m", "pip", "install", "--quiet", "-c", str(ROOT / "constraints.txt"), str(wheel)]
    subprocess.run(install, check=True, capture_output=True)
    clean = {k: v for k, v in os.environ.items() if not k.startswith(("PYTHON", "SHUIBEI"))}
    demo = [str(python.parent / "shuibei-index"), "demo", "--out", str(tmp_path / "demo"), "--json"]
    done = subprocess.run(demo, check=True, capture_output=True, text=True, cwd=tmp_path, env=clean)
    told = json.loads(done.stdout)
    assert told["release"] == "2024-12" and (tmp_path / "demo/releases/2024-12/manifest.json").is_file()
    verify = [str(python.parent / "shuibei-index"), "verify", told["path"], "--json"]
    checked = json.loads(subprocess.run(verify, check=True, capture_output=True, text=True, cwd=tmp_path).stdout)
    assert checked["ok"] and checked["recomputed"]
    where = "import shuibei_index.resources as r; print(r.methodology_dir())"
    found = subprocess.run([str(python), "-c", where], check=True, capture_output=True, text=True, cwd=tmp_path).stdout
    assert "site-packages" in found
