from __future__ import annotations

import struct
from typing import TYPE_CHECKING

import pytest

from simulator import system
from simulator.door import FIRE_RELEASED, FORCED, OPEN, RELAY_ON, UNLOCKED, VALID, Mode
from simulator.ring import Event, crc16
from tests.simulator.box import T0, box, events, logged, mailbox, order

if TYPE_CHECKING:
    from simulator.controller import Controller


def status(controller: Controller, now: float) -> tuple[int, ...]:
    controller.advance(now)
    block = controller.status(now)
    assert crc16(block[:30]) == int.from_bytes(block[30:], "big")
    return struct.unpack(">HHHIIHHHHHHHhH", block)


def test_the_status_block_says_everything_in_its_place() -> None:
    controller = box()
    controller.present_card(controller.doors[1], 5, T0 + 2)

    beat, boot, epoch, head, tail, sys, one, two, three, four, supply, battery, celsius, _ = status(controller, T0 + 3)

    assert (beat, boot, epoch) == (3, 1, 1)
    assert (head, tail) == (3, 1)
    assert sys == 0
    assert (one, two, three, four) == (VALID, VALID | RELAY_ON | UNLOCKED, 0, 0)
    assert (supply, battery, celsius) == (13_700, 13_400, -25)


def test_a_change_shows_in_the_very_next_status_block() -> None:
    controller = box()
    before = controller.status(T0 + 0.2)

    controller.set_input("mains_fail", True, T0 + 0.3)

    assert controller.status(T0 + 0.4) != before


def test_four_doors_are_four_valid_words() -> None:
    words = status(box(4), T0)[6:10]

    assert words == (VALID,) * 4


def test_a_box_of_three_doors_is_not_built() -> None:
    with pytest.raises(ValueError, match="2 or 4 doors"):
        box(3)


def test_the_heartbeat_goes_up_by_one_a_second_and_wraps() -> None:
    controller = box()

    assert [controller.heartbeat(T0 + second) for second in (0, 0.9, 1, 65_535, 65_536)] == [0, 0, 1, 65_535, 0]


def test_a_hung_application_freezes_the_heartbeat_alone() -> None:
    controller = box()
    controller.hang(T0 + 7, hung=True)

    controller.force_door(controller.doors[0], T0 + 20)

    assert status(controller, T0 + 30)[0] == 7
    assert status(controller, T0 + 30)[6] & FORCED


def test_a_reboot_counts_up_restarts_the_heartbeat_and_forgets_only_what_lived_in_memory() -> None:
    controller = box()
    controller.set_mode(controller.doors[1], Mode.LOCKED, T0)
    controller.hold_free(controller.doors[0], True, T0)
    controller.push_door(controller.doors[0], T0 + 1)

    controller.reboot(T0 + 10, silent_seconds=4)

    assert controller.answers_from == T0 + 14
    assert status(controller, T0 + 16)[:2] == (2, 2)
    assert not controller.doors[0].word & RELAY_ON
    assert controller.doors[0].word & OPEN
    assert controller.doors[1].mode is Mode.LOCKED
    assert logged(controller, Event.BOOT) == [(50, 0), (50, 0)]


def test_events_keep_their_numbers_when_the_ring_turns_over() -> None:
    controller = box()

    for number in range(300):
        controller.present_card(controller.doors[0], number, T0 + number)

    assert (controller.ring.head, controller.ring.tail) == (302, 46)
    assert [event[0] for event in events(controller)] == list(range(46, 302))
    assert events(controller)[-1] == (301, int(T0) + 299, Event.GRANTED, 1, 299)


def test_a_wiped_ring_starts_a_new_epoch_at_one() -> None:
    controller = box()

    controller.wipe_ring()

    assert status(controller, T0)[2:5] == (2, 1, 1)
    assert controller.ring.read(0, 2048) == bytes(4096)


def test_an_overrun_is_said_only_to_a_host_that_acknowledges() -> None:
    silent_host, host = box(), box()
    host.acknowledge(1)

    for controller in (silent_host, host):
        for number in range(300):
            controller.present_card(controller.doors[0], number, T0)

    assert not silent_host.system_word() & system.RING_OVERRUN
    assert host.system_word() & system.RING_OVERRUN
    assert logged(host, Event.RING_OVERRUN) == [(55, 0)]

    host.acknowledge(host.ring.head)

    assert not host.system_word() & system.RING_OVERRUN


