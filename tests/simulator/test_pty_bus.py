from __future__ import annotations

import os
import struct

import pytest

from simulator.faults import Fault, FaultKind, Station, fault_named
from simulator.rtu import PtyBus
from simulator.serial_wire import SerialSettings, adu, is_whole
from tests.simulator.box import T0, box, mailbox
from tests.simulator.serial_master import FAST, STATUS, STATUS_BYTES, opened, serial_bench


@pytest.mark.parametrize(("baud", "milliseconds"), [(9600, 69.6), (19_200, 39.8), (38_400, 26.4), (115_200, 17.8)])
def test_a_transaction_takes_what_the_formula_says(baud: int, milliseconds: float) -> None:
    assert SerialSettings(baud).seconds_of(8, STATUS_BYTES) * 1000 == pytest.approx(milliseconds, abs=0.05)


def test_without_parity_a_character_has_two_stop_bits_unless_told() -> None:
    assert SerialSettings(19_200, "none").character_seconds == 11 / 19_200
    assert SerialSettings(19_200, "none", 1).character_seconds == 10 / 19_200


async def test_each_unit_answers_for_itself_with_a_sound_frame() -> None:
    async with serial_bench(1, 7) as (built, master):
        for unit in (1, 7):
            reply = await master.ask(unit)

            assert is_whole(reply)
            assert reply[:3] == bytes((unit, 4, 32))
            assert reply[3:-2] == built.stations[unit].controller.status(T0)


async def test_a_reply_comes_no_faster_than_the_wire_carries_it() -> None:
    slow = SerialSettings(9600)
    async with serial_bench(1, settings=slow) as (_, master):
        await master.ask(1)

        first = 8 * slow.character_seconds + slow.silence_seconds + slow.turnaround_seconds
        count = 0
        for at, size in master.pieces:
            count += size
            assert at - master.sent_at >= first + count * slow.character_seconds - 0.0005
        assert len(master.pieces) > 5


async def test_a_unit_that_is_not_there_or_unreachable_is_silence() -> None:
    async with serial_bench(1, 2) as (built, master):
        built.stations[2].unreachable = True

        for unit in (2, 9):
            master.send(unit)
            assert await master.is_silent()
        assert len(await master.ask(1)) == STATUS_BYTES


async def test_a_frame_with_a_wrong_crc_is_not_answered_and_the_next_one_is() -> None:
    async with serial_bench() as (built, master):
        frame = adu(1, STATUS)
        master.send_raw(frame[:-1] + bytes((frame[-1] ^ 1,)))
        assert await master.is_silent()

        await master.ask(1)

        assert (built.pty.bus.bad_requests, built.pty.bus.transactions) == (1, 1)


async def test_a_torn_request_is_forgotten_after_a_silence() -> None:
    async with serial_bench() as (built, master):
        master.send_raw(adu(1, STATUS)[:5])
        assert await master.is_silent()

        assert len(await master.ask(1)) == STATUS_BYTES
        assert built.pty.bus.bad_requests == 1


async def test_a_master_at_another_baud_sends_noise() -> None:
    async with serial_bench() as (built, _):
        with opened(built.pty.path, 9600) as other:
            other.send(1)

            assert await other.is_silent()
        assert built.pty.wrong_baud > 0


async def test_a_broadcast_is_done_by_all_and_answered_by_none() -> None:
    async with serial_bench(1, 2) as (built, master):
        master.send(0, mailbox(5, 1, mask=1))

        assert await master.is_silent()
        assert [station.controller.doors[0].locked for station in built.stations.values()] == [False, False]


async def test_two_units_under_one_address_speak_over_each_other() -> None:
    async with serial_bench(1, 2) as (built, master):
        other = built.stations[2]
        other.controller.reboot(T0, silent_seconds=0)
        built.pty.bus.address(other, 1)

        assert not is_whole(await master.ask(1))
        master.send(2)
        assert await master.is_silent()


async def test_swapped_units_answer_for_each_other() -> None:
    async with serial_bench(1, 2) as (built, master):
        built.stations[2].controller.serial = 999
        built.pty.bus.swap(built.stations[1], built.stations[2])

        reply = await master.ask(1, struct.pack(">BHH", 4, 5, 2), count=9)

        assert struct.unpack(">I", reply[3:7]) == (999,)


@pytest.mark.parametrize(("kind", "length", "whole"), [("short", 18, False), ("corrupt", STATUS_BYTES, False)])
async def test_a_spoilt_reply_fails_its_crc(kind: str, length: int, whole: bool) -> None:  # noqa: FBT001 - parametrised
    async with serial_bench() as (built, master):
        built.stations[1].break_with(fault_named(kind), T0)

        reply = await master.ask(1, count=length)

        assert (len(reply), is_whole(reply)) == (length, whole)


async def test_a_duplicated_reply_comes_twice_one_after_the_other() -> None:
    async with serial_bench() as (built, master):
        built.stations[1].break_with(Fault(FaultKind.DUPLICATED), T0)

        reply = await master.ask(1, count=2 * STATUS_BYTES)

        assert reply[:STATUS_BYTES] == reply[STATUS_BYTES:]


async def test_a_dropped_reply_was_a_request_that_is_done() -> None:
    async with serial_bench() as (built, master):
        built.stations[1].break_with(Fault(FaultKind.DROPPED), T0)

        master.send(1, mailbox(5, 1, mask=1))

        assert await master.is_silent()
        assert not built.stations[1].controller.doors[0].locked


async def test_a_request_sent_into_a_late_reply_is_lost() -> None:
    settings = SerialSettings(9600)
    async with serial_bench(1, 2, settings=settings) as (built, master):
        built.stations[1].break_with(fault_named("late", seconds=0.05), T0)
        master.send(1)
        await master.receive(1)

        master.send(2)

        await master.receive(30)
        assert await master.is_silent(0.1) is False
        assert (built.pty.bus.collisions, built.pty.bus.transactions) == (1, 1)


async def test_a_share_of_the_requests_meets_the_fault() -> None:
    async with serial_bench() as (built, master):
        built.stations[1].break_with(Fault(FaultKind.CORRUPT, share=0.5), T0)

        sound = [is_whole(await master.ask(1)) for _ in range(12)]

        assert {True, False} == set(sound)


async def test_a_master_may_come_again_and_a_pulled_adapter_is_gone() -> None:
    pty = PtyBus({1: Station("unit1", box())}, lambda: T0, FAST)
    path = pty.open()
    for _ in range(2):
        with opened(path, FAST.baud) as master:
            assert len(await master.ask(1)) == STATUS_BYTES

    pty.close()

    assert not os.path.exists(path)  # noqa: PTH110 - a device, not a file
