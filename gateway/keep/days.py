"""The files of history: one SQLite database for each UTC day, so that forgetting a day is unlinking a file.

A day file reads alone: `groups` says which points its rows hold. A row is one poll group and one minute
(docs/decisions/0003-history-by-group.md); its key is the minute and then the number of the group, so that a minute's rows
lie side by side and the flash is written once. A row of no records says that nothing changed since the row before it.
"""

from __future__ import annotations

import sqlite3
from contextlib import closing
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import quote

from gateway.keep.chunks import MINUTE, Chunk, Closed, Layout, StoredPiece
from gateway.keep.folder import COMPANIONS, aside_name, set_aside

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

DAY = 86_400
WHOLE_STATE_SECONDS = 900
"""How far back a reader may have to look for the state that a row of no records refers to."""

LONGEST_SPAN = 900
"""The longest chunk, made by back-filling only."""

GROUPS = 1 << 20
"""By how much the keys of two minutes differ: the most groups that a day may have."""

VERSION = 2
# An ordinary table with one integer for a key and not WITHOUT ROWID: there a row of more than a quarter of a page spills
# over onto pages of its own, half of them empty; here only what is larger than a page does, and fills them.
_SCHEMA = f"""
CREATE TABLE groups(gid INTEGER PRIMARY KEY, device TEXT NOT NULL, grp INTEGER NOT NULL, layout TEXT NOT NULL);
CREATE TABLE chunk(at INTEGER PRIMARY KEY, span INTEGER NOT NULL, n INTEGER NOT NULL, heard_until REAL NOT NULL,
    aggregates BLOB NOT NULL, data BLOB NOT NULL,
    t0 INTEGER AS (at / {GROUPS} * {MINUTE}), gid INTEGER AS (at % {GROUPS}));
PRAGMA user_version = {VERSION}
"""
_INSERT = "INSERT OR IGNORE INTO chunk(at, span, n, heard_until, aggregates, data) VALUES (?, ?, ?, ?, ?, ?)"
# One seek into the key for each minute: a scan would read the rows of all other groups too. The records are fetched later,
# where nothing else tells: they are the larger part of a row and lie on pages of their own.
_SELECT = f"""
WITH RECURSIVE grid(t) AS (SELECT ? UNION ALL SELECT t + {MINUTE} FROM grid WHERE t + {MINUTE} < ?)
SELECT t, span, n, heard_until, aggregates FROM grid CROSS JOIN chunk ON chunk.at = grid.t / {MINUTE} * {GROUPS} + ?
"""  # noqa: S608 - two numbers of ours

Minutes = dict[tuple[str, int], set[int]]


class Trouble(NamedTuple):
    """What could not be kept or read."""

    sentence: str
    lost_minutes: int = 0
    damaged: bool = False
    """Whether it is a file that was set aside."""


@dataclass(slots=True)
class _Memo:
    """What the last row of a group says: whether the next one can be left empty."""

    end: float
    whole_t0: int
    state: bytes


@dataclass(slots=True)
class _Day:
    connection: sqlite3.Connection
    gids: dict[tuple[str, int, str], list[int]] = field(default_factory=dict)
    memos: dict[int, _Memo] = field(default_factory=dict)


