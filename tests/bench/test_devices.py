"""The device simulator and the floor as the processes that they are, with a client of another hand."""

from __future__ import annotations

import asyncio
import os
from typing import TYPE_CHECKING

import pytest
from pymodbus.client import AsyncModbusTcpClient

from bench import processes
from bench.children import ChildFailed, Devices, child, say
from bench.controller import DOOR
from bench.window import look

if TYPE_CHECKING:
    from pathlib import Path


async def test_every_controller_answers_its_fifty_two_points_and_its_door() -> None:
    async with Devices(4, units=2) as devices:
        assert len(devices.ports) == 2
        for port in devices.ports:
            client = AsyncModbusTcpClient("127.0.0.1", port=port)
            assert await client.connect()
            for unit in (1, 2):
                assert len((await client.read_coils(0, count=16, device_id=unit)).bits) == 16
                assert len((await client.read_discrete_inputs(0, count=16, device_id=unit)).bits) == 16
                assert not (await client.read_discrete_inputs(DOOR, count=1, device_id=unit)).isError()
                assert len((await client.read_holding_registers(0, count=10, device_id=unit)).registers) == 10
                assert len((await client.read_input_registers(0, count=10, device_id=unit)).registers) == 10
                assert (await client.read_input_registers(10, count=1, device_id=unit)).exception_code == 2
            client.close()


async def test_requests_that_come_together_are_answered_one_after_the_other() -> None:
    async with Devices(1) as devices:
        reader, writer = await asyncio.open_connection("127.0.0.1", devices.ports[0])
        requests = [bytes((0, n, 0, 0, 0, 6, 1, 4, 0, 0, 0, 1)) for n in (1, 2, 3)]
        begun = asyncio.get_running_loop().time()

        joined = b"".join(requests)
        writer.write(joined[:5])
        writer.write(joined[5:])
        answers = [await reader.readexactly(11) for _ in requests]

        assert [answer[1] for answer in answers] == [1, 2, 3]
        assert asyncio.get_running_loop().time() - begun >= 0.013  # three times five milliseconds, timers of 1 ms
        writer.close()
        await writer.wait_closed()


async def test_the_floor_polls_on_time_and_a_dead_controller_is_seen_to_be_unasked(tmp_path: Path) -> None:
    with (tmp_path / "floor.jsonl").open("wb") as output:
        async with (
            Devices(3) as devices,
            child("bench.floor", *map(str, devices.ports), stdout=output) as floor,
        ):
            healthy = await look(devices, floor.pid, 2.5)
            await devices.do("dead", controller=1)
            bereft = await look(devices, floor.pid, 2.0)
            memory = processes.peak_resident_bytes(floor.pid)

    assert healthy.on_time_percent() > 80
    assert healthy.requests_per_poll(3) == pytest.approx(4, rel=0.5)
    assert healthy.changes(DOOR)
    assert 0 < healthy.poller_cpu_seconds < 2
    assert bereft.on_time_percent(without={1}) > 80
    assert bereft.on_time_percent() < 70
    assert memory > 5_000_000
    assert b'"door0"' in (tmp_path / "floor.jsonl").read_bytes()


async def test_a_poller_that_ends_in_its_window_is_named() -> None:
    async with Devices(1) as devices, child("bench.floor", str(devices.ports[0])) as floor:
        asyncio.get_running_loop().call_later(0.3, floor.kill)

        with pytest.raises(ChildFailed, match="ended while it was being measured"):
            await look(devices, floor.pid, 0.8)


async def test_a_command_that_fails_is_told_with_its_words() -> None:
    with pytest.raises(ChildFailed, match=r"python -m bench\.nothing ended with 1: .*No module named"):
        await say("bench.nothing")


def test_our_own_cpu_grows_as_we_work() -> None:
    before = processes.cpu_seconds(os.getpid())

    while processes.cpu_seconds(os.getpid()) <= before:
        sum(range(100_000))

    assert processes.peak_resident_bytes(os.getpid()) > 5_000_000


async def test_a_meter_answers_its_registers_in_blocks_and_moves_a_tenth_of_each() -> None:
    async with Devices(1, registers=200) as devices:
        client = AsyncModbusTcpClient("127.0.0.1", port=devices.ports[0])
        assert await client.connect()
        before = (await client.read_holding_registers(0, count=125, device_id=1)).registers

        after = [(await client.read_holding_registers(0, count=125, device_id=1)).registers for _ in range(10)][-1]

        assert sum(after) - sum(before) == 125  # a tenth at each of ten reads
        assert (await client.read_holding_registers(150, count=51, device_id=1)).exception_code == 2
        assert (await client.read_input_registers(0, count=1, device_id=1)).exception_code == 1
        client.close()
