"""How far the journal had come, in a second file: after damage it tells which rows are missing.

One line of fixed length, overwritten in place: `gridpost-mark 1 seq=... clean=0 crc=...`. It reaches the page cache after
each commit and the disk at most once a second, so it can lag behind the journal but never runs ahead of it.
"""

from __future__ import annotations

import os
import re
import zlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

MARK_NAME = "journal.mark"
SYNC_SECONDS = 1.0

_LINE = re.compile(rb"(gridpost-mark 1 seq=(\d{20}) clean=([01])) crc=([0-9a-f]{8})\n")


@dataclass(frozen=True, slots=True)
class Mark:
    """The highest log row that was committed, and whether the journal was closed in good order."""

    seq: int = 0
    clean: bool = False


def read_mark(path: Path) -> Mark:
    """The mark as it was left; `Mark()` when there is none or it cannot be believed."""
    try:
        found = _LINE.fullmatch(path.read_bytes())
    except OSError:
        return Mark()
    if found is None or zlib.crc32(found[1]) != int(found[4], 16):
        return Mark()
    return Mark(int(found[2]), found[3] == b"1")


class Watermark:
    """Writes the mark. Used by the one thread that writes the journal."""

    def __init__(self, path: Path) -> None:
        self._file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        self._synced_at = 0.0
        self._seq = 0

    def put(self, seq: int, seconds: float) -> None:
        """Say that rows up to `seq` are committed. `seconds` is any steady clock."""
        self._write(Mark(seq, clean=False))
        if seconds - self._synced_at >= SYNC_SECONDS:
            os.fdatasync(self._file)
            self._synced_at = seconds

    def abandon(self) -> None:
        """Leave the mark as it is: the journal could not be opened."""
        os.close(self._file)

    def close(self, *, clean: bool) -> None:
        """Put the last word on disk."""
        try:
            self._write(Mark(self._seq, clean))
            os.fdatasync(self._file)
        finally:
            os.close(self._file)

    def _write(self, mark: Mark) -> None:
        self._seq = mark.seq
        said = b"gridpost-mark 1 seq=%020d clean=%d" % (mark.seq, mark.clean)
        os.pwrite(self._file, said + b" crc=%08x\n" % zlib.crc32(said), 0)
