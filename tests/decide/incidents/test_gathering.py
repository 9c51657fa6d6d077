from __future__ import annotations

from dataclasses import replace

import pytest

from gateway.decide.incidents.table import IncidentRules
from gateway.incident import CallFalseIncident, IncidentState
from gateway.model import AlarmChanged, Change, Place, Priority
from tests.decide.incidents.office import HOME, RULES, THERE, WANG, ZHANG, Office, gone_to, report


def test_an_alarm_that_people_are_told_of_opens_an_incident_with_whoever_is_on_duty() -> None:
    office = Office()

    alarm = office.alarm()

    incident = office.one()
    assert (incident.state, incident.person, incident.going) == (IncidentState.ASSIGNED, "zhang", False)
    assert incident.alarms == ((alarm.number, "smoke@s1"),)
    assert office.told() == []


def test_with_nobody_on_duty_it_is_accepted_and_the_leader_hears_of_it_in_a_minute() -> None:
    office = Office()
    office.team.duty.clear()

    office.alarm(priority=Priority.P1)
    told = office.told(office.wait(61))

    assert (office.one().state, office.one().person) == (IncidentState.ACCEPTED, "")
    assert told[-1] == ("incident_late", ("leader",), "assign")


def test_what_can_wait_is_reported_and_waits_for_the_desk() -> None:
    office = Office()

    office.alarm("device_lost", "c1", priority=Priority.P3)

    assert (office.one().state, office.one().person) == (IncidentState.REPORTED, "")


@pytest.mark.parametrize(
    ("rule", "priority"), [("battery_level", Priority.P4), ("door_held", Priority.P3), ("nobody_on_duty", Priority.P2)]
)
def test_what_makes_no_work_opens_nothing(rule: str, priority: Priority) -> None:
    office = Office()

    office.alarm(rule, priority=priority)

    assert office.all == []


@pytest.mark.parametrize("mark", ["test", "trial"])
def test_a_test_or_a_building_on_trial_makes_no_work(mark: str) -> None:
    office = Office()

    office.alarm(**{mark: True})  # type: ignore[arg-type] # a mark by name

    assert office.all == []


def test_an_alarm_that_nobody_is_told_of_opens_nothing() -> None:
    office = Office()
    alarm = office.alarm("door_held")

    changed = AlarmChanged(replace(alarm, rule="smoke", key="smoke@x"), Change.UPDATED, announce=False)

    assert office.incidents.follow((changed,), office.now) == (changed,)


def test_outcomes_without_an_alarm_pass_as_they_are() -> None:
    office = Office()
    outcomes = tuple(each for each in office.said)

    assert office.incidents.follow(outcomes, office.now) is outcomes


def test_a_fire_is_one_incident_while_its_alarms_come_within_three_minutes() -> None:
    office = Office()
    office.alarm("smoke", "s1")
    office.clear("smoke", "s1")
    office.wait(170)
    office.alarm("heat", "s2")
    office.clear("heat", "s2")
    office.wait(170)
    office.alarm("fire_confirmed", "building:b1", priority=Priority.P1)

    assert len(office.all) == 1
    assert office.one().priority is Priority.P1
    assert [key for _, key in office.one().alarms] == ["smoke@s1", "heat@s2", "fire_confirmed@building:b1"]


def test_another_fire_later_is_another_incident() -> None:
    office = Office()
    office.alarm("smoke", "s1")
    office.clear("smoke", "s1")
    office.wait(181)

    office.alarm("smoke", "s2")

    assert [each.alarms[0][1] for each in office.all] == ["smoke@s1", "smoke@s2"]


def test_while_one_of_its_alarms_stands_a_fire_goes_on() -> None:
    office = Office()
    office.alarm("smoke", "s1")
    office.wait(1_200)

    office.alarm("smoke", "s2")

    assert len(office.all) == 1


def test_another_building_or_group_is_another_incident() -> None:
    office = Office()

    office.alarm("smoke", "s1")
    office.alarm("smoke", "s2", THERE)
    office.alarm("gas", "s3")

    assert [each.key for each in office.all] == ["b1:fire", "b2:fire", "b1:gas"]


