"""A bare RTU master on a serial port for tests: bytes out, bytes in with the time at which each piece came."""

from __future__ import annotations

import asyncio
import os
import struct
import termios
import time
import tty
from contextlib import asynccontextmanager, contextmanager
from typing import TYPE_CHECKING

from simulator.faults import Station
from simulator.rtu import PtyBus
from simulator.serial_wire import SerialSettings, adu
from tests.simulator.box import T0, box

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

STATUS = struct.pack(">BHH", 4, 0x0100, 16)
STATUS_BYTES = 37
LIMIT_SECONDS = 5.0
FAST = SerialSettings(baud=115_200)


class SerialMaster:
    def __init__(self, fd: int) -> None:
        self._fd = fd
        self._came = asyncio.Event()
        self.heard = b""
        self.pieces: list[tuple[float, int]] = []
        self.sent_at = 0.0

    def send(self, unit: int, pdu: bytes = STATUS) -> None:
        self.send_raw(adu(unit, pdu))

    def send_raw(self, data: bytes) -> None:
        self.heard, self.pieces, self.sent_at = b"", [], time.monotonic()
        os.write(self._fd, data)

    async def receive(self, count: int) -> bytes:
        async with asyncio.timeout(LIMIT_SECONDS):
            while len(self.heard) < count:
                self._came.clear()
                await self._came.wait()
        return self.heard

    async def ask(self, unit: int, pdu: bytes = STATUS, count: int = STATUS_BYTES) -> bytes:
        """Send and hear the whole reply, and then the silence that a master owes the wire."""
        self.send(unit, pdu)
        reply = await self.receive(count)
        await asyncio.sleep(0.005)
        return reply

    async def is_silent(self, seconds: float = 0.15) -> bool:
        await asyncio.sleep(seconds)
        return not self.heard

    def read(self) -> None:
        data = os.read(self._fd, 4096)
        self.heard += data
        self.pieces.append((time.monotonic(), len(data)))
        self._came.set()


@contextmanager
def opened(path: str, baud: int) -> Iterator[SerialMaster]:
    fd = os.open(path, os.O_RDWR | os.O_NOCTTY | os.O_NONBLOCK)
    try:
        tty.setraw(fd)
        settings = termios.tcgetattr(fd)
        settings[4] = settings[5] = getattr(termios, f"B{baud}")
        termios.tcsetattr(fd, termios.TCSANOW, settings)
        master = SerialMaster(fd)
        asyncio.get_running_loop().add_reader(fd, master.read)
        yield master
    finally:
        asyncio.get_running_loop().remove_reader(fd)
        os.close(fd)


class SerialBench:
    """A bus on a pseudo-terminal whose stations' time stands still until a test moves it."""

    def __init__(self, units: tuple[int, ...], settings: SerialSettings) -> None:
        self.now = T0
        self.stations = {unit: Station(f"unit{unit}", box()) for unit in units}
        self.pty = PtyBus(self.stations, lambda: self.now, settings)


@asynccontextmanager
async def serial_bench(*units: int, settings: SerialSettings = FAST) -> AsyncIterator[tuple[SerialBench, SerialMaster]]:
    built = SerialBench(units or (1,), settings)
    path = built.pty.open()
    try:
        with opened(path, settings.baud) as master:
            yield built, master
    finally:
        built.pty.close()
