"""The data folder: made private, held by one gateway at a time, and what is damaged in it set aside by name."""

from __future__ import annotations

import fcntl
import os
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from pathlib import Path

LOCK_NAME = "gridpost.lock"
COMPANIONS = ("", "-wal", "-shm")
"""What SQLite keeps beside a database in WAL mode; they belong together under any name."""


class FolderError(Exception):
    """The data folder cannot be used, as a sentence that names it and the way out."""


class ReadOnlyFolder(FolderError):
    """The folder is there but nothing can be written to it. `Journal.open` still runs on it, unrecorded."""


class DataFolder:
    """A data folder that this process holds until `close`."""

    def __init__(self, path: Path, lock: int) -> None:
        self.path = path
        self._lock = lock

    def close(self) -> None:
        """Let another process have it."""
        os.close(self._lock)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def open_folder(path: Path) -> DataFolder:
    """Make the folder if it is missing (mode 0700: it holds token hashes and who went where) and hold it.

    Raises `FolderError` when its parent is missing, it is not a folder, or another process holds it, and `ReadOnlyFolder`
    when nothing can be written to it.
    """
    try:
        if not path.parent.is_dir():
            raise FolderError(
                f"The data folder {path} cannot be made: {path.parent} is not there. Make it or name another."
            )
        if path.exists() and not path.is_dir():
            raise FolderError(f"The data folder {path} is not a folder. Move that file away or name another folder.")
        path.mkdir(mode=0o700, exist_ok=True)
        lock = os.open(path / LOCK_NAME, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise ReadOnlyFolder(
            f"The data folder {path} cannot be written ({error.strerror}). Give this user the right to write there."
        ) from error
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        owner = os.pread(lock, 32, 0).decode("ascii", "replace").strip() or "unknown"
        os.close(lock)
        raise FolderError(
            f"The data folder {path} is in use by another Gridpost (process {owner}). Stop that one or name another folder."
        ) from None
    try:
        os.ftruncate(lock, 0)
        os.pwrite(lock, b"%d\n" % os.getpid(), 0)
    except OSError:
        pass  # the number is a courtesy to whoever finds the folder in use; a full disk must not keep us from starting
    return DataFolder(path, lock)


def aside_name(database: Path, utc: float) -> str:
    """The name under which a database found damaged at `utc` is kept; no file has it yet."""
    stamp = datetime.fromtimestamp(utc, UTC).strftime("%Y%m%dT%H%M%SZ")
    name = f"{database.name}.damaged-{stamp}"
    tries = 1
    while any(database.with_name(name + companion).exists() for companion in COMPANIONS):
        tries += 1
        name = f"{database.name}.damaged-{stamp}-{tries}"
    return name


def set_aside(database: Path, name: str) -> None:
    """Rename a damaged database, with what SQLite keeps beside it.

    Nothing is deleted: it is evidence, and a person may still read it. Raises OSError where renaming is not possible.
    """
    for companion in COMPANIONS:
        part = database.with_name(database.name + companion)
        if part.exists():
            part.rename(database.with_name(name + companion))
