from __future__ import annotations

import struct

import pytest

from simulator.ring import Event, crc16
from simulator.table import PowerFailed
from tests.simulator.box import T0, box, events, mailbox, order, send
from tests.simulator.tables import (
    ABORT,
    BAD_ARGUMENT,
    BEGIN,
    COMMIT,
    DONE,
    HOLIDAY,
    REFUSED,
    SCHEDULE,
    USER,
    commit,
    expect,
    holiday,
    load,
    put,
    read,
    state,
    sum_of,
    user,
    week,
    window,
)

ANN, BEN = user(0x1122334455667788), user(0xA1B2C3D4E5F60718, until_utc=int(T0) + 60)


def test_a_factory_new_controller_has_no_table() -> None:
    assert state(box(), T0) == (0, 0, 0, 0, 0, 0, 0)


def test_a_table_is_begun_written_and_committed() -> None:
    controller = box()

    order(controller, mailbox(1, BEGIN, argument32=7), T0)
    put(controller, USER, 3, ANN, T0)
    put(controller, USER, 0, BEN, T0)
    put(controller, SCHEDULE, 2, week(day0=(480, 1080, 0, 0)), T0)
    put(controller, HOLIDAY, 5, holiday(20_454), T0)

    total = sum_of({0: BEN, 3: ANN}, {2: week(day0=(480, 1080, 0, 0))}, {5: holiday(20_454)})
    assert state(controller, T0) == (0, 0, 0, 1, 7, total, 4)
    assert commit(controller, 7, T0, command_id=2) == DONE
    assert state(controller, T0) == (7, total, 2, 0, 0, 0, 0)
    assert events(controller)[-1][2:] == (Event.TABLE_COMMITTED, 0, 7)


def test_a_window_reads_its_index_its_record_and_the_crc_over_the_record() -> None:
    controller = box()
    load(controller, {3: ANN}, T0)

    send(controller, struct.pack(">BHH", 6, USER, 3), T0)
    assert read(controller, USER, 13, T0) == b"\0\3" + ANN + crc16(ANN).to_bytes(2, "big")

    send(controller, struct.pack(">BHH", 6, USER, 4), T0)
    assert read(controller, USER, 13, T0) == b"\0\4" + bytes(22) + crc16(bytes(22)).to_bytes(2, "big")


def test_a_window_is_written_and_read_back_in_one_transaction() -> None:
    controller = box()
    order(controller, mailbox(1, BEGIN, argument32=7), T0)
    data = window(USER, 9, ANN)[6:]

    reply = send(controller, struct.pack(">BHHHHB", 23, USER, 13, USER, 13, 26) + data, T0)

    assert reply == bytes((23, 26)) + data


def test_a_window_shows_the_staged_bank_while_one_is_begun() -> None:
    controller = box()
    load(controller, {0: ANN}, T0)
    order(controller, mailbox(1, BEGIN, argument=1, argument32=8), T0)

    put(controller, USER, 0, BEN, T0)

    assert read(controller, USER, 13, T0)[2:24] == BEN
    order(controller, mailbox(2, ABORT), T0)
    assert read(controller, USER, 13, T0)[2:24] == ANN


def test_a_copy_begins_with_the_active_records_and_leaves_them_alone() -> None:
    controller = box()
    load(controller, {0: ANN}, T0)
    active = state(controller, T0)[:3]

    order(controller, mailbox(1, BEGIN, argument=1, argument32=8), T0)
    assert state(controller, T0)[5] == active[1]
    put(controller, USER, 1, BEN, T0)

    assert state(controller, T0)[:3] == active
    assert state(controller, T0)[5] == sum_of({0: ANN, 1: BEN}, {}, {})


def test_words_without_a_key_empty_a_record() -> None:
    controller = box()
    order(controller, mailbox(1, BEGIN, argument32=7), T0)
    for address, words in ((USER, ANN), (SCHEDULE, week(day1=(1, 2, 0, 0))), (HOLIDAY, holiday(9))):
        put(controller, address, 1, words, T0)

    put(controller, USER, 1, user(0, until_utc=5), T0)
    put(controller, SCHEDULE, 1, week(), T0)
    put(controller, HOLIDAY, 1, holiday(0), T0)

    assert state(controller, T0)[5:] == (0, 6)


