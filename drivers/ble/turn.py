"""How long packets may keep the event loop to themselves before something else gets its turn."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable

    from drivers.ble.inbox import Heard, Inbox

TURN_SECONDS: Final = 0.002
"""An alarm that is raised meanwhile waits no longer than this for the loop."""


class Turns:
    """Judges what comes at once while the turn of the loop lasts; what comes then waits in the inbox for the next ones."""

    def __init__(self, inbox: Inbox, judge: Callable[[Heard], None]) -> None:
        self._inbox = inbox
        self._judge = judge
        self._loop = asyncio.get_running_loop()
        self._ends = 0.0
        self._next: asyncio.Handle | None = None

    @property
    def over(self) -> bool:
        """Whether this turn's time is used up: whatever need not be heard is not to be looked at."""
        return self._next is not None and self._loop.time() >= self._ends

    def take(self, heard: Heard) -> None:
        """Judge a packet, now or when its time has come."""
        if self._next is None:
            self._begin(TURN_SECONDS)
        if self._loop.time() < self._ends:
            self._judge(heard)
        elif (oldest := self._inbox.put(heard)) is not None:
            self._judge(oldest)

    def close(self) -> None:
        """Judge nothing more: the run ends."""
        if self._next is not None:
            self._next.cancel()
        self._inbox.clear()

    def _begin(self, seconds: float) -> None:
        self._ends = self._loop.time() + seconds
        self._next = self._loop.call_soon(self._go_on)

    def _go_on(self) -> None:
        self._next = None
        ends = self._loop.time() + TURN_SECONDS
        while (heard := self._inbox.take()) is not None:
            self._judge(heard)
            if self._loop.time() >= ends:
                break
        if len(self._inbox):
            self._begin(0.0)
