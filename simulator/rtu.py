"""How a bus is reached: a real pseudo-terminal, or a TCP port that carries the bare RTU frames.

bus = PtyBus({1: station, 2: other}, clock, SerialSettings(baud=19_200))
path = bus.open()        # what a gateway opens as its serial port, at the bus's baud
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import termios
import tty
from typing import TYPE_CHECKING

from simulator.bus import Bus, Clock
from simulator.loopback import listening

if TYPE_CHECKING:
    from collections.abc import Mapping

    from simulator.faults import Station
    from simulator.serial_wire import SerialSettings

_READ_BYTES = 4096
_OUTPUT_SPEED = 5
_SPEEDS = {
    getattr(termios, f"B{baud}"): baud
    for baud in (1200, 2400, 4800, 9600, 19_200, 38_400, 57_600, 115_200, 230_400, 460_800)
}


class PtyBus:
    """A bus behind a pseudo-terminal. A master that set another baud sends noise: nobody answers, and `wrong_baud` counts.

    Linux gives a pseudo-terminal no parity, so that a wrong parity does not show.
    """

    def __init__(self, stations: Mapping[int, Station], clock: Clock, settings: SerialSettings | None = None) -> None:
        self.bus = Bus(stations, clock, settings)
        self.bus.hear = self._hear
        self.path = ""
        """What the master opens; "" while it is not open."""
        self.wrong_baud = 0
        self._ours = self._theirs = -1

    def open(self) -> str:
        """Open the pair; returns the path of the master's end. Needs a running loop."""
        self._ours, self._theirs = os.openpty()
        tty.setraw(self._theirs)  # held open, so that a master may come and go
        os.set_blocking(self._ours, False)
        self.path = os.ttyname(self._theirs)
        asyncio.get_running_loop().add_reader(self._ours, self._read)
        return self.path

    def close(self) -> None:
        """Take the serial port away, as when its adapter is pulled out."""
        if not self.path:
            return
        self.path = ""
        asyncio.get_running_loop().remove_reader(self._ours)
        self.bus.close()
        os.close(self._ours)
        os.close(self._theirs)

    def _read(self) -> None:
        try:
            data = os.read(self._ours, _READ_BYTES)
        except BlockingIOError:
            return
        if _SPEEDS.get(termios.tcgetattr(self._ours)[_OUTPUT_SPEED]) != self.bus.settings.baud:
            self.wrong_baud += 1
            return
        self.bus.feed(data)

    def _hear(self, data: bytes) -> None:
        with contextlib.suppress(BlockingIOError):  # nobody reads: a wire does not wait for anybody
            os.write(self._ours, data)


class RtuTcpPort:
    """A bus behind a transparent serial server: RTU frames in a TCP stream. Every connection hears everything."""

    def __init__(self, stations: Mapping[int, Station], clock: Clock, settings: SerialSettings | None = None) -> None:
        self.bus = Bus(stations, clock, settings)
        self.bus.hear = self._hear
        self.connections: set[asyncio.Transport] = set()
        self._server: asyncio.Server | None = None

    async def open(self, host: str, port: int) -> int:
        """Listen on loopback, on a free port for 0; returns the port. Raises `NotLoopback` or `PortTaken`."""
        self._server, bound = await listening(lambda: _Raw(self), host, port)
        return bound

    async def close(self) -> None:
        """Stop listening and drop every connection."""
        self.bus.close()
        if self._server is not None:
            self._server.close()
        for transport in tuple(self.connections):
            transport.abort()
        if self._server is not None:
            await self._server.wait_closed()

    def _hear(self, data: bytes) -> None:
        for transport in self.connections:
            transport.write(data)


class _Raw(asyncio.Protocol):
    def __init__(self, port: RtuTcpPort) -> None:
        self._port = port
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)  # noqa: S101 - what a TCP server always passes
        self._transport = transport
        self._port.connections.add(transport)

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 - the signature of asyncio
        if self._transport is not None:
            self._port.connections.discard(self._transport)

    def data_received(self, data: bytes) -> None:
        self._port.bus.feed(data)
