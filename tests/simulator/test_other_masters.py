"""Masters that others wrote, against the simulator: pymodbus, and libmodbus by way of mbpoll."""

from __future__ import annotations

import asyncio
import re
import shutil
from typing import TYPE_CHECKING

import pytest
from pymodbus.client import AsyncModbusTcpClient
from pymodbus.pdu.mei_message import ReadDeviceInformationResponse

from simulator import door as bits
from simulator.run import Options, Serving, serving
from tests.simulator.box import mailbox

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

ADDRESS = "127.0.0.1"


@pytest.fixture
async def small() -> AsyncIterator[Serving]:
    async with serving(Options(buildings=1, base_port=0, control="127.0.0.1:0", hour=3.3)) as now_serving:
        yield now_serving


async def test_pymodbus_reads_works_and_is_refused(small: Serving) -> None:
    client = AsyncModbusTcpClient(ADDRESS, port=small.reached["b1u1"].port, retries=0, timeout=5)
    assert await client.connect()
    try:
        identity = await client.read_input_registers(0, count=12, device_id=1)
        assert identity.registers[:3] == [0x4143, 0x0101, 2]
        assert client.convert_from_registers(identity.registers[5:7], client.DATATYPE.UINT32) == 300_101

        await client.write_coil(0, True, device_id=1)
        assert (await client.read_coils(0, count=2, device_id=1)).bits[:2] == [True, False]
        assert (await client.read_discrete_inputs(0, count=16, device_id=1)).bits[1]

        words = [int.from_bytes(mailbox(7, 1, mask=2, argument=50)[at : at + 2], "big") for at in range(6, 38, 2)]
        assert not (await client.write_registers(0x0400, words, device_id=1)).isError()
        assert (await client.read_input_registers(0x0410, count=3, device_id=1)).registers == [
            7,
            0,
            bits.VALID | bits.RELAY_ON | bits.UNLOCKED,
        ]
        both = await client.readwrite_registers(
            read_address=0x0410, read_count=2, write_address=0x0400, values=words, device_id=1
        )
        assert both.registers == [7, 6]

        await client.write_register(0x0601, 60, device_id=1)
        assert (await client.read_holding_registers(0x0600, count=2, device_id=1)).registers == [50, 60]
        assert (await client.write_coils(8, [True, True], device_id=1)).count == 2

        refused = await client.read_input_registers(0x0300, count=1, device_id=1)
        assert refused.exception_code == 2

        said = await client.read_device_information(device_id=1)
        assert isinstance(said, ReadDeviceInformationResponse)
        assert said.information == {0: b"Gridpost", 1: b"ACP-1", 2: b"1.0"}
    finally:
        client.close()


async def test_libmodbus_reads_and_unlocks(small: Serving) -> None:
    port = small.reached["b1u2"].port

    assert await mbpoll(port, "-t", "3", "-r", "256", "-c", "16") == small.world.stations["b1u2"].controller.words()
    await mbpoll(port, "-t", "0", "-r", "0", "--", "1")

    door = small.world.stations["b1u2"].controller.doors[0]
    assert door.word & (bits.RELAY_ON | bits.UNLOCKED)


async def mbpoll(port: int, *arguments: str) -> tuple[int, ...]:
    """Run mbpoll once; returns the four door words where the status block was read."""
    if shutil.which("mbpoll") is None:
        pytest.fail("mbpoll is missing: apt-get install mbpoll")
    split = arguments.index("--") if "--" in arguments else len(arguments)
    command = ["mbpoll", "-m", "tcp", "-a", "1", "-0", "-1", "-q", "-p", str(port), *arguments[:split], ADDRESS]
    child = await asyncio.create_subprocess_exec(
        *command, *arguments[split + 1 :], stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT
    )
    said = (await child.communicate())[0].decode()
    assert child.returncode == 0, said
    values = {int(address): int(value) & 0xFFFF for address, value in re.findall(r"\[(\d+)\]:\s+(-?\d+)", said)}
    return tuple(values.get(address, 0) for address in range(0x0108, 0x010C))
