"""Which device events were heard already: a driver may hand over the same one again after any interruption."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import sqlite3

_NEXT_PAIR = "SELECT device, epoch FROM events WHERE (device, epoch) > (?, ?) ORDER BY device, epoch LIMIT 1"
_HIGHEST = "SELECT max(sequence) FROM events WHERE device = ? AND epoch = ?"
_EVENT = "SELECT 1 FROM events WHERE device = ? AND epoch = ? AND sequence = ?"


class Sequences:
    """Answers for all events ever, with one number per device and epoch in memory.

    A sequence above the highest one heard is new: that is nearly every event, and costs one look into a dictionary. One at
    or below it is looked up in the table (10 us by index), or among those still on their way to it.
    """

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self._highest: dict[tuple[str, str], int] = {}
        self._on_the_way: set[tuple[str, str, int]] = set()
        pair = ("", "")
        while found := connection.execute(_NEXT_PAIR, pair).fetchone():
            pair = found
            self._highest[pair] = connection.execute(_HIGHEST, pair).fetchone()[0]

    def known(self, device: str, epoch: str, sequence: int) -> bool:
        """Whether that event was submitted, in this run or any before."""
        highest = self._highest.get((device, epoch))
        if highest is None or sequence > highest:
            return False
        event = (device, epoch, sequence)
        return event in self._on_the_way or self._connection.execute(_EVENT, event).fetchone() is not None

    def submitted(self, device: str, epoch: str, sequence: int) -> None:
        """An event goes to the disk."""
        self._on_the_way.add((device, epoch, sequence))
        if sequence > self._highest.get((device, epoch), sequence - 1):
            self._highest[device, epoch] = sequence

    def committed(self, device: str, epoch: str, sequence: int) -> None:
        """An event is on disk."""
        self._on_the_way.discard((device, epoch, sequence))
