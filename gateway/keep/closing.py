"""Telemetry's stores, closed while the box has no power to spare, and opened again with the mains.

A box that dies while it writes leaves files to be mended at the next start. So when decide says so (`decide/power/box.py`),
readings are no longer told, and history and outbox are put on disk and closed. The journal is not among them: what a person
must know is recorded to the end.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from gateway.decide.power.box import STORES
from gateway.model import Recorded

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from gateway.keep.history import History
    from gateway.keep.outbox import Outbox
    from gateway.keep.telemetry import Telemetry
    from gateway.model import Now, Outcome


class Closing:
    """Closes and opens telemetry's stores. One of the road's `Audience`; `closed` is how decide left it before a restart."""

    def __init__(
        self, telemetry: Telemetry, history: History, outbox: Outbox, clock: Callable[[], Now], *, closed: bool
    ) -> None:
        self.closed = False
        """Whether they are closed now."""
        self._telemetry = telemetry
        self._history = history
        self._outbox = outbox
        self._clock = clock
        self._wanted = closed
        self._turn = asyncio.Event()
        self._turn.set()

    def tell(self, outcome: Outcome, seq: int | None) -> None:  # noqa: ARG002 - as one of the audience
        """Take decide's word."""
        if isinstance(outcome, Recorded) and outcome.kind == STORES:
            self._wanted = bool(outcome.body["closed"])
            self._turn.set()

    def values(self, device: str, group: int, changed: Sequence[int] | None) -> None:
        """Readings are not its business."""

    async def run(self) -> None:
        """Do what was asked for last, until cancelled."""
        while True:
            await self._turn.wait()
            self._turn.clear()
            if self._wanted is not self.closed:
                await (self._close() if self._wanted else self._open())

    async def _close(self) -> None:
        self.closed = True
        now = self._clock()
        self._telemetry.rest(now)
        await self._history.put_away(now.utc)
        await self._outbox.put_away()

    async def _open(self) -> None:
        await self._outbox.take_up()
        self._telemetry.wake()
        self.closed = False
