"""Every state of an incident, and every act: what is next, what changes nothing, and what is refused with which code."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from gateway.actor import Actor, Role
from gateway.incident import (
    AcceptIncident,
    ArriveAtIncident,
    CallFalseIncident,
    CloseIncident,
    CountySays,
    DepartmentAnswers,
    ExtendIncident,
    FeedBackIncident,
    GoToIncident,
    HandleIncident,
    MergeIncident,
    ReturnIncident,
    VerifyIncident,
    Whistle,
)
from tests.decide.incidents.office import (
    BOSS,
    COUNTY,
    HOME,
    LI,
    SUN,
    VIEWER,
    WANG,
    ZHANG,
    ZHAO,
    Office,
    gone_to,
    report,
)

if TYPE_CHECKING:
    from gateway.incident import IncidentAct

ACTS: dict[str, IncidentAct] = {
    "accept": AcceptIncident(WANG, 1),
    "assign": AcceptIncident(WANG, 1, "sun"),
    "go": GoToIncident(ZHANG, 1),
    "arrive": ArriveAtIncident(ZHANG, 1),
    "handle": HandleIncident(ZHANG, 1, "清理了"),
    "feedback": FeedBackIncident(ZHANG, 1, "unknown", "谢谢"),
    "good": VerifyIncident(WANG, 1, good=True),
    "not_good": VerifyIncident(WANG, 1, good=False, note="还有"),
    "close": CloseIncident(WANG, 1),
    "false": CallFalseIncident(ZHANG, 1, "test"),
    "return": ReturnIncident(ZHANG, 1, "不是我的"),
    "extend": ExtendIncident(LI, 1, 8, "等配件"),
    "merge": MergeIncident(WANG, 1, 2),
    "whistle": Whistle(ZHANG, 1, "gas", "请来"),
    "department": DepartmentAnswers(ZHANG, 1, "gas", arrived=True),
    "county": CountySays(COUNTY, "happy-20261109-1", "accepted", "", "m1"),
}

SAME = "="
"""Allowed, and it changes nothing: somebody said it before."""

TABLE = """
            reported       accepted       assigned       going          arrived        handled        feedback       verified       closed         false_alarm    merged
