"""The serial wire against pymodbus's server, and our bus of the tests against mbpoll: nobody here marks his own work."""

from __future__ import annotations

import asyncio
import shutil
import sys
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import pytest

from drivers.modbus.config import SerialLine
from drivers.modbus.frame import ExceptionReply, Frame, NoReply
from drivers.modbus.rtu_wire import RtuOverSerial
from drivers.modbus.wire import Traffic
from tests.drivers.modbus.servers import Box
from tests.servers.pty import Pty
from tests.servers.pty_bus import OnPty, RtuBus

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

SERVER = """\
import asyncio, sys
from pymodbus import FramerType
from pymodbus.server import StartAsyncSerialServer
from pymodbus.simulator import DataType, SimData, SimDevice

units = [SimDevice(id=1, simdata=[SimData(0, values=[100, 101, 102, 103], datatype=DataType.REGISTERS)])]
asyncio.run(StartAsyncSerialServer(context=units, framer=FramerType.RTU, port=sys.argv[1], baudrate=115200))
"""


@asynccontextmanager
async def pymodbus_at_the_other_end() -> AsyncIterator[str]:
    """The path of a port whose cable leads to a pymodbus server in a process of its own."""
    ours = Pty(lambda data: its.say(data))  # noqa: PLW0108  it is made in the next line
    its = Pty(ours.say)
    async with ours, its:
        server = await asyncio.create_subprocess_exec(sys.executable, "-c", SERVER, its.path)
        try:
            yield ours.path
        finally:
            server.terminate()
            await server.wait()


async def first_answer(wire: RtuOverSerial) -> bytes:
    """What comes once the server has started."""
    async with asyncio.timeout(10):
        while True:
            try:
                return await wire.read(1, 3, 0, 4, 0.2)
            except NoReply:
                continue


async def test_it_understands_pymodbus_and_pymodbus_understands_it() -> None:
    async with (
        pymodbus_at_the_other_end() as path,
        RtuOverSerial(SerialLine(path=path, baud=115200)) as wire,
    ):
        before = await first_answer(wire)
        asked = wire.traffic.requests
        await wire.exchange(Frame.writing(1, 6, 1, [7]), 2)
        await wire.exchange(Frame.writing(1, 16, 2, [8, 9]), 2)
        after = await wire.read(1, 3, 0, 4, 2)
        with pytest.raises(ExceptionReply, match="illegal data address"):
            await wire.read(1, 3, 10, 4, 2)

    assert before == b"\x00\x64\x00\x65\x00\x66\x00\x67"
    assert after == b"\x00\x64\x00\x07\x00\x08\x00\x09"
    assert wire.traffic == Traffic(requests=asked + 4)


async def test_mbpoll_reads_the_bus_of_these_tests() -> None:
    mbpoll = shutil.which("mbpoll")
    assert mbpoll is not None, "mbpoll is missing: sudo apt-get install mbpoll"
    unit = Box()
    unit.set(3, 0, 100, 101, 102)
    async with OnPty(RtuBus({1: unit})) as end:
        words = f"{mbpoll} -m rtu -a 1 -b 19200 -P none -t 4 -0 -r 0 -c 3 -1 -q {end.path}".split()
        asked = await asyncio.create_subprocess_exec(
            *words, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT
        )
        said, _ = await asyncio.wait_for(asked.communicate(), 10)

    values = [line.split()[1] for line in said.decode().splitlines() if line.startswith("[")]
    assert values == ["100", "101", "102"], said.decode()
