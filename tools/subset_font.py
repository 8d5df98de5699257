"""Make the Chinese font that the package ships: Noto Sans SC cut down to what a bulletin can contain.

Done once, by hand, when the font or the character set changes; the result is committed. How it was done::

    pip download --no-deps pylopdf-fonts-zh-cn==0.1.1      # carries NotoSansSC-Regular.otf 2.004 and its licence
    unzip pylopdf_fonts_zh_cn-0.1.1-py3-none-any.whl
    python tools/subset_font.py pylopdf_fonts_zh_cn/NotoSansSC-Regular.otf \
        pylopdf_fonts_zh_cn-0.1.1.dist-info/licenses/LICENSE shuibei_index/release/fonts

The licence (SIL Open Font License 1.1) allows subsetting and bundling; the font declares no reserved name, so the
subset may keep its own. Same input, same fontTools: same bytes.
"""

from __future__ import annotations

import sys
from pathlib import Path

from fontTools import subset
from fontTools.ttLib import TTFont

FONT = "NotoSansSC-Regular-subset.otf"
BLOCKS = (
    (0x0020, 0x007F),  # Basic Latin
    (0x00A0, 0x0180),  # Latin-1, Latin Extended-A: names of firms' home towns, authors, currencies
    (0x2010, 0x2028),  # dashes, quotation marks, ellipsis
    (0x2030, 0x2031),  # per mille, the unit of fineness
    (0x2190, 0x2194),  # arrows
    (0x2200, 0x2270),  # mathematical signs: minus, almost equal, not greater than
    (0x2460, 0x2474),  # circled numbers
    (0x25A0, 0x2610),  # squares, triangles, circles
    (0x3000, 0x3020),  # Chinese punctuation
    (0xFF01, 0xFF5F),  # full-width forms
    (0xFFE0, 0xFFE6),  # full-width currency signs
)


def characters() -> set[int]:
    """Return GB 2312 (what a Chinese text of general use is written in) and the blocks above."""
    rows = ((high, low) for high in range(0xA1, 0xF8) for low in range(0xA1, 0xFF))
    gb2312 = {ord(bytes(pair).decode("gb2312", "ignore") or " ") for pair in rows}
    return gb2312.union(*(range(start, end) for start, end in BLOCKS))


def main(source: Path, licence: Path, folder: Path) -> None:
    """Write the subset and its licence into `folder`."""
    font = TTFont(source, recalcTimestamp=False)
    notice = str(font["name"].getDebugName(0))
    options = subset.Options()
    options.name_IDs = [0, 1, 2, 3, 4, 5, 6, 13, 14]
    options.layout_features = ["kern", "locl"]
    options.hinting = False
    options.desubroutinize = True  # the bulletin cuts the font again at every release: 4 times as fast this way
    options.drop_tables += ["DSIG", "VORG", "vhea", "vmtx", "BASE"]
    cutter = subset.Subsetter(options)
    cutter.populate(unicodes=characters())
    cutter.subset(font)
    folder.mkdir(parents=True, exist_ok=True)
    font.save(folder / FONT)
    text = licence.read_text(encoding="utf-8").strip()
    (folder / "OFL.txt").write_text(f"{notice}\nNoto Sans SC, no reserved font name.\n\n{text}\n", encoding="utf-8")
    print(f"{FONT}: {(folder / FONT).stat().st_size} bytes, {len(font.getBestCmap())} characters")


if __name__ == "__main__":
    if len(sys.argv) != 4:
        sys.exit("usage: subset_font.py FONT LICENCE FOLDER")
    main(Path(sys.argv[1]), Path(sys.argv[2]), Path(sys.argv[3]))
