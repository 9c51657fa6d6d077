from __future__ import annotations

import asyncio

import pytest

from simulator.faults import Fault, FaultKind, fault_named
from simulator.ring import crc16
from tests.simulator.box import T0
from tests.simulator.wire import bench, connected


async def test_silent_takes_everything_and_says_nothing() -> None:
    async with bench() as built, connected(built.number) as master:
        built.stations[1].break_with(Fault(FaultKind.SILENT), T0)

        master.send()

        assert await master.is_silent()


@pytest.mark.parametrize("kind", ["slow", "late"])
async def test_slow_and_late_answer_after_their_time(kind: str) -> None:
    async with bench() as built, connected(built.number) as master:
        built.stations[1].break_with(fault_named(kind, seconds=0.15), T0)
        began = asyncio.get_running_loop().time()

        await master.ask()

        assert asyncio.get_running_loop().time() - began >= 0.15


def test_slow_is_within_and_late_after_common_time_outs() -> None:
    assert (fault_named("slow").seconds, fault_named("late").seconds) == (0.3, 1.5)


async def test_duplicated_answers_twice_the_same() -> None:
    async with bench() as built, connected(built.number) as master:
        built.stations[1].break_with(Fault(FaultKind.DUPLICATED), T0)

        master.send()

        assert await master.receive() == await master.receive()


async def test_wrong_id_answers_for_the_next_request_and_wrong_unit_for_the_next_unit() -> None:
    async with bench() as built, connected(built.number) as master:
        built.stations[1].break_with(Fault(FaultKind.WRONG_ID), T0)
        sent = master.send()
        assert (await master.receive())[:2] == (sent + 1, 1)

        built.stations[1].break_with(Fault(FaultKind.WRONG_UNIT), T0)
        sent = master.send()
        assert (await master.receive())[:2] == (sent, 2)


@pytest.mark.parametrize("code", [1, 4, 6, 11])
async def test_exception_answers_everything_with_its_code(code: int) -> None:
    async with bench() as built, connected(built.number) as master:
        built.stations[1].break_with(fault_named("exception", code=code), T0)

        assert await master.ask() == bytes((0x84, code))


async def test_half_open_has_forgotten_old_connections_and_serves_new_ones() -> None:
    async with bench() as built, connected(built.number) as old:
        await old.ask()
        built.now += 1
        built.stations[1].break_with(Fault(FaultKind.HALF_OPEN), built.now)

        old.send()
        assert await old.is_silent()

        async with connected(built.number) as new:
            assert len(await new.ask()) == 34


@pytest.mark.parametrize(("address", "count"), [(0x0100, 16), (0x010E, 2), (0x010F, 1)])
async def test_bad_crc_spoils_the_block_check_wherever_it_is_read(address: int, count: int) -> None:
    request = b"\x04" + address.to_bytes(2, "big") + count.to_bytes(2, "big")
    async with bench() as built, connected(built.number) as master:
        block = built.stations[1].controller.status(T0)
        built.stations[1].break_with(Fault(FaultKind.BAD_CRC), T0)

        reply = await master.ask(request)

        assert int.from_bytes(reply[-2:], "big") != crc16(block[:30])
        assert reply[2:-2] == block[2 * (address - 0x0100) : 30]


async def test_bad_crc_spoils_nothing_else() -> None:
    async with bench() as built, connected(built.number) as master:
        built.stations[1].break_with(Fault(FaultKind.BAD_CRC), T0)

        assert await master.ask(bytes.fromhex("0400000001")) == bytes.fromhex("04024143")
        assert await master.ask(bytes.fromhex("0401000020")) == bytes.fromhex("8402")


async def test_hung_freezes_the_heartbeat_and_repair_lets_it_go_on() -> None:
    async with bench() as built, connected(built.number) as master:
        built.stations[1].break_with(Fault(FaultKind.HUNG), built.now)
        built.now += 30
        assert (await master.ask())[2:4] == bytes((0, 0))

        built.stations[1].break_with(None, built.now)
        assert (await master.ask())[2:4] == bytes((0, 30))


async def test_on_a_bus_a_silent_unit_is_answered_for_by_the_gateway() -> None:
    async with bench(1, 2, is_bus=True) as built, connected(built.number) as master:
        built.stations[1].break_with(Fault(FaultKind.SILENT), T0)

        assert await master.ask(unit=1) == b"\x84\x0b"
        assert len(await master.ask(unit=2)) == 34


def test_an_unknown_fault_is_refused_with_the_names_that_there_are() -> None:
    with pytest.raises(ValueError, match="silent, slow, late"):
        fault_named("tired")
