"""A serial bus, and the time that passes on it, without either: the loop's clock leaps to whatever comes next.

The driver's own wires run on it whole: over a serial port, through a serial device server, and through a TCP to RTU gateway.
Bytes take what they take at the bus's speed, one transaction after the other, whoever is waited for.
"""

from __future__ import annotations

import asyncio
import random
import selectors
import struct
from contextlib import ExitStack
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Literal, TypeAlias, TypeVar
from unittest.mock import patch

from tests.drivers.modbus.servers import Box, Request

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Mapping

    from drivers.modbus.wire_time import WireTime

T = TypeVar("T")
Form = Literal["serial", "rtu over tcp", "gateway"]

_BOOT_NS = 1_000_000_000_000
_EARLY = 1e-9


class _Leap(selectors.SelectSelector):
    """Instead of waiting for the next timer it moves the clock to it."""

    def __init__(self) -> None:
        super().__init__()
        self.now = 1000.0

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        happened = super().select(0)
        if not happened:
            if timeout is None:
                raise RuntimeError("nothing will ever happen any more")
            self.now += max(0.0, timeout)
        return happened


class VirtualLoop(asyncio.SelectorEventLoop):
    """An event loop on which waiting takes no time. Connections lead to `bus`."""

    def __init__(self) -> None:
        self._leap = _Leap()
        super().__init__(self._leap)
        self.bus: VirtualBus | None = None

    def time(self) -> float:
        return self._leap.now

    async def create_connection(self, protocol_factory: Any, *_: Any, **__: Any) -> Any:
        assert self.bus is not None
        if self.bus.refuses:
            raise ConnectionRefusedError(111, "Connection refused")
        protocol = protocol_factory()
        return self.bus.attach(protocol), protocol


def play(bus: VirtualBus, story: Callable[[], Coroutine[Any, Any, T]]) -> T:
    """Run a story on a bus, in no time."""
    loop = VirtualLoop()
    loop.bus = bus
    bus.loop = loop
    with ExitStack() as patches:
        patches.enter_context(patch("time.clock_gettime_ns", lambda _: _BOOT_NS + int(loop.time() * 1e9)))
        patches.enter_context(patch("drivers.modbus.rtu_wire.open_port", lambda _: None))
        patches.enter_context(
            patch("drivers.modbus.rtu_wire.SerialTransport", lambda _loop, _port, protocol: bus.attach(protocol))
        )
        try:
            return loop.run_until_complete(asyncio.wait_for(story(), 1e9))
        finally:
            loop.close()


class _Plug:
    """The socket that a transport shows."""

    def setsockopt(self, *_: int) -> None:
        """Nothing to set."""


class Transport(asyncio.Transport):
    """The driver's end of a connection."""

    def __init__(self, bus: VirtualBus, protocol: asyncio.Protocol) -> None:
        super().__init__({"socket": _Plug()})
        self.bus = bus
        self.protocol = protocol
        self.open = True

    def write(self, data: bytes | bytearray | memoryview) -> None:
        if self.open:
            self.bus.take(bytes(data), self)

    def abort(self) -> None:
        self.open = False

    def close(self) -> None:
        self.open = False


@dataclass(frozen=True)
class Asked:
    """A request as it came. `at` is when its first byte did."""

    at: float
    unit: int
    pdu: bytes

    @property
    def function(self) -> int:
        return self.pdu[0]

    @property
    def address(self) -> int:
        return int.from_bytes(self.pdu[1:3], "big")


Mischief: TypeAlias = "Callable[[Request, bytes, random.Random], list[tuple[float, int, bytes, bool]]]"
"""Of a request and its right PDU: what is sent, each as seconds later, unit, PDU, and whether its checksum is right."""


