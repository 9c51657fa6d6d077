from __future__ import annotations

import pytest

from simulator import door as bits
from simulator.door import Mode
from simulator.ring import Event
from tests.simulator.box import T0, box, logged


def test_a_card_unlocks_until_the_door_was_opened_and_a_second_pull_finds_it_locked() -> None:
    controller = box()
    door = controller.doors[0]

    controller.present_card(door, 17, T0)

    assert door.word == bits.VALID | bits.RELAY_ON | bits.UNLOCKED

    controller.push_door(door, T0 + 1)

    assert door.word == bits.VALID | bits.OPEN | bits.UNLOCKED  # relock on open; the bond waits for the leaf

    door.close(T0 + 5)

    assert door.word == bits.VALID
    assert not controller.push_door(door, T0 + 5.1)
    assert logged(controller, Event.GRANTED, Event.OPENED, Event.CLOSED) == [(1, 1), (20, 1), (21, 1)]


def test_an_unlock_nobody_uses_ends_after_its_pulse() -> None:
    controller = box()
    door = controller.doors[1]
    controller.present_card(door, 1, T0)

    controller.advance(T0 + 4.99)

    assert not door.locked

    controller.advance(T0 + 5)

    assert door.locked


def test_a_door_opened_within_half_a_second_relocks_no_sooner() -> None:
    controller = box()
    door = controller.doors[0]
    controller.present_card(door, 1, T0)

    controller.push_door(door, T0 + 0.1)

    assert door.word & bits.RELAY_ON

    controller.advance(T0 + 0.5)

    assert not door.word & bits.RELAY_ON


def test_a_door_opened_against_its_lock_is_forced_until_it_closes() -> None:
    controller = box()
    door = controller.doors[0]

    assert controller.force_door(door, T0 + 1)
    assert door.word & (bits.FORCED | bits.OPEN) == bits.FORCED | bits.OPEN

    controller.advance(T0 + 600)

    assert not door.word & bits.HELD  # one alarm for one thing

    door.close(T0 + 601)

    assert not door.word & (bits.FORCED | bits.OPEN)
    assert logged(controller, Event.OPENED, Event.FORCED, Event.CLOSED, Event.FORCED_END, Event.HELD) == [
        (20, 1),
        (22, 1),
        (21, 1),
        (23, 1),
    ]


def test_breaking_a_door_open_counts_as_forced_even_while_somebody_was_let_in() -> None:
    controller = box()
    door = controller.doors[0]
    controller.present_card(door, 1, T0)
    controller.push_door(door, T0 + 1)

    controller.force_door(door, T0 + 2)

    assert door.word & bits.FORCED


def test_a_door_that_stands_free_cannot_be_forced() -> None:
    controller = box()
    controller.set_mode(controller.doors[0], Mode.FREE, T0)

    assert not controller.force_door(controller.doors[0], T0 + 1)
    assert not controller.doors[0].word & bits.FORCED


def test_the_exit_button_shunts_forced_even_where_it_does_not_unlock() -> None:
    controller = box()
    door = controller.doors[0]
    controller.configure(door, 3, (bits.FORCED_ENABLED,), T0)
    door.press_exit(T0)
    door.release_exit(T0 + 0.5)

    assert door.locked

    door.open(T0 + 9.9)  # by its inside handle

    assert not door.word & bits.FORCED

    door.close(T0 + 10.5)
    door.open(T0 + 11)

    assert door.word & bits.FORCED


def test_forced_can_be_switched_off() -> None:
    controller = box()
    controller.configure(controller.doors[0], 3, (bits.EXIT_UNLOCKS,), T0)

    controller.force_door(controller.doors[0], T0 + 1)

    assert not controller.doors[0].word & bits.FORCED


def test_a_door_open_for_thirty_seconds_is_held_until_it_closes() -> None:
    controller = box()
    door = controller.doors[0]
    door.press_exit(T0)
    controller.push_door(door, T0 + 1)

    controller.advance(T0 + 30.9)

    assert not door.word & bits.HELD

    controller.advance(T0 + 31)

    assert door.word & bits.HELD

    door.close(T0 + 90)

    assert not door.word & bits.HELD
    assert logged(controller, Event.HELD, Event.HELD_END) == [(24, 1), (25, 1)]


@pytest.mark.parametrize("seconds", [0, 5])
def test_the_held_open_time_is_configured_and_zero_switches_it_off(seconds: int) -> None:
    controller = box()
    door = controller.doors[0]
    controller.configure(door, 1, (seconds,), T0)
    door.press_exit(T0)
    controller.push_door(door, T0)

    controller.advance(T0 + 3600)

    assert bool(door.word & bits.HELD) == bool(seconds)


def test_a_free_door_is_never_held() -> None:
    controller = box()
    door = controller.doors[0]
    controller.hold_free(door, True, T0)
    controller.push_door(door, T0)

    controller.advance(T0 + 3600)

    assert not door.word & bits.HELD

    controller.hold_free(door, False, T0 + 3600)
    controller.advance(T0 + 3630)

    assert door.word & bits.HELD


def test_locked_turns_cards_away_and_still_lets_people_out() -> None:
    controller = box()
    door = controller.doors[0]
    controller.set_mode(door, Mode.LOCKED, T0)

    assert not controller.present_card(door, 9, T0 + 1)
    assert logged(controller, Event.DENIED_SCHEDULE) == [(4, 1)]

    door.press_exit(T0 + 2)

    assert controller.push_door(door, T0 + 3)


def test_a_stuck_lock_stays_bonded_while_its_relay_is_on() -> None:
    controller = box()
    door = controller.doors[0]
    controller.set_input("lock_fault", True, T0, door)

    controller.present_card(door, 1, T0 + 1)

    assert door.word & bits.RELAY_ON
    assert not door.word & bits.UNLOCKED
    assert not controller.push_door(door, T0 + 2)
    assert logged(controller, Event.LOCK_FAULT) == [(26, 1)]


def test_broken_glass_frees_the_door_without_the_relay() -> None:
    controller = box()
    door = controller.doors[0]

    controller.set_input("break_glass", True, T0, door)

    assert door.word & (bits.BREAK_GLASS | bits.UNLOCKED | bits.RELAY_ON) == bits.BREAK_GLASS | bits.UNLOCKED
    assert controller.push_door(door, T0 + 1)
    assert not door.word & bits.FORCED


@pytest.mark.parametrize("name", list(bits.INPUTS))
def test_each_input_of_a_door_has_its_bit_and_says_its_coming_once(name: str) -> None:
    controller = box()
    door = controller.doors[1]
    bit, coming, going = bits.INPUTS[name]

    controller.set_input(name, True, T0, door)
    controller.set_input(name, True, T0 + 1, door)

    assert door.word & bit

    controller.set_input(name, False, T0 + 2, door)

    assert not door.word & bit
    expected = [(int(event), 2) for event in (coming, going) if event is not None]
    assert logged(controller, *(event for event in (coming, going) if event is not None)) == expected
