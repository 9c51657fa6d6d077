"""A bare Modbus TCP master for tests: frames as bytes, nothing understood, nothing forgiven."""

from __future__ import annotations

import asyncio
import contextlib
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from simulator.faults import Station
from simulator.gateway import GatewayPort
from simulator.modbus import ModbusPort
from tests.simulator.box import T0, box

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping

STATUS = bytes.fromhex("0401000010")
LIMIT_SECONDS = 5.0


class Master:
    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer
        self.transaction = 0

    def send(self, pdu: bytes = STATUS, unit: int = 1) -> int:
        self.transaction += 1
        header = self.transaction.to_bytes(2, "big") + b"\0\0" + (len(pdu) + 1).to_bytes(2, "big") + bytes((unit,))
        self._writer.write(header + pdu)
        return self.transaction

    def send_raw(self, data: bytes) -> None:
        self._writer.write(data)

    async def receive(self) -> tuple[int, int, bytes]:
        """Transaction id, unit and PDU of the next frame."""
        async with asyncio.timeout(LIMIT_SECONDS):
            header = await self._reader.readexactly(7)
            assert header[2:4] == b"\0\0"
            pdu = await self._reader.readexactly(int.from_bytes(header[4:6], "big") - 1)
        return int.from_bytes(header[:2], "big"), header[6], pdu

    async def ask(self, pdu: bytes = STATUS, unit: int = 1) -> bytes:
        sent = self.send(pdu, unit)
        transaction, from_unit, reply = await self.receive()
        assert (transaction, from_unit) == (sent, unit)
        return reply

    async def is_silent(self, seconds: float = 0.1) -> bool:
        try:
            async with asyncio.timeout(seconds):
                return not await self._reader.readexactly(1)
        except TimeoutError:
            return True

    async def was_dropped(self) -> bool:
        async with asyncio.timeout(LIMIT_SECONDS):
            try:
                return await self._reader.read(1) == b""
            except ConnectionError:
                return True


@asynccontextmanager
async def connected(port: int) -> AsyncIterator[Master]:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        yield Master(reader, writer)
    finally:
        writer.close()
        with contextlib.suppress(OSError):
            await writer.wait_closed()


class Bench:
    """A port with stations whose time stands still until a test moves it."""

    def __init__(self, units: tuple[int, ...], *, is_bus: bool) -> None:
        self.now = T0
        self.stations: Mapping[int, Station] = {unit: Station(f"unit{unit}", box()) for unit in units}
        self.port: GatewayPort | ModbusPort
        if is_bus:
            self.port = GatewayPort(self.stations, lambda: self.now)
        else:
            self.port = ModbusPort(self.stations[1], lambda: self.now)
        self.number = 0


@asynccontextmanager
async def bench(*units: int, is_bus: bool = False) -> AsyncIterator[Bench]:
    built = Bench(units or (1,), is_bus=is_bus)
    built.number = await built.port.open("127.0.0.1", 0)
    try:
        yield built
    finally:
        await built.port.close()
