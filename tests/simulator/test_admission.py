from __future__ import annotations

import struct
from datetime import UTC, datetime

import pytest

from drivers import credential
from simulator.admission import present
from simulator.card import SITE_KEY, card_hash, code_hash
from simulator.door import Mode
from simulator.ring import Event
from tests.simulator.box import T0, box, events, mailbox, order
from tests.simulator.tables import BEGIN, HOLIDAY, SCHEDULE, USER, commit, holiday, load, put, read, user, week

CARD = card_hash(12_010_883)


def test_cards_and_codes_are_known_by_the_hash_that_the_gateway_uses() -> None:
    assert f"{card_hash(12_010_883):016x}" == credential.card_hash(SITE_KEY, 12_010_883)
    assert f"{code_hash('00421'):016x}" == credential.code_hash(SITE_KEY, "00421")


def test_a_card_in_the_table_opens_and_is_logged_by_its_index() -> None:
    controller = box()
    load(controller, {42: user(CARD)}, T0)

    assert present(controller, controller.doors[0], CARD, T0)
    assert not controller.doors[0].locked
    assert events(controller)[-1][2:] == (Event.GRANTED, 1, 42)


def test_an_unknown_card_is_denied_and_can_be_enrolled_from_its_registers() -> None:
    controller = box()
    load(controller, {0: user(1)}, T0)

    assert not present(controller, controller.doors[1], CARD, T0)

    sequence, _, *event = events(controller)[-1]
    assert event == [Event.DENIED_UNKNOWN, 2, CARD & 0xFFFFFFFF]
    assert struct.unpack(">QI", read(controller, 0x0414, 6, T0, function=4)) == (CARD, sequence)

    controller.wipe_ring()

    assert struct.unpack(">QI", read(controller, 0x0414, 6, T0, function=4))[1] == 0


@pytest.mark.parametrize(
    ("bounds", "verdict"),
    [
        ((0, 0), Event.GRANTED),
        ((-5, 5), Event.GRANTED),
        ((0, 1), Event.GRANTED),
        ((-9, 0), Event.DENIED_EXPIRED),
        ((1, 0), Event.DENIED_EXPIRED),
    ],
)
def test_a_card_counts_from_its_first_second_until_before_its_last(bounds: tuple[int, int], verdict: Event) -> None:
    controller = box()
    now = int(T0)
    from_utc, until_utc = (0, 0) if bounds == (0, 0) else (now + bounds[0], now + bounds[1])
    load(controller, {7: user(CARD, from_utc, until_utc)}, T0)

    present(controller, controller.doors[0], CARD, T0)

    assert events(controller)[-1][2:] == (verdict, 1, 7)


def test_a_card_opens_the_doors_of_its_mask_only() -> None:
    controller = box()
    load(controller, {7: user(CARD, doors=2)}, T0)

    assert not present(controller, controller.doors[0], CARD, T0)
    assert present(controller, controller.doors[1], CARD, T0)
    assert [event[2:] for event in events(controller)[-2:]] == [
        (Event.DENIED_SCHEDULE, 1, 7),
        (Event.GRANTED, 2, 7),
    ]


# 2 October 2026 is a Friday, and a holiday; local midnight in China is 16:00 UTC of the day before
FRIDAY = datetime(2026, 10, 1, 16, tzinfo=UTC).timestamp()
EPOCH_DAY = 20_728


@pytest.mark.parametrize(
    ("hour", "off", "granted"),
    [
        (7.99, False, False),
        (8, False, True),
        (11.99, False, True),
        (12, False, False),
        (14, False, True),
        (8, True, False),
        (20, True, True),
    ],
)
def test_a_schedule_counts_in_local_time_and_the_calendar_before_the_weekday(
    hour: float,
    off: bool,  # noqa: FBT001 - parametrised
    granted: bool,  # noqa: FBT001 - parametrised
) -> None:
    controller = box()
    order(controller, mailbox(1, BEGIN, argument32=1), T0)
    put(controller, USER, 0, user(CARD, schedule=4), T0)
    put(controller, SCHEDULE, 4, week(day4=(480, 720, 840, 1080), day7=(1200, 1440, 0, 0)), T0)
    if off:
        put(controller, HOLIDAY, 9, holiday(EPOCH_DAY), T0)
    commit(controller, 1, T0, command_id=2)

    assert present(controller, controller.doors[0], CARD, FRIDAY + hour * 3600) is granted
    assert events(controller)[-1][2] == (Event.GRANTED if granted else Event.DENIED_SCHEDULE)


def test_a_working_saturday_is_a_day_of_another_kind() -> None:
    controller = box()
    order(controller, mailbox(1, BEGIN, argument32=1), T0)
    put(controller, USER, 0, user(CARD, schedule=4), T0)
    put(controller, SCHEDULE, 4, week(day0=(480, 720, 0, 0)), T0)
    put(controller, HOLIDAY, 0, holiday(EPOCH_DAY + 1, kind=0), T0)
    commit(controller, 1, T0, command_id=2)

    assert present(controller, controller.doors[0], CARD, FRIDAY + 86_400 + 9 * 3600)


def test_a_schedule_that_was_never_written_lets_nobody_in() -> None:
    controller = box()
    load(controller, {0: user(CARD, schedule=9)}, T0)

    assert not present(controller, controller.doors[0], CARD, T0)


def test_without_a_clock_neither_bounds_nor_schedules_count() -> None:
    controller = box()
    load(controller, {0: user(CARD, from_utc=1, until_utc=2, schedule=9)}, T0)
    controller.set_input("clock_invalid", True, T0)

    assert present(controller, controller.doors[0], CARD, T0)


def test_lockdown_and_a_locked_door_stand_before_the_table() -> None:
    controller = box()
    load(controller, {5: user(CARD)}, T0)
    controller.set_mode(controller.doors[1], Mode.LOCKED, T0)
    assert not present(controller, controller.doors[1], CARD, T0)

    controller.set_lockdown(True, T0)

    assert not present(controller, controller.doors[0], CARD, T0)
    assert [event[2:] for event in events(controller)[-2:]] == [
        (Event.DENIED_SCHEDULE, 2, 5),
        (Event.DENIED_SCHEDULE, 1, 5),
    ]


def test_of_two_records_with_one_hash_the_first_counts() -> None:
    controller = box()
    load(controller, {8: user(CARD, doors=3), 2: user(CARD, doors=1)}, T0)

    assert not present(controller, controller.doors[1], CARD, T0)
    assert events(controller)[-1][4] == 2
