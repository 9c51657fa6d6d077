from __future__ import annotations

from dataclasses import replace

import pytest

from gateway.decide.rules import Rule
from gateway.model import AlarmChanged, Change, Place, Priority
from tests.decide.answering.desk import PLAIN, Desk, announced, house

ATTACK = Rule("radio_attack", Priority.P2, latching=True)
TASK, FLEETING = "alarm_chattering@d1/p", "alarm_fleeting@d1/p"


def chatter(desk: Desk, times: int, apart: float = 5.0) -> None:
    """Up and down, `apart` seconds each."""
    for _ in range(times):
        desk.see(True)
        desk.wait(apart)
        desk.see(False)
        desk.wait(apart)


def tasks(desk: Desk) -> dict[str, bool]:
    """The alarms about alarms, and whether they stand."""
    return {key: alarm.active for key, alarm in desk.watches.book.open.items() if alarm.rule.startswith("alarm_")}


def test_three_raises_in_a_minute_chatter_and_two_do_not() -> None:
    desk = Desk(house(PLAIN))

    chatter(desk, 2)
    assert (desk.alarm.chattering, tasks(desk)) == (False, {})
    desk.see(True)

    assert (desk.alarm.chattering, tasks(desk)) == (True, {TASK: True})


def test_three_raises_in_more_than_a_minute_do_not() -> None:
    desk = Desk(house(PLAIN))

    chatter(desk, 5, apart=16)

    assert not desk.alarm.chattering


def test_what_chatters_is_held_as_one_occurrence_told_no_more_and_counted() -> None:
    desk = Desk(house(PLAIN))
    chatter(desk, 2)
    desk.see(True)
    told = desk.announced.count("forced@d1/p")

    chatter(desk, 20)
    desk.wait(60)

    assert desk.announced.count("forced@d1/p") == told == 3
    assert (desk.alarm.active, desk.alarm.occurrences, desk.alarm.raises) == (True, 1, 22)


def test_its_counter_survives_a_restart_and_is_told_once_a_minute() -> None:
    desk = Desk(house(PLAIN))
    chatter(desk, 10)
    desk.restart(reboot=False)
    chatter(desk, 1)

    out = desk.wait(60)

    assert desk.alarm.raises == 11
    said = [each for each in out if isinstance(each, AlarmChanged) and each.change is Change.UPDATED]
    assert [(each.alarm.raises, each.announce) for each in said] == [(11, False)]


@pytest.mark.parametrize("restarted", [False, True])
def test_it_clears_after_five_calm_minutes_and_then_no_longer_chatters(*, restarted: bool) -> None:
    desk = Desk(house(PLAIN))
    chatter(desk, 3)
    if restarted:
        desk.restart(reboot=False)

    desk.see(False)
    desk.wait(290)
    assert desk.alarm.active
    desk.wait(15)

    assert (desk.alarm.active, desk.alarm.chattering, tasks(desk)) == (False, False, {TASK: False})


def test_two_that_chatter_at_one_source_are_one_task_that_ends_with_the_last() -> None:
    desk = Desk(house(PLAIN, Rule("bent", Priority.P3)))
    chatter(desk, 3)
    assert tasks(desk) == {TASK: True}

    desk.keep(desk.watches.book.cleared("bent@d1/p", value=False, now=desk.now))
    desk.wait(240)
    assert tasks(desk) == {TASK: True}
    desk.wait(120)

    assert tasks(desk) == {TASK: False}


def test_the_task_ends_though_the_alarm_was_closed_while_the_box_was_off() -> None:
    desk = Desk(house(PLAIN))
    chatter(desk, 3)
    del desk.disk["alarm:forced@d1/p"]
    desk.restart()

    desk.wait(61)

    assert tasks(desk) == {TASK: False}


def test_the_first_word_of_a_p1_is_never_held_back() -> None:
    desk = Desk(house(Rule("shut", Priority.P1)))
    for _ in range(6):  # each is taken and over, so that each is a new alarm
        assert announced(desk.see(True))[0] == "shut@d1/p"
        desk.happen("ack")
        desk.keep(desk.watches.book.cleared("shut@d1/p", value=False, now=desk.now))
        desk.wait(1)

    assert desk.announced.count("shut@d1/p") == 6


def test_what_latches_and_waits_for_its_answer_is_not_said_at_each_flicker_but_after_it_was_taken_it_is() -> None:
    everywhere = house(PLAIN)
    desk = Desk(replace(everywhere, facts={**everywhere.facts, "radio_attack": ATTACK}))
    for _ in range(10):
        attack(desk)
    assert desk.announced.count("radio_attack@d1") == 3

    desk.happen("ack")
    attack(desk)

    assert desk.announced.count("radio_attack@d1") == 4


def attack(desk: Desk) -> None:
    """What happens at one moment: raised, and over at once."""
    said = desk.watches.say("radio_attack", "d1", "d1", Place("b1"), abnormal=True, why="replay", now=desk.now)
    desk.keep(said)
    desk.wait(1)


def test_a_test_does_not_chatter() -> None:
    desk = Desk(house(PLAIN))
    desk.watches.book.under_test = lambda _device: True

    chatter(desk, 5)

    assert tasks(desk) == {}


def test_more_than_ten_short_ones_in_a_day_are_a_task_that_ends_a_day_later() -> None:
    desk = Desk(house(PLAIN))

    for number in range(11):
        assert FLEETING not in tasks(desk), number
        desk.see(True)
        desk.wait(1)
        desk.see(False)
        desk.wait(600, every=60)
    assert tasks(desk) == {FLEETING: True}
    desk.wait(23 * 3600, every=3600)

    assert tasks(desk) == {FLEETING: False}


@pytest.mark.parametrize("looked", [False, True])
def test_what_lasted_or_was_seen_by_somebody_is_not_fleeting(*, looked: bool) -> None:
    desk = Desk(house(PLAIN))

    for _ in range(15):
        desk.see(True)
        desk.wait(0.5 if looked else 2)
        if looked:
            desk.happen("ack")
        desk.see(False)
        desk.wait(100, every=50)

    assert tasks(desk) == {}


def test_short_ones_are_counted_across_a_restart() -> None:
    desk = Desk(house(PLAIN))

    for _ in range(11):
        desk.see(True)
        desk.wait(1)
        desk.see(False)
        desk.wait(100, every=50)
        desk.restart(off_seconds=300)

    assert tasks(desk) == {FLEETING: True}
