"""Makes a backup of a data folder while the gateway writes to it: one sealed file with all that makes this box this box.

Each database is copied as it stands at one moment, through SQLite's online backup; the writer neither waits nor notices. Not
in it: the open minute of history, which is in memory, and the outbox, whose readings are for destinations of this box.
Inside the seal is a tar archive; its last file is the manifest.
"""

from __future__ import annotations

import errno
import hashlib
import io
import os
import shutil
import sqlite3
import stat
import tarfile
from contextlib import closing
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, BinaryIO, cast

from gateway import __version__
from gateway.keep.audit.chain import newest_head
from gateway.keep.audit.signing import AUDIT_KEY
from gateway.keep.backup_manifest import (
    CONFIG,
    DATA,
    JOURNAL_PART,
    MANIFEST,
    PRIVATE,
    Manifest,
    Part,
)
from gateway.keep.backup_secrets import names_of, secrets_of_the_box
from gateway.keep.days import day_numbers, day_path
from gateway.keep.erasing.ledger import LEDGER
from gateway.keep.folder import COMPANIONS
from gateway.keep.photos import FOLDER as PHOTOS
from gateway.keep.rescue import examine
from gateway.keep.schema import CHAINED_SINCE, JOURNAL_NAME, connect_to_read, disk_source, version_of
from gateway.keep.sealed import Sealing
from gateway.keep.site_key import SITE_KEY

if TYPE_CHECKING:
    import threading
    from collections.abc import Mapping
    from pathlib import Path

    from gateway.keep.sealed import Key
    from gateway.model import Now

SUFFIX = ".sealed"
PAGES = 256
"""A step of copying: 1 MB of pages of 4 kB."""

PAUSE_SECONDS = 0.01
"""After each step, so that the disk is free for the journal's commits most of the time."""

KEEP_FREE = 200 * 2**20
"""So much room, or a tenth of the disk if that is less, is left to the gateway while a backup is made."""

STOPPED = "The backup was broken off because the gateway ends."


class BackupFailed(Exception):
    """No backup was made, as a sentence that names what is in the way and the way out."""


@dataclass(frozen=True, slots=True)
class Source:
    """What to copy. `files` are those of the configuration by their path below `config/`; `main` is the first of them.

    `folder` is what `config/` is on the box, and `elsewhere` names the secrets that lie where no backup looks.
    """

    data: Path
    compound: str
    history: bool = True
    files: Mapping[str, Path] = field(default_factory=dict)
    main: str = ""
    folder: str = ""
    elsewhere: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Made:
    """A backup as it lies on the box, to be carried off."""

    path: Path
    bytes: int
    sha256: str
    manifest: Manifest


def make_backup(source: Source, key: Key, folder: Path, now: Now, stop: threading.Event) -> Made:
    """Make a backup in `folder`, which is the caller's to empty. Blocks; needs 32 MB and no second copy in memory.

    On disk it needs room for the backup and, for a while, for a copy of the largest database. Raises `BackupFailed`, also
    soon after `stop` is set.
    """
    path = folder / backup_name(source.compound, now.utc)
    try:
        _check_room(source, folder)
        with path.open("xb") as file:
            whole = _Hashed(file, stop)
            sealing = Sealing(cast("BinaryIO", whole), key)
            with tarfile.open(fileobj=cast("BinaryIO", sealing), mode="w|") as tar:
                manifest = _Making(source, folder, tar, stop).fill(now)
            sealing.close()
            file.flush()
            os.fsync(file.fileno())
    except OSError as error:
        what = "the disk is full" if error.errno == errno.ENOSPC else error.strerror or str(error)
        raise BackupFailed(f"The backup cannot be written in {folder}: {what}. Make room or mend the disk.") from error
    return Made(path, whole.bytes, whole.sha256.hexdigest(), manifest)


def backup_name(compound: str, utc: float) -> str:
    """The name of a backup: later ones sort after earlier ones."""
    return f"gridpost-{compound}-{datetime.fromtimestamp(utc, UTC):%Y%m%dT%H%M%SZ}{SUFFIX}"


class _Hashed:
    """A file that knows what went through it, until `stop` is set."""

    def __init__(self, file: BinaryIO, stop: threading.Event) -> None:
        self.bytes = 0
        self.sha256 = hashlib.sha256()
        self._file = file
        self._stop = stop

    def read(self, size: int = -1) -> bytes:
        return self._seen(self._file.read(size))

    def write(self, data: bytes) -> int:
        return self._file.write(self._seen(data))

    def _seen(self, data: bytes) -> bytes:
        if self._stop.is_set():
            raise BackupFailed(STOPPED)
        self.bytes += len(data)
        self.sha256.update(data)
        return data


