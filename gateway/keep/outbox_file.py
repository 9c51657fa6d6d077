"""The tables of `outbox.db`, and what its one writing thread does with them.

A batch is never changed. What has been sent is deleted in the transaction that puts the next batch in, so that the pages
are written once for both, and the file is never vacuumed: freed pages are used again.
"""

from __future__ import annotations

import sqlite3
import struct
import zlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from gateway.keep.folder import FolderError
from gateway.keep.outbox_quarantine import KEPT_BYTES, KEPT_LINES
from gateway.keep.outbox_stock import Row, Stock
from gateway.keep.schema import connect, version_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from gateway.keep.open_batch import Sealed
    from gateway.keep.outbox_quarantine import Quarantined

OUTBOX_NAME = "outbox.db"
VERSION = 1
BATCH_COLUMNS = 7

HARD_LIMIT_BYTES = 4 * 1024 * 1024
"""How far the file may go beyond what it is to hold: two open batches that compress to nothing less, and the tables."""

LOG_PAGES, SHORT_LOG_PAGES = 1_000, 16
"""After so many pages the write-ahead log goes into the file and begins anew."""

_SCHEMA = """
CREATE TABLE batch(seq INTEGER PRIMARY KEY, t0 INTEGER NOT NULL, t1 INTEGER NOT NULL, lines INTEGER NOT NULL,
    points INTEGER NOT NULL, crc INTEGER NOT NULL, data BLOB NOT NULL);
CREATE TABLE cursor(destination TEXT NOT NULL, lane TEXT NOT NULL, at INTEGER NOT NULL, PRIMARY KEY(destination, lane));
CREATE TABLE tally(destination TEXT NOT NULL, reason TEXT NOT NULL, points INTEGER NOT NULL,
    PRIMARY KEY(destination, reason));
CREATE TABLE quarantine(id INTEGER PRIMARY KEY, destination TEXT NOT NULL, utc REAL NOT NULL, line BLOB NOT NULL,
    why TEXT NOT NULL)
"""
_TRIM = """
DELETE FROM quarantine WHERE id IN (SELECT id FROM (
    SELECT id, count(*) OVER newest AS lines, sum(length(line) + length(why)) OVER newest AS bytes
    FROM quarantine WINDOW newest AS (ORDER BY id DESC)) WHERE lines > ? OR bytes > ?)
"""
_ROW = struct.Struct("<5q")
_DISK_TROUBLE = {
    sqlite3.SQLITE_BUSY, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_FULL, sqlite3.SQLITE_INTERRUPT, sqlite3.SQLITE_IOERR,
    sqlite3.SQLITE_LOCKED, sqlite3.SQLITE_NOMEM, sqlite3.SQLITE_PERM, sqlite3.SQLITE_READONLY,
}  # fmt: skip

Pair = tuple[str, str]
"""A destination and one of its lanes, or of the reasons for which points were dropped."""


class NewerOutbox(FolderError):
    """The file was written by a newer Gridpost. Only a person can cure it."""


@dataclass(frozen=True, slots=True)
class Batch:
    """A batch as it is on disk: readings received from `t0_ns` to `t1_ns`, as a zlib stream of line protocol."""

    seq: int
    t0_ns: int
    t1_ns: int
    lines: int
    points: int
    data: bytes

    def plain(self) -> bytes:
        """The lines."""
        return zlib.decompress(self.data)


@dataclass(frozen=True, slots=True)
class Work:
    """What one transaction does."""

    batch: Sealed | None
    forget_to: int
    """Batches up to this number are deleted."""
    cursors: Mapping[Pair, int]
    gone: Sequence[str]
    """Destinations whose cursors and counts are deleted."""
    tally: Mapping[Pair, int]
    quarantined: Sequence[Quarantined]

    def __bool__(self) -> bool:
        return bool(self.batch or self.forget_to or self.cursors or self.gone or self.tally or self.quarantined)


@dataclass(frozen=True, slots=True)
class Contents:
    """What a file holds, apart from the batches themselves."""

    stock: Stock
    cursors: dict[Pair, int]
    tally: dict[Pair, int]


class Size(NamedTuple):
    """What the pages in use take, and those that are free to be used again: a file never shrinks."""

    used_bytes: int = 0
    free_bytes: int = 0


