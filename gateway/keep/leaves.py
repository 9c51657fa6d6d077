"""Reads the log's rows straight from the pages of a database file, without the tree above them.

SQLite finds rows through the pages above them; when such a page is damaged it finds none of them, although they stand
unharmed on their leaves. For the log that can be mended: a row of it is never changed nor deleted, so every copy on any
leaf is true. Not so for the other tables, where a page that was freed may still hold a user who was removed.

Source of the layout: "Database File Format", sqlite.org/fileformat2.html, sections 1.6 (b-tree pages), 1.5 (overflow) and
2.1 (records).
"""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Iterator
    from mmap import mmap

PAGE_BYTES = 4096
FILE_HEADER_BYTES = 100

_LEAF_OF_A_TABLE = 0x0D
_MOST_ON_PAGE = PAGE_BYTES - 35
"""A payload up to this size stands on its leaf alone."""

_LEAST_ON_PAGE = (PAGE_BYTES - 12) * 32 // 255 - 23
_ON_OVERFLOW_PAGE = PAGE_BYTES - 4

Cell: TypeAlias = str | int | float | bytes | None


def leaf_rows(file: mmap | bytes, columns: int) -> Iterator[tuple[int, list[Cell]]]:
    """Rowid and values of every row with so many columns on any leaf of a database of 4,096-byte pages.

    What cannot be parsed is passed over; what can may still be garbage and is the caller's to judge.
    """
    for start in range(0, len(file) - PAGE_BYTES + 1, PAGE_BYTES):
        header = start + (FILE_HEADER_BYTES if start == 0 else 0)
        if file[header] != _LEAF_OF_A_TABLE:
            continue
        (cells,) = struct.unpack_from(">H", file, header + 3)
        for number in range(min(cells, PAGE_BYTES // 4)):
            (at,) = struct.unpack_from(">H", file, header + 8 + 2 * number)
            try:
                rowid, payload = _cell(file, start, at)
                values = _record(payload)
            except (IndexError, struct.error, ValueError):
                continue
            if len(values) == columns:
                yield rowid, values


def _cell(file: mmap | bytes, start: int, at: int) -> tuple[int, bytes]:
    size, at = _varint(file, start + at)
    rowid, at = _varint(file, at)
    if size > len(file):
        raise ValueError("a payload larger than the file")
    on_page = size
    if size > _MOST_ON_PAGE:
        on_page = _LEAST_ON_PAGE + (size - _LEAST_ON_PAGE) % _ON_OVERFLOW_PAGE
        if on_page > _MOST_ON_PAGE:
            on_page = _LEAST_ON_PAGE
    if at + on_page > start + PAGE_BYTES:
        raise ValueError("a cell beyond its page")
    payload = file[at : at + on_page]
    at += on_page
    while len(payload) < size:
        (page,) = struct.unpack_from(">I", file, at)
        if page == 0:
            raise ValueError("an overflow that ends too early")
        at = (page - 1) * PAGE_BYTES
        payload += file[at + 4 : at + 4 + min(_ON_OVERFLOW_PAGE, size - len(payload))]
    return rowid, payload


def _record(payload: bytes) -> list[Cell]:
    end, at = _varint(payload, 0)
    body = end
    values: list[Cell] = []
    while at < end:
        kind, at = _varint(payload, at)
        value, body = _value(payload, kind, body)
        values.append(value)
    if body != len(payload):
        raise ValueError("a record of another size than its header says")
    return values


def _value(payload: bytes, kind: int, at: int) -> tuple[Cell, int]:
    if kind == 0:
        return None, at
    if kind in {8, 9}:
        return kind - 8, at
    if kind == 7:  # noqa: PLR2004 - serial type 7: IEEE double
        return struct.unpack_from(">d", payload, at)[0], at + 8
    if kind <= 6:  # noqa: PLR2004 - serial types 1 to 6: integers
        size = (1, 2, 3, 4, 6, 8)[kind - 1]
        return int.from_bytes(payload[at : at + size], "big", signed=True), at + size
    if kind < 12:  # noqa: PLR2004 - 10 and 11 are reserved
        raise ValueError("a reserved serial type")
    size = (kind - 12) // 2
    content = payload[at : at + size]
    return (content.decode() if kind % 2 else content), at + size


def _varint(file: mmap | bytes, at: int) -> tuple[int, int]:
    """A variable-length integer and where it ends: seven bits a byte, all eight of the ninth."""
    value = 0
    for length in range(8):
        byte = file[at + length]
        value = value << 7 | byte & 0x7F
        if byte < 0x80:  # noqa: PLR2004 - the top bit says that more follow
            return value, at + length + 1
    return value << 8 | file[at + 8], at + 9