class _Making:
    """One backup while it is made."""

    def __init__(self, source: Source, folder: Path, tar: tarfile.TarFile, stop: threading.Event) -> None:
        self._source = source
        self._copy = folder / "copy.db"
        self._tar = tar
        self._stop = stop
        self._parts: list[Part] = []
        self._left_out: list[str] = []

    def fill(self, now: Now) -> Manifest:
        version, seq, head = self._add_journal(now)
        for day in day_numbers(self._source.data) if self._source.history else ():
            self._add_day(day_path(self._source.data, day), now)
        for name in (SITE_KEY, AUDIT_KEY, LEDGER):
            if (path := self._source.data / name).exists():
                self._add_file(f"{DATA}/{name}", path, now)
        for photo in sorted((self._source.data / PHOTOS).glob("[0-9a-f]*.[jpw]*")):  # none that is being written
            self._add_file(f"{DATA}/{PHOTOS}/{photo.name}", photo, now)
        for name, contents in secrets_of_the_box(self._source.data, self._stop, self._left_out):
            self._add(f"{DATA}/{name}", io.BytesIO(contents), now)
        for name, path in self._source.files.items():
            self._add_file(f"{CONFIG}/{name}", path, now)
        main = f"{CONFIG}/{self._source.main}" if self._source.main in self._source.files else ""
        manifest = Manifest(
            __version__,
            self._source.compound,
            now.utc,
            now.trusted,
            version,
            seq,
            main,
            tuple(self._parts),
            tuple(self._left_out),
            head,
            names_of(self._source.data),
            self._source.folder,
            self._source.elsewhere,
        )
        self._add(MANIFEST, io.BytesIO(manifest.to_json()), now)
        return manifest

    def _add_journal(self, now: Now) -> tuple[int, int, str]:
        """Add the journal; return its version, the last row of its log, and the head of its audit."""
        path = self._source.data / JOURNAL_NAME
        if not path.exists():
            raise BackupFailed(f"There is no journal in {self._source.data}: name the data folder of the gateway.")
        try:
            self._copy_database(path)
            if damage := examine(self._copy, 0, thorough=True):
                raise BackupFailed(
                    f"The journal {path} is damaged ({' '.join(damage.split())}) and is not copied over good backups. "
                    "Restart the gateway: it rescues what can be read."
                )
            with closing(connect_to_read(disk_source(self._copy))) as connection:
                told = connection.execute("SELECT coalesce(max(seq), 0) FROM log").fetchone()
                version = version_of(connection)
                at, head = newest_head(connection) if version >= CHAINED_SINCE else (0, b"")
        except sqlite3.Error as error:
            raise BackupFailed(f"The journal {path} cannot be copied: {error}.") from error
        self._add_copy(JOURNAL_PART, now)
        return version, int(told[0]), f"{head.hex()}@{at}" if at else ""

    def _add_day(self, path: Path, now: Now) -> None:
        """Add a day of history. One that is damaged is no reason to go without a backup of the rest."""
        try:
            self._copy_database(path)
        except sqlite3.Error as error:
            if path.exists():  # else its time was over meanwhile
                self._left_out.append(f"{path.name} cannot be copied: {error}.")
            return
        self._add_copy(f"{DATA}/{path.name}", now)

    def _add_file(self, name: str, path: Path, now: Now) -> None:
        try:
            contents, mode = path.read_bytes(), path.stat().st_mode
        except OSError as error:
            self._left_out.append(f"{path} cannot be read: {error.strerror}.")
            return
        self._add(name, io.BytesIO(contents), now, stat.S_IMODE(mode) if name.startswith(f"{CONFIG}/") else PRIVATE)

    def _copy_database(self, path: Path) -> None:
        """Copy a database as it is now, without holding up its writer."""
        self._forget_copy()
        with (
            closing(connect_to_read(disk_source(path))) as reading,
            closing(sqlite3.connect(self._copy, isolation_level=None)) as writing,
        ):
            writing.execute("PRAGMA synchronous = OFF")  # only for a moment: the sealed file is what is synced
            reading.execute("BEGIN")  # one view for all steps: else each commit of the writer begins the copying anew
            reading.execute("SELECT 1 FROM sqlite_schema").fetchone()
            reading.backup(writing, pages=PAGES, progress=self._pause)

    def _pause(self, _status: int, _remaining: int, _total: int) -> None:
        if self._stop.wait(PAUSE_SECONDS):
            raise BackupFailed(STOPPED)

    def _add_copy(self, name: str, now: Now) -> None:
        with self._copy.open("rb") as file:
            self._add(name, file, now)
        self._forget_copy()

    def _forget_copy(self) -> None:
        for companion in COMPANIONS:
            self._copy.with_name(self._copy.name + companion).unlink(missing_ok=True)

    def _add(self, name: str, file: BinaryIO, now: Now, mode: int = PRIVATE) -> None:
        member = tarfile.TarInfo(name)
        member.size = file.seek(0, os.SEEK_END)
        member.mtime = now.utc
        member.mode = mode
        file.seek(0)
        hashed = _Hashed(file, self._stop)
        self._tar.addfile(member, cast("BinaryIO", hashed))
        self._parts.append(Part(name, hashed.bytes, hashed.sha256.hexdigest()))


def _check_room(source: Source, folder: Path) -> None:
    """Refuse to begin what would take the gateway's own room."""
    names = [source.data / JOURNAL_NAME]
    if source.history:
        names += [day_path(source.data, day) for day in day_numbers(source.data)]
    sizes = [
        sum(part.stat().st_size for part in _with_companions(name) if part.exists()) for name in names if name.exists()
    ]
    disk = shutil.disk_usage(folder)
    needed = sum(sizes) + max(sizes, default=0) + min(KEEP_FREE, disk.total // 10)
    if needed > disk.free:
        raise BackupFailed(
            f"There is no room for a backup on the disk of {folder}: it may need {needed / 1e6:,.0f} MB, "
            f"{disk.free / 1e6:,.0f} MB are free. Make room, or leave the history out (history: false)."
        )


def _with_companions(path: Path) -> list[Path]:
    return [path.with_name(path.name + companion) for companion in COMPANIONS]
