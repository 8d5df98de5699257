"""The bundled sample is what its command and seed make."""

import importlib.util
import zipfile
from importlib.metadata import version
from pathlib import Path

import pandas as pd
import pytest

from shuibei_index.errors import UsageError
from shuibei_index.sample import ARCHIVE, unpack_sample

ROOT = Path(__file__).parent.parent
TRUTH = "truth.csv"


def pinned(package):
    pins = dict(line.split("==") for line in (ROOT / "constraints.txt").read_text().split())
    return {name.lower(): pin for name, pin in pins.items()}[package]


@pytest.mark.slow
def test_same_seed_gives_the_shipped_bytes(tmp_path):
    for package in ("numpy", "pyarrow", "xlsxwriter"):
        if version(package) != pinned(package):
            pytest.skip(f"{package} is not the version the sample was made with")
    spec = importlib.util.spec_from_file_location("make_sample", ROOT / "tools" / "make_sample.py")
    tool = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(tool)
    tool.main(tmp_path)
    with zipfile.ZipFile(tmp_path / ARCHIVE) as made, zipfile.ZipFile(ROOT / "data/samples" / ARCHIVE) as shipped:
        assert made.namelist() == shipped.namelist()
        assert [n for n in made.namelist() if made.read(n) != shipped.read(n)] in ([], [TRUTH])
        # the true index is made of exponentials: its last digits are the processor's (decision 0353)
        ours, theirs = (pd.read_csv(z.open(TRUTH), dtype={"class_code": str}) for z in (made, shipped))
    pd.testing.assert_frame_equal(ours, theirs, rtol=1e-12, atol=0)
    month = ROOT / "data/samples" / tool.MONTH
    for path in month.iterdir():
        assert (tmp_path / tool.MONTH / path.name).read_bytes() == path.read_bytes()


def test_unpacking_leaves_other_folders_alone(tmp_path):
    workspace = unpack_sample(tmp_path / "demo")
    assert len(workspace.inbox_months()) == 72 and unpack_sample(tmp_path / "demo").root == workspace.root
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "notes.txt").write_text("mine")
    with pytest.raises(UsageError, match="not empty"):
        unpack_sample(tmp_path / "mine")
