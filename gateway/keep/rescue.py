"""Saves what can be read of a damaged journal, row by row, and tells exactly which log rows could not.

SQLite finds a row through pages above it and refuses the whole query when one of them is bad. So each table is walked by
rowid, and where reading fails the range is halved until the unreadable rows stand alone. Rows of the log to which no way
leads are then read from their pages.
"""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing, suppress
from typing import TYPE_CHECKING

from gateway.keep.audit.holes import missing
from gateway.keep.leaves import leaf_rows
from gateway.keep.notices import derive_notice, derive_noticed
from gateway.keep.readable import pages_of, readable
from gateway.keep.schema import TABLES, connect_to_read, disk_source
from gateway.keep.writing import derive_alarm, derive_event

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

FAILED_READS = {"log": 200_000}
FAILED_READS_OF_A_SMALL_TABLE = 5_000
"""After so many (6 us each) the rest of a table is given up, so that a start never hangs on a wild page."""

LARGEST_ROWID = 10_000_000
"""Where neither the end of a table nor a watermark can be read. A rowid above it is a wild page speaking."""

AHEAD_OF_MARK = 100_000
"""How far the log can have gone past a watermark that is a second old."""

ROWS_LOOKED_AT = 50_000
"""Per table, after an unclean end: about 0.1 s. What a power cut tears was written last."""

LONG_TABLES = ("log", "events", "notices", "chain")
"""They grow for ever, and their rowid is the log's seq."""

_FIRST_WHAT_IS_GONE = sorted(TABLES, key=lambda table: table not in ("chain", "checkpoints"))
"""The order of copying: which rows of the log were pruned must be known before it is asked which are lost."""

_TYPES: dict[str, tuple[type, ...]] = {"TEXT": (str,), "INTEGER": (int,), "REAL": (float, int), "BLOB": (bytes,)}
_NO_ACCESS = {
    sqlite3.SQLITE_CANTOPEN,
    sqlite3.SQLITE_PERM,
    sqlite3.SQLITE_READONLY,
    sqlite3.SQLITE_BUSY,
    sqlite3.SQLITE_LOCKED,
}
_JSON = {"body", "cursor", "value", "arguments", "confirmed", "grids", "scopes"}


def examine(path: Path, watermark: int, *, thorough: bool) -> str:
    """What is wrong with a journal file, "" when nothing is. `thorough` reads all of it.

    SQLite checks how its pages hang together (`PRAGMA quick_check`), not what stands in them: that is ours to check.

    A file that SQLite likes but that ends before the watermark has lost its tail, and is damaged too.
    """
    try:
        with closing(connect_to_read(disk_source(path))) as connection:
            if thorough:
                found = str(connection.execute("PRAGMA quick_check(1)").fetchone()[0])
                if found != "ok":
                    return found
            if connection.execute("SELECT 1 FROM sqlite_schema WHERE name = 'log'").fetchone() is None:
                return f"it has no log, {watermark} rows were written" if watermark else ""
            if thorough and (table := _torn(connection)):
                return f"a row of the table {table} is torn"
            last = connection.execute("SELECT coalesce(max(seq), 0) FROM log").fetchone()[0]
    except sqlite3.OperationalError as error:
        if _means_no_access(error):
            raise
        return str(error)
    except sqlite3.DatabaseError as error:
        return str(error)
    return f"it ends at row {last}, row {watermark} was written" if last < watermark else ""


def _torn(connection: sqlite3.Connection) -> str:
    """The table in which a text is no JSON, "" for none; OperationalError where it is no text. Looks at the newest rows."""
    for table in TABLES:
        columns = [name for _, name, *_ in connection.execute(f"PRAGMA table_info({table})")]
        if not columns:  # a file of an older version: what it lacks comes with the migration
            continue
        texts = [name for name in columns if name in _JSON]
        valid = " AND ".join(f"({name} IS NULL OR json_valid({name}))" for name in texts) or "1"
        query = f"SELECT *, {valid} FROM {table} ORDER BY rowid DESC LIMIT {ROWS_LOOKED_AT}"  # noqa: S608 - our names
        if not all(row[-1] for row in connection.execute(query)):
            return table
    return ""


def rescue(damaged: Path, target: sqlite3.Connection, watermark: int, newest: int | None = None) -> int:
    """Copy every readable row of every table into `target` (inside its transaction); return how many.

    Alarms, events and notices whose own rows are lost are made again from the log. `newest` bounds the long tables where the
    target is memory.
    """
    rows = 0
    with readable(damaged) as source:
        if source is not None:
            rows += sum(_from_tree(source, target, table, watermark, newest) for table in _FIRST_WHAT_IS_GONE)
    if newest is None and missing(target, watermark):
        rows += _from_leaves(damaged, target, watermark)
    _derive_again(target)
    return rows


def _from_tree(
    source: sqlite3.Connection, target: sqlite3.Connection, table: str, watermark: int, newest: int | None
) -> int:
    """Copy the rows of a table to which SQLite finds a way."""
    columns = _columns(source, target, table)
    if not columns:
        return 0
    last = _last_rowid(source, table, watermark)
    first = 1 if newest is None or table not in LONG_TABLES else max(1, last - newest + 1)
    copied = _copy(source, target, table, columns, [(first, last)])
    if table == "log" and newest is None:
        # On a torn page rowids stand in disorder, and a walk may pass by rows that a question finds.
        holes = [(seq, seq) for low, high in missing(target, watermark) for seq in range(low, high + 1)]
        copied += _copy(source, target, table, columns, holes[: FAILED_READS["log"]])
    return copied


