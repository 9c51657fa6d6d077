"""Modbus TCP ports on loopback with stations behind them: one controller, or a bus behind a TCP-to-RTU gateway.

A bus carries one transaction at a time and takes as long as the wire would; a unit that does not answer costs the
gateway its serial time-out and is answered for with exception 0B. Single controllers answer at once.
"""

from __future__ import annotations

import asyncio
import errno
from collections.abc import Callable, Mapping
from typing import TypeAlias

from simulator.faults import FaultKind, Sent, Station, bent, frame
from simulator.loopback import loopback_only
from simulator.pdu import answer, exception

Clock: TypeAlias = Callable[[], float]
"""Seconds since 1970 on an axis that never jumps back."""

HEADER_BYTES = 7
LONGEST_PDU_BYTES = 253
DIRECT_UNITS = (1, 0, 255)
"""Unit ids that a controller with its own port answers to (Messaging on TCP/IP 1.0b: 255, and 0 is accepted as well)."""

GATEWAY_MASTERS = 4
"""Connections that the gateway of a bus takes; common ones take 4 to 16."""
GATEWAY_QUEUE = 32
"""Requests that it holds; the next is answered with exception 06."""
SERIAL_TIMEOUT_SECONDS = 0.3
BUSY = 0x06
TARGET_SILENT = 0x0B

# 38400 8E1: eleven bits a character, 1.75 ms of silence before and after, 10 ms for the unit to think
_CHARACTER_SECONDS = 11 / 38_400
_TURNAROUND_SECONDS = 0.010 + 2 * 0.00175
_RTU_EXTRA_BYTES = 3  # unit and CRC around each PDU


class PortTaken(OSError):
    """A port that another program holds, as a sentence."""


class ModbusPort:
    """A listening port. `stations` by unit id; `is_bus` puts a gateway and a serial wire before them."""

    def __init__(self, stations: Mapping[int, Station], clock: Clock, *, is_bus: bool) -> None:
        self.stations = dict(stations)
        if not is_bus:
            only = next(iter(stations.values()))
            self.stations = dict.fromkeys(DIRECT_UNITS, only)
        self.is_bus = is_bus
        self.clock = clock
        self.connections: set[_Connection] = set()
        self.waiting = 0
        """Transactions that the bus still has to carry."""
        self._wire_free_at = 0.0
        self._server: asyncio.Server | None = None

    async def open(self, host: str, port: int) -> int:
        """Listen on loopback, on a free port for 0; returns the port. Raises `NotLoopback` or `PortTaken`."""
        address = loopback_only(host)
        try:
            self._server = await asyncio.get_running_loop().create_server(lambda: _Connection(self), address, port)
        except OSError as error:
            if error.errno != errno.EADDRINUSE:
                raise
            raise PortTaken(
                errno.EADDRINUSE,
                f"port {port} on {address} is taken by another program; end it, or choose another --base-port",
            ) from None
        bound: int = self._server.sockets[0].getsockname()[1]
        return bound

    async def close(self) -> None:
        """Stop listening and drop every connection."""
        if self._server is not None:
            self._server.close()
        for connection in tuple(self.connections):
            connection.drop()
        if self._server is not None:
            await self._server.wait_closed()

    def carry(self, request: bytes, reply_bytes: int, *, answered: bool) -> float:
        """Seconds from now until the serial wire has carried a transaction, after those that wait before it."""
        now = asyncio.get_running_loop().time()
        characters = len(request) + reply_bytes + 2 * _RTU_EXTRA_BYTES
        takes = characters * _CHARACTER_SECONDS + _TURNAROUND_SECONDS if answered else SERIAL_TIMEOUT_SECONDS
        self._wire_free_at = max(now, self._wire_free_at) + takes
        return self._wire_free_at - now


class _Connection(asyncio.Protocol):
    __slots__ = ("_boot_id", "_buffer", "_made_at", "_port", "_transport")

    def __init__(self, port: ModbusPort) -> None:
        self._port = port
        self._buffer = b""
        self._transport: asyncio.Transport | None = None
        self._made_at = 0.0
        self._boot_id = 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)  # noqa: S101 - what a TCP server always passes
        self._transport = transport
        self._made_at = self._port.clock()
        self._boot_id = next(iter(self._port.stations.values())).controller.boot_id
        self._port.connections.add(self)
        if self._port.is_bus and len(self._port.connections) > GATEWAY_MASTERS:
            self.drop()

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

    def data_received(self, data: bytes) -> None:
        data = self._buffer + data if self._buffer else data
        while len(data) > HEADER_BYTES:
            length = int.from_bytes(data[4:6], "big")
            if data[2:4] != b"\0\0" or not 1 < length <= LONGEST_PDU_BYTES + 1:
                self.drop()  # not Modbus TCP; there is no way back into step
                return
            end = HEADER_BYTES - 1 + length
            if len(data) < end:
                break
            self._take(int.from_bytes(data[:2], "big"), data[6], data[HEADER_BYTES:end])
            data = data[end:]
        self._buffer = data

    def _take(self, transaction: int, unit: int, request: bytes) -> None:
        port = self._port
        station = port.stations.get(unit)
        if port.is_bus:
            self._take_on_bus(station, transaction, unit, request)
            return
        if station is None:
            return  # another unit's business: a device stays silent
        now = port.clock()
        controller = station.controller
        if now < controller.answers_from:
            return
        if controller.boot_id != self._boot_id:
            self.drop()
            return
        controller.advance(now)
        reply = answer(controller, request, now)
        if station.fault is None:
            self._write(frame(transaction, unit, reply))
        elif not self._forgotten(station):
            self._send(bent(station.fault, transaction, unit, request, reply), 0.0)

    def _take_on_bus(self, station: Station | None, transaction: int, unit: int, request: bytes) -> None:
        port = self._port
        if port.waiting >= GATEWAY_QUEUE:
            self._write(frame(transaction, unit, exception(request, BUSY)))
            return
        now = port.clock()
        if station is None or station.unreachable or now < station.controller.answers_from or _is_mute(station):
            sent: tuple[Sent, ...] = (Sent(0, frame(transaction, unit, exception(request, TARGET_SILENT))),)
            takes = port.carry(request, 0, answered=False)
        else:
            station.controller.advance(now)
            reply = answer(station.controller, request, now)
            sent = (Sent(0, frame(transaction, unit, reply)),)
            if station.fault is not None:
                sent = bent(station.fault, transaction, unit, request, reply)
            takes = port.carry(request, len(reply), answered=True)
        port.waiting += 1
        asyncio.get_running_loop().call_later(takes, self._carried, sent)

    def _carried(self, sent: tuple[Sent, ...]) -> None:
        self._port.waiting -= 1
        self._send(sent, 0.0)

    def _forgotten(self, station: Station) -> bool:
        fault = station.fault
        return fault is not None and fault.kind is FaultKind.HALF_OPEN and self._made_at < station.fault_since

    def _send(self, sent: tuple[Sent, ...], later: float) -> None:
        for one in sent:
            after = later + one.after_seconds
            if after:
                asyncio.get_running_loop().call_later(after, self._write, one.frame)
            else:
                self._write(one.frame)

    def _write(self, data: bytes) -> None:
        if self._transport is not None:
            self._transport.write(data)


def _is_mute(station: Station) -> bool:
    return station.fault is not None and station.fault.kind in (FaultKind.SILENT, FaultKind.HALF_OPEN)
