"""Drive a built site in a real browser as a person would, check its downloads against the bundles, photograph pages.

Playwright is no dependency of the project. To run this: make an environment of its own and ``pip install playwright``
in it; the browser is Debian's package chromium, no other need be fetched. For the contrast check unpack the npm package
axe-core somewhere. Then::

    python tools/drive_site.py WWW --bundles WS/releases --axe axe-core/axe.min.js --shots DIR

WWW is what ``shuibei-index site --workspace WS --out WWW`` built. Exit code 1: something is wrong, printed one a line.
"""

from __future__ import annotations

import argparse
import csv
import io
import json
import shutil
import sys
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Page, sync_playwright  # type: ignore[import-not-found]

SIZES = {"phone": (360, 800), "desktop": (1280, 900)}
SCHEMES = ("light", "dark")
MEASURES = ("index", "mom_pct", "yoy_pct", "ytd_pct")


def page_types(site: Path) -> dict[str, str]:
    """Return one page of every type: name → path."""
    latest = json.loads((site / "api/v1/latest.json").read_text(encoding="utf-8"))
    releases = json.loads((site / "api/v1/releases.json").read_text(encoding="utf-8"))["releases"]
    code = latest["classes"][1]["class_code"] if len(latest["classes"]) > 1 else latest["classes"][0]["class_code"]
    corrected = [r["release"] for r in releases if r["corrected_by"]]
    correcting = [r["release"] for r in releases if r["errata"]]
    decisions = sorted((site / "methodology/decisions").glob("0*.html"))
    found = {
        "home": "index.html",
        "charts": "charts.html",
        "classes": "classes/index.html",
        "class": f"classes/{code}.html",
        "table": f"tables/{code}.html",
        "data": "data.html",
        "releases": "releases/index.html",
        "release": f"releases/{latest['release']}.html",
        "errata": "errata.html",
        "revisions": "revisions.html",
        "methodology": "methodology/index.html",
        "calendar": "calendar.html",
        "api": "api.html",
    }
    found |= {"corrected": f"releases/{corrected[0]}.html"} if corrected else {}
    found |= {"correcting": f"releases/{correcting[0]}.html"} if correcting else {}
    found |= {"decision": f"methodology/decisions/{decisions[0].name}"} if decisions else {}
    return found


class Watch:
    """One tab, and everything it complained of or asked from elsewhere."""

    def __init__(self, browser: Browser, size: tuple[int, int], scheme: str = "light") -> None:
        self.faults: list[str] = []
        self.page: Page = browser.new_page(viewport={"width": size[0], "height": size[1]}, color_scheme=scheme)
        self.page.on("console", lambda message: self.faults.append(f"console: {message.text}"))
        self.page.on("pageerror", lambda error: self.faults.append(f"error: {error}"))
        self.page.on("request", lambda request: self._asked(request.url))

    def _asked(self, url: str) -> None:
        if not url.startswith(("file:", "data:", "blob:")):
            self.faults.append(f"asked outside: {url}")

    def open(self, place: Path) -> None:
        """Open a page of the site."""
        self.page.goto(place.as_uri())

    def close(self) -> None:
        """Close the tab."""
        self.page.close()


def published(bundle: Path) -> dict[tuple[str, ...], dict[str, str]]:
    """Return the rows of ``indices.csv`` by month, class, component and adjustment."""
    rows = csv.DictReader((bundle / "indices.csv").read_text(encoding="utf-8-sig").splitlines())
    return {(r["period"], r["class_code"], r["component"], r["adjustment"]): r for r in rows}


def download(page: Page) -> list[dict[str, str]]:
    """Press CSV and read what comes."""
    with page.expect_download() as saved:
        page.click("[data-save=csv]")
    return list(csv.DictReader(io.StringIO(saved.value.path().read_text(encoding="utf-8-sig"))))


