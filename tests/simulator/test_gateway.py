from __future__ import annotations

import asyncio
import struct
from typing import TYPE_CHECKING

import pytest

from simulator.faults import Station, fault_named
from simulator.gateway import GatewayPort, Ids, Late, Quirks, Silence
from simulator.rtu import RtuTcpPort
from simulator.serial_wire import adu, is_whole
from tests.simulator.box import T0, box
from tests.simulator.wire import STATUS, Bench, bench, connected

if TYPE_CHECKING:
    from collections.abc import Sequence


def quirks(built: Bench) -> Quirks:
    assert isinstance(built.port, GatewayPort)
    return built.port.quirks


@pytest.mark.parametrize(
    ("ids", "off"),
    [(Ids.RIGHT, [0, 0, 0]), (Ids.PLUS_ONE, [1, 1, 1]), (Ids.FIRST_PLUS_ONE, [1, 0, 0])],
)
async def test_a_gateway_answers_under_the_id_of_its_make(ids: Ids, off: Sequence[int]) -> None:
    async with bench(1, is_bus=True) as built, connected(built.number) as master:
        quirks(built).ids = ids

        seen = []
        for _ in off:
            sent = master.send()
            seen.append((await master.receive())[0] - sent)

        assert seen == off


async def test_a_gateway_may_say_nothing_about_a_silent_unit() -> None:
    async with bench(1, 2, is_bus=True) as built, connected(built.number) as master:
        quirks(built).silence = Silence.NOTHING
        quirks(built).timeout_seconds = 0.05
        built.stations[2].unreachable = True

        master.send(unit=2)

        assert await master.is_silent(0.2)
        assert len(await master.ask(unit=1)) == 34


async def test_a_corrupt_reply_is_no_reply() -> None:
    async with bench(1, is_bus=True) as built, connected(built.number) as master:
        quirks(built).timeout_seconds = 0.05
        built.stations[1].break_with(fault_named("corrupt"), T0)

        assert await master.ask() == b"\x84\x0b"


async def test_a_late_reply_is_dropped_forwarded_or_taken_for_the_next_answer() -> None:
    async with bench(1, 2, is_bus=True) as built, connected(built.number) as master:
        quirks(built).timeout_seconds = 0.2
        built.stations[1].break_with(fault_named("late", seconds=0.3), T0)

        assert await master.ask(unit=1) == b"\x84\x0b"
        assert await master.is_silent(0.4)

        quirks(built).late = Late.FORWARDED
        first = master.send(unit=1)
        assert (await master.receive())[2] == b"\x84\x0b"
        late = await master.receive()
        assert (late[0], len(late[2])) == (first, 34)

        quirks(built).late = Late.NEXT
        built.stations[2].unreachable = True
        master.send(unit=1)
        second = master.send(unit=2)
        assert (await master.receive())[2] == b"\x84\x0b"
        taken = await master.receive()
        assert (taken[0], taken[1], len(taken[2])) == (second, 1, 34)


async def test_a_late_reply_of_the_same_unit_is_taken_for_the_answer_to_its_next_request() -> None:
    async with bench(1, is_bus=True) as built, connected(built.number) as master:
        quirks(built).timeout_seconds = 0.2
        built.stations[1].break_with(fault_named("late", seconds=0.3), T0)
        assert await master.ask(struct.pack(">BHH", 4, 0, 1)) == b"\x84\x0b"

        assert await master.ask(STATUS) == bytes.fromhex("04024143")


async def test_masters_and_queue_are_as_small_as_told() -> None:
    async with bench(1, is_bus=True) as built, connected(built.number) as first:
        quirks(built).masters, quirks(built).queue = 1, 2
        await first.ask()
        async with connected(built.number) as second:
            assert await second.was_dropped()

        for _ in range(3):
            first.send()

        assert (await first.receive())[2] == b"\x84\x06"


@pytest.mark.parametrize("silently", [True, False])
async def test_a_gateway_forgets_its_masters_with_a_reset_or_without_a_word(
    silently: bool,  # noqa: FBT001 - parametrised
) -> None:
    async with bench(1, is_bus=True) as built, connected(built.number) as master:
        await master.ask()
        assert isinstance(built.port, GatewayPort)

        built.port.drop_masters(silently=silently)

        if silently:
            master.send()
            assert await master.is_silent()
        else:
            assert await master.was_dropped()


async def test_a_serial_server_carries_bare_frames_to_everybody_who_listens() -> None:
    port = RtuTcpPort({3: Station("unit3", box())}, lambda: T0)
    number = await port.open("127.0.0.1", 0)
    try:
        reader, writer = await asyncio.open_connection("127.0.0.1", number)
        other, other_writer = await asyncio.open_connection("127.0.0.1", number)

        writer.write(adu(3, STATUS))

        async with asyncio.timeout(5):
            reply = await reader.readexactly(37)
            assert await other.readexactly(37) == reply
        assert is_whole(reply)
        for one in (writer, other_writer):
            one.close()
            await one.wait_closed()
    finally:
        await port.close()
