"""Who may change people, teams and rosters, what is refused, and what a reload leaves alone."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from gateway.actor import Actor, Role
from gateway.decide.people.rules import PeopleRules
from gateway.duty import (
    DropPerson,
    ForgetChats,
    HandOver,
    PutAway,
    PutPerson,
    PutShifts,
    PutTeam,
    RingDuty,
    TakeOver,
)
from gateway.model import Recorded
from gateway.notice import Tell
from tests.decide.people.post import BOUND, DAY, MANAGER, NIGHT, PEOPLE, STAFF, Post, at, person, refusal, told

if TYPE_CHECKING:
    from gateway.duty import DutyAct

VIEWER = Actor("v", "看", Role.VIEWER)
GUARD = Actor("u-guard", "门岗", Role.STAFF, frozenset({"g1"}))
ZHANG = Actor("u-zhang", "张三", Role.STAFF, person="zhang")
ZHANG_BY_CHAT = Actor("zhang", "zhang-name", Role.STAFF, way="chat:bot", person="zhang")
CALLED_ZHANG = Actor("zhang", "u-zhang", Role.STAFF)
GAPPED = (DAY, replace(NIGHT, minutes=11 * 60))


@pytest.mark.parametrize(
    ("act", "code"),
    [
        (PutPerson(STAFF, person("new")), "role"),
        (PutPerson(MANAGER, person("new", "pigeon")), "person_wrong"),
        (PutPerson(MANAGER, replace(person("new"), reach=())), "person_wrong"),
        (PutPerson(MANAGER, replace(person("new"), name=" ")), "person_wrong"),
        (PutPerson(MANAGER, person("zhang", account="u-zhang")), ""),
        (PutPerson(BOUND, person("zhang")), "grid"),
        (PutPerson(BOUND, person("wu")), ""),
        (PutPerson(BOUND, person("new")), ""),
        (DropPerson(MANAGER, "nobody"), "person_unknown"),
        (DropPerson(STAFF, "sun"), "role"),
        (DropPerson(MANAGER, "sun"), "person_needed"),
        (DropPerson(MANAGER, "li"), "person_needed"),
        (ForgetChats(MANAGER, "nobody", "lost"), "person_unknown"),
        (ForgetChats(STAFF, "li", "lost"), "role"),
        (ForgetChats(BOUND, "zhang", "lost"), "grid"),
        (ForgetChats(MANAGER, "zhang", "lost"), ""),
        (PutAway(MANAGER, "nobody", at(10), at(11)), "person_unknown"),
        (PutAway(STAFF, "zhang", at(10), at(11)), "role"),
        (PutAway(ZHANG, "zhang", at(10), at(11)), ""),
        (PutAway(CALLED_ZHANG, "zhang", at(10), at(11)), "role"),
        (PutAway(ZHANG_BY_CHAT, "zhang", at(10), at(11)), ""),
        (PutAway(ZHANG, "sun", at(10), at(11)), "role"),
        (PutShifts(STAFF, "g1", (DAY, NIGHT)), "role"),
        (PutShifts(BOUND, "g1", (DAY, NIGHT)), "grid"),
        (PutShifts(MANAGER, "g9", (DAY, NIGHT)), "grid_unknown"),
        (PutShifts(MANAGER, "g1", GAPPED), "roster_wrong"),
        (PutShifts(MANAGER, "g1", (DAY, replace(NIGHT, person="nobody"))), "roster_wrong"),
        (PutShifts(MANAGER, "g1", (DAY, replace(NIGHT, deputy="nobody"))), "roster_wrong"),
        (PutShifts(MANAGER, "g1", (DAY, NIGHT)), ""),
        (PutTeam(STAFF, "g1", {}), "role"),
        (PutTeam(MANAGER, "g1", {}), ""),
        (PutTeam(MANAGER, "c1", {"community": ("sun",)}), "team_wrong"),
        (PutTeam(MANAGER, "g1", {"guard": ("nobody",)}), "team_wrong"),
        (PutTeam(MANAGER, "g1", {"duty": ("li",)}), "team_wrong"),
        (HandOver(VIEWER, "g1", ""), "role"),
        (HandOver(GUARD, "g2", ""), "grid"),
        (HandOver(GUARD, "c1", ""), "grid"),
        (HandOver(STAFF, "c1", ""), "no_roster"),
        (TakeOver(STAFF, "g1", "nobody"), "person_unknown"),
        (TakeOver(STAFF, "g1", "zhang"), "role"),
        (TakeOver(CALLED_ZHANG, "g1", "zhang"), "role"),
        (TakeOver(GUARD, "g1", "zhao"), ""),
        (TakeOver(MANAGER, "g1", "zhang"), ""),
        (RingDuty(VIEWER, "g1"), "role"),
        (RingDuty(GUARD, "g2"), "grid"),
        (RingDuty(STAFF, "c1"), "nobody_on_duty"),
        (RingDuty(STAFF, "g9"), "grid_unknown"),
    ],
)
def test_what_may_not_be_is_refused_and_changes_nothing(act: DutyAct, code: str) -> None:
    post = Post()
    before = dict(post.disk)

    assert refusal(post.act(act)) == code
    assert code == "" or post.disk == before


def test_everything_that_is_wrong_with_a_roster_is_said() -> None:
    post = Post()

    refused = post.act(PutShifts(MANAGER, "g1", (DAY,)))[0]

    assert "nobody is on duty from mon 20:00 to tue 08:00" in getattr(refused, "details", ())


def test_who_is_absent_takes_nothing_over() -> None:
    post = Post()
    post.act(PutAway(MANAGER, "zhao", at(9), at(12)))

    assert refusal(post.act(TakeOver(MANAGER, "g1", "zhao"))) == "person_away"


def test_who_answers_for_a_grid_does_not_leave() -> None:
    post = Post()
    post.act(PutPerson(MANAGER, person("new")))
    post.act(TakeOver(MANAGER, "g1", "new"))

    assert refusal(post.act(DropPerson(MANAGER, "new"))) == "person_needed"

    post.act(TakeOver(STAFF, "g1", "li"))
    post.act(DropPerson(MANAGER, "new"))

    assert post.people.person("new") is None
    assert "people:person:new" not in post.disk


@pytest.mark.parametrize(("name", "left"), [("zhang", ["sms"]), ("li", [])])
def test_whoever_lost_his_phone_is_reached_and_known_over_no_chat_tool(name: str, left: list[str]) -> None:
    post = Post()

    said = [each for each in post.act(ForgetChats(MANAGER, name, "掉在电梯里")) if isinstance(each, Recorded)]

    body = {"what": "chats forgotten", "chats": 1, "left": len(left), "reason": "掉在电梯里"}
    assert said == [Recorded("person", name, body, MANAGER.name)]
    assert [way.channel for way in post.people.persons[name].reach] == left
    assert post.people.by_reach("bot", f"{name}@") == ""
    assert [way[0] for way in post.disk[f"people:person:{name}"]["reach"]] == left


def test_what_is_changed_names_nobody_in_the_log_but_by_id() -> None:
    post = Post()

    said = [each for each in post.act(PutPerson(MANAGER, person("new"))) if isinstance(each, Recorded)]

    assert said == [Recorded("person", "new", {"what": "entered"}, MANAGER.name)]


def test_an_absence_survives_a_change_of_the_person_and_a_restart() -> None:
    post = Post()
    post.act(PutAway(MANAGER, "sun", at(10), at(12)))

    post.act(PutPerson(MANAGER, person("sun", "sms")))
    post.restart()

    assert post.people.persons["sun"].away == ((at(10), at(12)),)
    assert post.people.in_role("g1", "community") == ()


def test_several_absences_are_kept_and_what_is_past_is_forgotten() -> None:
    post = Post()

    post.act(PutAway(MANAGER, "sun", at(14), at(15)))
    post.act(PutAway(MANAGER, "sun", at(12), at(13)))
    post.act(PutAway(MANAGER, "sun", at(8), at(9)))

    assert post.people.persons["sun"].away == ((at(12), at(13)), (at(14), at(15)))


def test_who_is_back_in_the_middle_of_a_minute_is_back_at_once() -> None:
    post = Post()
    post.act(PutAway(MANAGER, "zhang", at(10), at(12)))
    post.wait(30)

    post.act(PutAway(MANAGER, "zhang", post.now.utc, post.now.utc))

    assert post.people.persons["zhang"].away == ()
    assert post.people.on_duty("g1").person == "zhang"


def test_another_roster_counts_at_once() -> None:
    post = Post()

    changed = post.act(PutShifts(MANAGER, "g1", (replace(DAY, person="sun", deputy=""), NIGHT)))

    assert told(changed) == [("hand_over", "person:sun")]
    assert post.people.in_role("g1", "duty") == ("zhang", "sun")


def test_what_was_changed_on_the_page_wins_over_a_reload_and_a_restart() -> None:
    post = Post()
    post.act(PutTeam(MANAGER, "g1", {"guard": ("sun",)}))
    post.act(PutShifts(MANAGER, "g1", (replace(DAY, person="wu"), NIGHT)))
    post.act(PutPerson(MANAGER, person("zhao", "sms")))
    post.act(DropPerson(MANAGER, "qian"))

    post.reload(PEOPLE)
    post.restart()

    assert post.people.team("g1") == {"guard": ("sun",)}
    assert post.people.shifts("g1")[0].person == "wu"
    assert [way.channel for way in post.people.reach("zhao")] == ["sms"]
    assert post.people.person("qian") is None


def test_a_grid_that_is_new_in_the_configuration_brings_its_people_with_it() -> None:
    post = Post()
    rules = PeopleRules(
        {**PEOPLE.grids, "g3": replace(PEOPLE.grids["g2"], id="g3")},
        {},
        PEOPLE.channels,
        (*PEOPLE.persons, person("he"), person("idle")),
        {**PEOPLE.teams, "g3": {"guard": ("he",)}},
        {**PEOPLE.shifts, "g3": (replace(DAY, minutes=24 * 60, person="he", deputy=""),)},
    )

    post.reload(rules)

    assert post.people.in_role("g3", "duty") == post.people.in_role("g3", "guard") == ("he",)
    assert post.people.person("idle") is None


def test_whoever_is_on_duty_is_rung_over_his_ways() -> None:
    post = Post()
    post.until(20)

    rung = post.act(RingDuty(STAFF, "g1"))

    (tell,) = [each for each in rung if isinstance(each, Tell)]
    assert (tell.kind, tell.subject, tell.to) == ("test", "test:1", ("person:zhang", "person:li"))
    assert {each.body["test"] for each in rung if isinstance(each, Recorded)} == {1}


def test_a_grid_is_not_rung_twice_within_a_minute_and_each_test_has_its_own_number() -> None:
    post = Post()
    post.act(RingDuty(STAFF, "g1"))

    again, elsewhere = post.act(RingDuty(STAFF, "g1")), post.act(RingDuty(STAFF, "g2"))
    post.wait(60)
    post.restart()
    later = post.act(RingDuty(STAFF, "g1"))

    assert refusal(again) == "rung_already"
    assert [each.subject for each in (*elsewhere, *later) if isinstance(each, Tell)] == ["test:2", "test:3"]
