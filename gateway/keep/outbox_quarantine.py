"""Lines that a destination will never take: kept for a person to look at, the newest ones only."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

KEPT_LINES = 1_000
KEPT_BYTES = 1024 * 1024
"""So many are kept, and so long all together, in memory on their way as on disk."""

LINE_BYTES = 64 * 1024
WHY_LETTERS = 1_000
"""Longer ones are cut."""


@dataclass(frozen=True, slots=True)
class Quarantined:
    """A line that a destination refused, and its words."""

    destination: str
    utc: float
    line: bytes
    why: str


class Refused:
    """Refused lines on their way to the disk."""

    def __init__(self) -> None:
        self._waiting: deque[Quarantined] = deque(maxlen=KEPT_LINES)

    def add(self, destination: str, line: bytes, why: str, utc: float) -> None:
        """Take one."""
        self._waiting.append(Quarantined(destination, utc, line[:LINE_BYTES], why[:WHY_LETTERS]))

    def waiting(self, destination: str = "") -> tuple[Quarantined, ...]:
        """Those not on disk yet, oldest first; of one destination if it is given."""
        return tuple(line for line in self._waiting if destination in {"", line.destination})

    def written(self, lines: Iterable[Quarantined]) -> None:
        """These are on disk."""
        gone = set(map(id, lines))
        self._waiting = deque((line for line in self._waiting if id(line) not in gone), KEPT_LINES)


def newest(waiting: Sequence[Quarantined], on_disk: Iterable[Quarantined], limit: int) -> list[Quarantined]:
    """The newest first, of those that waited when the disk was read and those that it had."""
    return [*reversed(waiting), *(line for line in on_disk if line not in waiting)][:limit]
