"""Brings a damaged database file to the point where something can be read of it, without changing the file itself."""

from __future__ import annotations

import mmap
import shutil
import sqlite3
from contextlib import closing, contextmanager, suppress
from typing import TYPE_CHECKING

from gateway.keep.leaves import PAGE_BYTES
from gateway.keep.schema import disk_source, migrate

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_MAGIC = b"SQLite format 3\0"


@contextmanager
def readable(path: Path) -> Iterator[sqlite3.Connection | None]:
    """The file as far as SQLite can be brought to open it: as it is, without its -wal, or with a first page made anew."""
    for flags in ("?mode=ro", "?mode=ro&immutable=1"):
        with closing(sqlite3.connect(disk_source(path) + flags, uri=True, isolation_level=None)) as connection:
            if _has_log(connection):
                yield connection
                return
    with _copied(path, with_new_first_page=True) as copy:
        if copy is None:
            yield None
            return
        with closing(sqlite3.connect(copy, isolation_level=None)) as connection:
            yield connection if _has_log(connection) else None


@contextmanager
def pages_of(path: Path) -> Iterator[mmap.mmap | bytes]:
    """All pages of the file, with what its -wal adds to them; those of the file alone where there is no room to copy it."""
    try:
        with path.open("rb") as file:
            new_first_page = file.read(len(_MAGIC)) != _MAGIC
    except OSError:
        yield b""
        return
    with _copied(path, with_new_first_page=new_first_page) as copy:
        if copy is not None:
            with suppress(sqlite3.Error), closing(sqlite3.connect(copy, isolation_level=None)) as connection:
                connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        with (copy or path).open("rb") as file:
            if file.seek(0, 2) == 0:
                yield b""
                return
            with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as pages:
                yield pages


@contextmanager
def _copied(path: Path, *, with_new_first_page: bool) -> Iterator[Path | None]:
    """A copy of the file and its -wal for as long as it is needed; None where there is no room or nothing to copy."""
    copy = path.with_name(path.name + ".reading")
    wal, wal_copy = (name.with_name(name.name + "-wal") for name in (path, copy))
    try:
        try:
            shutil.copyfile(path, copy)
            if wal.exists():
                shutil.copyfile(wal, wal_copy)
            made = not with_new_first_page or _give_new_first_page(copy)
        except OSError:
            made = False
        yield copy if made else None
    finally:
        for companion in ("", "-wal", "-shm", "-journal"):
            with suppress(OSError):
                copy.with_name(copy.name + companion).unlink(missing_ok=True)


def _give_new_first_page(copy: Path) -> bool:
    """Give the copy the first page of a new journal: header, and where each table begins.

    The same steps make every journal, so the tables of a new one begin on the same pages.
    """
    pages = copy.stat().st_size // PAGE_BYTES
    if not pages:
        return False
    with closing(sqlite3.connect(":memory:", isolation_level=None)) as fresh, copy.open("r+b") as file:
        migrate(fresh, None)
        page = bytearray(fresh.serialize()[:PAGE_BYTES])
        page[18:20] = b"\x02\x02"  # read and write version: WAL (SQLite file format, 1.3.3)
        page[28:32] = pages.to_bytes(4, "big")  # size in pages (1.3.7)
        page[92:96] = page[24:28]  # version-valid-for = change counter, or the size is not believed (1.3.7)
        file.write(page)
    return True


def _has_log(connection: sqlite3.Connection) -> bool:
    try:
        return connection.execute("SELECT 1 FROM sqlite_schema WHERE name = 'log'").fetchone() is not None
    except sqlite3.Error:
        return False
