"""Messages that have to wait because more come than can be judged: what is given up, and what never."""

from __future__ import annotations

import asyncio
from collections import deque
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable

    from drivers.mqtt.message import Message
    from drivers.mqtt.tally import Tally

TURN_SECONDS: Final = 0.002
"""So long messages keep the event loop to themselves before something else gets its turn."""

SHED_FROM: Final = 1_000
"""Where so many wait, telemetry at QoS 0 is given up: about 0.2 s of work."""


class Inbox:
    """Messages in the order in which they came. Those at QoS 1 are never given up: the broker keeps what we do not read."""

    def __init__(self, take: Callable[[Message], None], tally: Tally) -> None:
        self._take = take
        self._tally = tally
        self._loop = asyncio.get_running_loop()
        self._waiting: deque[Message] = deque()
        self._next: asyncio.Handle | None = None
        self.failed: asyncio.Future[None] = self._loop.create_future()
        """Fails with what a message made us raise: a fault of ours, which ends the run."""

    def __len__(self) -> int:
        return len(self._waiting)

    def put(self, message: Message) -> None:
        """Let a message come to its turn."""
        if message.qos == 0 and len(self._waiting) >= SHED_FROM:
            self._tally.shed_telemetry += 1
            return
        self._waiting.append(message)
        if self._next is None:
            self._next = self._loop.call_soon(self._go_on)

    def close(self) -> None:
        """Judge nothing more: the connection is gone, and its messages come again."""
        if self._next is not None:
            self._next.cancel()
        self._waiting.clear()

    def _go_on(self) -> None:
        self._next = None
        ends = self._loop.time() + TURN_SECONDS
        try:
            while self._waiting:
                self._take(self._waiting.popleft())
                if self._loop.time() >= ends:
                    break
        except Exception as bug:  # noqa: BLE001 - a callback has nobody to raise to
            self._waiting.clear()
            if not self.failed.done():
                self.failed.set_exception(bug)
            return
        if self._waiting:
            self._next = self._loop.call_soon(self._go_on)
