"""Short waits of ports and rooms, by what is waited for and whose it is. They begin anew after a restart."""

from __future__ import annotations

import heapq
from typing import TypeAlias

Wait: TypeAlias = tuple[str, str]
"""What is waited for, and of whom: ("over_current", "pile1/p04")."""


class Delays:
    """Running waits, each with the CLOCK_BOOTTIME at which it ends."""

    def __init__(self) -> None:
        self._running: dict[Wait, int] = {}
        self._due: list[tuple[int, Wait]] = []

    def __contains__(self, wait: Wait) -> bool:
        return wait in self._running

    @property
    def next_ns(self) -> int | None:
        """CLOCK_BOOTTIME of the next wait to end, None when none runs."""
        due = self._due
        while due and self._running.get(due[0][1]) != due[0][0]:
            heapq.heappop(due)
        return due[0][0] if due else None

    def start(self, wait: Wait, due_ns: int) -> None:
        """Wait until then, whatever was waited for under that name before."""
        if self._running.get(wait) != due_ns:
            self._running[wait] = due_ns
            heapq.heappush(self._due, (due_ns, wait))

    def stop(self, wait: Wait) -> None:
        """Wait no longer, if it did."""
        self._running.pop(wait, None)

    def ended(self, now_ns: int) -> list[Wait]:
        """Take out the waits that have ended, in the order in which they did."""
        ended: list[Wait] = []
        while (due_ns := self.next_ns) is not None and due_ns <= now_ns:
            wait = heapq.heappop(self._due)[1]
            del self._running[wait]
            ended.append(wait)
        return ended
