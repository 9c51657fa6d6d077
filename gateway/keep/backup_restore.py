"""Restores a backup into a new data folder: all of it, or nothing is left behind."""

from __future__ import annotations

import errno
import sqlite3
from contextlib import ExitStack, closing
from dataclasses import dataclass
from typing import TYPE_CHECKING

from gateway.keep.backup_manifest import CONFIG, DATA, JOURNAL_PART, Manifest
from gateway.keep.backup_reading import read_backup
from gateway.keep.backup_unpacking import Fresh, PlaceTaken, name_secrets_in
from gateway.keep.erasing.ledger import ledger_beside
from gateway.keep.erasing.reapplying import LedgerWrong, Reapplied, reapply
from gateway.keep.schema import CHAINED_SINCE, JOURNAL_NAME, VERSION, connect, disk_source
from gateway.keep.sealed import NotWhole
from gateway.keep.writing import log_row, row_of_an_older_log

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from gateway.keep.sealed import Key
    from gateway.model import Now


class RestoreRefused(Exception):
    """Nothing was restored, as a sentence that names what is in the way and the way out."""


@dataclass(frozen=True, slots=True)
class Restored:
    """What stands where after a restore. `main` is the configuration's first file, None when none was restored.

    `secrets_moved` are those in the data folder that the configuration names, where that folder has another name now.
    """

    manifest: Manifest
    data: Path
    main: Path | None
    forgotten: Reapplied
    secrets_moved: int


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

    A configuration that lay in the data folder, as the wizard's does on a box, comes back there where no `config` is given.
    Secrets of the data folder that the configuration names are named in the new one.

    Everything is read, checked and written beside the folders before they appear under their names. Whom a ledger of erasures
    names is forgotten again before that: that in the backup, that beside it, and `erasures`. That it was restored is a row of
    the journal's log. `went` is told the bytes that are read. Blocks. Raises `RestoreRefused`, `NotWhole` or `KeyWrong`.
    """
    called = str(data.absolute())
    data, config = data.resolve(), config and config.resolve()
    if config is not None and (config.is_relative_to(data) or data.is_relative_to(config)):
        raise RestoreRefused(f"{config} and {data} lie in each other: name two folders.")
    try:
        with ExitStack() as undoing:
            fresh = Fresh(undoing, data, config)
            manifest = read_backup(file, key, fresh.open, went)
            _check_journal(file, fresh.folders[DATA] / JOURNAL_NAME, manifest, now)
            beside = file.parent / ledger_beside(manifest.compound)
            forgotten = reapply(fresh.folders[DATA], beside, erasures, now)
            secrets_moved = name_secrets_in(called, fresh.folders[CONFIG], manifest.data_folders)
            home = fresh.home_of_configuration(file, manifest)
            fresh.appear()
            undoing.pop_all()
    except PlaceTaken as wrong:
        raise RestoreRefused(str(wrong)) from wrong
    except LedgerWrong as wrong:
        raise RestoreRefused(f"Nothing was restored: {wrong}") from wrong
    except OSError as error:
        what = "the disk is full" if error.errno == errno.ENOSPC else error.strerror or str(error)
        where = error.filename or data
        raise RestoreRefused(f"Nothing was restored: {what} ({where}). Mend that or name another folder.") from error
    main = home / manifest.main.removeprefix(f"{CONFIG}/") if home and manifest.main else None
    return Restored(manifest, data, main, forgotten, secrets_moved if main else 0)


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
