"""Restores a backup into a new data folder: all of it, or nothing is left behind."""

from __future__ import annotations

import errno
import os
import shutil
import sqlite3
import tempfile
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from gateway.keep.backup_manifest import CONFIG, DATA, JOURNAL_PART, Manifest
from gateway.keep.backup_reading import read_backup
from gateway.keep.erasing.ledger import ledger_beside
from gateway.keep.erasing.reapplying import LedgerWrong, Reapplied, reapply
from gateway.keep.folder import LOCK_NAME, FolderError, open_folder
from gateway.keep.schema import CHAINED_SINCE, JOURNAL_NAME, VERSION, connect, disk_source
from gateway.keep.sealed import NotWhole
from gateway.keep.writing import log_row, row_of_an_older_log

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from gateway.keep.sealed import Key
    from gateway.model import Now


class RestoreRefused(Exception):
    """Nothing was restored, as a sentence that names what is in the way and the way out."""


@dataclass(frozen=True, slots=True)
class Restored:
    """What stands where after a restore. `main` is the configuration's first file, None when none was restored."""

    manifest: Manifest
    data: Path
    main: Path | None
    forgotten: Reapplied


def restore_backup(
    file: Path,
    key: Key,
    data: Path,
    config: Path | None,
    now: Now,
    erasures: Path | None = None,
    went: Callable[[int], None] = lambda _bytes: None,
) -> Restored:
    """Restore into `data`, and the configuration into `config` where that is given; both must be new or empty folders.

    Everything is read, checked and written beside them before they appear under their names. Whom a ledger of erasures names is
    forgotten again before that: that in the backup, that beside it, and `erasures`. That it was restored is a row of the
    journal's log. `went` is told the bytes that are read. Blocks. Raises `RestoreRefused`, `NotWhole` or `KeyWrong`.
    """
    data, config = data.resolve(), config and config.resolve()
    if config is not None and (config.is_relative_to(data) or data.is_relative_to(config)):
        raise RestoreRefused(f"{config} and {data} lie in each other: name two folders.")
    try:
        with ExitStack() as undoing:
            fresh = _Fresh(undoing, data, config)
            manifest = read_backup(file, key, fresh.open, went)
            _check_journal(file, fresh.folders[DATA] / JOURNAL_NAME, manifest, now)
            beside = file.parent / ledger_beside(manifest.compound)
            forgotten = reapply(fresh.folders[DATA], beside, erasures, now)
            fresh.appear()
            undoing.pop_all()
    except LedgerWrong as wrong:
        raise RestoreRefused(f"Nothing was restored: {wrong}") from wrong
    except OSError as error:
        what = "the disk is full" if error.errno == errno.ENOSPC else error.strerror or str(error)
        where = error.filename or data
        raise RestoreRefused(f"Nothing was restored: {what} ({where}). Mend that or name another folder.") from error
    main = config / manifest.main.removeprefix(f"{CONFIG}/") if config and manifest.main else None
    return Restored(manifest, data, main, forgotten)


class _Fresh:
    """Folders that are filled beside their places and then take them. `undoing` takes away what was made."""

    def __init__(self, undoing: ExitStack, data: Path, config: Path | None) -> None:
        self.folders: dict[str, Path] = {}
        self._places = {DATA: data} | ({CONFIG: config} if config else {})
        self._undoing = undoing
        for place in self._places.values():
            _check_free(place)
        for top, place in self._places.items():
            beside = Path(tempfile.mkdtemp(prefix=f".{place.name}.restoring-", dir=place.parent))  # mode 0700
            undoing.callback(shutil.rmtree, beside, ignore_errors=True)
            self.folders[top] = beside

    @contextmanager
    def open(self, part: str) -> Iterator[BinaryIO]:
        top, _, below = part.partition("/")
        if top not in self.folders:
            with Path(os.devnull).open("wb") as nowhere:
                yield nowhere
            return
        path = self.folders[top] / below
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())

    def appear(self) -> None:
        """Let each folder take its place, which a new or empty one gives up."""
        for top, folder in self.folders.items():
            for below in (folder, *(path for path in folder.rglob("*") if path.is_dir())):
                _sync(below)
            place = self._places[top]
            folder.rename(place)
            self._undoing.callback(shutil.rmtree, place, ignore_errors=True)
            _sync(place.parent)


def _check_free(place: Path) -> None:
    if not place.parent.is_dir():
        raise RestoreRefused(f"{place} cannot be made: {place.parent} is not there. Make it or name another folder.")
    if (place / LOCK_NAME).exists():
        try:
            open_folder(place).close()
        except FolderError as wrong:
            raise RestoreRefused(str(wrong)) from wrong
    if place.exists() and (not place.is_dir() or any(place.iterdir())):
        raise RestoreRefused(
            f"{place} is there already and is not empty. A backup is restored into a new folder: name one."
        )
    if place.is_mount():
        raise RestoreRefused(
            f"{place} is where a disk is mounted. Name a new folder on it, such as {place / 'gridpost'}."
        )


def _check_journal(file: Path, journal: Path, manifest: Manifest, now: Now) -> None:
    """Refuse a journal that a gateway could not go on with; write into it that it was restored."""
    if JOURNAL_PART not in {part.path for part in manifest.parts}:
        raise NotWhole(f"{file} holds no journal. Take another backup.")
    if manifest.journal_version > VERSION:
        raise RestoreRefused(
            f"{file} was made by a newer Gridpost ({manifest.gridpost}; its journal is of version "
            f"{manifest.journal_version}, this one knows {VERSION}). Install that Gridpost and restore with it."
        )
    try:
        with closing(connect(disk_source(journal))) as connection:
            found = connection.execute("PRAGMA integrity_check(1)").fetchone()[0]
            if found != "ok":
                raise NotWhole(f"The journal in {file} is damaged ({' '.join(found.split())}). Take another backup.")
            told = {"backup_utc": manifest.utc, "seq": manifest.journal_seq, "gridpost": manifest.gridpost}
            connection.execute("BEGIN IMMEDIATE")
            write = log_row if manifest.journal_version >= CHAINED_SINCE else row_of_an_older_log
            write(connection, now, "restored", "journal", told)
            connection.execute("COMMIT")
    except sqlite3.DatabaseError as error:
        raise NotWhole(f"The journal in {file} cannot be used: {error}. Take another backup.") from error


def _sync(folder: Path) -> None:
    """Put on disk which names stand in a folder."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
