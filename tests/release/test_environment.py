"""Threads, hash seed, time zone, locale, umask, folder leave no trace in a release; `tools/reproduce.py` does more."""

import hashlib
import json
import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
CODE = """
import hashlib, json, sys
sys.path.insert(0, sys.argv[1])
from shuibei_index.release import make_release
from shuibei_index.rules import Rules
from tests.release.conftest import SECRET, Checked, make_adjusted, make_series
import pandas as pd
series = make_series()
counts = pd.DataFrame({"enterprise_id": [SECRET, "E2"], "read": [700, 300], "accepted": [690, 280]})
checked = Checked(counts.assign(held=[6, 12], rejected=[4, 8]))
made = make_release(series, make_adjusted(series), checked, rules=Rules.load(), digests={"inputs": "ab" * 32})
print(json.dumps({path: hashlib.sha256(data).hexdigest() for path, data in made.files.items()}))
"""
OTHER = {
    "OMP_NUM_THREADS": "2", "OPENBLAS_NUM_THREADS": "2", "ARROW_IO_THREADS": "2", "PYTHONHASHSEED": "12345",
    "TZ": "America/St_Johns", "LC_ALL": "C", "LANG": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0",
    "MPLBACKEND": "svg",
}  # fmt: skip


def test_a_release_of_another_environment_is_the_same(release, tmp_path):
    variables = {**os.environ, **OTHER, "MPLCONFIGDIR": str(tmp_path)}
    command = [sys.executable, "-c", CODE, str(ROOT)]
    done = subprocess.run(command, cwd=tmp_path, env=variables, umask=0, capture_output=True, timeout=120)
    assert done.returncode == 0, done.stderr.decode(errors="replace")
    here = {path: hashlib.sha256(data).hexdigest() for path, data in release.files.items()}
    assert json.loads(done.stdout) == here
