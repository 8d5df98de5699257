"""A person at the charts, in a real browser. Skipped, with the reason in words, where none is at hand."""

import csv
import io
import shutil

import pytest

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
playwright = pytest.importorskip(
    "playwright.sync_api", reason="playwright is not installed: the charts were not driven"
)
pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on this machine: the charts were not driven")


def test_a_person_chooses_zooms_rebases_and_downloads(site, bundles):
    told = csv.DictReader((bundles / "2024-06/indices.csv").read_text(encoding="utf-8").splitlines())
    published = {(r["period"], r["class_code"], r["component"], r["adjustment"]): r for r in told}
    faults = []
    with playwright.sync_playwright() as started:
        browser = started.chromium.launch(executable_path=CHROMIUM)
        page = browser.new_page(viewport={"width": 360, "height": 800})
        page.on("console", lambda message: faults.append(message.text))
        page.on("pageerror", lambda error: faults.append(str(error)))
        page.on("request", lambda r: None if r.url.startswith(("file:", "data:", "blob:")) else faults.append(r.url))
        page.goto((site / "index.html").as_uri())
        page.click("a.tongue")
        assert "June 2024" in page.inner_text("h1")
        page.goto((site / "charts.html").as_uri())
        page.wait_for_selector(".chart svg")
        page.check("input[name=classes][value='0101']")
        page.check("input[name=adjustments][value=SA]")
        page.wait_for_function("document.querySelectorAll('.legend li').length === 8")
        for measure in ("index", "yoy_pct"):
            page.select_option("select[name=measure]", measure)
            with page.expect_download() as saved:
                page.click("[data-save=csv]")
            rows = list(csv.DictReader(io.StringIO(saved.value.path().read_text(encoding="utf-8-sig"))))
            assert len(rows) == 8 * 30
            for row in rows:
                at = published[row["period"], row["class_code"], row["component"], row["adjustment"]]
                assert (row["value"], row["obs_conf"]) == (at[measure], at["obs_conf"])
        page.select_option("select[name=measure]", "index")
        page.select_option("select[name=base]", "2023")
        page.focus(".chart")
        page.keyboard.press("+")
        page.wait_for_function("location.hash.includes('b=2023') && location.hash.includes('f=2022-08')")
        page.keyboard.press("ArrowLeft")
        assert page.inner_text(".spoken").startswith("2024-05")
        assert "保密" in page.inner_text(".legend")
        assert page.evaluate("document.documentElement.scrollWidth") <= 360
        browser.close()
    assert faults == []
