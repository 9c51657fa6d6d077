"""Asking a server what became of messages that it took, for servers that cannot call us: nothing is open towards the box."""

from __future__ import annotations

import asyncio
import heapq
from itertools import count
from typing import TYPE_CHECKING, Generic, TypeVar

from gateway.deliver.channels.contract import ChannelDown, ChannelRefused

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

Sent = TypeVar("Sent")

MOST_ASKED_FOR = 1_000
"""More than any hour of a compound has; the oldest question is dropped first, and its message stays "sent"."""

AFTER_TROUBLE_SECONDS = 10.0


class Receipts(Generic[Sent]):
    """What is still to be asked for, each at its time, one question after the other."""

    def __init__(self) -> None:
        self._due: list[tuple[float, int, Sent]] = []
        self._order = count()
        self._new = asyncio.Event()

    def expect(self, sent: Sent, after_seconds: float) -> None:
        """Ask for this one in so many seconds."""
        heapq.heappush(self._due, (asyncio.get_running_loop().time() + after_seconds, next(self._order), sent))
        if len(self._due) > MOST_ASKED_FOR:
            self._due.remove(min(self._due, key=lambda due: due[1]))
            heapq.heapify(self._due)
        self._new.set()

    async def run(self, ask: Callable[[Sent], Awaitable[float | None]]) -> None:
        """Ask for each as it is due, until cancelled. `ask` says in how many seconds to ask again, None for never.

        A question that fails, for whatever reason, is put again later: how long that makes sense is `ask`'s to say.
        """
        while True:
            sent = await self._next()
            try:
                again = await ask(sent)
            except (ChannelDown, ChannelRefused):
                again = AFTER_TROUBLE_SECONDS
            if again is not None:
                self.expect(sent, again)

    async def _next(self) -> Sent:
        loop = asyncio.get_running_loop()
        while True:
            self._new.clear()
            wait = self._due[0][0] - loop.time() if self._due else None
            if wait is not None and wait <= 0:
                return heapq.heappop(self._due)[2]
            try:
                async with asyncio.timeout(wait):
                    await self._new.wait()
            except TimeoutError:
                pass
