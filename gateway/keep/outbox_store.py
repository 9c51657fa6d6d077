"""How the outbox comes to stand on the disk, whatever state that is in: whole, rescued into a new file, or in memory.

Telemetry is an edge: nothing here ends the gateway. What cannot be written is told, and tried again.
"""

from __future__ import annotations

import os
import sqlite3
import uuid
from contextlib import closing, suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from gateway.keep.folder import COMPANIONS, aside_name, set_aside
from gateway.keep.outbox_file import OUTBOX_NAME, Contents, NewerOutbox, OutboxFile, Size, contents, is_damage, is_full
from gateway.keep.outbox_reading import Sources
from gateway.keep.outbox_rescue import rescue, rescue_table
from gateway.keep.outbox_stock import Row, Stock
from gateway.keep.room import Disk, Room, RoomState
from gateway.keep.schema import connect_to_read, disk_source, memory_source

if TYPE_CHECKING:
    from pathlib import Path

    from gateway.keep.outbox_file import Work

MEMORY_BYTES = 4 * 1024 * 1024
"""What is kept while the disk takes nothing: some minutes."""

TRY_DISK_SECONDS = 5.0

FULL, ROOM = "full", "room"

SPARE_BYTES = 2 * 1024 * 1024
"""So much is kept free within the file on a scarce disk: two open batches at their largest."""

_CURSORS = "SELECT destination, lane, at FROM cursor"
_TALLY = "SELECT destination, reason, points FROM tally"


@dataclass(frozen=True, slots=True)
class OutboxSettings:
    """How much the outbox may hold, for how long, and how much of the disk it leaves free (a tenth at most)."""

    max_bytes: int
    max_age_seconds: float
    keep_free_bytes: int


@dataclass(frozen=True, slots=True)
class Turned:
    """What became of one turn of the writing thread."""

    room: Room
    done: bool = False
    """Whether the work is on disk."""
    row: Row | None = None
    """The batch that is on disk now."""
    failed: str = ""
    """Why nothing was written; it is to be tried again."""
    replaced: Contents | None = None
    """What the outbox holds now, where another file took the place of the one before. Nothing was written then."""
    damage: str = ""
    """What was damaged and what became of it, for people."""


