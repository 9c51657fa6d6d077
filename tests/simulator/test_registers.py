from __future__ import annotations

import struct

import pytest

from simulator.door import CONFIG_DEFAULTS
from simulator.pdu import answer
from simulator.ring import crc16
from tests.simulator.box import T0, box, mailbox, send


def read(function: int, address: int, count: int) -> bytes:
    return struct.pack(">BHH", function, address, count)


def write(address: int, *values: int) -> bytes:
    return struct.pack(f">BHHB{len(values)}H", 16, address, len(values), 2 * len(values), *values)


def test_the_identity_reads_as_the_map_says() -> None:
    reply = answer(box(4), read(4, 0, 12), T0)

    assert reply[:2] == bytes((4, 24))
    magic, version, model, doors, readers, serial, *_, users, slots = struct.unpack(">5HI5H", reply[2:])
    assert (magic, version, model, doors, readers, serial) == (0x4143, 0x0101, 4, 4, 4, 300_301)
    assert (users, slots) == (10_000, 256)


def test_the_crc_is_that_of_modbus() -> None:
    assert crc16(bytes.fromhex("010300000001")) == 0x0A84  # sent as 84 0A: the example of every Modbus course


def test_the_discrete_inputs_mirror_the_door_words() -> None:
    controller = box(4)
    controller.force_door(controller.doors[2], T0)

    reply = answer(controller, read(2, 0, 64), T0)

    assert struct.unpack("<4H", reply[2:]) == controller.words()


def test_coils_read_pulses_holds_and_lockdown() -> None:
    controller = box()
    send(controller, bytes((5, 0, 1, 0xFF, 0)), T0)
    send(controller, bytes((5, 0, 8, 0xFF, 0)), T0)

    bits = int.from_bytes(answer(controller, read(1, 0, 18), T0 + 1)[2:], "little")

    assert bits == 1 << 1 | 1 << 8

    controller.advance(T0 + 5)
    send(controller, bytes((5, 0, 0x11, 0xFF, 0)), T0 + 5)

    bits = int.from_bytes(answer(controller, read(1, 0, 18), T0 + 6)[2:], "little")
    assert bits == 1 << 8 | 1 << 0x11


def test_writing_0_to_a_pulse_does_not_shorten_it_below_its_minimum() -> None:
    controller = box()
    send(controller, bytes((5, 0, 0, 0xFF, 0)), T0)

    send(controller, bytes((5, 0, 0, 0, 0)), T0 + 0.1)

    controller.advance(T0 + 0.49)
    assert not controller.doors[0].locked
    controller.advance(T0 + 0.5)
    assert controller.doors[0].locked


@pytest.mark.parametrize("coil", [0x10, 0x11])
def test_fire_refuses_the_reset_of_its_latch_and_lockdown(coil: int) -> None:
    controller = box()
    controller.fire.set_input(True, T0)

    assert send(controller, bytes((5, 0, coil, 0xFF, 0)), T0 + 1) == bytes((0x85, 3))


def test_several_coils_are_written_at_once_or_not_at_all() -> None:
    controller = box()

    assert send(controller, bytes((15, 0, 8, 0, 2, 1, 0b11)), T0) == bytes((15, 0, 8, 0, 2))
    assert all(door.held_free for door in controller.doors)

    controller.fire.set_input(True, T0 + 1)

    assert send(controller, bytes((15, 0, 0x10, 0, 2, 1, 0b11)), T0 + 2) == bytes((0x8F, 3))
    assert send(controller, bytes((15, 0, 9, 0, 2, 1, 0)), T0 + 2) == bytes((0x8F, 2))
    assert controller.doors[1].held_free


def test_door_configuration_is_written_read_back_and_bounded() -> None:
    controller = box()

    assert send(controller, write(0x0620, 80, 45), T0) == bytes.fromhex("1006200002")
    assert answer(controller, read(3, 0x0620, 9), T0)[2:] == struct.pack(">9H", 80, 45, *CONFIG_DEFAULTS[2:])
    assert send(controller, write(0x0600, 4), T0) == bytes((0x90, 3))
    assert send(controller, write(0x0608, 1, 1), T0) == bytes((0x90, 2))
    assert answer(controller, read(3, 0x0600, 9), T0)[2:] == struct.pack(">9H", *CONFIG_DEFAULTS)


