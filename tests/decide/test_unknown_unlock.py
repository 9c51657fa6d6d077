from __future__ import annotations

import pytest

from gateway.model import AckAlarm, AlarmChanged, Change, ResetAlarm
from tests.decide.town import STAFF, Town

HERE = "unknown_unlock@c1/door1"
AT_DOOR1 = {"part": "door1", "door": 1}


def town_with_an_unlock() -> Town:
    trial = Town()
    trial.up("c1", "c2")
    assert trial.ask(name="door1.unlock") == ""
    return trial


def test_the_unlock_that_was_asked_for_is_no_news() -> None:
    trial = town_with_an_unlock()
    trial.wait(1)

    trial.event("c1", "remote_unlock", {**AT_DOOR1, "ref": 1}, utc=trial.now.utc)

    assert trial.alarms == {}


@pytest.mark.parametrize(
    ("device", "body"),
    [
        ("c1", {**AT_DOOR1, "ref": 2}),
        ("c1", {**AT_DOOR1, "ref": 0}),
        ("c1", AT_DOOR1),
        ("c1", {"part": "door2", "ref": 1}),
        ("c2", {**AT_DOOR1, "ref": 1}),
    ],
    ids=["another id", "a coil", "no id", "another door", "another controller"],
)
def test_an_unlock_that_nobody_here_sent_is_an_alarm_of_that_door(device: str, body: dict[str, object]) -> None:
    trial = town_with_an_unlock()

    trial.event(device, "remote_unlock", body)

    (alarm,) = trial.alarms.values()
    assert alarm.key == f"unknown_unlock@{device}/{body['part']}"
    assert (alarm.device, alarm.place.name) == (device, f"{body['part']}大门")
    assert alarm.why
    assert trial.announced == [alarm.key]


@pytest.mark.parametrize("restart", [False, True])
def test_the_same_id_a_second_time_is_an_alarm(*, restart: bool) -> None:
    trial = town_with_an_unlock()
    trial.event("c1", "remote_unlock", {**AT_DOOR1, "ref": 1})
    if restart:
        trial.restart(reboot=True)

    trial.event("c1", "remote_unlock", {**AT_DOOR1, "ref": 1})

    assert set(trial.alarms) == {HERE}


def test_the_ledger_survives_a_restart() -> None:
    trial = town_with_an_unlock()

    trial.restart(reboot=True, off_seconds=60)
    trial.event("c1", "remote_unlock", {**AT_DOOR1, "ref": 1})

    assert trial.alarms == {}


@pytest.mark.parametrize(("door_clock_is", "unknown"), [(0.0, False), (-299.0, False), (400.0, True), (None, True)])
def test_a_report_that_comes_hours_later_is_told_by_the_doors_own_clock(
    door_clock_is: float | None, *, unknown: bool
) -> None:
    trial = Town()
    trial.up("c1")
    trial.wait(600)
    trial.ask(name="door1.unlock")
    asked_utc = trial.now.utc
    trial.wait(3 * 3_600)

    utc = None if door_clock_is is None else asked_utc + door_clock_is
    trial.event("c1", "remote_unlock", {**AT_DOOR1, "ref": 1}, utc=utc)

    assert (HERE in trial.alarms) is unknown


def test_what_a_door_did_before_this_gateway_kept_a_book_is_history() -> None:
    trial = Town()
    trial.up("c1")

    trial.event("c1", "remote_unlock", {**AT_DOOR1, "ref": 77}, utc=trial.now.utc - 60)
    assert trial.alarms == {}
    trial.event("c1", "remote_unlock", {**AT_DOOR1, "ref": 78}, utc=trial.now.utc + 1)

    assert HERE in trial.alarms


def test_a_book_is_not_opened_by_a_clock_that_is_not_believed() -> None:
    trial = Town(now=Town().now._replace(utc=4e9, trusted=False))
    trial.up("c1")

    trial.event("c1", "remote_unlock", {**AT_DOOR1, "ref": 77}, utc=1.8e9)
    assert HERE in trial.alarms
    trial.now = trial.now._replace(utc=1.8e9, trusted=True)
    trial.wait(2)

    assert trial.disk["ledger_since"] == pytest.approx(1.8e9, abs=2)


def test_it_happened_once_and_stays_until_a_person_resets_it() -> None:
    trial = Town()
    trial.up("c1")

    out = trial.event("c1", "remote_unlock", {**AT_DOOR1, "ref": 9})
    assert [o.change for o in out if isinstance(o, AlarmChanged)] == [Change.RAISED, Change.CLEARED]
    assert trial.alarms[HERE].state.value == "E"
    trial.event("c1", "remote_unlock", {**AT_DOOR1, "ref": 9})
    assert trial.announced == [HERE, HERE], "each of them is said"
    trial.restart()
    assert not trial.alarms[HERE].orphaned

    number = trial.alarms[HERE].number
    trial.take(AckAlarm(STAFF, number))
    trial.take(ResetAlarm(STAFF, number, "the locksmith"))

    assert trial.alarms == {}


def test_an_event_of_a_device_that_a_reload_took_away_is_passed_over() -> None:
    trial = Town()

    for kind in ("remote_unlock", "gap", "granted"):
        trial.event("gone", kind, {"from": 1, "to": 2})

    assert trial.alarms == {}


@pytest.mark.parametrize(
    ("end", "words"),
    [(120, "20 events (100 to 119) were lost: overrun"), (None, "events from 100 on were lost: overrun")],
)
def test_lost_events_are_an_alarm_that_says_which(end: int | None, words: str) -> None:
    trial = Town()

    trial.event("c1", "gap", {"from": 100, "to": end, "why": "overrun"})

    alarm = trial.alarms["events_lost@c1"]
    assert (alarm.why, alarm.state.value, alarm.place.name) == (words, "E", "c1门禁")