class OutboxStore:
    """The outbox's database and its disk. Used by one thread at a time."""

    def __init__(self, folder: Path, settings: OutboxSettings) -> None:
        self.folder = folder
        self._path = folder / OUTBOX_NAME
        self._new = folder / (OUTBOX_NAME + ".rescued")
        self._settings = settings
        self._disk = Disk(folder, settings.keep_free_bytes)
        self._version_noted = False
        self._next_try = 0.0
        self._file: OutboxFile | None = None
        self.in_memory = ""
        """Why it is in memory only, as a sentence; "" where it is on disk."""
        self.size = Size()
        self.sources = Sources((), 0)
        self.room = Room(RoomState.AMPLE, 0)

    def excess(self) -> tuple[int, str]:
        """How many bytes of the oldest batches must go to make room for new ones, and the reason."""
        used, free = self.size
        if self.in_memory:
            return 0, ""
        if self.room.state is RoomState.SCARCE and used + free >= 2 * SPARE_BYTES:
            return SPARE_BYTES - free, ROOM
        return used - self._settings.max_bytes, FULL

    def shut(self) -> str:
        """The reason for which no line can be taken; "" where one can.

        On a scarce disk the file does not grow, but what has become free in it is used: telemetry goes on there as soon
        as a destination has got some.
        """
        if self.in_memory:
            return FULL if self.size.used_bytes >= MEMORY_BYTES else ""
        if self.room.state is RoomState.AMPLE:
            return ""
        return "" if self.room.state is RoomState.SCARCE and self.size.free_bytes >= SPARE_BYTES // 2 else ROOM

    def open(self, utc: float, after: int, *, version_noted: bool) -> tuple[Contents, str]:
        """Open it; returns what it holds and, where it was damaged, a sentence.

        Batches up to `after` are not rescued: nobody needs them any more. Raises `NewerOutbox`, unless the notes of the
        open batch say that the file is of this version (`version_noted`): then its header is damaged.
        """
        self.room = self._disk.look()
        self._version_noted = version_noted
        try:
            return self._on_disk(utc, after)
        except (sqlite3.Error, OSError) as error:
            return self._into_memory(error), ""

    def turn(self, work: Work, met: str, after: int, utc: float, seconds: float) -> Turned:
        """Look at the disk and do the work. `met` says what damage a reader met, `seconds` is any steady clock."""
        self.room = self._disk.look()
        if self.in_memory and self.room.state is not RoomState.FULL and seconds >= self._next_try:
            self._next_try = seconds + TRY_DISK_SECONDS
            if (replaced := self._back_on_disk(utc, after)) is not None:
                return Turned(self.room, replaced=replaced[0], damage=replaced[1])
        if met and not self.in_memory:
            return self._mend(met, utc, after)
        if not work or self._file is None or (self.room.state is RoomState.FULL and not self.in_memory):
            return Turned(self.room)
        try:
            self._file.spare_room(spare=self.room.state is RoomState.SCARCE)
            row = self._file.write(work)
            self.size = self._file.size()
        except sqlite3.Error as error:
            if is_damage(error):
                return self._mend(str(error), utc, after)
            if is_full(error) and not self.in_memory:
                self._disk.met_full()
                self.room = self._disk.look()
            return Turned(self.room, failed=f"The outbox {self._path} cannot be written: {error}.")
        return Turned(self.room, done=True, row=row)

    def put_away(self) -> None:
        """Close the database for a while: turns leave it alone until `take_up`."""
        self.close()
        self._file = None

    def take_up(self) -> None:
        """Open it again. Raises sqlite3.Error, OSError or ValueError; the next turn can then be told what was met."""
        if not self.in_memory:
            self._opened()

    def close(self) -> None:
        """Close the database."""
        if self._file is not None:
            self._file.close()

    # ------------------------------------------------------------ on disk

    def _on_disk(self, utc: float, after: int) -> tuple[Contents, str]:
        if self._path.exists():
            self._unlink(self._new)  # of a rescue that was interrupted before it was whole
        elif self._new.exists():  # of a rescue that was whole: only the last renaming was missing
            self._new.rename(self._path)
        try:
            return self._opened(), ""
        except NewerOutbox as newer:
            if not self._version_noted:
                raise
            return self._rescued(str(newer), utc, after)
        except (sqlite3.Error, ValueError) as error:
            if not is_damage(error):
                raise
            return self._rescued(str(error), utc, after)

    def _opened(self) -> Contents:
        _make_private(self._path)
        file = OutboxFile(disk_source(self._path), self._settings.max_bytes)
        try:
            found = file.contents()
        except BaseException:
            file.close()
            raise
        self._take(file, (file.source,))
        return found

    def _rescued(self, why: str, utc: float, after: int) -> tuple[Contents, str]:
        """Build the new outbox beside the damaged one, and only when it is whole let it take the place."""
        cursors = rescue_table(disk_source(self._path), _CURSORS)
        tally = rescue_table(disk_source(self._path), _TALLY)
        self._unlink(self._new)
        _make_private(self._new)
        with closing(OutboxFile(disk_source(self._new), self._settings.max_bytes)) as new:
            rescued = rescue(self._path, new, after)
        for older in self._path.parent.glob(OUTBOX_NAME + ".damaged-*"):
            older.unlink()  # telemetry is no evidence, and several of these would fill the disk
        name = aside_name(self._path, utc)
        set_aside(self._path, name)
        self._new.rename(self._path)
        found = self._opened()
        damage = (
            f"The outbox {self._path} was damaged ({why}). {rescued} batches were saved from it; "
            f"the damaged file is kept as {name} and may be deleted."
        )
        return Contents(found.stock, cursors, tally), damage

    def _mend(self, why: str, utc: float, after: int) -> Turned:
        """Damage met while running."""
        self.close()
        self._file = None
        try:
            replaced, damage = self._rescued(why, utc, after)
        except (sqlite3.Error, OSError) as error:
            replaced, damage = self._into_memory(error), ""
        return Turned(self.room, replaced=Contents(replaced.stock, {}, {}), damage=damage)

    def _unlink(self, path: Path) -> None:
        for companion in COMPANIONS:
            path.with_name(path.name + companion).unlink(missing_ok=True)

    def _take(self, file: OutboxFile, databases: tuple[str, ...]) -> None:
        self._file = file
        self.in_memory = ""
        self.sources = Sources(databases, self.sources.generation + 1)
        self.size = file.size()

    # ------------------------------------------------------------ in memory

    def _into_memory(self, error: Exception) -> Contents:
        """An outbox in memory. What waits on the disk is still read from there, as far as that goes."""
        readable = ""
        found = Contents(Stock(), {}, {})
        disk = disk_source(self._path)
        for source in (disk, disk + "?immutable=1"):
            with suppress(sqlite3.Error, ValueError), closing(connect_to_read(source)) as connection:
                found = contents(connection)
                readable = source
                break
        file = OutboxFile(memory_source(f"gridpost-outbox-{uuid.uuid4()}"), MEMORY_BYTES)
        self._take(file, (readable, file.source) if readable else (file.source,))
        why = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        self.in_memory = (
            f"The outbox {self._path} cannot be written ({why}): telemetry that no destination takes is lost after "
            f"{MEMORY_BYTES >> 20} MB or at a restart. Give the data folder room and the right to be written."
        )
        return found

    def _back_on_disk(self, utc: float, after: int) -> tuple[Contents, str] | None:
        """Try the disk again; what is in memory goes there. None while the disk says no."""
        memory, sources, why = self._file, self.sources, self.in_memory
        try:
            found, damage = self._on_disk(utc, after)
            if self._file is not None and memory is not None:
                _copy(memory.connection, self._file.connection)
                found = self._file.contents()
                self.size = self._file.size()
        except (sqlite3.Error, OSError, NewerOutbox):
            if self._file is not memory:
                self.close()
            self._file, self.sources, self.in_memory = memory, sources, why
            return None
        if memory is not None:
            memory.close()
        return found, damage


def _make_private(path: Path) -> None:
    """Before SQLite makes it: what SQLite puts beside a file gets the same rights."""
    os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600))


def _copy(memory: sqlite3.Connection, disk: sqlite3.Connection) -> None:
    disk.execute("BEGIN IMMEDIATE")
    try:
        disk.executemany(
            "INSERT OR IGNORE INTO batch VALUES (?, ?, ?, ?, ?, ?, ?)", memory.execute("SELECT * FROM batch")
        )
        disk.executemany(
            "INSERT INTO quarantine(destination, utc, line, why) VALUES (?, ?, ?, ?)",
            memory.execute("SELECT destination, utc, line, why FROM quarantine ORDER BY id"),
        )
        disk.execute("COMMIT")
    except BaseException:
        if disk.in_transaction:
            disk.execute("ROLLBACK")
        raise
