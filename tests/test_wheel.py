"""The wheel, not only the checkout: built, put in a folder of its own, and the sample's first months run from it."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
_RUN = """
import json, sys
import shuibei_index.resources as resources
from shuibei_index import pipeline
from shuibei_index.sample import unpack_sample
workspace = unpack_sample(sys.argv[1])
done = pipeline.run(workspace, "2019-01", "2019-03")
print(json.dumps({**done.to_dict(), "methodology": str(resources.methodology_dir())}))
"""


@pytest.mark.slow
def test_the_sample_runs_from_the_wheel_alone(tmp_path):
    """What the package needs beside its code is in the wheel; that its dependencies suffice is for `make demo`."""
    build = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(tmp_path / "dist"), str(ROOT)]
    subprocess.run(build, check=True, capture_output=True)
    (wheel,) = (tmp_path / "dist").glob("*.whl")
    place = tmp_path / "site"
    install = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--target", str(place), str(wheel)]
    subprocess.run(install, check=True, capture_output=True)
    clean = {k: v for k, v in os.environ.items() if not k.startswith(("PYTHON", "SHUIBEI"))} | {
        "PYTHONPATH": str(place)
    }
    command = [sys.executable, "-c", _RUN, str(tmp_path / "demo")]
    done = subprocess.run(command, check=True, capture_output=True, text=True, cwd=tmp_path, env=clean)
    told = json.loads(done.stdout.splitlines()[-1])
    assert told["release"] == "2019-03" and (tmp_path / "demo/releases/2019-03/manifest.json").is_file()
    assert told["methodology"].startswith(str(place))
    verify = [str(place / "bin" / "shuibei-index"), "verify", told["path"], "--json"]
    checked = subprocess.run(verify, check=True, capture_output=True, text=True, cwd=tmp_path, env=clean)
    assert json.loads(checked.stdout)["ok"] and json.loads(checked.stdout)["recomputed"]
