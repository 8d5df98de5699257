"""Objects: immutable files named by the digest of their content. Written whole or not at all."""

from __future__ import annotations

import hashlib
import io
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

import pyarrow as pa
import pyarrow.parquet as pq

from shuibei_index.errors import StoreError
from shuibei_index.intake.source import digest_of, open_regular
from shuibei_index.store.rights import FOLDER, OBJECT
from shuibei_index.teamfiles import make_folder

_TABLE = ".parquet"
_TEMP = "incoming-"
_CHUNK = 1 << 20
#: Rows of a row group. Fixed: the same table must always give the same bytes.
_ROW_GROUP = 1 << 20


class Objects:
    """A folder of immutable files, ``<first two digits>/<sha256>``; tables have ``.parquet`` after the digest.

    An object is written to a temporary file beside its place, forced to disk and renamed; `flush` forces the folders
    to disk, and must come before anything names the object. After a crash it is there whole or not there. The same
    content is the same object, so writing twice changes nothing.
    """

    def __init__(self, root: Path) -> None:
        self.root = root
        self._unsynced: set[Path] = set()

    def path(self, sha256: str) -> Path:
        """Return where the object is.

        Raises
        ------
        StoreError
            There is no such object.
        """
        for suffix in ("", _TABLE):
            path = self._place(sha256, suffix)
            if path.is_file():
                return path
        raise StoreError(
            f"the store has lost object {sha256}: {self._place(sha256, '')} is missing. Restore it from a backup, "
            "or put the file back into the inbox and run intake again.",
            zh=f"库中缺少对象 {sha256}；请从备份恢复，或运行 shuibei-index store check --repair",
        )

    def put_bytes(self, data: bytes) -> str:
        """Keep bytes; return their sha256."""
        return self._put_stream(io.BytesIO(data), "")[0]

    def put_file(self, path: str | Path) -> tuple[str, int]:
        """Keep a file as it is; return sha256 and size.

        Raises
        ------
        OSError
            `NotRegularError` for links, folders and pipes, `ChangedError` if it changed meanwhile; or the file cannot
            be read.
        """
        with open_regular(path) as stream:
            sha256, size = digest_of(stream)
            place = self._place(sha256, "")
            if place.is_file():
                # A writer killed earlier may have left it with its folder not yet on disk.
                self._unsynced.add(place.parent)
                return sha256, size
            return self._put_stream(stream, "")

    def put_table(self, table: pa.Table) -> str:
        """Keep a table as Parquet; return the sha256 of the bytes, which depend on nothing but the table."""
        plain = _own_words(table.combine_chunks()).replace_schema_metadata(None)
        sink = io.BytesIO()
        pq.write_table(plain, sink, compression="zstd", compression_level=3, row_group_size=_ROW_GROUP)
        sink.seek(0)
        return self._put_stream(sink, _TABLE)[0]

    def put_back(self, data: bytes, *, table: bool) -> str:
        """Keep bytes that were an object before, in the form of its name; return their sha256."""
        return self._put_stream(io.BytesIO(data), _TABLE if table else "")[0]

    def get_bytes(self, sha256: str) -> bytes:
        """Return the content of an object, checked against its name.

        Raises
        ------
        StoreError
            It is missing or was changed.
        """
        path = self.path(sha256)
        data = path.read_bytes()
        self._check(path, sha256, hashlib.sha256(data).hexdigest())
        return data

    def get_table(self, sha256: str, columns: list[str] | None = None) -> pa.Table:
        """Return a table, checked against its name.

        Raises
        ------
        StoreError
            It is missing or was changed.
        """
        self.verify(sha256)
        return pq.read_table(self.path(sha256), columns=columns)

    def verify(self, sha256: str) -> None:
        """Compare an object with its name.

        Raises
        ------
        StoreError
            It is missing or was changed.
        """
        path = self.path(sha256)
        with path.open("rb") as stream:
            self._check(path, sha256, digest_of(stream)[0])

    def checked_path(self, sha256: str) -> Path:
        """Return where an object lies, once its content is compared with its name.

        Raises
        ------
        StoreError
            It is missing or was changed.
        """
        self.verify(sha256)
        return self.path(sha256)

    def flush(self) -> None:
        """Force the folders of new objects to disk.

        Raises
        ------
        StoreError
            The disk does not take them.
        """
        try:
            for folder in sorted(self._unsynced):
                _sync_folder(folder)
        except OSError as error:
            raise StoreError(
                f"the store cannot force its files to disk ({error.strerror or error}); nothing was changed. "
                "Check space and rights of store/ and run again.",
                zh=f"库文件无法落盘（{error.strerror or error}）；未作任何改动，请检查 store/ 的空间与权限后重试",
            ) from error
        self._unsynced.clear()

    def __contains__(self, sha256: str) -> bool:
        return any(self._place(sha256, suffix).is_file() for suffix in ("", _TABLE))

    def __iter__(self) -> Iterator[str]:
        """Yield the digests of all objects, in order."""
        for path in sorted(self.root.glob("??/*")):
            if not path.name.startswith(_TEMP):
                yield path.name.removesuffix(_TABLE)

    def sweep(self) -> int:
        """Remove what a killed writer left behind; return how many files. Only the holder of the lock may call it."""
        stale = self.temporary()
        for path in stale:
            path.unlink()
        return len(stale)

    def temporary(self) -> list[Path]:
        """Return the files of objects being written, or left by a writer that was killed."""
        return sorted(self.root.glob(f"{_TEMP}*"))

    def files(self) -> list[Path]:
        """Return the files of all objects, in order; those whose names are no digests as well."""
        return sorted(path for path in self.root.glob("*/*") if not path.is_dir())

    def place(self, sha256: str, *, table: bool) -> Path:
        """Return where an object of bytes or a table belongs, whether it is there or not."""
        return self._place(sha256, _TABLE if table else "")

    def _place(self, sha256: str, suffix: str) -> Path:
        if len(sha256) != 64 or not set(sha256) <= set("0123456789abcdef"):
            raise StoreError(f"{sha256!r} is not the name of an object; expected 64 hexadecimal digits")
        return self.root / sha256[:2] / (sha256 + suffix)

    def _put_stream(self, stream: BinaryIO, suffix: str) -> tuple[str, int]:
        temp: Path | None = None
        try:
            make_folder(self.root)
            descriptor, name = tempfile.mkstemp(prefix=_TEMP, dir=self.root)
            temp = Path(name)
            digest, size = hashlib.sha256(), 0
            with os.fdopen(descriptor, "wb") as sink:
                while chunk := stream.read(_CHUNK):
                    sink.write(chunk)
                    digest.update(chunk)
                    size += len(chunk)
                sink.flush()
                os.fsync(sink.fileno())
            sha256 = digest.hexdigest()
            place = self._place(sha256, suffix)
            if place.is_file():
                temp.unlink()
                self._unsynced.add(place.parent)
            else:
                self._settle(temp, place)
        except OSError as error:
            _remove(temp)
            raise StoreError(
                f"the store cannot keep a file ({error.strerror or error}); nothing was changed. "
                "Check space and rights of store/ and run again.",
                zh=f"库无法保存文件（{error.strerror or error}）；未作任何改动，请检查 store/ 的空间与权限后重试",
            ) from error
        except BaseException:
            _remove(temp)
            raise
        return sha256, size

    def _settle(self, temp: Path, place: Path) -> None:
        # Read-only, so that no program changes it by mistake; and for its owner alone.
        temp.chmod(OBJECT)
        if not place.parent.is_dir():
            place.parent.mkdir(mode=FOLDER, exist_ok=True)
            self._unsynced.add(self.root)
        temp.rename(place)
        self._unsynced.add(place.parent)

    @staticmethod
    def _check(path: Path, expected: str, actual: str) -> None:
        if actual != expected:
            raise StoreError(
                f"object {expected} was changed: {path} now has the digest {actual}. Restore it from a backup.",
                zh=f"对象 {expected} 的内容已被改动；请从备份恢复，或运行 shuibei-index store check --repair",
            )


def _remove(temp: Path | None) -> None:
    if temp is not None:
        temp.unlink(missing_ok=True)


def _own_words(table: pa.Table) -> pa.Table:
    """Return the table with dictionaries of its own words only, in the order in which they occur.

    A part of a larger table still carries all words of the whole: its bytes would depend on what it was cut from.
    """
    return pa.table([_own_words_of(column) for column in table.columns], schema=table.schema)


def _own_words_of(column: pa.ChunkedArray) -> pa.ChunkedArray:
    if not pa.types.is_dictionary(column.type):
        return column
    if column.num_chunks == 1 and len(column.chunk(0).dictionary) == 1 and column.null_count < len(column):
        # one word, and it is used: most columns of a month
        return column
    return column.cast(column.type.value_type).dictionary_encode()


def _sync_folder(folder: Path) -> None:
    # A rename is safe from power loss only once the folder itself is on disk.
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