def test_the_configuration_of_an_absent_door_reads_0_and_cannot_be_written() -> None:
    controller = box()

    assert answer(controller, read(3, 0x0640, 9), T0) == bytes((3, 18)) + bytes(18)
    assert send(controller, write(0x0640, 50), T0) == bytes((0x90, 2))


def test_the_clock_is_read_and_written_with_milliseconds() -> None:
    controller = box()

    assert answer(controller, read(3, 0x0510, 3), T0 + 0.25)[2:] == struct.pack(">IH", int(T0), 250)

    send(controller, write(0x0510, 1_800_000_000 >> 16, 1_800_000_000 & 0xFFFF, 500), T0 + 1)

    assert controller.utc(T0 + 2) == 1_800_000_001.5
    assert send(controller, write(0x0510, 1, 1, 1000), T0 + 3) == bytes((0x90, 3))


def test_the_host_heartbeat_and_timeout_are_registers() -> None:
    controller = box()
    send(controller, struct.pack(">BHH", 6, 0x0501, 20), T0)
    send(controller, struct.pack(">BHH", 6, 0x0500, 9), T0)

    assert answer(controller, read(3, 0x0500, 2), T0)[2:] == struct.pack(">HH", 9, 20)

    controller.advance(T0 + 20)

    assert controller.host.lost


def test_one_read_write_executes_and_answers() -> None:
    controller = box()
    words = mailbox(21, 1, mask=1, argument=50)[6:]
    request = struct.pack(">BHHHHB", 23, 0x0410, 3, 0x0400, 16, 32) + words

    reply = send(controller, request, T0)

    assert struct.unpack(">HHH", reply[2:])[:2] == (21, 0)
    assert not controller.doors[0].locked


def test_a_read_write_that_cannot_be_read_writes_nothing() -> None:
    controller = box()
    words = mailbox(21, 1, mask=1)[6:]

    assert send(controller, struct.pack(">BHHHHB", 23, 0x0700, 3, 0x0400, 16, 32) + words, T0) == bytes((0x97, 2))
    assert controller.doors[0].locked


@pytest.mark.parametrize("request_", [write(0x0400, *[0] * 15), write(0x0401, 1), write(0x0520, 1), write(0x0511, 1)])
def test_a_torn_write_is_refused(request_: bytes) -> None:
    assert send(box(), request_, T0) == bytes((0x90, 3))


@pytest.mark.parametrize(
    ("request_", "code"),
    [
        (read(4, 0x000B, 2), 2),
        (read(4, 0x00FF, 2), 2),
        (read(4, 0x0100, 17), 2),
        (read(4, 0x041A, 1), 2),
        (read(4, 0x17FF, 2), 2),
        (read(4, 0xFFFF, 2), 2),
        (read(3, 0x0000, 1), 2),
        (read(3, 0x200D, 1), 2),
        (read(2, 60, 5), 2),
        (read(1, 17, 2), 2),
        (write(0x0000, 1), 2),
        (bytes((5, 0, 2, 0xFF, 0)), 2),
        (bytes((5, 0, 0x12, 0xFF, 0)), 2),
        (read(4, 0x1000, 126), 3),
        (read(4, 0x0100, 0), 3),
        (read(2, 0, 2001), 3),
        (bytes((5, 0, 0, 1, 0)), 3),
        (bytes((4, 1, 0)), 3),
        (bytes((16, 4, 0, 0, 16, 32)) + bytes(31), 3),
        (bytes((16, 4, 0, 0, 16, 30)) + bytes(32), 3),
        (bytes((15, 0, 8)), 3),
        (bytes((23,)), 3),
        (bytes((7,)), 1),
        (bytes((0x2B, 13, 1, 0)), 1),
        (bytes((0x2B, 14, 9, 0)), 3),
        (bytes((0x2B, 14, 4, 3)), 2),
    ],
)
def test_what_the_map_does_not_have_is_refused_with_its_exception(request_: bytes, code: int) -> None:
    assert answer(box(), request_, T0) == bytes((request_[0] | 0x80, code))
