"""The Modbus TCP port of a board of contactors, on loopback."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from simulator.loopback import listening
from simulator.modbus import DIRECT_UNITS
from simulator.tcp_frames import BUFFER_BYTES, Frames, NotModbus, frame

if TYPE_CHECKING:
    from collections.abc import Callable

    from simulator.bus import Clock
    from simulator.contactor_board import ContactorBoard


class ContactorPort:
    """A listening port with a board behind it; `stirred` is called after each request, which may have set a coil."""

    def __init__(self, board: ContactorBoard, clock: Clock, stirred: Callable[[], None]) -> None:
        self.board = board
        self.clock = clock
        self.stirred = stirred
        self.number = 0
        """The TCP port, once it is open."""
        self.connections: set[_Master] = set()
        self.buffer = bytearray(BUFFER_BYTES)
        """Where what arrives is put; each connection takes it out at once."""
        self._server: asyncio.Server | None = None

    async def open(self, host: str, port: int) -> None:
        """Listen on loopback, on a free port for 0. Raises `NotLoopback` or `PortTaken`."""
        self._server, self.number = await listening(lambda: _Master(self), host, port)

    async def close(self) -> None:
        """Stop listening and drop every connection."""
        if self._server is None:
            return
        self._server.close()
        for connection in tuple(self.connections):
            connection.drop()
        await self._server.wait_closed()


class _Master(asyncio.BufferedProtocol):
    __slots__ = ("_frames", "_port", "_transport")

    def __init__(self, port: ContactorPort) -> None:
        self._port = port
        self._frames = Frames()
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)  # noqa: S101 - what a TCP server always passes
        self._transport = transport
        self._port.connections.add(self)

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 - the signature of asyncio
        self._transport = None
        self._port.connections.discard(self)

    def get_buffer(self, sizehint: int) -> bytearray:  # noqa: ARG002 - the signature of asyncio
        return self._port.buffer

    def buffer_updated(self, nbytes: int) -> None:
        try:
            for transaction, unit, request in self._frames.of(bytes(self._port.buffer[:nbytes])):
                if unit in DIRECT_UNITS:
                    self._answer(transaction, unit, request)
        except NotModbus:
            self.drop()  # there is no way back into step

    def drop(self) -> None:
        """End the connection with a reset."""
        if self._transport is not None:
            self._transport.abort()

    def _answer(self, transaction: int, unit: int, request: bytes) -> None:
        reply = self._port.board.answer(request, self._port.clock())
        if self._transport is not None:
            self._transport.write(frame(transaction, unit, reply))
        self._port.stirred()
