from __future__ import annotations

from dataclasses import replace

from gateway.decide.judge import NONE
from gateway.decide.rules import DISK_SCARCE, OUTLET_FAILING
from gateway.model import AlarmChanged, Change, HouseSaid
from tests.decide.bench_of_rules import Trial, rules

HOUSE = ((DISK_SCARCE, "disk"), (OUTLET_FAILING, "influx"), (OUTLET_FAILING, "city"))


def test_what_the_house_says_of_itself_is_an_alarm_of_the_part_that_said_it() -> None:
    trial = Trial(replace(rules(), house=HOUSE))

    trial.take(HouseSaid(OUTLET_FAILING, "influx", abnormal=True, why="nobody answers at 127.0.0.1:8086"))

    assert set(trial.alarms) == {"outlet_failing@influx"}
    assert trial.alarms["outlet_failing@influx"].why == "nobody answers at 127.0.0.1:8086"
    out = trial.take(HouseSaid(OUTLET_FAILING, "influx", abnormal=False))
    assert [change.change for change in out if isinstance(change, AlarmChanged)] == [Change.CLEARED]


def test_saying_the_same_again_changes_nothing() -> None:
    trial = Trial(replace(rules(), house=HOUSE))
    trial.take(HouseSaid(DISK_SCARCE, "disk", abnormal=True, why="90 MB are free"))

    again = trial.take(HouseSaid(DISK_SCARCE, "disk", abnormal=True, why="89 MB are free"))

    assert not [change for change in again if isinstance(change, AlarmChanged)]


def test_a_short_trouble_of_a_destination_is_no_news() -> None:
    trial = Trial(replace(rules(facts={OUTLET_FAILING: 60.0}), house=HOUSE))

    trial.take(HouseSaid(OUTLET_FAILING, "influx", abnormal=True, why="nobody answers"))
    trial.wait(50)
    trial.take(HouseSaid(OUTLET_FAILING, "influx", abnormal=False))
    trial.wait(50)

    assert "outlet_failing@influx" not in trial.alarms


def test_an_alarm_of_an_outlet_that_was_taken_away_stays_marked_and_its_last_word_is_passed_over() -> None:
    trial = Trial(replace(rules(), house=HOUSE))
    trial.take(HouseSaid(OUTLET_FAILING, "city", abnormal=True, why="wrong password"))

    trial.judge.adopt(replace(rules(), house=HOUSE[:2]), trial.now)

    assert trial.judge.take(HouseSaid(OUTLET_FAILING, "city", abnormal=False), trial.now) is NONE
    assert next(alarm for alarm in trial.judge.alarms if alarm.source == "city").orphaned
