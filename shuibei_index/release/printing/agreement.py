"""Whether a printed bulletin is that of its page: printed anew where the same press made it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from shuibei_index.errors import ReleaseError
from shuibei_index.release.about import About
from shuibei_index.release.printing.press import page_mark, pdf, press_mark

_MARKS = re.compile(rb"page:([0-9a-f]{64}), press:([\w.+-]+)")


def differences(files: Mapping[str, bytes], about: About) -> Iterator[tuple[str, str, str]]:
    """Yield the PDFs of a bundle that are not their bulletins: path, what is wrong in Chinese and in English.

    A PDF names the page it was printed from and the press. Where the press is this one, the page is printed once more
    and every byte compared; the PDF of another press is held against its page by the name alone.

    Parameters
    ----------
    files : mapping of str to bytes
        Of the release. A bundle from before there were PDFs has none: that is no difference.
    about : About
        Of the release.
    """
    for lang in ("zh", "en"):
        path, page = f"bulletin.{lang}.pdf", f"bulletin.{lang}.html"
        if path not in files or page not in files:
            continue
        found = set(_MARKS.findall(files[path]))
        html = files[page].decode()
        if len(found) != 1:
            yield path, "没有注明由哪一页排印。", "does not say which page it was printed from."
        elif (marks := found.pop())[0].decode() != page_mark(html):
            yield path, f"不是由 {page} 排印的。", f"was not printed from {page}."
        elif marks[1].decode() == press_mark():
            try:
                same = files[path] == pdf(html, about)
            except ReleaseError as error:
                yield path, f"无法重新排印：{error.zh or error}", f"cannot be printed again: {error}."
                continue
            if not same:
                yield path, f"与由 {page} 重新排印的文件不同。", f"differs from {page} printed again."
