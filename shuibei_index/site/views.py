"""The pages of a site: what each shows, from the records of the releases and the figures of the latest vintage."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pandas as pd
from markupsafe import Markup

from shuibei_index.component_names import COMPONENT_NAMES
from shuibei_index.release.words import base_words, month_words
from shuibei_index.site import cells, history
from shuibei_index.site.address import LANGUAGES, in_language, root_of, slug
from shuibei_index.site.api import ENDPOINTS
from shuibei_index.site.corrections import errata_rows
from shuibei_index.site.dataset import dataset
from shuibei_index.site.figures import ClassFigures, parents
from shuibei_index.site.files import bulletins
from shuibei_index.site.render import Page, SiteFacts, embedded
from shuibei_index.site.words import SCRIPT_WORDS, words

#: Extent of what stands in a page before a script shows more: months and vintages of the triangle, recent months,
#: levels of the first table.
TRIANGLE = (18, 12)
RECENT, MAIN_LEVEL = 25, 2


@dataclass(frozen=True)
class Views:
    """Everything the pages are made from.

    Parameters
    ----------
    site : SiteFacts
    records : list of dict
        Records of all releases in the order of publication, as `literal.loads` reads them.
    latest : dict
        Record of the latest vintage.
    figures : dict of str to ClassFigures
    quality : dict of str to list of (str, str)
    printed : DataFrame
        The history, as `history.printed_history` returns it.
    copied : frozenset of str
        Releases whose bundle is on the site.
    coming, past : list of dict
        Rows of the calendar.
    """

    site: SiteFacts
    records: list[dict[str, Any]]
    latest: dict[str, Any]
    figures: dict[str, ClassFigures]
    quality: dict[str, list[tuple[str, str]]]
    printed: pd.DataFrame
    copied: frozenset[str]
    coming: list[dict[str, Any]]
    past: list[dict[str, Any]]

    @property
    def order(self) -> list[str]:
        """Names of the releases in the order of publication."""
        return [r["release"] for r in self.records]

    def pages(self) -> Iterator[Page]:
        """Yield every page but the methodology's."""
        yield self._home()
        yield self._charts()
        yield self._classes()
        for row in self.latest["classes"]:
            if row["class_code"] in self.figures:
                yield self._class(row)
                yield self._table(row)
        yield self._page("data.html", "data.html", "data", lambda lang, t: {"title": t["data_title"], **self._record()})
        yield self._page(
            "releases/index.html", "releases.html", "vintages",
            lambda lang, t: {"title": t["vintages_title"], "values": {"records": self.records}},
        )  # fmt: skip
        for place, record in enumerate(self.records):
            yield self._release(place, record)
        yield self._errata()
        yield self._revisions()
        yield self._calendar()
        yield self._api()

    def _page(
        self, path: str, template: str, section: str, of: Any, trial: bool | None = None, inputs: str = ""
    ) -> Page:
        context = {}
        for lang in LANGUAGES:
            own = of(lang, words(lang))
            description = own.get("description") or f"{own['title']}. {self.latest['headline'][lang]}"
            context[lang] = {"heading": own["title"], **own, "description": description}
        return Page(path, template, section, context, self.latest["trial"] if trial is None else trial, inputs)

    def _record(self) -> dict[str, Any]:
        return {"values": {"record": self.latest}}

    def _months(self, code: str = "") -> list[str]:
        if code:
            return self.figures[code].periods
        return sorted({p for one in self.figures.values() for p in one.periods})

    def _choice(self, lang: str, codes: list[str]) -> dict[str, Any]:
        series = [key for code in codes for key in self.figures[code].series]
        components = {c: COMPONENT_NAMES[c].pair[LANGUAGES.index(lang)] for c in COMPONENT_NAMES if c in dict(series)}
        adjustments = [a for a in ("NSA", "SA", "TREND") if a in {key[1] for key in series}]
        base = base_words(self.latest["base_period"], lang)
        return {"components": components, "adjustments": adjustments, "base_words": base}

    def _explorer(self, path: str, lang: str, codes: list[str], chosen: list[str]) -> dict[str, Any]:
        t, choice = words(lang), self._choice(lang, codes)
        months = self._months(codes[0] if len(codes) == 1 else "")
        names = {row["class_code"]: row for row in self.latest["classes"]}
        setup = {
            "lang": lang,
            "words": {key: t[key] for key in SCRIPT_WORDS},
            "confidential_note": t["confidential_note"],
            "root": root_of(in_language(path, lang)),
            "classes": [{"code": c, "slug": slug(c), "name": names[c][f"name_{lang}"]} for c in codes],
            "chosen": chosen,
            "fixed": len(codes) == 1,
            "periods": months,
            **choice,
            "decimals": self.latest["decimals"],
            "base_period": self.latest["base_period"],
            "release": self.latest["release"],
            "site": self.site.name[lang],
        }
        rows = [{"code": c, "level": names[c]["level"], "name": names[c][f"name_{lang}"]} for c in codes]
        return {"setup": embedded(setup), "choice": choice, "rows": rows}

    def _dataset(self, lang: str, path: str, name: str, code: str) -> Markup:
        files = ["api/v1/series/" + slug(code) + ending for ending in (".csv", ".json")]
        return dataset(self.site, self.latest, lang, in_language(path, lang), name, self._months(code), files)

    def _home(self) -> Page:
        head = self.latest["classes"][0]["class_code"]
        main = [r for r in self.latest["classes"] if r["in_headline"] and r["level"] <= MAIN_LEVEL]

        def of(lang: str, t: dict[str, str]) -> dict[str, Any]:
            shown = self._explorer("index.html", lang, [head], [head])
            title = t["home_title"].format(self.site.name[lang], month_words(self.latest["period"], lang))
            return {
                **shown,
                "title": title,
                "description": self.latest["headline"][lang],
                "dataset": self._dataset(lang, "index.html", self.site.name[lang], head),
                "bulletins": bulletins([file["path"] for file in self.latest["files"]], lang),
                "values": {"record": self.latest, "main_rows": main, "corrected_here": self._here(self.latest)},
            }

        return self._page("index.html", "home.html", "home", of)

    def _here(self, record: dict[str, Any]) -> list[str]:
        # a link leads to what is there: what is corrected may be older than the bundles at hand
        return [one["corrects"] for one in record["errata"] if one["corrects"] in self.order]

    def _charts(self) -> Page:
        codes = [r["class_code"] for r in self.latest["classes"] if r["class_code"] in self.figures]
        top = [r["class_code"] for r in self.latest["classes"] if r["level"] <= 1 and r["in_headline"]][:4]

        def of(lang: str, t: dict[str, str]) -> dict[str, Any]:
            return {**self._explorer("charts.html", lang, codes, top), "title": t["charts_title"]}

        return self._page("charts.html", "charts.html", "charts", of)

    def _classes(self) -> Page:
        inside = [r for r in self.latest["classes"] if r["in_headline"]]
        outside = [r for r in self.latest["classes"] if not r["in_headline"]]

        def of(lang: str, t: dict[str, str]) -> dict[str, Any]:
            values = {"record": self.latest, "inside_rows": inside, "outside_rows": outside}
            return {"title": t["classes_title"], "values": values}

        return self._page("classes/index.html", "classes.html", "classes", of)

    def _class(self, row: dict[str, Any]) -> Page:
        code = row["class_code"]
        path = f"classes/{slug(code)}.html"
        above = parents(self.latest["classes"])
        rows = {r["class_code"]: r for r in self.latest["classes"]}
        total = self.figures[code].series.get(("total", "NSA"))
        recent = [] if total is None else cells.recent(total, RECENT)
        values = {
            "record": self.latest,
            "row": row,
            "parent": rows.get(above.get(code, "")),
            "children": [rows[c] for c, up in above.items() if up == code],
            "recent": recent,
            "quality": self.quality.get(code, []),
        }

        def of(lang: str, t: dict[str, str]) -> dict[str, Any]:
            name = row[f"name_{lang}"]
            shown = self._explorer(path, lang, [code], [code])
            index = t["none"] if row["index"] is None else row["index"]
            words_ = [f"{name} ({code})", month_words(self.latest["period"], lang), f"{t['index_col']} {index}"]
            return {
                **shown,
                "title": name,
                "description": ", ".join(words_) + f". {self.site.name[lang]}",
                "dataset": self._dataset(lang, path, f"{self.site.name[lang]}: {name}", code),
                "values": values,
            }

        return self._page(path, "class.html", "classes", of)

    def _table(self, row: dict[str, Any]) -> Page:
        one, tables = self.figures[row["class_code"]], {}
        columns = [(c, a, m) for c, a in one.series for m in cells.columns(c, a)]
        hidden = [cells.withheld(one.series[c, a], m) for c, a, m in columns]
        for lang in LANGUAGES:
            t = words(lang)
            said = t["confidential"], t["none"]
            pairs = zip(columns, hidden, strict=True)
            tables[lang] = [cells.shown(one.series[c, a], m, mask, *said) for (c, a, m), mask in pairs]
        withheld = any(mask.any() for mask in hidden)

        def of(lang: str, t: dict[str, str]) -> dict[str, Any]:
            heads = [cells.head(c, a, m, lang, t) for c, a, m in columns]
            texts = zip(*tables[lang], strict=True)
            lines = list(zip(reversed(one.periods), texts, strict=True))
            values = {"record": self.latest, "row": row, "heads": heads, "lines": lines, "withheld": withheld}
            return {"title": t["table_title"].format(row[f"name_{lang}"]), "values": values}

        return self._page(f"tables/{slug(row['class_code'])}.html", "table.html", "data", of)

    def _release(self, place: int, record: dict[str, Any]) -> Page:
        name, month = record["release"], record["period"]
        trial = bool(record["trial"] or self.latest["trial"])
        later = [r["release"] for r in self.records[place + 1 :] if r["period"] == month]
        values = {
            "record": record,
            "later_vintage": later[-1] if later else "",
            "newest": record is self.latest,
            "copied": name in self.copied,
            "earlier": self.order[place - 1] if place else "",
            "later": self.order[place + 1] if place + 1 < len(self.order) else "",
            "corrected_here": self._here(record),
        }

        def of(lang: str, t: dict[str, str]) -> dict[str, Any]:
            title = t["release_title"].format(month_words(month, lang), name)
            read = bulletins([file["path"] for file in record["files"]], lang)
            return {"title": title, "description": record["headline"][lang], "bulletins": read, "values": values}

        # an old release says the same every month: its page is made again only when something around it changes
        told = json.dumps([values, trial, self.site.name], sort_keys=True, ensure_ascii=False)
        inputs = hashlib.sha256(told.encode()).hexdigest()
        return self._page(f"releases/{name}.html", "release.html", "vintages", of, trial, inputs)

    def _revisions(self) -> Page:
        head = self.latest["classes"][0]["class_code"]
        codes = [r["class_code"] for r in self.latest["classes"] if r["class_code"] in self.figures]
        months, vintages = TRIANGLE
        wide = history.triangle(self.printed, self.order, head, months, vintages + 1)
        before = wide.iloc[:, 1:].reindex(columns=wide.columns[1:])
        shown = list(wide.columns[:vintages])
        changed = pd.DataFrame(
            {
                n: (wide[n] != before[b]) & (before[b] != "")
                for n, b in zip(wide.columns, wide.columns[1:], strict=False)
            }
        ).reindex(index=wide.index, columns=shown, fill_value=False)
        marks = changed.to_numpy(dtype=bool).tolist()
        lines = [
            (period, list(zip(texts, flags, strict=True)))
            for period, texts, flags in zip(wide.index, wide[shown].to_numpy().tolist(), marks, strict=True)
        ]

        def of(lang: str, t: dict[str, str]) -> dict[str, Any]:
            shown_here = self._explorer("revisions.html", lang, codes, [head])
            caption = t["triangle_caption"].format(t["headline_index"], months, vintages)
            values = {"columns": shown, "lines": lines}
            return {**shown_here, "title": t["revisions_title"], "caption": caption, "values": values}

        return self._page("revisions.html", "revisions.html", "revisions", of)

    def _errata(self) -> Page:
        values = {"errata": errata_rows(self.records), "there": self.order}
        of = lambda _, t: {"title": t["errata_title"], "values": values}  # noqa: E731
        return self._page("errata.html", "errata.html", "vintages", of)

    def _calendar(self) -> Page:
        values = {"coming": self.coming, "past": self.past}
        return self._page(
            "calendar.html", "calendar.html", "calendar", lambda _, t: {"title": t["calendar_title"], "values": values}
        )

    def _api(self) -> Page:
        head = slug(self.latest["classes"][0]["class_code"])
        example = {"name": self.latest["release"], "class_code": head}
        rows = [(path, word, path.format(**example)) for path, word in ENDPOINTS]
        return self._page(
            "api.html", "api.html", "api", lambda lang, t: {"title": t["api_title"], "values": {"endpoints": rows}}
        )
