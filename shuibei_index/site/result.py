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
    """

    folder: Path
    latest: str
    releases: int
    read: int
    pages: int
    files: int
    written: int
    removed: int

    def to_dict(self) -> dict[str, object]:
        """Return the result for JSON."""
        return {**{k: v for k, v in self.__dict__.items() if k != "folder"}, "path": str(self.folder)}

    def text(self) -> str:
        """Return the result in words."""
        return (
            f"网站 site: {self.releases} 个版本 releases（最新 latest {self.latest}），{self.pages} 页 pages，"
            f"{self.files} 个文件 files\n"
            f"本次 this time: 读取 read {self.read} 个发布包 bundles，写入 wrote {self.written}，"
            f"删除 removed {self.removed}\n"
            f"打开 open: {Path(self.folder) / 'index.html'}"
        )