@dataclass
class VirtualBus:
    """Boxes on a bus. `speed` None: bytes take no time (a device with its own network port).

    `mischief`, when set, says what comes instead of the right answer. Whatever a unit sends comes in the order in which it
    was asked; what is sent in another unit's name comes at once, or nobody could tell it from that unit's own.
    """

    boxes: Mapping[int, Box]
    form: Form = "serial"
    speed: WireTime | None = None
    turnaround_seconds: float = 0.01
    gateway_timeout_seconds: float | None = None
    """When set, a gateway answers 0x0B for a unit that is silent for so long."""
    mischief: Mischief | None = None
    seed: int = 1
    refuses: bool = False
    asked: list[Asked] = field(default_factory=list)
    requests: int = 0
    keeps_log: bool = True
    connections: int = 0

    def __post_init__(self) -> None:
        self.loop: asyncio.AbstractEventLoop = None  # type: ignore[assignment]  # `play` sets it
        self.random = random.Random(self.seed)
        self.transport: Transport | None = None
        self._free_at: dict[int, float] = {}

    def attach(self, protocol: asyncio.Protocol) -> Transport:
        """Plug the driver in."""
        self.connections += 1
        self.transport = Transport(self, protocol)
        protocol.connection_made(self.transport)
        return self.transport

    def hang_up(self) -> None:
        """Break the connection."""
        transport, self.transport = self.transport, None
        if transport is not None:
            transport.open = False
            transport.protocol.connection_lost(None)

    def since(self, at: float) -> list[Asked]:
        """What was asked from a time on."""
        return [asked for asked in self.asked if asked.at >= at]

    # ------------------------------------------------------------ the wire

    def take(self, data: bytes, transport: Transport) -> None:
        """A request came, whole: the driver writes nothing else."""
        self.requests += 1
        if self.form == "gateway":
            transaction, unit, pdu = int.from_bytes(data[:2], "big"), data[6], data[7:]
        else:
            transaction, unit, pdu = 0, data[0], data[1:-2]
        now = self.loop.time()
        request = Request(transaction, unit, pdu)
        if self.keeps_log:
            self.asked.append(Asked(now, unit, pdu))
        heard = now + self._seconds(len(pdu) + 3) + self._silence()
        self.loop.call_at(heard, self._answer, request, transport)

    def _answer(self, request: Request, transport: Transport) -> None:
        box = self.boxes.get(request.unit)
        if box is None or box.silent:
            if self.gateway_timeout_seconds is not None:
                pdu = bytes((request.function | 0x80, 0x0B))
                data = self._framed(request, request.unit, pdu)
                self.loop.call_later(self.gateway_timeout_seconds, self._deliver, data, transport)
            return
        right = box.answer(request)
        sent = (
            [(0.0, request.unit, right, True)] if self.mischief is None else self.mischief(request, right, self.random)
        )
        now = self.loop.time()
        free = self._free_at.get(request.unit, 0.0)
        for later, unit, pdu, sound in sent:
            data = self._framed(request, unit, pdu, sound=sound)
            at = now + later + self.turnaround_seconds + self._seconds(len(pdu) + 3)
            if unit == request.unit:
                at = free = max(free + _EARLY, at)
            self.loop.call_at(at, self._deliver, data, transport)
        self._free_at[request.unit] = free

    def _deliver(self, data: bytes, transport: Transport) -> None:
        # a serial device server passes on what comes to whoever is connected; a gateway to who asked
        to = transport if self.form == "gateway" else self.transport
        if to is not None and to.open:
            to.protocol.data_received(data)

    def _framed(self, request: Request, unit: int, pdu: bytes, *, sound: bool = True) -> bytes:
        if self.form == "gateway":
            transaction = request.transaction if self.mischief is None else self.random.randrange(0x10000)
            return struct.pack(">HHHB", transaction, 0, len(pdu) + 1, unit) + pdu
        frame = bytes((unit,)) + pdu
        total = _crc(frame)
        return frame + (total if sound else bytes((total[0] ^ 0x40, total[1])))

    def _seconds(self, characters: int) -> float:
        return 0.0 if self.speed is None else characters * self.speed.character_seconds

    def _silence(self) -> float:
        return 0.0 if self.speed is None else self.speed.silence_seconds


@lru_cache(maxsize=4096)
def _crc(data: bytes) -> bytes:
    """CRC-16/MODBUS, bit by bit (Modbus over Serial Line V1.02, 6.2.2), low byte first."""
    crc = 0xFFFF
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = crc >> 1 ^ 0xA001 if crc & 1 else crc >> 1
    return crc.to_bytes(2, "little")
