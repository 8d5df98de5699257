"""What a build of a site did, in words and for machines."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class SiteResult:
    """What a build did.

    Parameters
    ----------
    folder : Path
        Where the site is.
    latest : str
        Name of the latest vintage.
    releases, read, pages, files, written, removed : int
        Releases shown; releases read from their bundles, the others being taken over; HTML pages; files in all, of
        those written now; old files removed.
    embargoed : int
        Releases left out because their embargo is not over.
    """

    folder: Path
    latest: str
    releases: int
    read: int
    pages: int
    files: int
    written: int
    removed: int
    embargoed: int = 0

    def to_dict(self) -> dict[str, object]:
        """Return the result for JSON."""
        return {**{k: v for k, v in self.__dict__.items() if k != "folder"}, "path": str(self.folder)}

    def text(self) -> str:
        """Return the result in words."""
        left_out = f"限时未公开、未收入 left out, under embargo: {self.embargoed}\n" if self.embargoed else ""
        return (
            f"网站 site: {self.releases} 个版本 releases（最新 latest {self.latest}），{self.pages} 页 pages，"
            f"{self.files} 个文件 files\n"
            f"本次 this time: 读取 read {self.read} 个发布包 bundles，写入 wrote {self.written}，"
            f"删除 removed {self.removed}\n"
            f"{left_out}"
            f"打开 open: {Path(self.folder) / 'index.html'}"
        )