class DayFiles:
    """Writes and forgets day files. Used by one thread at a time; keeps the file of the newest day open."""

    def __init__(self, folder: Path, keep_days: int) -> None:
        self.folder = folder
        self.keep_days = keep_days
        self._day = -1
        self._open: _Day | None = None

    def write(self, batch: Sequence[Closed], utc: float) -> list[Trouble]:
        """Put chunks on disk, in one transaction for each day; return what could not be done.

        A minute that is there already is never overwritten: the second telling of it, after the clock was set back or the
        gateway was restarted, stands beside the first one. A damaged file is set aside and begun anew.
        """
        troubles: list[Trouble] = []
        for number in sorted({closed.chunk.t0 // DAY for closed in batch}):
            of_day = [closed for closed in batch if closed.chunk.t0 // DAY == number]
            try:
                try:
                    self._write_day(number, of_day)
                except sqlite3.OperationalError:
                    raise
                except sqlite3.DatabaseError:
                    troubles += self.set_aside(number, utc)
                    self._write_day(number, of_day)
            except (sqlite3.Error, OSError) as error:
                troubles.append(Trouble(f"{len(of_day)} minutes of telemetry were dropped: {error}.", len(of_day)))
        return troubles

    def _write_day(self, number: int, batch: Sequence[Closed]) -> None:
        try:
            day = self._opened(number)
            day.connection.execute("BEGIN IMMEDIATE")
            # in the order of the key: pages are filled one after the other
            for closed in sorted(batch, key=lambda closed: (closed.chunk.t0, next(_gids(day, closed.chunk)))):
                _insert(day, closed)
            day.connection.execute("COMMIT")
        except BaseException:
            self.close()  # and with it the transaction and all that was believed of the file
            raise

    def minutes(self, day: int) -> Minutes:
        """Which minutes (t0) of a day are there already, by device and group."""
        connection = self._opened(day).connection
        found: Minutes = {}
        query = "SELECT device, grp, t0, span FROM chunk JOIN groups USING (gid)"
        for device, group, t0, span in connection.execute(query):
            found.setdefault((device, group), set()).update(range(t0, t0 + span, MINUTE))
        return found

    def set_aside(self, day: int, utc: float) -> list[Trouble]:
        """Put a damaged file out of the way; return the trouble that names it, none when it is gone already."""
        if day == self._day:
            self.close()
        path = day_path(self.folder, day)
        if not path.exists():
            return []
        name = aside_name(path, utc)
        set_aside(path, name)
        return [Trouble(f"The history {path.name} was damaged and is set aside as {name}.", damaged=True)]

    def prune(self) -> None:
        """Forget all but the newest `keep_days` files.

        By number and not by date: a clock that jumps ten years ahead for an hour would otherwise forget everything.
        """
        for day in day_numbers(self.folder)[: -self.keep_days]:
            if day == self._day:
                self.close()
            path = day_path(self.folder, day)
            for companion in COMPANIONS:
                path.with_name(path.name + companion).unlink(missing_ok=True)

    def close(self) -> None:
        """Close the open file."""
        if self._open is not None:
            self._open.connection.close()
        self._open, self._day = None, -1

    def _opened(self, number: int) -> _Day:
        if self._open is not None and self._day == number:
            return self._open
        self.close()
        path = day_path(self.folder, number)
        new = not path.exists()
        connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
        try:
            connection.execute("PRAGMA journal_mode = WAL").fetchone()
            connection.execute("PRAGMA synchronous = NORMAL")
            _prepare(connection)
            day = _Day(connection)
            for gid, device, group, layout in connection.execute("SELECT gid, device, grp, layout FROM groups"):
                day.gids.setdefault((device, group, layout), []).append(gid)
        except BaseException:
            connection.close()
            raise
        self._open, self._day = day, number
        if new:
            path.chmod(0o600)
            self.prune()
        return day


def _prepare(connection: sqlite3.Connection) -> None:
    """Make the tables of a new file. Raises sqlite3.DatabaseError for one of another version."""
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    if version == 0:
        connection.executescript(f"BEGIN; {_SCHEMA}; COMMIT")
    elif version != VERSION:
        raise sqlite3.DatabaseError(f"is of version {version}, not {VERSION}")


def _insert(day: _Day, closed: Closed) -> None:
    chunk, state = closed.chunk, closed.state
    for gid in _gids(day, chunk):
        memo = day.memos.get(gid)
        same = (
            memo is not None
            and chunk.record_count == 1
            and closed.at_once
            and memo.end == chunk.t0
            and memo.state == state
            and chunk.t0 - memo.whole_t0 < WHOLE_STATE_SECONDS
        )
        count, aggregates, data = 0, b"", b""
        if not same:
            count, data = chunk.record_count, b"".join(piece.zip() for piece in chunk.pieces)
            aggregates = chunk.aggregates
        row = (key_of(chunk.t0, gid), chunk.span, count, chunk.heard_until, aggregates, data)
        if day.connection.execute(_INSERT, row).rowcount:
            whole_t0 = memo.whole_t0 if same and memo is not None else chunk.t0
            day.memos[gid] = _Memo(chunk.heard_until, whole_t0, state)
            return


def _gids(day: _Day, chunk: Chunk) -> Iterator[int]:
    """The numbers under which a group's rows may stand: the first one, and more for minutes that were told twice."""
    known = day.gids.setdefault((chunk.device, chunk.group, chunk.layout.text), [])
    yield from tuple(known)
    while True:
        row = (chunk.device, chunk.group, chunk.layout.text)
        gid = day.connection.execute("INSERT INTO groups(device, grp, layout) VALUES (?, ?, ?)", row).lastrowid
        assert gid is not None  # noqa: S101 - an INSERT that returned has a rowid
        known.append(gid)
        yield gid


def read_day(folder: Path, day: int, device: str, key: str, start: float, end: float) -> Iterator[list[Chunk]]:
    """The chunks of a day that may say something about a point between two moments, each group's in the order of time.

    They can be read until the next list is asked for. Raises sqlite3.Error or ValueError when the file is damaged.
    """
    first = max(int(start - WHOLE_STATE_SECONDS - LONGEST_SPAN) // MINUTE * MINUTE, day * DAY)
    with closing(readable_day(folder, day)) as connection:
        groups = connection.execute("SELECT gid, grp, layout FROM groups WHERE device = ?", (device,)).fetchall()
        fetch = fetcher(connection)
        for gid, group, text in groups:
            layout = Layout.parse(text)
            if key in layout.keys:
                rows = connection.execute(_SELECT, (first, min(end, (day + 1) * DAY), gid))
                yield [
                    Chunk(device, group, layout, t0, span, until, count, (StoredPiece(fetch, t0, gid),), aggregates)
                    for t0, span, count, until, aggregates in rows
                ]


def readable_day(folder: Path, day: int) -> sqlite3.Connection:
    """A day file, to be read only. Raises sqlite3.OperationalError when it is not there or of another version."""
    return sqlite3.connect(f"file:{quote(str(day_path(folder, day)))}?mode=ro", uri=True, check_same_thread=False)


def key_of(t0: int, gid: int) -> int:
    """The key of a row."""
    return t0 // MINUTE * GROUPS + gid


def fetcher(connection: sqlite3.Connection) -> Callable[[int, int], bytes]:
    """How the records of a row are fetched, by minute and number of the group."""

    def fetch(t0: int, gid: int) -> bytes:
        (data,) = connection.execute("SELECT data FROM chunk WHERE at = ?", (key_of(t0, gid),)).fetchone()
        return bytes(data)

    return fetch


def day_path(folder: Path, day: int) -> Path:
    """The file of a day, which is counted from 1970."""
    return folder / f"history-{datetime.fromtimestamp(day * DAY, UTC):%Y%m%d}.db"


def day_numbers(folder: Path) -> list[int]:
    """The days of which there is a file, oldest first."""
    found = []
    for path in folder.glob("history-????????.db"):
        digits = path.stem.removeprefix("history-")
        if digits.isdecimal():
            found.append(int(datetime.strptime(digits, "%Y%m%d").replace(tzinfo=UTC).timestamp()) // DAY)
    return sorted(found)
