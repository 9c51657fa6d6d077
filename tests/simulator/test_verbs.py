"""What can be done to a controller beyond daily life."""

from __future__ import annotations

import struct

import pytest

from simulator import system
from simulator.acts import perform
from simulator.card import card_hash, code_hash
from simulator.door import RELAY_ON, UNLOCKED
from simulator.door_verbs import STRANGERS
from simulator.faults import POWER_CUT_SECONDS, Station
from simulator.ring import RING_SLOTS, Event, crc16
from tests.simulator.box import T0, box, events, mailbox
from tests.simulator.tables import BEGIN, load, user


def station(*cards: int) -> Station:
    return Station("b3u1", box(), cards=cards)


def last(bearer: Station) -> tuple[int, int]:
    """Type and REF of the newest event."""
    *_, event = events(bearer.controller)
    return event[2], event[4]


def test_before_the_first_table_everybody_is_let_in_by_index() -> None:
    bearer = station(11, 12)

    assert perform(bearer, "card", 1, {"user": 5}, T0)
    assert last(bearer) == (Event.GRANTED, 5)
    assert perform(bearer, "card", 1, {"user": 6, "number": 99}, T0)
    assert last(bearer) == (Event.GRANTED, 6)


def test_with_a_table_a_card_counts_by_its_number_and_residents_have_theirs() -> None:
    bearer = station(11)
    load(bearer.controller, {4: user(card_hash(11))}, T0)

    assert perform(bearer, "card", 1, {"user": 5}, T0)
    assert last(bearer) == (Event.GRANTED, 4)
    assert not perform(bearer, "card", 1, {"number": 12}, T0)
    assert last(bearer) == (Event.DENIED_UNKNOWN, card_hash(12) & 0xFFFFFFFF)


def test_a_code_counts_by_its_digits_once_there_is_a_table() -> None:
    bearer = station()
    assert not perform(bearer, "code", 1, {"digits": "0042"}, T0)

    load(bearer.controller, {4: user(code_hash("0042"), flags=1)}, T0)

    assert perform(bearer, "code", 1, {"digits": "0042"}, T0)
    assert not perform(bearer, "code", 1, {"digits": "42"}, T0)


def test_a_stranger_is_turned_away_and_can_be_enrolled() -> None:
    bearer = station()

    perform(bearer, "deny", 1, {}, T0)

    assert last(bearer) == (Event.DENIED_UNKNOWN, card_hash(STRANGERS) & 0xFFFFFFFF)
    assert bearer.controller.last_card[0] == card_hash(STRANGERS)


@pytest.mark.parametrize(("stuck", "word"), [(True, RELAY_ON | UNLOCKED), (False, 0)])
def test_a_stuck_relay_stays_as_it_is_whatever_is_asked(stuck: bool, word: int) -> None:  # noqa: FBT001 - parametrised
    bearer = station()
    door = bearer.controller.doors[0]
    perform(bearer, "stick_relay", 1, {"on": stuck}, T0)

    bearer.controller.pulse(door, 5, 1, T0)
    assert door.word & (RELAY_ON | UNLOCKED) == word
    bearer.controller.advance(T0 + 5)
    assert door.word & (RELAY_ON | UNLOCKED) == word

    perform(bearer, "stick_relay", 1, {}, T0 + 6)
    assert not door.word & (RELAY_ON | UNLOCKED)


def test_a_flood_overruns_the_ring() -> None:
    bearer = station()

    perform(bearer, "flood", 0, {"events": 300}, T0)

    assert bearer.controller.ring.head - 2 == 300
    assert bearer.controller.ring.tail == bearer.controller.ring.head - RING_SLOTS


def test_a_spoilt_event_fails_its_crc_until_it_is_overwritten() -> None:
    bearer = station()
    ring = bearer.controller.ring

    assert perform(bearer, "spoil_event", 0, {}, T0)
    slot = ring.read(8, 8)
    assert crc16(slot[:14]) != int.from_bytes(slot[14:], "big")

    perform(bearer, "flood", 0, {"events": RING_SLOTS}, T0)
    slot = ring.read(8, 8)
    assert crc16(slot[:14]) == int.from_bytes(slot[14:], "big")


def test_a_clock_is_wrong_or_lost() -> None:
    bearer = station()

    perform(bearer, "clock", 0, {"off_seconds": -3600}, T0)
    assert bearer.controller.utc(T0) == T0 - 3600

    perform(bearer, "clock", 0, {}, T0)
    assert bearer.controller.utc(T0) == 0
    assert bearer.controller.system_word() & system.CLOCK_INVALID


def test_a_power_cut_comes_at_once_or_in_the_middle_of_a_write() -> None:
    bearer = station()
    boot_id = bearer.controller.boot_id

    perform(bearer, "power_cut", 0, {}, T0)
    assert (bearer.controller.boot_id, bearer.controller.answers_from) == (boot_id + 1, T0 + POWER_CUT_SECONDS)

    perform(bearer, "power_cut", 0, {"after_steps": 1}, T0 + 9)
    assert bearer.answer(mailbox(1, BEGIN, argument32=1), T0 + 10) is None
    assert bearer.controller.boot_id == boot_id + 2
    assert events(bearer.controller)[-1][2:] == (Event.BOOT, 0, 1)
    assert bearer.answer(struct.pack(">BHH", 4, 0, 1), T0 + 11) is None
    assert bearer.answer(struct.pack(">BHH", 4, 0, 1), T0 + 10 + POWER_CUT_SECONDS) == bytes.fromhex("04024143")


def test_a_swapped_controller_measures_as_the_old_one_and_knows_nothing() -> None:
    bearer = station()
    load(bearer.controller, {0: user(5)}, T0)

    perform(bearer, "swap_controller", 0, {"serial": 4711, "silent_seconds": 1}, T0)

    new = bearer.controller
    assert (new.serial, new.table.version, new.ring.head) == (4711, 0, 2)
    assert new.measured(T0) == (13_700, 13_400, -25)
    assert bearer.answer(struct.pack(">BHH", 4, 0, 1), T0 + 0.9) is None
