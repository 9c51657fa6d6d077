from __future__ import annotations

import pytest

from gateway.decide.incidents.table import Stage
from gateway.incident import (
    AcceptIncident,
    ArriveAtIncident,
    CloseIncident,
    ExtendIncident,
    GoToIncident,
    ReturnIncident,
    VerifyIncident,
)
from gateway.model import Priority, Recorded
from tests.decide.incidents.office import LI, MONDAY_10, WANG, ZHANG, Office, gone_to, report

HOUR, DAY = 3_600.0, 86_400.0


def test_a_limit_is_told_at_80_percent_and_when_it_is_over() -> None:
    office = Office()
    office.alarm(priority=Priority.P1)

    before, warned, late = office.wait(479), office.wait(2), office.wait(120)

    assert office.told(before) == []
    assert office.told(warned) == [("incident_late", ("leader", "deputy"), "arrive")]
    assert office.told(late) == [("incident_late", ("leader", "deputy"), "arrive")]
    assert [each.body["percent"] for each in office.said if isinstance(each, Recorded) and "percent" in each.body] == [
        80,
        100,
    ]


def test_whoever_arrives_in_time_is_not_told_of() -> None:
    office = Office()
    office.alarm(priority=Priority.P1)
    office.act(GoToIncident(ZHANG, 1))
    office.act(ArriveAtIncident(ZHANG, 1))

    assert office.told(office.wait(1_000)) == []


def test_an_incident_that_goes_back_keeps_the_time_that_it_has_for_the_whole() -> None:
    office = Office()
    office.alarm(priority=Priority.P2)
    began = office.one().limit(Stage.HANDLE)
    office.wait(HOUR)

    office.act(ReturnIncident(ZHANG, 1, "不在"))
    office.act(AcceptIncident(WANG, 1, "sun"))

    now = office.one().limit(Stage.HANDLE)
    assert began is not None
    assert now is not None
    assert now.due_utc == began.due_utc


def test_three_working_days_pass_on_working_days_alone() -> None:
    office = Office()
    office.act(report(priority=3))
    office.now = office.now._replace(utc=MONDAY_10 + 3 * DAY)  # Thursday, 10:00

    office.act(AcceptIncident(WANG, 1))

    handle = office.one().limit(Stage.HANDLE)
    assert handle is not None
    assert handle.due_utc == MONDAY_10 + 8 * DAY  # Tuesday, 10:00


def test_with_a_clock_that_is_not_believed_it_is_rather_too_short() -> None:
    office = Office()
    office.now = office.now._replace(trusted=False)
    office.act(report(priority=3))

    office.act(AcceptIncident(WANG, 1))

    handle = office.one().limit(Stage.HANDLE)
    assert handle is not None
    assert handle.due_utc == MONDAY_10 + 24 * HOUR


def test_more_time_is_counted_from_when_it_would_have_been_over() -> None:
    office = Office()
    office.alarm(priority=Priority.P2)
    office.wait(23 * HOUR)

    office.act(ExtendIncident(LI, 1, 8, "等配件"))
    told = office.told(office.wait(8.9 * HOUR))

    handle = office.one().limit(Stage.HANDLE)
    assert handle is not None
    assert handle.due_utc == pytest.approx(MONDAY_10 + 32 * HOUR)
    assert told == [("incident_late", ("leader",), "handle")]  # the warning
    assert office.told(office.wait(0.2 * HOUR)) == [("incident_late", ("leader",), "handle")]


def test_what_becomes_urgent_has_no_more_time_than_an_urgent_one() -> None:
    office = Office()
    office.alarm("smoke", "s1", priority=Priority.P2)
    office.wait(120)

    office.alarm("smoke", "s2", priority=Priority.P1)

    arrive = office.one().limit(Stage.ARRIVE)
    assert arrive is not None
    assert arrive.due_utc == office.now.utc + 600


def test_what_becomes_urgent_late_keeps_the_little_time_that_it_had() -> None:
    office = Office()
    office.alarm("smoke", "s1", priority=Priority.P2)
    office.wait(1_500)

    office.alarm("smoke", "s2", priority=Priority.P1)

    arrive = office.one().limit(Stage.ARRIVE)
    assert arrive is not None
    assert arrive.due_utc == MONDAY_10 + 1_800


def test_whatever_ends_stops_what_ran() -> None:
    office = Office()
    office.alarm()
    gone_to(office, "feedback")
    office.clear()
    office.act(VerifyIncident(WANG, 1, good=True))
    office.act(CloseIncident(WANG, 1))

    assert office.incidents.next_ns is None
    assert [key for key in office.disk if key.startswith("incident_limit:")] == []


@pytest.mark.parametrize("reboot", [False, True])
def test_a_restart_keeps_a_limit_to_the_second_where_the_clock_is_believed(reboot: bool) -> None:  # noqa: FBT001 - a case
    office = Office()
    office.alarm(priority=Priority.P1)
    office.wait(300)

    office.restart(100, reboot=reboot)

    assert office.told(office.wait(79)) == []
    assert office.told(office.wait(2)) == [("incident_late", ("leader", "deputy"), "arrive")]


def test_a_restart_without_a_believed_clock_lengthens_it_by_no_more_than_a_checkpoint_and_the_time_it_was_off() -> None:
    office = Office()
    office.alarm(priority=Priority.P1)
    office.wait(300)

    office.restart(1_000, reboot=True, trusted=False)

    assert office.told(office.wait(180 + 60)) == [("incident_late", ("leader", "deputy"), "arrive")]


def test_a_second_restart_without_a_clock_gives_nothing_back_of_what_the_first_one_took() -> None:
    office = Office()
    office.alarm(priority=Priority.P1)
    office.restart(500, reboot=True)

    office.restart(reboot=True, trusted=False)

    assert office.told(office.wait(101))[-1:] == [("incident_late", ("leader", "deputy"), "arrive")]


def test_what_came_due_while_it_was_off_is_told_at_once() -> None:
    office = Office()
    office.alarm(priority=Priority.P1)

    office.restart(3_600)
    told = office.told(office.wait(1))

    assert told == [("incident_late", ("leader", "deputy"), "arrive")] * 2


def test_a_limit_that_was_told_is_not_told_again_after_a_restart() -> None:
    office = Office()
    office.alarm(priority=Priority.P1)
    office.wait(1_000)

    office.restart()

    assert office.told(office.wait(60)) == []
