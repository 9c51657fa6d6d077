"""Modbus RTU: on a serial port of this box, or passed through by a serial device server (RTU over TCP).

`Deframer` finds the answer in what comes; here is the time that a serial line needs: silence before a request, silence
that ends what has no known length, and the time-out. A late answer of the same unit, function and length cannot be told
from a fresh one: that is why these wires are `confusable`, and why whoever asks must not ask that again at once.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Final

from drivers.modbus.asking import Asking, boottime_ns
from drivers.modbus.deframe import Deframer
from drivers.modbus.frame import WrongReply
from drivers.modbus.serial_port import SerialTransport, open_port
from drivers.modbus.wire_time import WireTime

if TYPE_CHECKING:
    from collections.abc import Callable

    from drivers.modbus.config import SerialLine
    from drivers.modbus.frame import Frame, ModbusError
    from drivers.modbus.wire import Done, Outcome, Traffic

PRACTICAL_SILENCE_SECONDS: Final = 0.02
"""USB adapters and networks hand on bytes up to 16 ms late: a shorter pause says nothing about the line."""

_SILENCE_OF_A_FAST_LINE: Final = 0.00175
_NANOSECONDS: Final = 1_000_000_000


class RtuWire(Asking):
    """What both have in common. `wire_time` is None where the speed of the line is not known."""

    confusable: Final = True

    def __init__(
        self,
        place: str,
        wire_time: WireTime | None,
        on_lost: Callable[[], None] | None,
        traffic: Traffic | None,
    ) -> None:
        super().__init__(place, wire_time, on_lost, traffic)
        silence_seconds = wire_time.silence_seconds if wire_time else _SILENCE_OF_A_FAST_LINE
        self._silence_ns = int(silence_seconds * _NANOSECONDS)
        self._end_of_frame_seconds = max(PRACTICAL_SILENCE_SECONDS, silence_seconds)
        self._deframer = Deframer(self.traffic)
        self._sent = False
        self._quiet_from_ns = 0
        self._asked_last = 0
        self._silence: asyncio.TimerHandle | None = None

    def send(self, frame: Frame, timeout_seconds: float, done: Done) -> None:
        """See `Wire.send`."""
        if self._loop is None or self._transport is None:
            done(self.loss)
            return
        if self._frame is not None:
            raise RuntimeError("one request at a time on a Modbus connection")
        self._frame = frame
        self._done = done
        self._send_when_quiet(self._loop, frame, timeout_seconds, boottime_ns() + int(timeout_seconds * _NANOSECONDS))

    def data_received(self, data: bytes) -> None:
        """Look for the answer in what came in."""
        if self._loop is None:
            return
        self._quiet_from_ns = boottime_ns() + self._silence_ns
        if not self._sent:
            self._nobody_asked()
            return
        self._hear(self._deframer.take(data))

    # ------------------------------------------------------------ the time of a serial line

    def _send_when_quiet(
        self, loop: asyncio.AbstractEventLoop, frame: Frame, timeout_seconds: float, give_up_at_ns: int
    ) -> None:
        now_ns = boottime_ns()  # the loop's own time is that of its last turn, and in uvloop in whole milliseconds
        if self._quiet_from_ns > now_ns:
            if now_ns < give_up_at_ns:
                again = (loop, frame, timeout_seconds, give_up_at_ns)
                wait = (self._quiet_from_ns - now_ns) / _NANOSECONDS
                self._timer = loop.call_later(wait, self._send_when_quiet, *again)
            else:
                self._settle(WrongReply("the line is never silent: somebody else talks on it"))
            return
        self._timer = loop.call_later(timeout_seconds, self._time_out)
        self._deframer.begin(frame)
        self._sent = True
        self._asked_last = frame.unit
        self.traffic.requests += 1
        if self._transport is not None:
            self._transport.write(frame.rtu_request)

    def _hear(self, outcome: bytes | ModbusError | None) -> None:
        if outcome is not None:
            self.received_ns = boottime_ns()
            self._settle(outcome)
        elif self._deframer.awaits_silence and self._loop is not None:
            if self._silence is not None:
                self._silence.cancel()
            self._silence = self._loop.call_later(self._end_of_frame_seconds, self._fell_silent)

    def _fell_silent(self) -> None:
        self._silence = None
        self._hear(self._deframer.silence())

    def _nobody_asked(self) -> None:
        """Count the first of the bytes that come between two requests: the rest belongs to it."""
        if self._asked_last:
            self.traffic.late(self._asked_last)
            self._asked_last = 0

    def _time_out(self) -> None:
        self._settle(self._deframer.end())

    def _settle(self, outcome: Outcome) -> None:
        self._sent = False
        if self._silence is not None:
            self._silence.cancel()
            self._silence = None
        super()._settle(outcome)


class RtuOverSerial(RtuWire):
    """A `Wire` on a serial port of this box, which it has for itself while it is connected."""

    def __init__(
        self, line: SerialLine, *, on_lost: Callable[[], None] | None = None, traffic: Traffic | None = None
    ) -> None:
        super().__init__(line.path, WireTime.of(line.baud, line.parity, line.stop_bits), on_lost, traffic)
        self._line = line

    async def connect(self) -> None:
        """Open the port. Raises LineLost or Misconfigured (see `open_port`)."""
        self._loop = asyncio.get_running_loop()
        self._deframer = Deframer(self.traffic)
        SerialTransport(self._loop, open_port(self._line), self)

    def connection_lost(self, exc: Exception | None) -> None:
        """Tell whoever waits."""
        if self._transport is not None:
            self._break(f"is lost ({getattr(exc, 'strerror', None) or exc}): is it unplugged?")


class RtuOverTcp(RtuWire):
    """A `Wire` through a serial device server; the caller closes it after every time-out, and late bytes with it."""

    def __init__(
        self,
        host: str,
        port: int,
        *,
        wire_time: WireTime | None = None,
        on_lost: Callable[[], None] | None = None,
        traffic: Traffic | None = None,
    ) -> None:
        super().__init__(f"{host}:{port}", wire_time, on_lost, traffic)
        self._host = host
        self._port = port

    async def connect(self) -> None:
        """Open the connection; raises LineLost with one sentence that names host, port and cause."""
        self._deframer = Deframer(self.traffic)
        await self._dial(self._host, self._port)
