"""Modbus TCP ports on loopback with one controller behind each. It answers at once; a bus is in `bus` and `gateway`."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from simulator.faults import FaultKind, Sent, Station, TcpFraming
from simulator.loopback import listening
from simulator.tcp_frames import BUFFER_BYTES, Frames, NotModbus, frame

if TYPE_CHECKING:
    from simulator.bus import Clock

DIRECT_UNITS = (1, 0, 255)
"""Unit ids that a controller with its own port answers to (Messaging on TCP/IP 1.0b: 255, and 0 is accepted as well)."""


class ModbusPort:
    """A listening port with a controller behind it."""

    def __init__(self, station: Station, clock: Clock) -> None:
        self.station = station
        self.clock = clock
        self.connections: set[_Connection] = set()
        self.buffer = bytearray(BUFFER_BYTES)
        """Where what arrives is put; each connection takes it out at once."""
        self._server: asyncio.Server | None = None

    async def open(self, host: str, port: int) -> int:
        """Listen on loopback, on a free port for 0; returns the port. Raises `NotLoopback` or `PortTaken`."""
        self._server, bound = await listening(lambda: _Connection(self), host, port)
        return bound

    async def close(self) -> None:
        """Stop listening and drop every connection."""
        if self._server is not None:
            self._server.close()
        for connection in tuple(self.connections):
            connection.drop()
        if self._server is not None:
            await self._server.wait_closed()


class _Connection(asyncio.BufferedProtocol):
    __slots__ = ("_boot_id", "_controller", "_frames", "_made_at", "_port", "_transport")

    def __init__(self, port: ModbusPort) -> None:
        self._port = port
        self._frames = Frames()
        self._transport: asyncio.Transport | None = None
        self._made_at = 0.0
        self._controller = port.station.controller
        self._boot_id = 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)  # noqa: S101 - what a TCP server always passes
        self._transport = transport
        self._made_at = self._port.clock()
        self._controller = self._port.station.controller
        self._boot_id = self._controller.boot_id
        self._port.connections.add(self)

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 - the signature of asyncio
        self._transport = None
        self._port.connections.discard(self)

    def pause_writing(self) -> None:
        if self._transport is not None:
            self._transport.pause_reading()  # who does not fetch its answers is asked nothing more

    def resume_writing(self) -> None:
        if self._transport is not None:
            self._transport.resume_reading()

    def drop(self) -> None:
        """End the connection as a device does that forgot it: with a reset."""
        if self._transport is not None:
            self._transport.abort()

    def get_buffer(self, sizehint: int) -> bytearray:  # noqa: ARG002 - the signature of asyncio
        return self._port.buffer

    def buffer_updated(self, nbytes: int) -> None:
        try:
            for transaction, unit, request in self._frames.of(bytes(self._port.buffer[:nbytes])):
                self._take(transaction, unit, request)
        except NotModbus:
            self.drop()  # there is no way back into step

    def _take(self, transaction: int, unit: int, request: bytes) -> None:
        if unit not in DIRECT_UNITS:
            return  # another unit's business: a device stays silent
        station, now = self._port.station, self._port.clock()
        controller = station.controller
        if now < controller.answers_from:
            return
        if controller is not self._controller or controller.boot_id != self._boot_id:
            self.drop()
            return
        if station.fault is None and not station.mute:
            reply = station.answer(request, now)
            if reply is not None:
                self._write(frame(transaction, unit, reply))
        elif not station.mute and not self._forgotten(station):
            reply = station.answer(request, now)
            if reply is not None:
                self._send(station.said(TcpFraming(transaction), unit, request, reply))

    def _forgotten(self, station: Station) -> bool:
        fault = station.fault
        return fault is not None and fault.kind is FaultKind.HALF_OPEN and self._made_at < station.fault_since

    def _send(self, sent: tuple[Sent, ...]) -> None:
        for one in sent:
            if one.after_seconds:
                asyncio.get_running_loop().call_later(one.after_seconds, self._write, one.frame)
            else:
                self._write(one.frame)

    def _write(self, data: bytes) -> None:
        if self._transport is not None:
            self._transport.write(data)
