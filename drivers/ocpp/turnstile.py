"""Chargers that dial in all at once after a power cut, let through a few at a time so that everything else has its turn."""

from __future__ import annotations

import asyncio
from collections import deque
from typing import TYPE_CHECKING, Final, cast

from websockets.asyncio.server import ServerConnection

if TYPE_CHECKING:
    from asyncio import BaseTransport, Transport

AT_ONCE: Final = 4
"""Handshakes that begin in one turn of the loop: each costs about half a millisecond."""


class Turnstile:
    """Lets connections be read from in the order in which they came."""

    def __init__(self) -> None:
        self._waiting: deque[Transport] = deque()
        self._begun = 0
        self._loop = asyncio.get_running_loop()
        self._turning = False

    def arrive(self, transport: Transport) -> None:
        """A connection was made: it waits until it is let through."""
        if not self._turning:
            self._turning = True
            self._loop.call_soon(self._turn)
        if self._begun < AT_ONCE:
            self._begun += 1
            return
        transport.pause_reading()
        self._waiting.append(transport)

    def _turn(self) -> None:
        self._begun = 0
        while self._waiting and self._begun < AT_ONCE:
            transport = self._waiting.popleft()
            if not transport.is_closing():
                transport.resume_reading()
                self._begun += 1
        if self._begun:
            self._loop.call_later(0, self._turn)  # not in this turn of the loop, whose events are all known already
        else:
            self._turning = False


def arrivals(turnstile: Turnstile) -> type[ServerConnection]:
    """Connections that go through the turnstile."""

    class Arrival(ServerConnection):
        def connection_made(self, transport: BaseTransport) -> None:
            super().connection_made(transport)
            turnstile.arrive(cast("Transport", transport))

    return Arrival