@pytest.mark.parametrize(
    "frame",
    [
        window(USER, 0, ANN, crc=0),
        window(USER, 10_000, ANN),
        window(SCHEDULE, 0, week()),
        window(SCHEDULE, 32, week()),
        window(HOLIDAY, 128, holiday(1)),
        window(HOLIDAY, 1, holiday(1, kind=8)),
        window(USER, 0, ANN[:-2]),
        struct.pack(">BHHBHH", 16, USER + 1, 2, 4, 0, 0),
        struct.pack(">BHHBH", 16, 0x2310, 1, 2, 0),
    ],
)
def test_a_window_that_is_wrong_or_torn_changes_nothing(frame: bytes) -> None:
    controller = box()
    order(controller, mailbox(1, BEGIN, argument32=7), T0)

    assert send(controller, frame, T0) == REFUSED
    assert state(controller, T0)[5:] == (0, 0)


def test_nothing_is_written_without_a_begun_table() -> None:
    controller = box()

    assert send(controller, window(USER, 0, ANN), T0) == REFUSED
    assert state(controller, T0) == (0, 0, 0, 0, 0, 0, 0)


@pytest.mark.parametrize(("version", "wrong_sum", "result"), [(7, 0, DONE), (8, 0, BAD_ARGUMENT), (7, 1, BAD_ARGUMENT)])
def test_only_the_staged_version_with_its_sum_is_committed(version: int, wrong_sum: int, result: int) -> None:
    controller = box()
    order(controller, mailbox(1, BEGIN, argument32=7), T0)
    put(controller, USER, 0, ANN, T0)
    expect(controller, state(controller, T0)[5] ^ wrong_sum, T0)

    assert order(controller, mailbox(2, COMMIT, argument32=version), T0) == result
    assert state(controller, T0)[0] == (7 if result == DONE else 0)


@pytest.mark.parametrize(("argument", "result"), [(0, BAD_ARGUMENT), (1, BAD_ARGUMENT), (0xE0FF, DONE)])
def test_a_table_without_users_is_committed_only_when_that_is_meant(argument: int, result: int) -> None:
    controller = box()
    load(controller, {0: ANN}, T0)
    order(controller, mailbox(1, BEGIN, argument32=8), T0)

    assert commit(controller, 8, T0, command_id=2, argument=argument) == result
    assert state(controller, T0)[2] == (0 if result == DONE else 1)


@pytest.mark.parametrize(("argument", "version"), [(2, 7), (0, 0), (1, 0)])
def test_a_begin_that_means_nothing_leaves_what_is_staged(argument: int, version: int) -> None:
    controller = box()
    order(controller, mailbox(1, BEGIN, argument32=6), T0)

    assert order(controller, mailbox(2, BEGIN, argument=argument, argument32=version), T0) == BAD_ARGUMENT
    assert state(controller, T0)[3:5] == (1, 6)


def test_a_reboot_keeps_both_banks_and_forgets_the_expected_sum() -> None:
    controller = box()
    load(controller, {0: ANN}, T0)
    order(controller, mailbox(1, BEGIN, argument=1, argument32=2), T0)
    put(controller, USER, 1, BEN, T0)
    expect(controller, state(controller, T0)[5], T0)
    before = state(controller, T0)

    controller.reboot(T0 + 1, silent_seconds=0)

    assert state(controller, T0 + 1) == before
    assert order(controller, mailbox(2, COMMIT, argument32=2), T0 + 1) == BAD_ARGUMENT


@pytest.mark.parametrize("steps", [0, 1])
def test_a_power_cut_within_a_begin_leaves_no_staged_table(steps: int) -> None:
    controller = box()
    load(controller, {0: ANN}, T0)
    before = state(controller, T0)
    controller.table.power_fails_after = steps

    with pytest.raises(PowerFailed):
        send(controller, mailbox(1, BEGIN, argument=1, argument32=2), T0)
    controller.reboot(T0, silent_seconds=0, cause=1)

    assert state(controller, T0) == before


def test_a_power_cut_at_a_commit_leaves_the_old_table_and_the_staged_one() -> None:
    controller = box()
    load(controller, {0: ANN}, T0)
    order(controller, mailbox(1, BEGIN, argument32=2), T0)
    put(controller, USER, 5, BEN, T0)
    staged = state(controller, T0)
    expect(controller, staged[5], T0)
    controller.table.power_fails_after = 0

    with pytest.raises(PowerFailed):
        send(controller, mailbox(2, COMMIT, argument32=2), T0)
    controller.reboot(T0, silent_seconds=0, cause=1)

    assert state(controller, T0) == staged
    assert commit(controller, 2, T0, command_id=3) == DONE


def test_the_zone_is_read_and_written_within_the_world() -> None:
    controller = box()

    assert read(controller, 0x0513, 1, T0) == struct.pack(">h", 480)
    assert send(controller, struct.pack(">BHh", 6, 0x0513, -300), T0)[0] == 6
    assert read(controller, 0x0510, 4, T0)[6:] == struct.pack(">h", -300)
    assert send(controller, struct.pack(">BHh", 6, 0x0513, -721), T0) == bytes((0x86, 3))
