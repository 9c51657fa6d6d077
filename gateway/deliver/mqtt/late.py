"""The late lane: what did not go out live is read from the outbox and goes out in order, beside the live lane.

One line is one message. It takes at most half of the window and a bounded pace, so that live readings hardly wait for it; and
a tenth of the window is always its own, so that it gets on however many of those there are.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, NamedTuple, cast

from gateway.keep.lines import BatchReader
from gateway.keep.qualities import from_words

if TYPE_CHECKING:
    from collections.abc import Callable

    from gateway.deliver.mqtt.connection import Connection
    from gateway.deliver.mqtt.gaps import Gap, Gaps
    from gateway.deliver.mqtt.ledger import Ledger
    from gateway.deliver.mqtt.live import LiveLane
    from gateway.deliver.mqtt.messages import Payloads, Topics
    from gateway.deliver.mqtt.reasons import Reason
    from gateway.keep.lines import Told
    from gateway.keep.outbox import Batch, Outbox

AT_ONCE, PAUSE_SECONDS = 20, 0.01
"""The pace: at most 2,000 messages a second, in pieces that hold the loop for two milliseconds."""

SHARE = 10
"""This part of the window is kept free for late readings while there are any."""

READ_BYTES = 256 * 1024
"""How much of the outbox is read at a time, compressed."""


class _Line(NamedTuple):
    """A message on its way, and which line it is of."""

    batch: int
    number: int
    utc_ns: int
    points: int
    topic: str
    payload: bytes


class LateLane:
    """Readings that had to wait. `run` is a task of a connection; the gaps outlive it."""

    def __init__(
        self,
        outbox: Outbox,
        gaps: Gaps,
        live: LiveLane,
        topics: Topics,
        payloads: Payloads,
        ledger: Ledger,
        on_progress: Callable[[], None],
    ) -> None:
        self._outbox = outbox
        self._gaps = gaps
        self._live = live
        self._topics = topics
        self._payloads = payloads
        self._ledger = ledger
        self._on_progress = on_progress
        self._reader = BatchReader()
        self._topic_of: dict[str, str] = {}
        self._unconfirmed: dict[_Line, None] = {}
        self._gap: Gap | None = None
        self._reached: tuple[int, int] = (0, 0)
        self._moved = asyncio.Event()
        self._room_came = asyncio.Event()
        self._refused = False
        self._sent = 0

    def wake(self) -> None:
        """A batch came onto the disk, or there is a gap."""
        self._moved.set()

    def share(self, connection: Connection) -> int:
        """How many places in the window are this lane's own and not yet taken."""
        if self._gaps.first is None:
            return 0
        return max(0, connection.window // SHARE - len(self._unconfirmed))

    def room(self) -> None:
        """Messages were confirmed."""
        self._room_came.set()

    async def run(self, connection: Connection) -> None:
        """Work through the gaps until cancelled or refused; the first one not done is gone on with next time."""
        self._unconfirmed.clear()
        self._refused = False
        while not self._refused:
            gap = self._gaps.first
            if gap is None:
                await self._next_move()
            else:
                self._gap = gap
                self._reached = gap.batch, gap.utc_ns
                await self._send(gap, connection)

    async def _send(self, gap: Gap, connection: Connection) -> None:
        """Send a gap to its end and wait until all of it is confirmed; ends early where it became part of another one."""
        whole = False
        while self._goes_on(gap) and not whole:
            after = self._reached[0] - 1
            batches = await self._outbox.read(after, READ_BYTES, before=gap.end and gap.end.batch + 1)
            for batch in batches:
                whole = await self._send_batch(gap, batch, connection)
                if whole or not self._goes_on(gap):
                    break
            if not batches:
                whole = gap.end is not None and self._outbox.committed >= gap.end.batch
                if not whole:
                    await self._next_move()
        while self._goes_on(gap) and self._unconfirmed:
            await self._next_move()
        if whole and self._goes_on(gap):
            self._gaps.done(gap)
            self._on_progress()

    async def _send_batch(self, gap: Gap, batch: Batch, connection: Connection) -> bool:
        """Send what of a batch belongs to the gap. Returns whether the gap ends in it."""
        plain = await asyncio.to_thread(batch.plain)
        since = self._reached[1]
        for number, told in enumerate(self._reader.read(plain)):
            if told.utc_ns < since:
                continue
            if gap.end is not None and (told.device, told.utc_ns) == (gap.end.device, gap.end.utc_ns):
                return True
            since = 0
            if told.house:
                continue
            await self._room(connection)
            if not self._goes_on(gap):
                return False
            self._publish(told, batch.seq, number, connection)
        self._reached = batch.seq + 1, since
        self._note_progress()
        return gap.end is not None and batch.seq >= gap.end.batch

    def _publish(self, told: Told, batch: int, number: int, connection: Connection) -> None:
        topic = self._topic_of.get(told.device)
        if topic is None:
            topic = self._topic_of[told.device] = self._topics.late(told.device)
        faults = {key: fault for key, fault in from_words(told.faults) if fault is not None} if told.faults else None
        payload = self._payloads.readings(told.utc_ns, told.fields, faults)
        line = _Line(batch, number, told.utc_ns, len(told.fields), topic, payload)
        self._reached = batch, told.utc_ns
        if connection.publish(topic, payload, self, line):
            self._unconfirmed[line] = None
        else:
            self._ledger.too_long(topic, payload)

    async def _room(self, connection: Connection) -> None:
        """Wait until this lane may publish one more."""
        if self._sent >= AT_ONCE:
            self._sent = 0
            await asyncio.sleep(PAUSE_SECONDS)
        half = (connection.window + 1) // 2
        while (
            connection.room <= 0
            or len(self._unconfirmed) >= half
            or (self._live.waiting and not self.share(connection))
        ):
            self._sent = 0
            self._room_came.clear()
            await self._room_came.wait()
        self._sent += 1

    def confirmed(self, receipt: object, reason: Reason | None) -> None:
        """The broker has a message, or refused it."""
        line = cast("_Line", receipt)
        if line not in self._unconfirmed:
            return  # of a run that is over
        if reason is None:
            self._ledger.took(self, points=line.points)
        elif not self._ledger.refused(self, line.topic, line.payload, reason):
            self._unconfirmed.clear()
            self._refused = True
            self._moved.set()
            return
        del self._unconfirmed[line]
        self._note_progress()

    def _note_progress(self) -> None:
        """All before the oldest line that is not confirmed is done."""
        if self._gap is not None:
            first = next(iter(self._unconfirmed), None)
            self._gap.batch, self._gap.utc_ns = (first.batch, first.utc_ns) if first else self._reached
            self._on_progress()
        if not self._unconfirmed:
            self._moved.set()

    def _goes_on(self, gap: Gap) -> bool:
        return not self._refused and self._gaps.first is gap

    async def _next_move(self) -> None:
        self._moved.clear()
        await self._moved.wait()
