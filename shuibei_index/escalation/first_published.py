"""The never-revised series: every month as it was first published, read from the releases of a workspace."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pandas as pd

from shuibei_index.errors import ReleaseError, UsageError
from shuibei_index.escalation.figures import UNADJUSTED, Figure, as_decimal, figure_of, row_of, series_of
from shuibei_index.release.bundle import Release, read_release

_NAME = re.compile(r"^(\d{4}-(?:0[1-9]|1[0-2]))(?:-r([1-9]\d*))?$")
ERRATA = ("ignore", "use")


@dataclass(frozen=True)
class FirstPublished:
    """The releases of a folder, read as they are needed.

    Parameters
    ----------
    names : tuple of str
        Names of the releases, oldest first, without errata.
    errata_of : mapping of str to str
        Release → its last erratum (2025-06 → 2025-06-r2).
    folder : Path
    errata : {"ignore", "use"}
        Whether the last erratum of the release that first published a month replaces its value. An erratum never
        brings a month forward.
    """

    names: tuple[str, ...]
    errata_of: Mapping[str, str]
    folder: Path
    errata: str = "ignore"
    kind: str = "first"
    _read: dict[str, Release] = field(default_factory=dict, repr=False, compare=False)

    @classmethod
    def open(cls, folder: str | Path, errata: str = "ignore") -> FirstPublished:
        """Open the releases of a workspace folder, or of a folder of bundles.

        Raises
        ------
        ReleaseError
            There are no releases, or an erratum is there without the release it corrects.
        UsageError
            `errata` is neither "ignore" nor "use".
        """
        if errata not in ERRATA:
            raise UsageError(
                f"errata is {errata!r}; expected one of {', '.join(ERRATA)}",
                zh=f"errata 应为 ignore 或 use：{errata!r}",
            )
        home = Path(folder)
        home = home / "releases" if (home / "releases").is_dir() else home
        found = [m for p in home.glob("*") if p.is_dir() and (m := _NAME.match(p.name)) is not None]
        plain = tuple(sorted(m[1] for m in found if m[2] is None))
        if not found:
            raise ReleaseError(
                f"{home.name}: no releases (folders YYYY-MM) to take first published values from",
                zh=f"{home.name} 中没有发布包（YYYY-MM 文件夹），无法取得首次发布数",
            )
        last: dict[str, int] = {}
        for m in found:
            if m[2] is not None:
                last[m[1]] = max(last.get(m[1], 0), int(m[2]))
        alone = sorted(set(last) - set(plain))
        if alone:
            raise ReleaseError(
                f"{home.name}: {alone[0]}-r{last[alone[0]]} is there without {alone[0]}, the release it corrects; "
                f"what was published first cannot be told from this folder",
                zh=f"只有更正版 {alone[0]}-r{last[alone[0]]} 而缺少原发布 {alone[0]}，无法确定首次发布数",
            )
        return cls(plain, {name: f"{name}-r{n}" for name, n in last.items()}, home, errata)

    def figure(self, month: str, class_code: str, component: str, precision: str) -> Figure:
        """Return the value of a month from the release in which it first appeared.

        Raises
        ------
        UsageError
            It has not been published.
        """
        for release in self._from(month):
            rows = _published(release.tables["indices"], class_code, component)
            if (rows["period"].astype(str) == month).any():
                chosen = self._corrected(release)
                where = f"release {chosen.name}"
                return figure_of(
                    row_of(chosen.tables["indices"], month, class_code, component, where), chosen, precision
                )
        # the last release says best what is wrong: class, component, month or confidentiality
        last = self._load(self.names[-1])
        row_of(last.tables["indices"], month, class_code, component, f"releases up to {last.name}")
        raise UsageError(f"{month} has not been published", zh=f"{month} 尚未公布")

    def to_frame(self, class_code: str = "00", component: str = "total", precision: str = "published") -> pd.DataFrame:
        """Return the never-revised series: period, index (as printed), obs_status, vintage (the release of origin).

        Figures of another base period, tax basis or stage stand in the same column; base_period, tax_basis and stage
        say so.
        """
        parts: list[pd.DataFrame] = []
        known: set[str] = set()
        for name in self.names:
            release = self._load(name)
            rows = _published(release.tables["indices"], class_code, component)
            new = rows[~rows["period"].astype(str).isin(known)]
            known |= set(new["period"].astype(str))
            chosen = self._corrected(release) if len(new) else release
            if chosen is not release:
                mended = _published(chosen.tables["indices"], class_code, component)
                new = mended[mended["period"].isin(new["period"])]
            about = chosen.about
            places = about.policy.index_decimals
            # rounding happens where the release rounds
            text = new["index"].map(lambda v, p=places: str(as_decimal(v, p, precision)))
            parts.append(
                pd.DataFrame(
                    {"period": new["period"].astype(str), "index": text, "obs_status": new["obs_status"]}
                ).assign(
                    vintage=about.release, base_period=about.base_period, tax_basis=about.tax_basis, stage=about.stage
                )
            )
        whole = pd.concat(parts, ignore_index=True)
        if whole.empty:
            series_of(self._load(self.names[-1]).tables["indices"], class_code, component, f"release {self.names[-1]}")
        return whole.sort_values("period", kind="stable").reset_index(drop=True)

    def _from(self, month: str) -> Iterator[Release]:
        # a release of an earlier month cannot hold it
        return (self._load(name) for name in self.names if name >= month)

    def _corrected(self, release: Release) -> Release:
        if self.errata == "ignore" or release.name not in self.errata_of:
            return release
        return self._load(self.errata_of[release.name])

    def _load(self, name: str) -> Release:
        if name not in self._read:
            self._read[name] = intact(read_release(self.folder / name))
        return self._read[name]


def intact(release: Release) -> Release:
    """Return the release if its indices are the bytes its manifest lists.

    Raises
    ------
    ReleaseError
        They are not: a figure that anybody may have changed is no ground for a payment.
    """
    listed = {str(f["path"]): str(f["sha256"]) for f in release.manifest.get("files", [])}
    name = "indices.parquet"
    if name not in release.files or hashlib.sha256(release.files[name]).hexdigest() != listed.get(name):
        raise ReleaseError(
            f"release {release.name}: {name} is not the file its manifest lists; run 'shuibei-index verify' on it",
            zh=f"发布包 {release.name} 的 {name} 与清单不符，请先运行 shuibei-index verify 核验",
        )
    return release


def _published(frame: pd.DataFrame, class_code: str, component: str) -> pd.DataFrame:
    mine = (
        (frame["class_code"].astype(str) == class_code)
        & (frame["component"].astype(str) == component)
        & (frame["adjustment"].astype(str) == UNADJUSTED)
        & (frame["obs_conf"].astype(str) != "C")
        & frame["index"].notna()
    )
    return frame[mine]
