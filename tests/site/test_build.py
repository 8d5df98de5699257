"""The whole of a site: the same bytes by every way, only from sound bundles, and nothing of others overwritten."""

import json
import os
import shutil

import pytest

from shuibei_index.errors import ReleaseError, UsageError
from shuibei_index.site import build_site
from shuibei_index.site.output import Output
from shuibei_index.site.sources import find_sources

from .conftest import contents


def test_one_release_more_gives_the_same_bytes_as_all_at_once(own_bundles, site, tmp_path):
    out = tmp_path / "www"
    shutil.move(own_bundles / "2024-04-r1", tmp_path / "kept")
    assert build_site(own_bundles, out, base_url="https://example.org/index").read == 4
    shutil.move(tmp_path / "kept", own_bundles / "2024-04-r1")
    more = build_site(own_bundles, out, base_url="https://example.org/index")
    # the new one, and the latest vintage, from which the figures of today are drawn
    assert (more.read, more.releases, more.latest) == (2, 5, "2024-06")
    assert contents(out) == contents(site)


def test_what_did_not_change_is_not_written(own_bundles, tmp_path):
    out = tmp_path / "www"
    build_site(own_bundles, out)
    old = out / "releases/2024-03.html"
    os.utime(old, (1, 1))
    again = build_site(own_bundles, out)
    assert (again.written, again.removed, again.read) == (0, 0, 1)
    assert old.stat().st_mtime == 1


def test_a_release_that_is_gone_leaves_no_trace_and_a_damaged_page_is_mended(own_bundles, tmp_path):
    out = tmp_path / "www"
    build_site(own_bundles, out)
    shutil.rmtree(own_bundles / "2024-04-r1")
    (out / "api/v1/vintages.csv").write_text("spoilt", encoding="utf-8")
    (out / "index.html").unlink()
    done = build_site(own_bundles, out, bundles="latest")
    build_site(own_bundles, tmp_path / "fresh", bundles="latest")
    assert done.removed > 0 and contents(out) == contents(tmp_path / "fresh")
    assert [p.name for p in (out / "bundles").iterdir()] == ["2024-06"]


def test_what_a_killed_build_left_is_made_again(own_bundles, tmp_path, monkeypatch):
    out = tmp_path / "www"
    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(Output, "close", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
        build_site(own_bundles, out, bundles="latest")
    shutil.rmtree(own_bundles / "2024-04-r1")
    again = build_site(own_bundles, out, bundles="latest")
    assert again.read == 4
    told = contents(out)
    assert "api/v1/releases/2024-05.json" in told and b"2024-04-r1" not in told["releases/index.html"]


def test_a_damaged_bundle_is_refused_and_named(own_bundles, tmp_path):
    with (own_bundles / "2024-05/quality.csv").open("ab") as file:
        file.write(b"x")
    with pytest.raises(ReleaseError, match="release 2024-05: quality") as caught:
        build_site(own_bundles, tmp_path / "www")
    assert "2024-05" in caught.value.zh
    assert not (tmp_path / "www/index.html").exists()


def test_a_workspace_with_one_release_has_a_site(own_bundles, tmp_path):
    for name in ("2024-04", "2024-04-r1", "2024-05", "2024-06"):
        shutil.rmtree(own_bundles / name)
    assert build_site(own_bundles, tmp_path / "www").releases == 1
    assert "2024-03" in (tmp_path / "www/revisions.html").read_text(encoding="utf-8")


def test_a_folder_that_is_no_site_stays_as_it_is(bundles, tmp_path):
    (tmp_path / "thesis.txt").write_text("mine", encoding="utf-8")
    with pytest.raises(UsageError, match="holds no site"):
        build_site(bundles, tmp_path)
    assert [p.name for p in tmp_path.iterdir()] == ["thesis.txt"]


@pytest.mark.parametrize(
    "url", ["example.org", "ftp://example.org/", "https://example.org/?x=1", "javascript:alert(1)"]
)
def test_an_address_that_is_none_is_refused(bundles, tmp_path, url):
    with pytest.raises(UsageError, match="base_url"):
        build_site(bundles, tmp_path / "www", base_url=url)


def test_sources_of_a_workspace_and_of_a_folder(bundles, tmp_path):
    (tmp_path / "workspace.toml").write_text("", encoding="utf-8")
    (tmp_path / "releases").symlink_to(bundles)
    names = [s.name for s in find_sources(tmp_path)]
    assert (
        names == ["2024-03", "2024-04", "2024-05", "2024-06", "2024-04-r1"] == [s.name for s in find_sources(bundles)]
    )
    with pytest.raises(UsageError, match="holds no release"):
        find_sources(tmp_path / "nowhere")


def test_the_state_holds_no_place_and_no_time(site, bundles):
    state = (site / ".site-state.json").read_text(encoding="utf-8")
    assert set(json.loads(state)) == {"format", "key", "methodology", "releases", "inputs", "files"}
    assert str(bundles) not in state and "tmp" not in state
