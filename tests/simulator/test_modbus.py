from __future__ import annotations

import asyncio
import struct

import pytest

from simulator.loopback import PortTaken
from simulator.modbus import ModbusPort
from tests.simulator.wire import STATUS, bench, connected


async def test_a_request_in_single_bytes_and_several_in_one_piece_are_answered_in_order() -> None:
    async with bench() as built, connected(built.number) as master:
        frame = bytes.fromhex("0007000000060104000000 01".replace(" ", ""))
        for byte in frame:
            master.send_raw(bytes((byte,)))
            await asyncio.sleep(0)
        assert await master.receive() == (7, 1, bytes.fromhex("04024143"))

        master.send_raw(frame + frame[:1] + b"\x08" + frame[2:])
        assert [(await master.receive())[0] for _ in range(2)] == [7, 8]


@pytest.mark.parametrize("unit", [0, 1, 255])
async def test_a_controller_with_its_own_port_answers_to_the_direct_units(unit: int) -> None:
    async with bench() as built, connected(built.number) as master:
        assert len(await master.ask(unit=unit)) == 34


async def test_a_controller_with_its_own_port_is_silent_for_other_units() -> None:
    async with bench() as built, connected(built.number) as master:
        master.send(unit=2)

        assert await master.is_silent()


@pytest.mark.parametrize(
    "garbage", [b"GET / HTTP/1.1\r\n\r\n", bytes.fromhex("000100000000ffff"), b"\0\1\0\0\xff\xff\1\4"]
)
async def test_what_is_not_modbus_ends_the_connection(garbage: bytes) -> None:
    async with bench() as built, connected(built.number) as master:
        master.send_raw(garbage)

        assert await master.was_dropped()


async def test_a_booting_controller_is_silent_and_has_then_forgotten_its_connections() -> None:
    async with bench() as built, connected(built.number) as master:
        await master.ask()
        built.stations[1].controller.reboot(built.now, silent_seconds=4)

        master.send()
        assert await master.is_silent()

        built.now += 4
        master.send()
        assert await master.was_dropped()

        async with connected(built.number) as again:
            assert struct.unpack(">HH", (await again.ask())[2:6]) == (0, 2)


async def test_a_port_that_is_taken_is_one_clear_sentence() -> None:
    async with bench() as built:
        second = ModbusPort(built.stations[1], lambda: 0.0)

        with pytest.raises(PortTaken, match=rf"port {built.number} on 127\.0\.0\.1 is taken by another program"):
            await second.open("127.0.0.1", built.number)


async def test_a_bus_carries_one_transaction_at_a_time_as_slowly_as_the_wire() -> None:
    async with bench(1, 2, 3, is_bus=True) as built, connected(built.number) as one, connected(built.number) as other:
        began = asyncio.get_running_loop().time()
        for _ in range(2):
            one.send(unit=1)
            other.send(unit=2)
        for _ in range(2):
            await one.receive()
            await other.receive()

        # 8 + 37 characters of 0.286 ms, and 13.5 ms around them, four times
        assert asyncio.get_running_loop().time() - began >= 4 * 0.026


async def test_a_dead_unit_and_an_unknown_one_are_answered_for_by_the_gateway() -> None:
    async with bench(1, 2, is_bus=True) as built, connected(built.number) as master:
        built.stations[2].unreachable = True

        assert await master.ask(unit=2) == b"\x84\x0b"
        assert await master.ask(unit=9) == b"\x84\x0b"
        assert len(await master.ask(unit=1)) == 34


async def test_a_gateway_takes_four_masters() -> None:
    async with (
        bench(1, is_bus=True) as built,
        connected(built.number) as first,
        connected(built.number),
        connected(built.number),
        connected(built.number),
        connected(built.number) as fifth,
    ):
        assert await fifth.was_dropped()
        assert len(await first.ask()) == 34


async def test_a_gateway_holds_thirty_two_requests_and_is_then_busy() -> None:
    async with bench(1, is_bus=True) as built, connected(built.number) as master:
        for _ in range(33):
            master.send()

        assert await master.receive() == (33, 1, b"\x84\x06")


async def test_closing_a_port_ends_its_connections() -> None:
    async with bench() as built, connected(built.number) as master:
        await master.ask(STATUS)

        await built.port.close()

        assert await master.was_dropped()
