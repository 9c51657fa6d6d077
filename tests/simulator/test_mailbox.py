from __future__ import annotations

import pytest

from simulator import system
from simulator.door import FIRE_RELEASED, RELAY_ON, UNLOCKED, VALID, Mode
from simulator.ring import Event
from tests.simulator.box import T0, box, events, logged, mailbox, order, result, send


def test_a_pulse_unlocks_for_its_time_and_answers_with_its_id() -> None:
    controller = box()

    assert order(controller, mailbox(77, 1, mask=2, argument=30), T0) == 0
    assert result(controller, T0) == (77, 0, VALID | RELAY_ON | UNLOCKED)

    controller.advance(T0 + 2.9)

    assert [door.locked for door in controller.doors] == [True, False]

    controller.advance(T0 + 3)

    assert [door.locked for door in controller.doors] == [True, True]
    assert events(controller)[-1][2:] == (Event.REMOTE_UNLOCK, 2, 77)


@pytest.mark.parametrize(("tenths", "seconds"), [(0, 0.5), (4, 0.5), (300, 30), (9999, 30)])
def test_a_pulse_is_clamped(tenths: int, seconds: float) -> None:
    controller = box()

    order(controller, mailbox(1, 1, mask=1, argument=tenths), T0)

    controller.advance(T0 + seconds - 0.01)
    assert not controller.doors[0].locked
    controller.advance(T0 + seconds)
    assert controller.doors[0].locked


def test_the_same_id_again_does_nothing() -> None:
    controller = box()
    frame = mailbox(5, 1, mask=1, argument=10)
    order(controller, frame, T0)

    assert order(controller, frame, T0 + 60) == 6
    assert controller.doors[0].locked
    assert len(logged(controller, Event.REMOTE_UNLOCK)) == 1


def test_the_same_id_again_does_nothing_after_a_reboot_either() -> None:
    controller = box()
    frame = mailbox(5, 1, mask=1)
    order(controller, frame, T0)
    controller.reboot(T0 + 1, silent_seconds=0)

    assert order(controller, frame, T0 + 60) == 6


def test_a_refused_command_may_be_sent_again_under_its_id() -> None:
    controller = box()
    controller.set_lockdown(True, T0)

    assert order(controller, mailbox(8, 1, mask=1), T0 + 1) == 3

    controller.set_lockdown(False, T0 + 2)

    assert order(controller, mailbox(8, 1, mask=1), T0 + 3) == 0


def test_an_expired_command_does_nothing_unless_the_clock_is_invalid() -> None:
    controller = box()
    frame = mailbox(9, 1, mask=1, valid_until=int(T0) + 5)

    assert order(controller, frame, T0 + 6) == 4
    assert controller.doors[0].locked

    controller.set_input("clock_invalid", True, T0 + 7)

    assert order(controller, frame, T0 + 8) == 0


def test_a_command_in_time_is_executed() -> None:
    assert order(box(), mailbox(9, 1, mask=1, valid_until=int(T0) + 5), T0 + 4) == 0


@pytest.mark.parametrize(
    ("opcode", "mask", "argument"),
    [(1, 0, 50), (1, 4, 50), (2, 1, 4), (2, 0, 1), (5, 0, 0), (5, 0, 1), (6, 0, 0), (8, 0, 0), (9, 0, 0), (10, 1, 0)],
)
def test_what_means_nothing_is_a_bad_argument(opcode: int, mask: int, argument: int) -> None:
    controller = box()

    assert order(controller, mailbox(3, opcode, mask=mask, argument=argument), T0) == 2
    assert controller.words() == (VALID, VALID, 0, 0)


def test_a_frame_without_its_commit_does_nothing() -> None:
    controller = box()

    assert order(controller, mailbox(3, 1, mask=1)[:-2] + b"\0\0", T0) == 2
    assert controller.doors[0].locked


def test_a_mode_is_set_for_the_doors_named() -> None:
    controller = box(4)

    assert order(controller, mailbox(1, 2, mask=0b1010, argument=Mode.FREE), T0) == 0
    assert [door.mode for door in controller.doors] == [Mode.CARD, Mode.FREE, Mode.CARD, Mode.FREE]
    assert logged(controller, Event.MODE_CHANGED) == [(12, 2), (12, 4)]


def test_no_mode_is_set_while_a_fire_release_stands() -> None:
    controller = box()
    order(controller, mailbox(0, 9, mask=1), T0)

    assert order(controller, mailbox(2, 2, mask=1, argument=Mode.LOCKED), T0 + 1) == 3


def test_the_clock_is_set_and_the_event_carries_the_old_time() -> None:
    controller = box()

    assert order(controller, mailbox(4, 3, argument32=1_800_000_000), T0) == 0
    assert controller.utc(T0 + 1) == 1_800_000_001
    assert events(controller)[-1][1:] == (1_800_000_000, Event.CLOCK_SET, 0, int(T0))


def test_a_relay_test_is_the_shortest_pulse() -> None:
    controller = box()

    assert order(controller, mailbox(4, 8, mask=1, argument=300), T0) == 0

    controller.advance(T0 + 0.5)

    assert controller.doors[0].locked


def test_fire_release_is_a_level_that_no_id_expiry_lockdown_or_mode_holds_back() -> None:
    controller = box()
    order(controller, mailbox(6, 2, mask=3, argument=Mode.LOCKED), T0)
    controller.set_lockdown(True, T0)
    frame = mailbox(6, 9, mask=3, valid_until=1)

    assert order(controller, frame, T0 + 1) == 0
    assert order(controller, frame, T0 + 2) == 0
    assert all(door.word & FIRE_RELEASED and not door.locked for door in controller.doors)
    assert controller.system_word() & system.FIRE_LATCHED
    assert logged(controller, Event.RELEASE_LATCHED) == [(42, 1), (42, 2)]


def test_a_commanded_release_ends_with_opcode_4_only() -> None:
    controller = box()
    order(controller, mailbox(1, 9, mask=1), T0)

    send(controller, bytes((5, 0, 0x10, 0xFF, 0)), T0 + 1)

    assert controller.doors[0].word & FIRE_RELEASED
    assert controller.system_word() & system.FIRE_LATCHED

    assert order(controller, mailbox(2, 4), T0 + 2) == 0
    assert controller.words() == (VALID, VALID, 0, 0)
    assert controller.system_word() == 0


def test_the_latch_is_not_reset_while_the_fire_input_is_active() -> None:
    controller = box()
    controller.fire.set_input(True, T0)

    assert order(controller, mailbox(2, 4), T0 + 1) == 3
    assert all(not door.locked for door in controller.doors)
