"""Delete releases/, keep the store: every release comes back byte for byte, revisions included."""

import shutil

from shuibei_index import pipeline
from shuibei_index.pipeline.storekeeping import check_store, rebuild_releases
from shuibei_index.store import Store

from .conftest import content


def test_every_release_comes_back_from_the_store(done, tmp_path):
    workspace = type(done).open(shutil.copytree(done.root, tmp_path / "ws"))
    pipeline.release(workspace, "2024-02", revision="勘误 erratum: a late file", released_on="2024-03-20")
    before = content(workspace.releases)
    names = sorted(path.name for path in workspace.releases.iterdir())
    assert names[-1] == "2024-02-r1" and check_store(workspace).ok and not check_store(workspace).notes
    shutil.rmtree(workspace.releases)
    assert sorted(path.name for path in rebuild_releases(workspace)) == names
    assert content(workspace.releases) == before
    assert all(pipeline.verify(workspace.releases / name).ok for name in names[-2:])
    # done again, the release is the one that is there, and nothing is kept twice
    with Store.open(workspace.store) as store:
        objects = list(store.objects)
    pipeline.release(workspace, "2024-02")
    with Store.open(workspace.store) as store:
        assert list(store.objects) == objects