accept      accepted       =              =              =              =              incident_state incident_state incident_state incident_state incident_state incident_state
assign      assigned       assigned       assigned       assigned       assigned       incident_state incident_state incident_state incident_state incident_state incident_state
go          assigned       assigned       assigned       =              =              incident_state incident_state incident_state incident_state incident_state incident_state
arrive      not_yours      not_yours      incident_state arrived        =              incident_state incident_state incident_state incident_state incident_state incident_state
handle      not_yours      not_yours      incident_state incident_state handled        incident_state incident_state incident_state incident_state incident_state incident_state
feedback    not_yours      not_yours      incident_state incident_state incident_state feedback       incident_state incident_state incident_state incident_state incident_state
good        incident_state incident_state incident_state incident_state incident_state incident_state verified       incident_state incident_state incident_state incident_state
not_good    incident_state incident_state incident_state incident_state incident_state incident_state assigned       incident_state incident_state incident_state incident_state
close       incident_state incident_state incident_state incident_state incident_state incident_state incident_state closed         =              incident_state incident_state
false       false_alarm    false_alarm    false_alarm    false_alarm    false_alarm    incident_state incident_state incident_state incident_state incident_state incident_state
return      not_yours      not_yours      accepted       accepted       accepted       incident_state incident_state incident_state incident_state incident_state incident_state
extend      incident_state accepted       assigned       assigned       arrived        incident_state incident_state incident_state incident_state incident_state incident_state
merge       merged         merged         merged         merged         merged         incident_state incident_state incident_state incident_state incident_state incident_state
whistle     reported       accepted       assigned       assigned       arrived        incident_state incident_state incident_state incident_state incident_state incident_state
department  not_called     not_called     not_called     not_called     not_called     not_called     not_called     not_called     incident_state incident_state incident_state
county      reported       accepted       assigned       assigned       arrived        handled        feedback       verified       closed         false_alarm    merged
"""  # noqa: E501 - a table

_HEAD, *_LINES = TABLE.strip("\n").splitlines()
STATES = _HEAD.split()
CELLS = [
    (state, line.split()[0], cell) for line in _LINES for state, cell in zip(STATES, line.split()[1:], strict=True)
]
CODES = {"incident_state", "not_yours", "not_called"}


def _in(state: str) -> Office:
    """An office with a reported incident, 1, in that state with zhang, and another, 2."""
    office = Office()
    office.act(report())
    office.act(report())
    match state:
        case "reported":
            pass
        case "accepted":
            office.act(AcceptIncident(WANG, 1))
        case "false_alarm":
            gone_to(office, "going")
            office.act(CallFalseIncident(ZHANG, 1, "cooking"))
        case "merged":
            gone_to(office, "going")
            office.act(MergeIncident(WANG, 1, 2))
        case _:
            gone_to(office, state)
    return office


def test_the_table_has_every_act_and_every_state() -> None:
    assert {act for _, act, _ in CELLS} == ACTS.keys()
    assert len(CELLS) == len(ACTS) * 11


@pytest.mark.parametrize(("state", "act", "then"), CELLS)
def test_what_each_act_does_in_each_state(state: str, act: str, then: str) -> None:
    office = _in(state)
    before = office.one()

    code = office.act(ACTS[act])

    if then in CODES:
        assert (code, office.one()) == (then, before)
    elif then == SAME:
        assert (code, office.one()) == ("", before)
    else:
        assert (code, office.one().state.value) == ("", then)
        assert office.one().revision == before.revision + 1


WHO: dict[str, tuple[str, dict[str, str]]] = {
    # act: in which state, and the refusal of each who may not
    "accept": ("reported", {"ZHANG": "role", "ZHAO": "grid", "VIEWER": "role", "LI": "", "WANG": "", "BOSS": ""}),
    "go": ("assigned", {"SUN": "", "ZHAO": "grid", "VIEWER": "role", "BOSS": ""}),
    "arrive": ("going", {"SUN": "not_yours", "ZHAO": "grid", "VIEWER": "role", "WANG": "", "ZHANG": ""}),
    "handle": ("arrived", {"SUN": "not_yours", "ZHAO": "grid", "VIEWER": "role", "LI": ""}),
    "feedback": ("handled", {"SUN": "not_yours", "ZHAO": "grid", "VIEWER": "role", "WANG": ""}),
    "good": ("feedback", {"ZHANG": "role", "SUN": "role", "ZHAO": "grid", "VIEWER": "role", "BOSS": "", "LI": ""}),
    "close": ("verified", {"ZHANG": "role", "ZHAO": "grid", "VIEWER": "role", "WANG": ""}),
    "false": ("going", {"SUN": "", "ZHAO": "grid", "VIEWER": "role"}),
    "return": ("going", {"SUN": "not_yours", "ZHAO": "grid", "VIEWER": "role", "LI": ""}),
    "extend": ("going", {"ZHANG": "role", "WANG": "role", "ZHAO": "grid", "VIEWER": "role", "BOSS": ""}),
    "merge": ("going", {"ZHANG": "role", "ZHAO": "grid", "VIEWER": "role", "LI": ""}),
    "whistle": ("going", {"SUN": "", "ZHAO": "grid", "VIEWER": "role"}),
    "county": ("going", {"BOSS": "role", "ZHANG": "role", "VIEWER": "role"}),
}
PEOPLE = {"ZHANG": ZHANG, "SUN": SUN, "LI": LI, "WANG": WANG, "ZHAO": ZHAO, "BOSS": BOSS, "VIEWER": VIEWER}


@pytest.mark.parametrize(
    ("act", "state", "person", "code"),
    [(act, state, PEOPLE[name], code) for act, (state, each) in WHO.items() for name, code in each.items()],
)
def test_who_may_do_what(act: str, state: str, person: Actor, code: str) -> None:
    office = _in(state)

    assert office.act(replace(ACTS[act], actor=person)) == code


def test_one_human_is_one_person_by_whatever_way_he_comes() -> None:
    office = _in("feedback")
    by_chat = Actor("zhang", "张三", Role.MANAGER, way="chat:wecom", person="zhang")
    by_account = Actor("some-user-id", "somebody", Role.MANAGER, person="zhang")
    cut_loose = Actor("u-zhang", "somebody", Role.MANAGER)
    moved = Actor("u-zhang", "somebody", Role.MANAGER, person="sun")
    namesake = Actor("another-user-id", "zhang-account", Role.MANAGER)

    assert office.act(VerifyIncident(by_chat, 1, good=True)) == "own_work"
    assert office.act(VerifyIncident(by_account, 1, good=True)) == "own_work"
    assert office.act(VerifyIncident(cut_loose, 1, good=True)) == "own_work"
    assert office.act(VerifyIncident(moved, 1, good=True)) == "own_work"
    assert office.act(VerifyIncident(namesake, 1, good=True)) == ""


def test_the_desk_that_enters_what_a_worker_says_on_the_telephone_cannot_verify_it_and_neither_can_he() -> None:
    office = Office()
    office.act(report())
    for act in (GoToIncident(ZHANG, 1), ArriveAtIncident(WANG, 1), HandleIncident(WANG, 1, "好了")):
        office.act(act)
    office.act(FeedBackIncident(WANG, 1, "unknown", ""))

    assert office.act(VerifyIncident(WANG, 1, good=True)) == "own_work"
    assert office.act(VerifyIncident(LI, 1, good=True)) == ""


def test_whoever_had_it_while_somebody_arrived_worked_on_it_though_another_has_it_now() -> None:
    office = Office()
    office.act(report())
    acts: tuple[IncidentAct, ...] = (
        GoToIncident(LI, 1), ArriveAtIncident(WANG, 1), AcceptIncident(WANG, 1, "sun"), GoToIncident(SUN, 1),
        ArriveAtIncident(SUN, 1), HandleIncident(SUN, 1, "好了"), FeedBackIncident(SUN, 1, "unknown", ""),
    )  # fmt: skip
    for act in acts:
        office.act(act)

    assert office.act(VerifyIncident(LI, 1, good=True)) == "own_work"
    assert office.act(VerifyIncident(BOSS, 1, good=True)) == ""


def test_while_a_sensor_is_not_normal_it_is_not_verified() -> None:
    office = Office()
    office.alarm(latching=True)
    gone_to(office, "feedback")

    active = office.act(VerifyIncident(WANG, 1, good=True))
    office.clear()

    assert active == "alarm_active"
    assert office.act(VerifyIncident(WANG, 1, good=True)) == ""


def test_the_one_who_goes_takes_the_alarms_that_nobody_took() -> None:
    office = Office()
    office.alarm("smoke", "s1")
    office.book.acked(office.book.open["smoke@s1"], "somebody", "", office.now)
    office.alarm("heat", "s2")

    office.act(GoToIncident(SUN, 1))

    assert {key: alarm.acked_by for key, alarm in office.book.open.items()} == {
        "smoke@s1": "somebody",
        "heat@s2": "sun-account",
    }
    assert office.one().person == "sun"


def test_who_went_first_stays_the_one_who_goes() -> None:
    office = _in("going")

    office.act(GoToIncident(SUN, 1))

    assert office.one().person == "zhang"


def test_closing_an_incident_closes_no_alarm_and_resetting_an_alarm_closes_no_incident() -> None:
    office = Office()
    alarm = office.alarm(latching=True)
    office.clear()
    gone_to(office, "closed")
    assert office.book.open[alarm.key].latched

    office.alarm("smoke", "s2")
    office.clear("smoke", "s2")
    office.book.acked(office.book.open["smoke@s2"], "x", "", office.now)

    assert "smoke@s2" not in office.book.open
    assert office.one(2).open


@pytest.mark.parametrize(
    ("act", "state", "code"),
    [
        (HandleIncident(ZHANG, 1, " "), "arrived", "note_needed"),
        (HandleIncident(ZHANG, 1, "好", ("../../etc/passwd",)), "arrived", "photos_wrong"),
        (HandleIncident(ZHANG, 1, "好", tuple(f"{n:064x}" for n in range(13))), "arrived", "photos_wrong"),
        (VerifyIncident(WANG, 1, good=False), "feedback", "note_needed"),
        (CallFalseIncident(ZHANG, 1, "no idea"), "going", "cause_needed"),
        (CallFalseIncident(ZHANG, 1, ""), "going", "cause_needed"),
        (ReturnIncident(ZHANG, 1, ""), "going", "reason_needed"),
        (ExtendIncident(LI, 1, 0, "x"), "going", "hours_wrong"),
        (ExtendIncident(LI, 1, float("nan"), "x"), "going", "hours_wrong"),
        (ExtendIncident(LI, 1, 1e9, "x"), "going", "hours_wrong"),
        (ExtendIncident(LI, 1, 1, " "), "going", "reason_needed"),
        (MergeIncident(WANG, 1, 1), "going", "merge_wrong"),
        (MergeIncident(WANG, 1, 9), "going", "incident_unknown"),
        (AcceptIncident(WANG, 1, "nobody"), "going", "person_unknown"),
        (Whistle(ZHANG, 1, "nasa", "x"), "going", "department_unknown"),
        (CloseIncident(WANG, 9), "going", "incident_unknown"),
        (CountySays(COUNTY, "happy-20261109-9", "closed", "", "m"), "going", "incident_unknown"),
        (CountySays(COUNTY, "happy-20261109-1", "burnt", "", "m"), "going", "state_wrong"),
        (report(category="nothing"), "reported", "category_unknown"),
        (report(building="b9"), "reported", "building_unknown"),
        (report(building="b2", actor=ZHAO), "reported", ""),
        (report(building="b1", actor=ZHAO), "reported", "grid"),
        (report(actor=VIEWER), "reported", "role"),
        (report(priority=0), "reported", "priority_wrong"),
    ],
)
def test_what_is_not_as_it_should_be_is_refused(act: IncidentAct, state: str, code: str) -> None:
    office = _in(state)

    assert office.act(act) == code


def test_more_time_is_given_once() -> None:
    office = _in("going")

    assert office.act(ExtendIncident(LI, 1, 8, "等配件")) == ""
    assert office.act(ExtendIncident(BOSS, 1, 8, "还等")) == "extended_already"


def test_what_was_found_to_be_real_on_site_is_not_called_false() -> None:
    office = Office()
    alarm = office.alarm()
    office.book.open[alarm.key] = replace(alarm, verdict="real")

    assert office.act(CallFalseIncident(ZHANG, 1, "cooking")) == "verdict_real"


def test_two_become_one_with_the_alarms_photos_and_departments_of_both() -> None:
    office = Office()
    first = office.alarm("door_forced", "d1")
    office.act(report())
    office.act(GoToIncident(SUN, 1))
    office.act(Whistle(SUN, 1, "gas", "来"))
    office.wait(300)

    office.act(MergeIncident(WANG, 1, 2))
    again = office.alarm("door_forced", "d1")
    late = office.told(office.wait(660))

    whole = office.one(2)
    assert (whole.priority, whole.person, whole.merged_into, office.one(1).merged_into) == (2, "zhang", 0, 2)
    assert whole.alarms == ((first.number, first.key),)
    assert again.number == first.number
    assert ("incident_late", ("leader",), "department") in late
    assert office.one(1).state.value == "merged"


def test_what_an_incident_says_to_the_outside_is_its_id_for_ever() -> None:
    office = Office()
    office.alarm()
    before = office.one().external_id

    office.wait(86_400 * 2)
    office.restart(reboot=True)
    gone_to(office, "arrived")

    assert office.one().external_id == before == "happy-20261109-1"
    assert office.one().place == HOME