def test_without_a_clock_events_carry_no_time_until_it_is_set() -> None:
    controller = box()
    controller.set_input("clock_invalid", True, T0)
    controller.present_card(controller.doors[0], 1, T0 + 1)

    controller.set_clock(1_800_000_000, T0 + 2)
    controller.present_card(controller.doors[0], 1, T0 + 3)

    assert [(utc, type_) for _, utc, type_, _, _ in events(controller)[-3:]] == [
        (0, Event.GRANTED),
        (1_800_000_000, Event.CLOCK_SET),
        (1_800_000_001, Event.GRANTED),
    ]


@pytest.mark.parametrize("name", list(system.INPUTS))
def test_each_input_of_the_box_has_its_bit(name: str) -> None:
    controller = box()
    bit = system.INPUTS[name][0]

    controller.set_input(name, True, T0)

    assert status(controller, T0)[5] == bit

    controller.set_input(name, False, T0 + 1)

    assert status(controller, T0 + 1)[5] == 0


def test_a_host_is_missed_sixty_seconds_after_it_was_last_heard_and_welcomed_back() -> None:
    controller = box()
    controller.advance(T0 + 1000)

    assert not controller.host.lost  # never heard, never missed

    controller.host.hear(1, T0 + 1000)
    controller.touched()
    controller.advance(T0 + 1059.9)

    assert not controller.host.lost

    controller.advance(T0 + 1060)

    assert controller.system_word() == system.HOST_LOST | system.OFFLINE_MODE
    assert controller.words() == (VALID, VALID, 0, 0)  # no lock moves

    controller.host.hear(2, T0 + 1100)

    assert controller.system_word() == 0
    assert logged(controller, Event.HOST_LOST, Event.HOST_BACK) == [(56, 0), (57, 0)]


def test_the_fire_input_releases_and_latches_until_a_person_resets_it_with_the_input_gone() -> None:
    controller = box()
    controller.fire.set_input(True, T0)

    assert controller.system_word() == system.FIRE_INPUT | system.FIRE_LATCHED
    assert all(door.word & FIRE_RELEASED and not door.locked for door in controller.doors)
    assert not controller.fire.reset(T0 + 1, commanded_too=True)

    controller.fire.set_input(False, T0 + 2)

    assert controller.system_word() == system.FIRE_LATCHED
    assert all(door.word & FIRE_RELEASED for door in controller.doors)
    assert controller.fire.reset(T0 + 3, commanded_too=False)
    assert controller.words() == (VALID, VALID, 0, 0)
    fire = (Event.FIRE_INPUT, Event.RELEASE_LATCHED, Event.FIRE_INPUT_END, Event.LATCH_RESET)
    assert logged(controller, *fire) == [(40, 0), (42, 0), (41, 0), (43, 0)]


def test_a_door_without_fire_action_stays_shut_for_the_input_and_opens_for_the_command() -> None:
    controller = box()
    controller.configure(controller.doors[1], 5, (0,), T0)
    controller.fire.set_input(True, T0 + 1)

    assert controller.doors[1].locked

    assert order(controller, mailbox(0, 9, mask=2), T0 + 2) == 0
    assert controller.doors[1].word & FIRE_RELEASED


def test_a_fire_action_switched_on_during_a_fire_releases_at_once() -> None:
    controller = box()
    controller.configure(controller.doors[0], 5, (0,), T0)
    controller.fire.set_input(True, T0 + 1)

    controller.configure(controller.doors[0], 5, (1,), T0 + 2)

    assert controller.doors[0].word & FIRE_RELEASED


def test_lockdown_turns_cards_and_remote_unlocks_away_and_lets_people_out() -> None:
    controller = box()
    door = controller.doors[0]
    controller.hold_free(door, True, T0)

    assert controller.set_lockdown(True, T0 + 1)
    assert door.locked
    assert not controller.present_card(door, 1, T0 + 2)
    assert not controller.pulse(door, 5, 1, T0 + 2)

    door.press_exit(T0 + 3)

    assert not door.locked


def test_lockdown_is_refused_during_a_fire_and_never_holds_a_release_back() -> None:
    controller = box()
    controller.set_lockdown(True, T0)

    controller.fire.set_input(True, T0 + 1)

    assert all(not door.locked for door in controller.doors)
    assert controller.set_lockdown(False, T0 + 2)
    assert not controller.set_lockdown(True, T0 + 3)


def test_a_latched_release_survives_a_reboot() -> None:
    controller = box()
    controller.fire.command(controller.doors, T0)

    controller.reboot(T0 + 1, silent_seconds=4)

    assert all(door.word & FIRE_RELEASED and not door.locked for door in controller.doors)