def drive(browser: Browser, site: Path, bundles: Path) -> list[str]:
    """Switch language, choose classes and adjustments, zoom, rebase, download; return what is wrong."""
    latest = json.loads((site / "api/v1/latest.json").read_text(encoding="utf-8"))
    told, watch, wrong = published(bundles / latest["release"]), Watch(browser, SIZES["phone"]), []
    page = watch.page
    watch.open(site / "index.html")
    before = page.inner_text("h1")
    page.click("a.tongue")
    if page.inner_text("h1") == before or page.get_attribute("html", "lang") != "en":
        wrong.append("the switch of languages leads nowhere")
    watch.open(site / "charts.html")
    page.wait_for_selector(".chart svg")
    boxes = page.eval_on_selector_all("input[name=classes]", "all => all.map(one => [one.value, one.checked])")
    page.check(f"input[name=classes][value='{next(value for value, on in boxes if not on)}']")
    if page.locator("input[name=adjustments][value=SA]").count():
        page.check("input[name=adjustments][value=SA]")
    page.wait_for_timeout(400)
    for measure in MEASURES:
        page.select_option("select[name=measure]", measure)
        page.wait_for_timeout(100)
        rows = download(page)
        off = [r for r in rows if r["value"] != _value(told, r, measure)]
        if not rows or off:
            wrong.append(
                f"download of {measure}: {len(off)} of {len(rows)} rows are not those of indices.csv {off[:1]}"
            )
    page.select_option("select[name=measure]", "index")
    base = page.eval_on_selector_all("select[name=base] option", "all => all.map(one => one.value)")[-1]
    page.select_option("select[name=base]", base)
    page.wait_for_timeout(200)
    rows = download(page)
    wrong += [f"base {base}: {r} is not 100 there" for r in _off_base(rows, base)]
    page.select_option("select[name=base]", "")
    page.focus(".chart")
    page.keyboard.press("+")
    page.wait_for_timeout(200)
    periods = {r["period"] for r in download(page)}
    if not 1 < len(periods) < len({key[0] for key in told}):
        wrong.append(f"zoom by key shows {len(periods)} months")
    page.click("[data-years='1']")
    page.wait_for_timeout(200)
    if len({r["period"] for r in download(page)}) not in (12, 13):
        wrong.append("one year is not a year")
    wrong += watch.faults
    watch.close()
    return wrong


def _value(told: dict[tuple[str, ...], dict[str, str]], row: dict[str, str], measure: str) -> str:
    at = told.get((row["period"], row["class_code"], row["component"], row["adjustment"]))
    return "" if at is None else at[measure]


def _off_base(rows: list[dict[str, str]], base: str) -> list[dict[str, str]]:
    at = [r for r in rows if r["period"] == base and r["value"]] if len(base) == 7 else []
    return [r for r in at if abs(float(r["value"]) - 100) > 0]


def look(browser: Browser, site: Path, shots: Path | None, axe: str) -> list[str]:
    """Open a page of every type in each size, scheme and language; return what is wrong."""
    wrong = []
    for (name, path), size in ((one, size) for one in page_types(site).items() for size in SIZES):
        for lang, scheme in (("zh", "light"), ("zh", "dark"), ("en", "light"), ("en", "dark")):
            watch = Watch(browser, SIZES[size], scheme)
            watch.open(site / (path if lang == "zh" else f"en/{path}"))
            watch.page.wait_for_timeout(250)
            label = f"{name} {size} {scheme} {lang}"
            wide = watch.page.evaluate("document.documentElement.scrollWidth")
            if wide > SIZES[size][0]:
                wrong.append(f"{label}: {wide} px wide")
            if axe:
                # the page forbids scripts from elsewhere; the debugger's own evaluation is not one
                watch.page.evaluate(axe)
                wrong += [f"{label}: {fault}" for fault in _axe(watch.page)]
            wrong += [f"{label}: {fault}" for fault in watch.faults]
            if shots is not None:
                watch.page.screenshot(path=shots / f"{name}-{size}-{scheme}-{lang}.png", full_page=False)
            paint = watch.page.evaluate("performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? 0")
            if paint > 1000:
                wrong.append(f"{label}: first paint after {paint:.0f} ms")
            watch.close()
    return wrong


def _axe(page: Page) -> list[str]:
    found: dict[str, Any] = page.evaluate("axe.run(document, {resultTypes: ['violations'], preload: false})")
    return [
        f"{one['id']} ({one['impact']}): {len(one['nodes'])} of {one['nodes'][0]['html'][:120]}"
        for one in found["violations"]
    ]


def main() -> int:
    """Drive, look, and tell."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("site", type=Path, help="the folder of the site")
    parser.add_argument("--bundles", type=Path, required=True, help="the folder of the bundles it was built from")
    parser.add_argument("--shots", type=Path, help="folder for screenshots")
    parser.add_argument("--axe", type=Path, help="axe.min.js of the npm package axe-core")
    parser.add_argument("--chromium", default=shutil.which("chromium") or "", help="the browser (default: chromium)")
    options = parser.parse_args()
    if not options.chromium:
        parser.error("no Chromium on this machine; name one with --chromium")
    axe = options.axe.read_text(encoding="utf-8") if options.axe else ""
    if options.shots is not None:
        options.shots.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as started:
        browser = started.chromium.launch(executable_path=options.chromium)
        wrong = drive(browser, options.site.resolve(), options.bundles.resolve())
        wrong += look(browser, options.site.resolve(), options.shots, axe)
        browser.close()
    for line in wrong:
        print(line)
    print(f"{len(wrong)} faults; {len(page_types(options.site))} types of page")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
