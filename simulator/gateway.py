"""A TCP-to-RTU gateway: a Modbus TCP port with a serial bus behind it, and the quirks that such boxes have.

It takes a few masters, holds some requests, sends one at a time to the wire and answers for units that are silent. The
wire knows no transactions: a reply that comes late can be taken for the answer to the next request.
"""

from __future__ import annotations

import asyncio
from collections import deque
from dataclasses import dataclass
from enum import Enum
from random import Random
from typing import TYPE_CHECKING

from simulator.bus import Bus, Clock
from simulator.loopback import listening
from simulator.pdu import exception
from simulator.serial_wire import SerialSettings, adu, is_whole
from simulator.tcp_frames import BUFFER_BYTES, Frames, NotModbus, frame

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from simulator.faults import Station

BUSY = 0x06
TARGET_SILENT = 0x0B
SETTINGS = SerialSettings(baud=38_400)
"""The bus of the simulated compound."""

_EXCEPTION_BIT = 0x80
_READ_REPLIES = (1, 2, 3, 4, 23)
_SHORTEST_REPLY_BYTES = 5


class Ids(Enum):
    """Which transaction id an answer carries."""

    RIGHT = "right"
    FIRST_PLUS_ONE = "first-plus-one"
    """The one after it in the first answer of each connection, as some Waveshare boxes do."""
    PLUS_ONE = "plus-one"
    RANDOM = "random"


class Silence(Enum):
    """How a unit that does not answer is answered for."""

    EXCEPTION = "exception"
    """With exception 0B, after the gateway's time-out."""
    NOTHING = "nothing"


class Late(Enum):
    """What becomes of a reply that comes after the gateway's time-out."""

    DROPPED = "dropped"
    """It is thrown away, unless the request that waits fits it by unit and function."""
    FORWARDED = "forwarded"
    """It goes to the master, under the id of its own request."""
    NEXT = "next"
    """It answers whatever request waits."""


@dataclass(slots=True)
class Quirks:
    """How a gateway behaves; may be changed while it runs. Common boxes take 4 to 16 masters and hold 32 requests."""

    ids: Ids = Ids.RIGHT
    silence: Silence = Silence.EXCEPTION
    late: Late = Late.DROPPED
    masters: int = 4
    queue: int = 32
    timeout_seconds: float = 0.3


@dataclass(slots=True)
class _Asked:
    """A request: who asked, as what, of which unit."""

    by: _Master
    transaction: int
    unit: int
    pdu: bytes


