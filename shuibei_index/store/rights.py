"""Rights: what firms sent is for its owner alone, whatever the umask, and in stores made before this was so."""

from __future__ import annotations

import os
import sys
from pathlib import Path

#: Folder of a store; a file in it; an object, which nobody changes by mistake.
FOLDER, FILE, OBJECT = 0o700, 0o600, 0o400
#: The files of a store beside its objects, which lie behind the rights of the folder.
_FILES = ("ledger.sqlite", "ledger.sqlite-wal", "ledger.sqlite-shm", "lock", "head")


def make_file(path: Path) -> None:
    """Make an empty file for its owner alone, if there is none: a program that opens it then keeps these rights."""
    os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, FILE))


def tighten(root: Path) -> None:
    """Take the rights of others away from the folder of a store and the files in it.

    Only what belongs to this user can be changed, and only where the folder can be written: a store that somebody
    lends for reading stays as they set it.
    """
    if sys.platform == "win32" or not os.access(root, os.W_OK):
        return
    for path, mode in ((root, FOLDER), *((root / name, FILE) for name in _FILES)):
        try:
            found = path.lstat()
        except FileNotFoundError:
            # the log and its index come and go with whoever has the ledger open
            continue
        if found.st_uid == os.geteuid() and found.st_mode & 0o077 and not path.is_symlink():
            path.chmod(mode)
