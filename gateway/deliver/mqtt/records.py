"""The lanes of what must never be lost or wait: alarms, then ended commands, then device events, from the journal."""

from __future__ import annotations

import asyncio
from collections import deque
from typing import TYPE_CHECKING, NamedTuple, cast

from gateway.deliver.outlet import RECORDS

if TYPE_CHECKING:
    from gateway.deliver.mqtt.connection import Connection
    from gateway.deliver.mqtt.ledger import Ledger
    from gateway.deliver.mqtt.messages import Payloads, Topics
    from gateway.deliver.mqtt.reasons import Reason
    from gateway.deliver.outlet import Wiring

AT_ONCE = 100
"""How many rows of the journal are read at a time."""


class _Record(NamedTuple):
    """A message on its way: which row it is of."""

    lane: str
    seq: int
    topic: str
    payload: bytes


class RecordLanes:
    """Rows on their way. `run` is a task of a connection; what it publishes goes ahead of all telemetry."""

    def __init__(self, destination: str, wiring: Wiring, topics: Topics, payloads: Payloads, ledger: Ledger) -> None:
        self._destination = destination
        self._wiring = wiring
        self._topics = topics
        self._payloads = payloads
        self._ledger = ledger
        self._done: dict[str, int] = {}
        self._read: dict[str, int] = {}
        self._waiting: deque[_Record] = deque()
        self._unconfirmed: dict[_Record, None] = {}
        self._moved = asyncio.Event()
        self._refused = False

    def wake(self) -> None:
        """The journal has new rows."""
        self._moved.set()

    async def begin(self) -> None:
        """Find out where each lane stands; a new one begins at the journal's end.

        A journal that is not kept counts anew with each start: all of it is new, and no cursor is moved.
        """
        if self._done:
            return
        end = await self._wiring.records.last_seq()  # one for all: a row that comes now is new to each of them
        for lane in RECORDS:
            stands = self._wiring.outbox.cursor(self._destination, lane) if self._wiring.recorded() else 0
            if stands is None:
                stands = end
                self._wiring.outbox.move(self._destination, lane, stands)
            self._done[lane] = stands

    async def run(self, connection: Connection) -> None:
        """Carry out what there is and what comes, until cancelled or refused; what is not confirmed goes again next time."""
        await self.begin()
        self._waiting.clear()
        self._unconfirmed.clear()
        self._read = dict(self._done)
        self._refused = False
        while not self._refused:
            self._moved.clear()
            if not self._waiting and await self._read_more():
                self.pump(connection)
            else:
                await self._moved.wait()

    async def _read_more(self) -> bool:
        """Read rows of the first lane that has any."""
        for lane, kind in RECORDS.items():
            rows = await self._wiring.records.log(self._read[lane], AT_ONCE, kind)
            for row in rows:
                self._read[lane] = row.seq
                try:
                    name, payload = self._payloads.record(lane, row)
                except (KeyError, TypeError) as wrong:  # a row that another version wrote must not stop those behind it
                    self._ledger.unreadable(row.seq, row.body, wrong)
                    continue
                self._waiting.append(_Record(lane, row.seq, self._topics.record(lane, name), payload))
            if rows:
                return True
        return False

    def pump(self, connection: Connection) -> None:
        """Publish what waits, as far as there is room."""
        waiting, room = self._waiting, connection.room
        if not waiting:
            return
        while waiting and room > 0:
            record = waiting.popleft()
            if connection.publish(record.topic, record.payload, self, record):
                self._unconfirmed[record] = None
                room -= 1
            else:
                self._ledger.too_long(record.topic, record.payload)
        if not waiting:
            self._moved.set()

    def confirmed(self, receipt: object, reason: Reason | None) -> None:
        """The broker has a message, or refused it."""
        record = cast("_Record", receipt)
        if record not in self._unconfirmed:
            return  # of a run that is over
        if reason is None:
            self._ledger.took(self, records=1)
        elif not self._ledger.refused(self, record.topic, record.payload, reason):
            self._waiting.clear()
            self._unconfirmed.clear()
            self._refused = True
            self._moved.set()
            return
        del self._unconfirmed[record]
        oldest = next((other.seq for other in self._unconfirmed if other.lane == record.lane), record.seq + 1)
        if oldest - 1 > self._done[record.lane]:
            self._done[record.lane] = oldest - 1
            if self._wiring.recorded():
                self._wiring.outbox.move(self._destination, record.lane, oldest - 1)
