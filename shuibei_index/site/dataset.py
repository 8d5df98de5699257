"""Data sets described for search engines, in the words of schema.org."""

from __future__ import annotations

from typing import Any

from markupsafe import Markup

from shuibei_index.site.address import root_of
from shuibei_index.site.render import SiteFacts, embedded
from shuibei_index.site.words import words


def dataset(
    site: SiteFacts, latest: dict[str, Any], lang: str, path: str, name: str, months: list[str], files: list[str]
) -> Markup:
    """Return the data block that tells search engines of a data set: name, months, files to download.

    Parameters
    ----------
    site : SiteFacts
    latest : dict
        Record of the latest vintage.
    lang, path : str
        Language, and where the page stands in it.
    name : str
        Name of the data set.
    months : list of str
        Its months, ascending.
    files : list of str
        Files, from the root of the site.
    """
    base = site.base_url
    content = {
        "@context": "https://schema.org",
        "@type": "Dataset",
        "name": name,
        "description": latest["headline"][lang],
        "inLanguage": "zh-CN" if lang == "zh" else "en",
        "version": latest["release"],
        "dateModified": latest["released_on"],
        "temporalCoverage": f"{months[0]}/{months[-1]}",
        "isAccessibleForFree": True,
        "creator": {"@type": "Organization", "name": site.name[lang]},
        "variableMeasured": [words(lang)[w] for w in ("index_col", "mom_col", "yoy_col", "ytd_col")],
        **({"url": base + path} if base else {}),
        "distribution": [
            {
                "@type": "DataDownload",
                "encodingFormat": "text/csv" if file.endswith(".csv") else "application/json",
                "contentUrl": base + file if base else root_of(path) + file,
            }
            for file in files
        ],
    }
    return embedded(content)
