"""One transaction after the other, on whatever wire the line has now, and the books of who answered.

The time-out is what the bytes take on the wire and the unit's own patience. Where no transaction id can be trusted, a frame
whose answer could be an older one's waits behind a fence: a read of another shape, whose answer flushes what is late.
"""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING, Final

from drivers.modbus.frame import ExceptionReply, ModbusError, NoReply
from drivers.modbus.refusal import TARGET_SILENT
from drivers.modbus.wires import make_wire

if TYPE_CHECKING:
    from collections.abc import Callable

    from drivers.modbus.config import ModbusConfig
    from drivers.modbus.frame import Frame
    from drivers.modbus.tally import Tally
    from drivers.modbus.unit import Poll, Unit
    from drivers.modbus.wire import Done, Wire

_NANOSECONDS: Final = 1_000_000_000


class Transactions:
    """What is asked on a line. `answered` is when anything was answered last, on the event loop's clock."""

    wire: Wire

    def __init__(self, config: ModbusConfig, tally: Tally, on_lost: Callable[[], None]) -> None:
        self._config = config
        self._tally = tally
        self._on_lost = on_lost
        self._loop = asyncio.get_running_loop()
        self._new_wire()
        self.confusable = self.wire.confusable
        # a serial port would be no quieter when opened anew: silence is what it needs, and its wire keeps that
        self._closes_after_silence = self.confusable and config.serial is None
        self.answered = self._loop.time()
        self._sent_ns = 0

    async def connect(self) -> None:
        """Open the wire; raises LineLost or Misconfigured."""
        await self.wire.connect()
        self._tally.connections += 1

    def introduce(self, unit: Unit) -> None:
        """Work out what the unit's polls take on this wire."""
        for poll in unit.polls:
            poll.wire_seconds = self.wire.seconds_of(poll.frame)

    async def ask(self, unit: Unit, frame: Frame, *, at_once: bool = False) -> bytes:
        """Send a frame and return the content of its answer; raises ModbusError, or LineLost when the line goes.

        `at_once` asks for no fence: for what must be said whatever comes back.
        """
        if self.confusable and not at_once and unit.quarantine.holds(frame, self._loop.time()):
            await self._flush(unit, frame)
        return await self._exchange(unit, frame)

    def holds(self, poll: Poll, now: float) -> bool:
        """Whether a poll needs a fence before it."""
        return self.confusable and poll.unit.quarantine.holds(poll.frame, now)

    def send(self, poll: Poll, done: Done) -> None:
        """Send a poll; `done` is called once, and calls `heard` or `understood`."""
        self._sent_ns = time.clock_gettime_ns(time.CLOCK_BOOTTIME)
        self.wire.send(poll.frame, poll.wire_seconds + poll.unit.patience.seconds, done)

    def heard(self, unit: Unit, frame: Frame, wire_seconds: float) -> float:
        """The answer came in full: keep the books. Returns the time on the event loop's clock."""
        tally = self._tally
        took_ns = self.wire.received_ns - self._sent_ns
        tally.worst_ns = max(tally.worst_ns, took_ns)
        now = self.answered = self._loop.time()
        if wire_seconds:
            took_ns = max(0, took_ns - int(wire_seconds * _NANOSECONDS))
            tally.load.add(wire_seconds + self._config.turnaround_seconds, now)
        else:
            tally.load.add(took_ns / _NANOSECONDS, now)
        unit.counts.answered += 1
        unit.answered(now, took_ns)
        if self.confusable:
            unit.quarantine.answered(frame, now)
        return now

    async def understood(self, unit: Unit, frame: Frame, error: ModbusError) -> ModbusError:
        """What an error says of the unit; a gateway's word that the unit is silent becomes NoReply.

        Makes a new connection where a late answer could not be told from the next one; raises LineLost when it cannot.
        """
        now = self._loop.time()
        since_ns = time.clock_gettime_ns(time.CLOCK_BOOTTIME) - self._sent_ns
        self._tally.load.add(since_ns / _NANOSECONDS, now)
        if isinstance(error, ExceptionReply):
            self.answered = now
            if error.code not in TARGET_SILENT:
                self._tally.refused += 1
                unit.counts.refused += 1
                unit.answered(now, 0)
                if self.confusable:
                    unit.quarantine.refused(frame, now)
                return error
        self._tally.missed += 1
        unit.counts.missed += 1
        if self.confusable:
            unit.quarantine.unanswered(frame, now)
        if isinstance(error, ExceptionReply):
            return NoReply(str(error))
        if self._closes_after_silence:
            self.wire.close()
            self._new_wire()
            await self.connect()
        return error

    async def _exchange(self, unit: Unit, frame: Frame) -> bytes:
        wire_seconds = self.wire.seconds_of(frame)
        self._sent_ns = time.clock_gettime_ns(time.CLOCK_BOOTTIME)
        try:
            content = await self.wire.exchange(frame, wire_seconds + unit.patience.seconds)
        except ModbusError as error:
            raise await self.understood(unit, frame, error) from None
        if unit.gone:
            raise NoReply("it was taken out of the configuration")
        self.heard(unit, frame, wire_seconds)
        return content

    async def _flush(self, unit: Unit, before: Frame) -> None:
        """Ask something of another shape, which nothing is waited for; raises NoReply when its answer proves nothing."""
        fence = unit.quarantine.fence(before, unit.fences(), self._loop.time())
        if fence is None:
            raise NoReply("it is left alone until no late answer of its can come any more")
        self._tally.fences += 1
        try:
            await self._exchange(unit, fence)
        except ExceptionReply as refusal:
            raise NoReply(f"{refusal}: an older answer may be late") from None

    def _new_wire(self) -> None:
        self.wire = make_wire(self._config, on_lost=self._on_lost, traffic=self._tally.traffic)
