from __future__ import annotations

from gateway.incident import CountySays, DepartmentAnswers, GoToIncident, RefuseCounty, Whistle
from gateway.model import Priority, Recorded
from gateway.notice import Tell
from tests.decide.incidents.office import COUNTY, MONDAY_10, ZHANG, Office, gone_to

ID = "happy-20261109-1"


def _called() -> Office:
    office = Office()
    office.alarm("gas", "g1", priority=Priority.P1)
    office.act(GoToIncident(ZHANG, 1))
    assert office.act(Whistle(ZHANG, 1, "gas", "请关阀")) == ""
    return office


def test_a_department_is_told_and_its_answer_is_timed() -> None:
    office = _called()

    [told] = [each for each in office.said if isinstance(each, Tell)]
    called = office.one().called_in[0]

    assert (told.kind, told.to, told.subject) == ("whistle", ("department:gas",), "incident:1")
    assert "请关阀" not in str(told)
    assert (called.at_utc, called.due_utc) == (MONDAY_10, MONDAY_10 + 900)


def test_a_department_that_does_not_answer_is_told_to_the_leader_once() -> None:
    office = _called()

    told = [each for each in office.told(office.wait(4_000)) if each[2] == "department"]

    assert told == [("incident_late", ("leader",), "department")]
    assert office.one().called_in[0].late


def test_one_that_answers_in_time_is_not_and_arrives_later() -> None:
    office = _called()
    office.wait(600)
    office.act(DepartmentAnswers(ZHANG, 1, "gas", arrived=False))
    told = [each for each in office.told(office.wait(600)) if each[2] == "department"]
    office.act(DepartmentAnswers(ZHANG, 1, "gas", arrived=True))

    called = office.one().called_in[0]
    assert told == []
    assert (called.answered_utc, called.arrived_utc) == (MONDAY_10 + 600, MONDAY_10 + 1_200)


def test_to_whistle_again_before_it_answers_changes_nothing_and_afterwards_calls_again() -> None:
    office = _called()
    before = office.one()
    office.act(Whistle(ZHANG, 1, "gas", "快"))
    assert office.one() == before
    office.act(DepartmentAnswers(ZHANG, 1, "gas", arrived=True))
    office.wait(60)

    office.act(Whistle(ZHANG, 1, "gas", "再来"))

    assert [(each.at_utc, each.answered_utc) for each in office.one().called_in] == [(MONDAY_10 + 60, 0.0)]


def test_the_time_of_a_department_survives_a_restart() -> None:
    office = _called()
    office.wait(600)

    office.restart()

    assert ("incident_late", ("leader",), "department") in office.told(office.wait(301))


def test_the_county_is_noted_and_closes_nothing() -> None:
    office = Office()
    office.alarm()

    office.act(CountySays(COUNTY, ID, "closed", "结案", "m-1"))

    assert (office.one().county_state, office.one().state.value) == ("closed", "assigned")


def test_the_same_message_of_the_county_is_refused_and_changes_nothing() -> None:
    office = Office()
    office.alarm()
    office.act(CountySays(COUNTY, ID, "accepted", "", "m-1"))
    before = office.one()
    office.restart()

    assert office.act(CountySays(COUNTY, ID, "closed", "", "m-1")) == "message_used"
    assert office.one() == before


def test_what_the_county_sends_back_goes_to_the_leader() -> None:
    office = Office()
    office.alarm()

    office.act(CountySays(COUNTY, ID, "returned", "不属于本部门", "m-1"))

    assert office.told() == [("incident", ("leader",), "county_returned")]


def test_an_incident_that_is_closed_still_hears_of_the_county() -> None:
    office = Office()
    office.alarm()
    office.clear()
    gone_to(office, "closed")

    office.act(CountySays(COUNTY, ID, "handled", "", "m-1"))

    assert (office.one().county_state, office.one().state.value) == ("handled", "closed")


def test_words_that_nobody_can_prove_are_recorded_once_in_a_while_with_how_many_there_were() -> None:
    office = Office()
    for _ in range(50):
        assert office.act(RefuseCounty(COUNTY, "signature", "wrong")) == ""
    office.wait(10)
    office.act(RefuseCounty(COUNTY, "expired", "old"))

    rows = [each.body for each in office.said if isinstance(each, Recorded) and each.kind == "county_refused"]
    assert [(row["code"], row["more"]) for row in rows] == [("signature", 0), ("expired", 49)]
