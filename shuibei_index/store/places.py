"""Places: folders and object stores as one kind of file system, and files put there whole or not at all."""

from __future__ import annotations

import os
from pathlib import Path

from pyarrow import ArrowInvalid, fs

from shuibei_index.errors import StoreError

#: Object stores show an object only once its last byte is there; elsewhere a name must be given at the end.
_WHOLE_AT_ONCE = ("s3", "gcs", "abfs")
_TEMP = "incoming-"


class Place:
    """A folder of a file system of pyarrow: local, S3, GCS, ABFS, HDFS, or any other that is handed over.

    Parameters
    ----------
    system : pyarrow.fs.FileSystem
    base : str
        The folder within it.
    """

    def __init__(self, system: fs.FileSystem, base: str) -> None:
        self.system = system
        self.base = base.rstrip("/")

    @classmethod
    def of(cls, uri: str | Path) -> Place:
        """Return the place of an address such as ``s3://bucket/index?region=cn-north-1`` or of a local folder.

        Keys to an object store are taken from where its own tools take them (environment, files of the user); an
        address that carries any is refused.

        Raises
        ------
        StoreError
            No such kind of place is known.
        """
        text = str(uri)
        if "://" not in text:
            return cls(fs.LocalFileSystem(), str(Path(text).resolve()))
        if "@" in text.split("://", 1)[1].split("/", 1)[0]:
            raise StoreError(
                "the address carries a key; give keys by the environment (e.g. AWS_ACCESS_KEY_ID), never in an "
                "address that ends in logs.",
                zh="地址中含有密钥；请改用环境变量（如 AWS_ACCESS_KEY_ID），不要写在会进入日志的地址里",
            )
        try:
            system, base = fs.FileSystem.from_uri(text)
        except (ArrowInvalid, OSError, ImportError) as error:
            raise StoreError(
                f"{text} is no place this program knows ({error}); expected a folder, s3://, gs://, abfs:// or hdfs://",
                zh=f"无法识别存储位置 {text}；应为文件夹或 s3://、gs://、abfs://、hdfs:// 地址",
            ) from error
        return cls(system, base)

    def names(self, folder: str = "") -> dict[str, int]:
        """Return the files below a folder and their sizes, by name from there; unfinished ones are left out.

        Raises
        ------
        StoreError
            The place cannot be reached.
        """
        root = f"{self.base}/{folder}".rstrip("/")
        try:
            found = self.system.get_file_info(fs.FileSelector(root, allow_not_found=True, recursive=True))
        except OSError as error:
            raise self._unreachable(error) from error
        files = [info for info in found if info.type == fs.FileType.File and not info.base_name.startswith(_TEMP)]
        return {info.path[len(root) :].lstrip("/"): int(info.size) for info in sorted(files, key=lambda i: i.path)}

    def put(self, name: str, data: bytes) -> None:
        """Write a file under its name: whole, or not at all.

        Local folders get a temporary file, forced to disk and renamed; object stores show what is complete only.

        Raises
        ------
        StoreError
            It cannot be written.
        """
        target = f"{self.base}/{name}"
        try:
            if self.system.type_name in _WHOLE_AT_ONCE:
                self._write(target, data)
                return
            folder, _, last = target.rpartition("/")
            self.system.create_dir(folder, recursive=True)
            temporary = f"{folder}/{_TEMP}{last}"
            self._write(temporary, data)
            if isinstance(self.system, fs.LocalFileSystem):
                # firm level: for the owner alone, as in the store's own folder
                Path(temporary).chmod(0o600)
                force_to_disk(temporary)
            self.system.move(temporary, target)
            if isinstance(self.system, fs.LocalFileSystem):
                force_to_disk(folder)
        except OSError as error:
            raise self._unreachable(error) from error

    def has(self, name: str) -> bool:
        """Tell whether a file is there.

        Raises
        ------
        StoreError
            The place cannot be reached.
        """
        try:
            return bool(self.system.get_file_info(f"{self.base}/{name}").type == fs.FileType.File)
        except OSError as error:
            raise self._unreachable(error) from error

    def get(self, name: str) -> bytes:
        """Return the content of a file.

        Raises
        ------
        StoreError
            It is not there, or the place cannot be reached.
        """
        try:
            with self.system.open_input_stream(f"{self.base}/{name}") as stream:
                return bytes(stream.read())
        except FileNotFoundError as error:
            raise StoreError(f"{name} is not there ({self})", zh=f"{self} 中没有 {name}") from error
        except OSError as error:
            raise self._unreachable(error) from error

    def close_to_others(self) -> None:
        """Let nobody but the owner look into a local folder; rights of object stores are set where they are kept.

        Raises
        ------
        StoreError
            It cannot be made.
        """
        if isinstance(self.system, fs.LocalFileSystem):
            try:
                Path(self.base).mkdir(parents=True, exist_ok=True)
                Path(self.base).chmod(0o700)
            except OSError as error:
                raise self._unreachable(error) from error

    def __str__(self) -> str:
        # the last part alone: paths of a machine are nobody's business
        return self.base.rpartition("/")[2] or self.system.type_name

    def _write(self, target: str, data: bytes) -> None:
        with self.system.open_output_stream(target) as sink:
            sink.write(data)

    def _unreachable(self, error: OSError) -> StoreError:
        return StoreError(
            f"{self} cannot be read or written ({error.strerror or error}); what was complete there stays as it was. "
            "Check address, rights and space, then run again.",
            zh=f"{self} 无法读写（{error.strerror or error}）；已完整写入的内容不受影响，请检查地址、权限与空间后重试",
        )


def force_to_disk(path: str | Path) -> None:
    """Force a file, or the names in a folder, to disk."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
