"""One vintage: what a release says of itself, and its table of indices, read when it is asked for."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from shuibei_index.errors import ReleaseError
from shuibei_index.release.about import About, vintage_order
from shuibei_index.release.revise import last_final
from shuibei_index.release.schema import INDICES

TABLE = "indices.parquet"
_TEXT = [c.name for c in INDICES.columns if not c.is_number and c.name != "level"]
_NUMBERS = [c.name for c in INDICES.columns if c.is_number]


@dataclass(frozen=True)
class Vintage:
    """One release as a vintage.

    Parameters
    ----------
    about : About
        The manifest.
    digest : str
        sha256 of manifest.json, which names the digest of every file.
    listed : mapping of str to str
        Path → sha256 as the manifest lists it.
    load : callable
        Returns the bytes of a file of the release.
    """

    about: About = field(repr=False)
    digest: str
    listed: Mapping[str, str] = field(repr=False)
    load: Callable[[str], bytes] = field(repr=False, compare=False)

    @classmethod
    def of(cls, manifest: bytes, load: Callable[[str], bytes]) -> Vintage:
        """Read a manifest.

        Raises
        ------
        ReleaseError
            It is no manifest of a release.
        """
        try:
            content = json.loads(manifest)
            listed = {str(entry["path"]): str(entry["sha256"]) for entry in content["files"]}
        except (ValueError, TypeError, KeyError) as error:
            raise ReleaseError(
                f"manifest.json of a release cannot be read ({error!r})",
                zh=f"发布包的 manifest.json 无法读取（{error!r}）",
            ) from error
        return cls(About.from_manifest(content), hashlib.sha256(manifest).hexdigest(), listed, load)

    @property
    def name(self) -> str:
        """Name of the release, e.g. "2025-06-r1"."""
        return self.about.release

    @property
    def period(self) -> str:
        """Month of the release: the last one it has figures of."""
        return self.about.period

    @property
    def released_on(self) -> str:
        """Day from which on it was public, YYYY-MM-DD."""
        return self.about.released_on

    @property
    def status(self) -> str:
        """Whether its own month was provisional or final."""
        return self.about.status

    @property
    def order(self) -> tuple[str, str, int]:
        """Place among the releases: by day; of one day by month, an erratum after what it corrects."""
        return self.released_on, *vintage_order(self.name)

    @property
    def last_final(self) -> str:
        """Last month whose figures were final in this release; by the rule in force then."""
        return last_final(self.period, self.about.policy)

    def rows(self, **chosen: str) -> pd.DataFrame:
        """Return rows of the table of indices, those of the class, component and adjustment asked for.

        Numbers of withheld rows (obs_conf C) are NaN, whatever the file has.

        Raises
        ------
        ReleaseError
            The table is missing or is not the one the manifest lists.
        """
        content = self.load(TABLE)
        if hashlib.sha256(content).hexdigest() != self.listed.get(TABLE):
            raise ReleaseError(
                f"release {self.name}: {TABLE} is not the file its manifest lists; run 'shuibei-index verify' on it",
                zh=f"发布包 {self.name} 的 {TABLE} 与清单不符，请先运行 shuibei-index verify 核验",
            )
        # as codes the texts are compared once per word, not once per row
        file = pq.ParquetFile(pa.BufferReader(content), read_dictionary=_TEXT)
        missing = [name for name in INDICES.names if name not in file.schema_arrow.names]
        if missing:
            raise ReleaseError(
                f"release {self.name}: {TABLE} lacks the columns {', '.join(missing)}",
                zh=f"发布包 {self.name} 的 {TABLE} 缺少列 {'、'.join(missing)}",
            )
        table = file.read(columns=INDICES.names)
        if chosen:
            table = table.filter(_all([pc.equal(table[name], word) for name, word in chosen.items()]))
        frame: pd.DataFrame = table.to_pandas()
        frame = frame.astype(dict.fromkeys(_TEXT, object))
        withheld = frame["obs_conf"].eq("C").to_numpy()
        return frame.assign(**{name: np.where(withheld, np.nan, frame[name]) for name in _NUMBERS})


def _all(masks: Sequence[pa.ChunkedArray]) -> pa.ChunkedArray:
    whole = masks[0]
    for mask in masks[1:]:
        whole = pc.and_(whole, mask)
    return whole
