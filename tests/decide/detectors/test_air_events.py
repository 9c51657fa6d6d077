from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from drivers.contract import FIRE_RELEASE, Link, LinkChanged
from gateway.decide.rules import Rule
from gateway.model import AckAlarm, Priority, ResetAlarm, Want
from tests.decide.bench_of_rules import STAFF
from tests.decide.detectors.estate import ACROSS, LANDING, POINT_RULES, SMOKE, Estate, estate
from tests.decide.town import controller

if TYPE_CHECKING:
    from drivers.contract import Json


@pytest.mark.parametrize(
    ("body", "why"),
    [
        (
            {"why": "replay", "count": 3, "receiver": "rx1", "rssi": -60},
            "3 packets with counters that were used before, heard by rx1 with -60 dBm",
        ),
        (
            {"why": "downgrade", "count": 1, "receiver": "rx1", "rssi": 0},
            "1 packets without proof, as of a sensor that always proves them, heard by rx1",
        ),
        ({"why": "spoof", "count": 9}, "9 packets that its key does not open"),
        ({"why": "something new"}, "1 packets that cannot be its own"),
    ],
)
def test_an_attack_is_an_alarm_that_stays_until_a_person_has_seen_to_it(body: dict[str, Json], why: str) -> None:
    trial = Estate(hung=(SMOKE,))

    trial.event(SMOKE, "radio_attack", **body)

    alarm = trial.alarms[f"radio_attack@{SMOKE}"]
    assert (alarm.why, alarm.state.value, alarm.priority) == (why, "E", Priority.P2)
    trial.take(AckAlarm(STAFF, alarm.number))
    trial.take(ResetAlarm(STAFF, alarm.number))
    assert trial.alarms == {}


def test_an_alarm_that_nothing_proves_tells_people_at_once_and_is_no_smoke_alarm() -> None:
    trial = Estate(hung=(SMOKE,))

    trial.event(SMOKE, "unverified_alarm", what="smoke", why="old counter", receiver="rx1", rssi=-71)

    assert trial.announced == [f"unverified_alarm@{SMOKE}"]
    alarm = trial.alarms[f"unverified_alarm@{SMOKE}"]
    assert alarm.why == "smoke, unverified: old counter, heard by rx1 with -71 dBm"
    assert (alarm.state.value, alarm.priority) == ("E", Priority.P2)
    assert alarm.place == trial.rules.devices[SMOKE].place
    assert trial.standing("smoke") == {}


def test_neither_two_forged_alarms_nor_an_attack_open_a_door_where_smoke_does() -> None:
    smoke = Rule("smoke", Priority.P1, latching=True, releases=True)
    rules = estate(point_rules={**POINT_RULES, "smoke_alarm": (smoke,)})
    door = replace(controller("door", "b1", ["door1"]), line="air")
    trial = Estate(replace(rules, devices={**rules.devices, "door": door}))
    trial.take(LinkChanged("door", Link.UP, "", trial.now.boottime_ns))

    for device in (SMOKE, LANDING, ACROSS):
        trial.event(device, "unverified_alarm", what="smoke", why="plain")
        trial.event(device, "radio_attack", why="replay", count=2)
    assert _released(trial) == []
    trial.say(SMOKE, smoke=True)

    assert _released(trial) == ["door"]


def test_nothing_happens_to_a_detector_by_an_event_that_nobody_knows() -> None:
    trial = Estate(hung=(SMOKE,))

    assert trial.event(SMOKE, "something_new") == []


def test_the_word_of_a_detector_that_a_reload_took_away_is_heard_by_nobody() -> None:
    trial = Estate(hung=(SMOKE,))
    trial._keep(trial.judge.adopt(estate(without=[SMOKE]), trial.now))

    assert trial.event(SMOKE, "radio_attack", why="replay") == []


def _released(trial: Estate) -> list[str]:
    return [
        each.device
        for each in trial.said
        if isinstance(each, Want) and each.state.name == FIRE_RELEASE and each.state.level
    ]
