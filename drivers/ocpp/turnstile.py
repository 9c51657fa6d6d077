"""Chargers that dial in and speak all at once after a power cut, let through a few at a time: everything else has its turn."""

from __future__ import annotations

import asyncio
from collections import deque
from typing import Final

AT_ONCE: Final = 8
"""Handshakes and messages in one turn of the loop: each costs a few tenths of a millisecond."""


class Turnstile:
    """One for all chargers of a line. Who waits goes on in the order of coming."""

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._waiting: deque[asyncio.Future[None]] = deque()
        self._through = 0
        self._turning = False

    async def pass_through(self) -> None:
        """Go on, now or in a moment."""
        if not self._free():
            turn: asyncio.Future[None] = self._loop.create_future()
            self._waiting.append(turn)
            await turn

    def _free(self) -> bool:
        if not self._turning:
            self._turning = True
            self._loop.call_later(0, self._turn)  # not in this turn of the loop, whose events are all known already
        if self._waiting or self._through >= AT_ONCE:
            return False
        self._through += 1
        return True

    def _turn(self) -> None:
        self._through = 0
        while self._waiting and self._through < AT_ONCE:
            turn = self._waiting.popleft()
            if not turn.done():  # who waited may be gone
                self._through += 1
                turn.set_result(None)
        if self._through:
            self._loop.call_later(0, self._turn)
        else:
            self._turning = False