def _from_leaves(damaged: Path, target: sqlite3.Connection, watermark: int) -> int:
    """Copy log rows that stand on their pages although SQLite finds no way to them."""
    columns = _columns(target, target, "log")
    types = tuple(columns.values())[1:]
    insert = f"INSERT OR IGNORE INTO log VALUES ({', '.join('?' * len(columns))})"  # noqa: S608 - only question marks
    bound = watermark + AHEAD_OF_MARK if watermark else LARGEST_ROWID
    holes = missing(target, watermark)
    copied = 0
    with pages_of(damaged) as pages:
        for seq, (_, *row) in leaf_rows(pages, len(columns)):
            lost = seq > watermark or any(low <= seq <= high for low, high in holes)  # not what was pruned or erased
            if lost and 0 < seq <= bound and all(map(isinstance, row, types)) and _is_json(row[-1]):
                copied += target.execute(insert, (seq, *row)).rowcount
    return copied


def never_again(connection: sqlite3.Connection, seq: int) -> None:
    """Give no number up to `seq` to a new log row: whoever follows the log has seen it."""
    if connection.execute("UPDATE sqlite_sequence SET seq = max(seq, ?) WHERE name = 'log'", (seq,)).rowcount == 0:
        connection.execute("INSERT INTO sqlite_sequence VALUES ('log', ?)", (seq,))


def _columns(source: sqlite3.Connection, target: sqlite3.Connection, table: str) -> dict[str, tuple[type, ...]]:
    """The columns that both have, with what a value of each may be."""
    here = target.execute(f"PRAGMA table_info({table})").fetchall()
    try:
        there = {name for _, name, *_ in source.execute(f"PRAGMA table_info({table})")}
    except sqlite3.Error:
        return {}
    return {
        name: _TYPES[kind] if required or key else (*_TYPES[kind], type(None))
        for _, name, kind, required, _, key in here
        if name in there
    }


def _copy(
    source: sqlite3.Connection,
    target: sqlite3.Connection,
    table: str,
    columns: dict[str, tuple[type, ...]],
    ranges: list[tuple[int, int]],
) -> int:
    names = ", ".join(columns)
    marks = ", ".join("?" * len(columns))
    insert = f"INSERT OR IGNORE INTO {table}({names}) VALUES ({marks})"  # noqa: S608 - names from our schema
    json_at = [place for place, name in enumerate(columns) if name in _JSON]
    patience = FAILED_READS.get(table, FAILED_READS_OF_A_SMALL_TABLE)
    copied = 0
    for row in _walk(source, f"SELECT rowid, {names} FROM {table}", ranges, patience):  # noqa: S608 - likewise
        if all(map(isinstance, row, columns.values())) and all(_is_json(row[place]) for place in json_at):
            copied += target.execute(insert, row).rowcount
    return copied


def _last_rowid(source: sqlite3.Connection, table: str, watermark: int) -> int:
    bound = watermark + AHEAD_OF_MARK if watermark and table in LONG_TABLES else LARGEST_ROWID
    try:
        last = source.execute(f"SELECT coalesce(max(rowid), 0) FROM {table}").fetchone()[0]  # noqa: S608 - our names
    except sqlite3.Error:
        return bound
    return min(int(last), bound)


def _walk(
    source: sqlite3.Connection, select: str, ranges: list[tuple[int, int]], patience: int
) -> Iterator[tuple[object, ...]]:
    """All rows in these ranges of rowids that can be read.

    A single row is asked for by its number alone: a range makes SQLite look at the next page too, and Python's cursor
    looks one row ahead, so that both may fail on a neighbour.
    """
    failed = 0
    while ranges and failed < patience:
        low, high = ranges.pop()
        single = low == high
        where = "rowid = ?1" if single else "rowid BETWEEN ?1 AND ?2 ORDER BY rowid"
        try:
            for rowid, *row in source.execute(f"{select} WHERE {where}", (low, high)[: 2 - single]):
                if rowid < low:  # a page that hangs below itself: SQLite would walk round it for ever
                    raise sqlite3.DatabaseError("rowids go back")
                low = rowid + 1
                yield tuple(row)
        except sqlite3.Error:
            failed += 1
            if not single and low <= high:
                middle = (low + high) // 2
                ranges += [(middle + 1, high), (low, middle)] if low < high else [(low, high)]


def _is_json(text: object) -> bool:
    if text is None:
        return True
    try:
        json.loads(str(text))
    except ValueError:
        return False
    return True


def _derive_again(target: sqlite3.Connection) -> None:
    for seq, utc, subject, kind, text in target.execute(
        "SELECT seq, utc, subject, kind, body FROM log WHERE kind IN ('alarm', 'event', 'notice', 'noticed') ORDER BY seq"
    ).fetchall():
        body = json.loads(text)
        with suppress(
            LookupError, TypeError, ValueError
        ):  # a letter of it is another one: it is read, and nothing follows
            match kind:
                case "event":
                    derive_event(target, seq, subject, body)
                case "alarm":
                    derive_alarm(target, seq, body["alarm"], normal=body["normal"])
                case "notice":
                    derive_notice(target, seq, utc, body, text)
                case _:
                    derive_noticed(target, utc, body)


def _means_no_access(error: sqlite3.OperationalError) -> bool:
    code: int = getattr(error, "sqlite_errorcode", 0)  # none where Python could not decode a text
    return code & 0xFF in _NO_ACCESS
