"""How a journal comes to be open: whole, rescued into a new file, or in memory because nothing can be written."""

from __future__ import annotations

import json
import sqlite3
import uuid
from dataclasses import dataclass
from typing import TYPE_CHECKING

from gateway import __version__
from gateway.decide.escalation.notice_json import NUMBER
from gateway.keep.audit.chain import guard
from gateway.keep.audit.holes import Missing, missing, unsealed
from gateway.keep.folder import COMPANIONS, aside_name, set_aside
from gateway.keep.notices import highest_number
from gateway.keep.rescue import examine, never_again, rescue
from gateway.keep.schema import JOURNAL_NAME, connect, disk_source, memory_source, migrate
from gateway.keep.watermark import MARK_NAME, Mark, Watermark, read_mark
from gateway.keep.writing import log_row

if TYPE_CHECKING:
    from pathlib import Path

    from drivers.contract import Json
    from gateway.model import Now

MEMORY_ROWS = 20_000
"""How many of the newest log rows are taken along into memory: a journal of years does not fit there."""

_NEW_NAME = JOURNAL_NAME + ".rescued"


@dataclass(frozen=True, slots=True)
class Rescued:
    """What came out of a damaged journal. `set_aside` is "" when the file was gone altogether."""

    why: str
    set_aside: str
    rows: int
    missing: tuple[tuple[int, int], ...]
    """The seqs of the log rows that are lost, as first and last of each range."""


@dataclass(frozen=True, slots=True)
class Opened:
    """An open journal. `watermark` is None and `unrecorded` says why when it is in memory only."""

    source: str
    connection: sqlite3.Connection
    watermark: Watermark | None
    remembered: dict[str, Json]
    cursors: dict[str, Json]
    rescued: Rescued | None = None
    unrecorded: str = ""


def open_journal(folder: Path, now: Now) -> Opened:
    """Open the journal in a folder, whatever state it is in.

    Raises `NewerJournal` alone: everything else is cured by rescue or by going on in memory.
    """
    mark = read_mark(folder / MARK_NAME)
    try:
        try:
            return _recorded(folder, mark, now, _damage(folder / JOURNAL_NAME, mark))
        except sqlite3.OperationalError:
            raise
        except sqlite3.DatabaseError as error:  # closed in good order, and yet a page is bad
            return _recorded(folder, mark, now, str(error))
    except (sqlite3.Error, OSError) as error:
        why = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        return _unrecorded(folder, mark, now, f"The journal {folder / JOURNAL_NAME} cannot be written: {why}.")


def _damage(path: Path, mark: Mark) -> str:
    """Why the journal cannot be used as it stands, "" when it can (a new one can)."""
    new = path.with_name(_NEW_NAME)
    if path.exists():
        for companion in COMPANIONS:  # of a rescue that was interrupted before it was whole
            path.with_name(new.name + companion).unlink(missing_ok=True)
        return examine(path, mark.seq, thorough=not mark.clean)
    if new.exists():  # of a rescue that was whole: only the last renaming was missing
        new.rename(path)
        return ""
    return "the file is gone" if mark.seq else ""


def _recorded(folder: Path, mark: Mark, now: Now, damage: str) -> Opened:
    path = folder / JOURNAL_NAME
    watermark = Watermark(folder / MARK_NAME)
    try:
        rescued = _into_new_file(path, mark, now, damage) if damage else None
        connection = connect(disk_source(path))
        try:
            path.chmod(0o600)
            migrate(connection, path)
            guard(connection)
            remembered, cursors = _memory(connection)
            connection.execute("BEGIN IMMEDIATE")
            started = log_row(connection, now, "started", "gateway", {"version": __version__})
            connection.execute("COMMIT")  # also the proof that this file takes a transaction
            watermark.put(started, now.boottime_ns / 1e9)
        except BaseException:
            connection.close()
            raise
    except BaseException:
        watermark.abandon()
        raise
    return Opened(disk_source(path), connection, watermark, remembered, cursors, rescued)


def _memory(connection: sqlite3.Connection) -> tuple[dict[str, Json], dict[str, Json]]:
    """What is remembered, and the cursors. Raises DatabaseError where they cannot be read: then the file is damaged."""
    try:
        remembered = connection.execute("SELECT key, value FROM remembered").fetchall()
        cursors = connection.execute("SELECT device, cursor FROM cursors").fetchall()
        memory = {key: json.loads(value) for key, value in remembered}
        if told := highest_number(connection):  # a rescue may have lost the count: no number is given twice
            memory[NUMBER] = max(memory.get(NUMBER, 1), told + 1)
        return memory, {key: json.loads(value) for key, value in cursors}
    except (ValueError, sqlite3.OperationalError) as error:  # no JSON, or not even text
        raise sqlite3.DatabaseError(f"what was remembered is torn: {error}") from error


def _into_new_file(path: Path, mark: Mark, now: Now, damage: str) -> Rescued:
    """Build the new journal beside the damaged one, and only when it is whole let it take the place."""
    new = path.with_name(_NEW_NAME)
    name = aside_name(path, now.utc) if path.exists() else ""
    connection = connect(disk_source(new))
    try:
        migrate(connection, None)
        connection.execute("BEGIN IMMEDIATE")
        rows = rescue(path, connection, mark.seq) if name else 0
        holes: Missing = missing(connection, mark.seq)
        never_again(connection, mark.seq)
        body = {"why": damage, "set_aside": name, "rows": rows, "missing": holes, "unsealed": unsealed(connection)}
        log_row(connection, now, "rescued", "journal", body)
        connection.execute("COMMIT")
    finally:
        connection.close()
    set_aside(path, name or aside_name(path, now.utc))
    new.rename(path)
    return Rescued(damage, name, rows, tuple(holes))


def _unrecorded(folder: Path, mark: Mark, now: Now, why: str) -> Opened:
    """The same journal in memory, with what can be read of the file."""
    source = memory_source(f"gridpost-{uuid.uuid4()}")
    connection = connect(source)
    migrate(connection, None)
    connection.execute("BEGIN IMMEDIATE")
    try:
        rescue(folder / JOURNAL_NAME, connection, mark.seq, MEMORY_ROWS)
    except (sqlite3.Error, OSError):
        connection.execute("ROLLBACK")
        connection.execute("BEGIN IMMEDIATE")
    never_again(connection, mark.seq)
    log_row(connection, now, "started", "gateway", {"version": __version__, "unrecorded": why})
    connection.execute("COMMIT")
    return Opened(source, connection, None, *_memory(connection), unrecorded=why)