class OutboxFile:
    """An open outbox that takes transactions. Used by one thread."""

    def __init__(self, source: str, max_bytes: int) -> None:
        """Open or make it. Raises `NewerOutbox`, and sqlite3.Error where the file is damaged or the disk says no."""
        self.source = source
        self.connection = connect(source)
        try:
            self._make(max_bytes)
        except BaseException:
            self.connection.close()
            raise

    def _make(self, max_bytes: int) -> None:
        # Debian's SQLite overwrites with zeros what is deleted: each batch would be written twice, and on a nearly full
        # disk there would be no room to delete. There is nobody's name in telemetry.
        self.connection.execute("PRAGMA secure_delete = OFF").fetchone()
        version = version_of(self.connection)
        if version > VERSION:
            raise NewerOutbox(
                f"The outbox {OUTBOX_NAME} was written by a newer Gridpost (its version is {version}, this one knows "
                f"{VERSION}). Install that Gridpost again, or move {OUTBOX_NAME} away: what waits in it is then not sent."
            )
        self.connection.execute("BEGIN IMMEDIATE")
        if version < VERSION:
            for statement in _SCHEMA.split(";"):
                self.connection.execute(statement)
        self.connection.execute(f"PRAGMA user_version = {VERSION}")
        self.connection.execute("COMMIT")  # also the proof that this file takes a transaction
        (page_bytes,) = self.connection.execute("PRAGMA page_size").fetchone()
        self._page_bytes = int(page_bytes)
        pages = (max_bytes + HARD_LIMIT_BYTES) // self._page_bytes
        self.connection.execute(f"PRAGMA max_page_count = {pages}").fetchone()

    def spare_room(self, *, spare: bool) -> None:
        """Let the write-ahead log, of 4 MB else, stay as short as its transactions: for a disk that is nearly full."""
        pages = SHORT_LOG_PAGES if spare else LOG_PAGES
        self.connection.execute(f"PRAGMA wal_autocheckpoint = {pages}").fetchone()

    def contents(self) -> Contents:
        """What is in it. Reads a row of each batch, not the batch."""
        return contents(self.connection)

    def size(self) -> Size:
        """How large it is."""
        (pages,) = self.connection.execute("PRAGMA page_count").fetchone()
        (free,) = self.connection.execute("PRAGMA freelist_count").fetchone()
        return Size((int(pages) - int(free)) * self._page_bytes, int(free) * self._page_bytes)

    def write(self, work: Work) -> Row | None:
        """Do it all or nothing; returns the new batch. Raises sqlite3.Error."""
        batch = work.batch
        data = zlib.compress(batch.plain, 1) if batch is not None else b""
        connection = self.connection
        connection.execute("BEGIN IMMEDIATE")
        try:
            if work.forget_to:
                connection.execute("DELETE FROM batch WHERE seq <= ?", (work.forget_to,))
            if batch is not None:
                row = (batch.seq, batch.t0_ns, batch.t1_ns, batch.lines, batch.points, checksum(batch, data), data)
                # A commit may reach the disk and yet be reported as failed; then it is here already.
                connection.execute("INSERT OR IGNORE INTO batch VALUES (?, ?, ?, ?, ?, ?, ?)", row)
            for destination in work.gone:
                connection.execute("DELETE FROM cursor WHERE destination = ?", (destination,))
                connection.execute("DELETE FROM tally WHERE destination = ?", (destination,))
            cursors = [(*pair, at) for pair, at in work.cursors.items()]
            connection.executemany("INSERT OR REPLACE INTO cursor VALUES (?, ?, ?)", cursors)
            tally = [(*pair, points) for pair, points in work.tally.items()]
            connection.executemany("INSERT OR REPLACE INTO tally VALUES (?, ?, ?)", tally)
            if work.quarantined:
                lines = [(line.destination, line.utc, line.line, line.why) for line in work.quarantined]
                insert = "INSERT INTO quarantine(destination, utc, line, why) VALUES (?, ?, ?, ?)"
                connection.executemany(insert, lines)
                connection.execute(_TRIM, (KEPT_LINES, KEPT_BYTES))
            commit(connection)
        except BaseException:
            if connection.in_transaction:
                connection.execute("ROLLBACK")
            raise
        return Row(batch.seq, batch.t1_ns / 1e9, batch.points, len(data)) if batch is not None else None

    def close(self) -> None:
        """Close it."""
        self.connection.close()


def contents(connection: sqlite3.Connection) -> Contents:
    """What an outbox holds. Raises sqlite3.Error, or ValueError where a row cannot be what it says."""
    stock = Stock()
    try:
        for seq, t1, points, size in connection.execute("SELECT seq, t1, points, length(data) FROM batch ORDER BY seq"):
            stock.add(Row(seq, t1 / 1e9, points, size))
        cursors = connection.execute("SELECT destination, lane, at FROM cursor").fetchall()
        tally = connection.execute("SELECT destination, reason, points FROM tally").fetchall()
        return Contents(stock, {(who, lane): int(at) for who, lane, at in cursors}, _counts(tally))
    except (TypeError, OverflowError) as error:
        raise ValueError(f"a row is torn: {error}") from error


def checksum(batch: Sealed | Batch, data: bytes) -> int:
    """The CRC-32 of a row: what says it is whole, wherever it is found."""
    return zlib.crc32(data, zlib.crc32(_ROW.pack(batch.seq, batch.t0_ns, batch.t1_ns, batch.lines, batch.points)))


def _counts(rows: Sequence[tuple[str, str, int]]) -> dict[Pair, int]:
    return {(who, reason): int(points) for who, reason, points in rows}


def is_damage(error: BaseException) -> bool:
    """Whether an error speaks of the file; of others (no room, no right, no device) time or a person cures the disk."""
    if isinstance(error, OSError):
        return False
    code: int = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_CORRUPT)  # none where a text is none
    return code & 0xFF not in _DISK_TROUBLE or code == sqlite3.SQLITE_IOERR_SHORT_READ


def is_full(error: BaseException) -> bool:
    """Whether the disk had no room for it. In WAL mode a full disk can also speak as a failed write."""
    return getattr(error, "sqlite_errorcode", 0) in {sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR_WRITE}


def commit(connection: sqlite3.Connection) -> None:
    """Put the transaction on disk. By itself, so that a test can make the disk slow or full."""
    connection.execute("COMMIT")
