"""Saves the batches of a damaged outbox from its pages.

A batch is never changed and carries a checksum of all its columns, so every copy on any page is true, whatever became of
the tree above it. Cursors do change; they are asked for in the ordinary way, and stand in the open batch's notes too.
"""

from __future__ import annotations

import mmap
import os
import sqlite3
from contextlib import closing, contextmanager
from typing import TYPE_CHECKING

from gateway.keep.leaves import leaf_rows
from gateway.keep.outbox_file import BATCH_COLUMNS, Batch, checksum, is_damage
from gateway.keep.readable import pages_of
from gateway.keep.schema import connect_to_read

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from gateway.keep.leaves import Cell
    from gateway.keep.outbox_file import OutboxFile, Pair

COMMIT_BYTES = 8 * 1024 * 1024
"""The rescued batches go to disk in pieces, so that the write-ahead log never grows to the size of the outbox."""


def rescue(damaged: Path, target: OutboxFile, after: int) -> int:
    """Copy every whole batch with a number above `after` into a new outbox; return how many.

    Takes no more than half of the free room. Raises sqlite3.Error and OSError for what the disk does.
    """
    connection = target.connection
    disk = os.statvfs(damaged.parent)
    left = disk.f_bavail * disk.f_frsize // 2
    rescued = waiting = 0
    with _pages(damaged) as pages:
        connection.execute("BEGIN IMMEDIATE")
        for batch, crc in _whole_batches(pages):
            size = len(batch.data)
            if batch.seq <= after or size > left:
                continue
            row = (batch.seq, batch.t0_ns, batch.t1_ns, batch.lines, batch.points, crc, batch.data)
            added = connection.execute("INSERT OR IGNORE INTO batch VALUES (?, ?, ?, ?, ?, ?, ?)", row).rowcount
            rescued += added
            left -= size * added
            waiting += size * added
            if waiting > COMMIT_BYTES:
                waiting = 0
                connection.execute("COMMIT")
                connection.execute("BEGIN IMMEDIATE")
        connection.execute("COMMIT")
    return rescued


def rescue_table(source: str, query: str) -> dict[Pair, int]:
    """What can be read of a table of two names and a number; nothing where SQLite finds no way."""
    found: dict[Pair, int] = {}
    try:
        with closing(connect_to_read(source)) as connection:
            for who, what, number in connection.execute(query):
                if isinstance(who, str) and isinstance(what, str) and isinstance(number, int):
                    found[who, what] = number
    except sqlite3.Error as error:
        if not is_damage(error):
            raise
    return found


@contextmanager
def _pages(path: Path) -> Iterator[mmap.mmap | bytes]:
    """The pages with what the -wal adds to them, which takes a copy; those of the file alone where a copy has no room."""
    disk = os.statvfs(path.parent)
    if path.stat().st_size * 2 < disk.f_bavail * disk.f_frsize:
        with pages_of(path) as pages:
            yield pages
        return
    with path.open("rb") as file:
        if file.seek(0, os.SEEK_END) == 0:
            yield b""
            return
        with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as pages:
            yield pages


def _whole_batches(pages: mmap.mmap | bytes) -> Iterator[tuple[Batch, int]]:
    for seq, (_, *cells) in leaf_rows(pages, BATCH_COLUMNS):
        if (found := _batch(seq, cells)) is not None:
            yield found


def _batch(seq: int, cells: list[Cell]) -> tuple[Batch, int] | None:
    match cells:
        case [int(t0_ns), int(t1_ns), int(lines), int(points), int(crc), bytes(data)] if 0 < seq < 1 << 62:
            batch = Batch(seq, t0_ns, t1_ns, lines, points, data)
            return (batch, crc) if checksum(batch, data) == crc else None
    return None