class GatewayPort:
    """A listening port with a bus behind it."""

    def __init__(
        self, stations: Mapping[int, Station], clock: Clock, settings: SerialSettings = SETTINGS, name: str = ""
    ) -> None:
        self.bus = Bus(stations, clock, settings, step_seconds=None)
        self.bus.hear = self._hear
        self.quirks = Quirks()
        self.connections: set[_Master] = set()
        self.buffer = bytearray(BUFFER_BYTES)
        """Where what arrives is put; each connection takes it out at once."""
        self.late_replies = 0
        """Replies that came when nobody waited for them."""
        self._waiting: deque[_Asked] = deque()
        self._asked: _Asked | None = None
        self._given_up: _Asked | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._heard = b""
        self._dice = Random(f"gateway {name}")
        self._server: asyncio.Server | None = None
        for station in stations.values():
            station.gateway = self

    async def open(self, host: str, port: int) -> int:
        """Listen on loopback, on a free port for 0; returns the port. Raises `NotLoopback` or `PortTaken`."""
        self._server, bound = await listening(lambda: _Master(self), host, port)
        return bound

    async def close(self) -> None:
        """Stop listening and drop every connection."""
        self.bus.close()
        if self._timer is not None:
            self._timer.cancel()
        if self._server is not None:
            self._server.close()
        self.drop_masters()
        if self._server is not None:
            await self._server.wait_closed()

    def drop_masters(self, *, silently: bool = False) -> None:
        """End every connection with a reset, or forget them without a word (half-open)."""
        for master in tuple(self.connections):
            if silently:
                master.forgotten = True
            else:
                master.drop()

    def take(self, by: _Master, transaction: int, unit: int, pdu: bytes) -> None:
        """A master asks."""
        asked = _Asked(by, transaction, unit, pdu)
        if len(self._waiting) + (self._asked is not None) >= self.quirks.queue:
            self._reply(asked, exception(pdu, BUSY))
            return
        self._waiting.append(asked)
        self._go_on()

    def _go_on(self) -> None:
        if self._asked is not None or self._timer is not None or not self._waiting:
            return
        self._asked = asked = self._waiting.popleft()
        self._heard = b""
        request = adu(asked.unit, asked.pdu)
        sending = len(request) * self.bus.settings.character_seconds
        self._after(sending + self.quirks.timeout_seconds, self._timed_out)
        self.bus.feed(request)

    def _after(self, seconds: float, then: Callable[[], None]) -> None:
        self._timer = asyncio.get_running_loop().call_later(seconds, then)

    def _timed_out(self) -> None:
        asked, self._asked, self._timer = self._asked, None, None
        self._given_up = asked
        if asked is not None and self.quirks.silence is Silence.EXCEPTION:
            self._reply(asked, exception(asked.pdu, TARGET_SILENT))
        self._go_on()

    def _hear(self, data: bytes) -> None:
        self._heard += data
        while (length := _reply_bytes(self._heard)) is not None and len(self._heard) >= length:
            reply, self._heard = self._heard[:length], self._heard[length:]
            if is_whole(reply):
                self._heard_reply(reply[0], reply[1:-2])

    def _heard_reply(self, unit: int, pdu: bytes) -> None:
        asked = self._asked
        fits = asked is not None and asked.unit == unit and asked.pdu[0] == pdu[0] & ~_EXCEPTION_BIT
        if asked is not None and (fits or self.quirks.late is Late.NEXT):
            self._asked = None
            if self._timer is not None:
                self._timer.cancel()
            self._reply(asked, pdu, unit)
            self._after(self.bus.settings.silence_seconds, self._quiet)
            return
        self.late_replies += 1
        if self.quirks.late is Late.FORWARDED and self._given_up is not None and self._given_up.unit == unit:
            self._reply(self._given_up, pdu)

    def _quiet(self) -> None:
        self._timer = None
        self._go_on()

    def _reply(self, asked: _Asked, pdu: bytes, unit: int | None = None) -> None:
        ids, first = self.quirks.ids, asked.by.answered == 0
        later = {Ids.RIGHT: 0, Ids.PLUS_ONE: 1, Ids.FIRST_PLUS_ONE: int(first)}.get(ids)
        transaction = self._dice.randrange(0x10000) if later is None else asked.transaction + later & 0xFFFF
        asked.by.write(frame(transaction, asked.unit if unit is None else unit, pdu))


class _Master(asyncio.BufferedProtocol):
    def __init__(self, port: GatewayPort) -> None:
        self.answered = 0
        self.forgotten = False
        self._port = port
        self._frames = Frames()
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)  # noqa: S101 - what a TCP server always passes
        self._transport = transport
        self._port.connections.add(self)
        if len(self._port.connections) > self._port.quirks.masters:
            self.drop()

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 - the signature of asyncio
        self._transport = None
        self._port.connections.discard(self)

    def get_buffer(self, sizehint: int) -> bytearray:  # noqa: ARG002 - the signature of asyncio
        return self._port.buffer

    def buffer_updated(self, nbytes: int) -> None:
        if self.forgotten:
            return
        try:
            for transaction, unit, pdu in self._frames.of(bytes(self._port.buffer[:nbytes])):
                self._port.take(self, transaction, unit, pdu)
        except NotModbus:
            self.drop()  # there is no way back into step

    def drop(self) -> None:
        if self._transport is not None:
            self._transport.abort()

    def write(self, data: bytes) -> None:
        self.answered += 1
        if self._transport is not None and not self.forgotten:
            self._transport.write(data)


def _reply_bytes(heard: bytes) -> int | None:
    """How long the reply is that begins so; None while that cannot be told."""
    if len(heard) < _SHORTEST_REPLY_BYTES:
        return None
    function = heard[1]
    if function & _EXCEPTION_BIT:
        return _SHORTEST_REPLY_BYTES
    if function in _READ_REPLIES:
        return _SHORTEST_REPLY_BYTES + heard[2]
    return 8 if function in (5, 6, 15, 16) else len(heard)