def test_a_group_without_a_window_takes_in_until_it_is_handled() -> None:
    office = Office()
    office.alarm("device_lost", "c1", priority=Priority.P3)
    office.wait(86_400)
    office.alarm("device_lost", "c2", priority=Priority.P3)
    gone_to(office, "handled")

    office.alarm("device_lost", "c3", priority=Priority.P3)

    assert [[key for _, key in each.alarms] for each in office.all] == [
        ["device_lost@c1", "device_lost@c2"],
        ["device_lost@c3"],
    ]


def test_an_alarm_of_an_open_incident_that_comes_again_joins_it_however_late() -> None:
    office = Office()
    office.alarm("smoke", "s1")
    office.clear("smoke", "s1")
    office.wait(3_600)

    office.alarm("smoke", "s1")

    assert len(office.all) == 1


def test_what_was_handled_and_comes_again_was_not_good() -> None:
    office = Office()
    office.alarm("smoke", "s1")
    gone_to(office, "feedback")
    office.clear("smoke", "s1")
    office.wait(600)

    office.alarm("smoke", "s1")

    assert office.one().state is IncidentState.ASSIGNED
    assert office.rows()[-1] == "came_again"


def test_after_it_is_closed_or_called_false_the_same_alarm_opens_another() -> None:
    office = Office()
    office.alarm("smoke", "s1")
    office.act(CallFalseIncident(ZHANG, 1, "cooking"))
    office.clear("smoke", "s1")

    office.alarm("smoke", "s1")

    assert [each.state for each in office.all] == [IncidentState.FALSE_ALARM, IncidentState.ASSIGNED]


def test_a_worse_alarm_makes_it_urgent_and_sends_somebody() -> None:
    office = Office()
    office.alarm("device_lost", "c1", priority=Priority.P3)

    office.alarm("identity_doubted", "c1", priority=Priority.P2)

    assert (office.one().priority, office.one().person) == (Priority.P2, "zhang")
    assert office.one().state is IncidentState.ASSIGNED


def test_the_same_alarm_made_worse_is_told_and_is_no_second_member() -> None:
    office = Office()
    alarm = office.alarm("smoke", "s1")

    office._keep(
        office.incidents.follow(office.book.worse(alarm.key, Priority.P1, "unanswered", office.now), office.now)
    )

    assert (office.one().priority, len(office.one().alarms)) == (Priority.P1, 1)
    assert office.rows() == ["opened", "worse"]


def test_what_stands_in_no_building_is_gathered_by_its_grid() -> None:
    office = Office()

    office.alarm("line_lost", "l1", Place("", "", "", "g1"), priority=Priority.P3)

    assert office.one().key == "g1:equipment"


def test_a_report_of_what_is_known_already_joins_it_and_may_make_it_worse() -> None:
    office = Office()
    office.alarm("smoke", "s1")

    office.act(report(category="fire", priority=1))

    assert len(office.all) == 1
    assert (office.one().priority, office.one().where) == (Priority.P1, "门口")


def test_a_report_of_a_fire_takes_in_the_sensors_that_follow() -> None:
    office = Office()
    office.act(report(category="fire", priority=1))

    office.alarm("smoke", "s1")

    assert len(office.all) == 1
    assert office.told()[0] == ("incident", ("duty", "deputy"), "reported")


def test_reports_of_other_things_stand_by_themselves() -> None:
    office = Office()

    office.act(report())
    office.act(report())

    assert [each.number for each in office.all] == [1, 2]
    assert office.told()[0] == ("incident", ("duty",), "reported")


def test_without_a_table_nothing_happens() -> None:
    office = Office(rules=replace(RULES, incidents=IncidentRules()))

    office.alarm()

    assert office.all == []


def test_it_stays_small_however_many_alarms_it_takes_in() -> None:
    office = Office()
    for number in range(150):
        office.alarm("smoke", f"s{number}")

    assert len(office.all) == 1
    assert len(office.one().alarms) == 100
    assert office.one().alarms[-1][1] == "smoke@s149"


def test_a_month_after_its_end_it_is_let_go_and_its_number_is_not_used_again() -> None:
    office = Office()
    office.alarm("device_lost", "c1", HOME, priority=Priority.P3)
    office.act(CallFalseIncident(WANG, 1, "test"))

    office.now = office.now._replace(utc=office.now.utc + 31 * 86_400)
    office.wait(60)
    office.restart()
    office.alarm("device_lost", "c2", priority=Priority.P3)

    assert [each.number for each in office.all] == [2]
    assert not [key for key in office.disk if key.startswith("incident:1")]
