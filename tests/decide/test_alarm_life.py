from __future__ import annotations

import pytest

from gateway.decide.rules import Rule
from gateway.model import AckAlarm, AlarmChanged, AlarmState, Change, Priority, Refused, ResetAlarm
from tests.decide.bench_of_rules import STAFF, Trial, rules

PLAIN = Rule("door_forced", Priority.P2)
LATCHED = Rule("fire_input", Priority.P1, latching=True)
KEY = "door_forced@d1/p"

# ISA-18.2 / IEC 62682: from a state, by an event, to a state. "-" means refused or nothing.
TABLE = [
    ("A", "raise", "B", PLAIN), ("B", "raise", "B", PLAIN), ("C", "raise", "C", PLAIN), ("D", "raise", "B", PLAIN),
    ("B", "clear", "D", PLAIN), ("C", "clear", "A", PLAIN), ("D", "clear", "D", PLAIN),
    ("B", "ack", "C", PLAIN), ("C", "ack", "C", PLAIN), ("D", "ack", "A", PLAIN),
    ("B", "reset", "B", PLAIN), ("C", "reset", "C", PLAIN), ("D", "reset", "D", PLAIN),
    ("E", "raise", "B", LATCHED), ("F", "raise", "B", LATCHED), ("B", "clear", "E", LATCHED), ("C", "clear", "F", LATCHED),
    ("E", "ack", "F", LATCHED), ("F", "ack", "F", LATCHED), ("E", "reset", "E", LATCHED), ("F", "reset", "A", LATCHED),
]  # fmt: skip

WAY = {
    "A": [],
    "B": ["raise"],
    "C": ["raise", "ack"],
    "D": ["raise", "clear"],
    "E": ["raise", "clear"],
    "F": ["raise", "clear", "ack"],
}


def happen(trial: Trial, event: str) -> None:
    number = next((alarm.number for alarm in trial.judge.alarms), 1)
    match event:
        case "raise":
            trial.sample(value=True)
        case "clear":
            trial.sample(value=False)
        case "ack":
            trial.take(AckAlarm(STAFF, number))
        case "reset":
            trial.take(ResetAlarm(STAFF, number, "went there"))


def state(trial: Trial) -> str:
    return next((alarm.state.value for alarm in trial.judge.alarms), AlarmState.NORMAL.value)


@pytest.mark.parametrize(("start", "event", "end", "rule"), TABLE, ids=lambda x: x if isinstance(x, str) else x.name)
def test_an_alarm_moves_as_the_standard_says(start: str, event: str, end: str, rule: Rule) -> None:
    trial = Trial(rules(rule))
    for step in WAY[start]:
        happen(trial, step)
    assert state(trial) == start

    happen(trial, event)

    assert state(trial) == end


@pytest.mark.parametrize(("start", "event", "end", "rule"), TABLE, ids=lambda x: x if isinstance(x, str) else x.name)
def test_and_does_so_after_a_restart_in_between(start: str, event: str, end: str, rule: Rule) -> None:
    trial = Trial(rules(rule))
    for step in WAY[start]:
        happen(trial, step)

    trial.restart(reboot=True)
    assert state(trial) == start
    happen(trial, event)

    assert state(trial) == end


def test_raising_is_announced_once_and_again_only_after_it_returned() -> None:
    trial = Trial(rules(PLAIN))

    for value in (True, True, False, False, True):
        trial.sample(value=value)

    assert trial.announced == [KEY, KEY]


def test_coming_again_within_five_minutes_is_the_same_occurrence() -> None:
    trial = Trial(rules(PLAIN, silent_seconds=None))
    trial.sample(value=True)
    trial.sample(value=False)

    trial.wait(299)
    trial.sample(value=True)
    assert trial.alarms[KEY].occurrences == 1
    trial.sample(value=False)
    trial.wait(301)
    trial.sample(value=True)

    assert trial.alarms[KEY].occurrences == 2


def test_each_occurrence_has_its_own_number_across_restarts() -> None:
    trial = Trial(rules(PLAIN))
    trial.sample(value=True)
    trial.sample(value=False)
    trial.take(AckAlarm(STAFF, 1))
    assert trial.judge.alarms == ()

    trial.restart()
    trial.sample(value=True)

    assert trial.alarms[KEY].number == 2


def test_a_lost_counter_gives_no_number_twice_that_is_still_in_use() -> None:
    trial = Trial(rules(PLAIN, Rule("held", Priority.P3)))
    trial.sample(value=True)
    assert sorted(alarm.number for alarm in trial.judge.alarms) == [1, 2]
    del trial.disk["alarm_number"]

    trial.restart()
    trial.sample(value=True, device="d2")

    assert sorted(alarm.number for alarm in trial.judge.alarms) == [1, 2, 3, 4]


def test_the_first_who_takes_an_alarm_stays_the_one_who_took_it() -> None:
    trial = Trial(rules(PLAIN))
    trial.sample(value=True)

    trial.take(AckAlarm(STAFF, 1, "on my way"))
    second = trial.take(AckAlarm(STAFF.__class__("u2", "李强", STAFF.role), 1, "me too"))

    assert second == []
    assert (trial.alarms[KEY].acked_by, trial.alarms[KEY].note) == ("王芳", "on my way")


def test_a_fire_is_not_reset_without_a_word_about_what_was_seen() -> None:
    trial = Trial(rules(LATCHED))
    for event in ("raise", "clear", "ack"):
        happen(trial, event)

    (refused,) = trial.take(ResetAlarm(STAFF, 1, "  "))

    assert isinstance(refused, Refused)
    assert refused.code == "note_needed"
    assert state(trial) == "F"


def test_an_alarm_that_was_answered_is_not_announced_again_by_a_restart() -> None:
    trial = Trial(rules(PLAIN))
    trial.sample(value=True)
    trial.take(AckAlarm(STAFF, 1))

    trial.restart()
    trial.sample(value=True)

    assert trial.announced == [KEY]
    assert state(trial) == "C"


def test_an_alarm_whose_source_left_the_configuration_stays_and_is_marked() -> None:
    trial = Trial(rules(PLAIN))
    trial.sample(value=True)

    outcomes = trial.judge.adopt(rules(PLAIN, devices=("d2",)), trial.now)

    (changed,) = [o for o in outcomes if isinstance(o, AlarmChanged)]
    assert changed.change is Change.ORPHANED
    assert trial.alarms[KEY].orphaned
    assert trial.alarms[KEY].active
    trial.judge.adopt(rules(PLAIN), trial.now)
    assert not trial.alarms[KEY].orphaned
