"""How much room the data folder's disk has, and the ballast: room held back that is let go for the journal on a full disk.

A full disk locks SQLite: there even deleting and checkpointing fail. So telemetry stops while there is room left, and a
ballast file gives the journal room when something else has filled the disk.
"""

from __future__ import annotations

import contextlib
import os
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

BALLAST_NAME = "ballast"
BALLAST_BYTES = 8 * 1024 * 1024
"""Two write-ahead logs of the journal at their largest (`journal_size_limit` in gateway/keep/schema.py)."""

FULL_BELOW_BYTES = 1024 * 1024
"""With less free than this the ballast is let go."""

LARGEST_SHARE = 10
"""What is kept free, and the ballast, are never more than this part of the file system: a small one must work too."""

AGAIN = 1.25
"""Telemetry is written again when so many times that is free which has to stay free, so that it does not flutter."""


class RoomState(Enum):
    """Whether there is room for telemetry."""

    AMPLE = "ample"
    SCARCE = "scarce"
    """Telemetry is not written; alarms and audit are."""
    FULL = "full"
    """The ballast was let go for the journal, and the outbox writes nothing at all."""


@dataclass(frozen=True, slots=True)
class Room:
    """The room on a disk, and how many bytes an ordinary process may still write there."""

    state: RoomState
    free_bytes: int


class Disk:
    """Looks at the disk of a folder and keeps the ballast there. Used by one thread."""

    def __init__(self, folder: Path, keep_free_bytes: int) -> None:
        self._folder = folder
        self._ballast = folder / BALLAST_NAME
        self._keep_free_bytes = keep_free_bytes
        self._state = RoomState.AMPLE

    def look(self) -> Room:
        """Measure, and let the ballast go or take it back. A disk that cannot be measured is as it was."""
        try:
            disk = os.statvfs(self._folder)
        except OSError:
            return Room(self._state, 0)
        free, share = disk.f_bavail * disk.f_frsize, disk.f_blocks * disk.f_frsize // LARGEST_SHARE
        scarce_below = min(self._keep_free_bytes, share)
        size = min(BALLAST_BYTES, share)
        held = self._ballast.exists()
        if free >= scarce_below * AGAIN + (0 if held else size):
            self._state = RoomState.AMPLE
            if not held and self._take_ballast(size):
                free -= size
        elif self._state is not RoomState.FULL:
            if free < min(FULL_BELOW_BYTES, scarce_below // 2):
                self._fill()
            elif free < scarce_below:
                self._state = RoomState.SCARCE
        elif held:
            self._fill()
        return Room(self._state, free)

    def met_full(self) -> None:
        """A write found the disk full, whatever was measured (a quota): let the ballast go."""
        self._fill()

    def _fill(self) -> None:
        self._state = RoomState.FULL
        with contextlib.suppress(
            OSError
        ):  # a read-only disk: there is nothing to be had, and the next look tries again
            self._ballast.unlink(missing_ok=True)

    def _take_ballast(self, size: int) -> bool:
        try:
            file = os.open(self._ballast, os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except OSError:
            return False
        try:
            os.posix_fallocate(file, 0, size)
        except OSError:
            self._ballast.unlink(missing_ok=True)
            return False
        finally:
            os.close(file)
        return True
