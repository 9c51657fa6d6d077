"""Whom a role means, how somebody is reached, and whose number it is."""

from __future__ import annotations

from dataclasses import replace

import pytest

from gateway.actor import Actor, Role
from gateway.duty import PutAway, Reach, TakeOver
from tests.decide.people.post import MANAGER, PEOPLE, STAFF, Post, at, person


@pytest.mark.parametrize(
    ("grid", "role", "whom"),
    [
        ("g1", "guard", ("zhao",)),
        ("g1", "leader", ("chen",)),
        ("g1", "community", ("sun",)),
        ("g2", "leader", ("chen",)),
        ("g2", "guard", ()),
        ("g1", "gardener", ()),
        ("g1", "all", ("zhang", "li", "zhao", "qian", "chen", "sun")),
        ("c1", "all", ("chen", "sun")),
        ("c1", "duty", ("chen",)),
        ("c1", "deputy", ()),
        ("", "leader", ("chen",)),
        ("", "duty", ("zhang", "wu")),
        ("", "deputy", ("li",)),
        ("g9", "duty", ("zhang", "wu")),
        ("g1", "person:wu", ("wu",)),
        ("g1", "person:nobody", ()),
        ("g1", "department:fire", ("department:fire",)),
        ("g1", "department:none", ()),
    ],
)
def test_a_role_means_those_who_have_it_or_those_above(grid: str, role: str, whom: tuple[str, ...]) -> None:
    assert Post().people.in_role(grid, role) == whom


@pytest.mark.parametrize("grid", ["g1", ""])
def test_without_any_roster_the_leader_is_called_at_once(grid: str) -> None:
    people = Post(replace(PEOPLE, shifts={})).people

    assert people.in_role(grid, "duty") == ("chen",)
    assert people.in_role(grid, "deputy") == ()


def test_who_is_absent_is_in_no_role_and_the_one_above_is() -> None:
    post = Post(replace(PEOPLE, teams={**PEOPLE.teams, "g1": {"leader": ("qian",), "guard": ("zhao", "sun")}}))

    post.act(PutAway(MANAGER, "qian", at(10), at(12)))
    post.act(PutAway(MANAGER, "zhao", at(10), at(12)))

    assert post.people.in_role("g1", "leader") == ("chen",)
    assert post.people.in_role("g1", "guard") == ("sun",)
    assert "qian" not in post.people.in_role("g1", "all")


def test_a_deputy_who_took_over_is_nobodys_deputy() -> None:
    post = Post()

    post.act(TakeOver(STAFF, "g1", "li"))

    assert (post.people.in_role("g1", "duty"), post.people.in_role("g1", "deputy")) == (("li",), ())


def test_parents_that_lead_back_to_themselves_end() -> None:
    grids = {**PEOPLE.grids, "c1": replace(PEOPLE.grids["c1"], parent="g1")}

    assert replace(PEOPLE, grids=grids).upwards("g1") == ("g1", "c1")


def test_somebody_is_reached_over_the_channels_that_there_are() -> None:
    people = Post(replace(PEOPLE, channels=frozenset({"sms"}))).people

    assert people.reach("zhang") == people.reach("person:zhang") == (Reach("sms", "zhang@"),)
    assert people.reach("department:fire") == (Reach("sms", "119"),)
    assert people.reach("department:none") == people.reach("nobody") == people.reach("li") == ()


def test_somebody_is_known_by_who_he_is_and_by_his_number_and_not_by_what_his_account_is_called() -> None:
    people = Post().people

    found = people.of_actor(Actor("u-1", "whatever", Role.STAFF, person="zhang"))

    assert found is not None
    assert (found.id, people.of_actor(Actor("zhang", "u-zhang", Role.STAFF))) == ("zhang", None)
    assert (people.by_reach("sms", "zhang@"), people.by_reach("sms", "li@")) == ("zhang", "")
    assert people.by_reach("bot", "qian@") == "qian"


def test_a_shared_number_is_his_who_answers_for_the_grid() -> None:
    shared = Reach("sms", "duty-phone")
    several = tuple(replace(each, reach=(*each.reach, shared)) for each in (person("qian"), *PEOPLE.persons[:2]))
    post = Post(replace(PEOPLE, persons=(*several, *PEOPLE.persons[2:6])))

    first = post.people.by_reach("sms", "duty-phone")
    post.act(TakeOver(STAFF, "g1", "li"))

    assert (first, post.people.by_reach("sms", "duty-phone")) == ("zhang", "li")


def test_somebody_whom_a_rescued_journal_has_lost_is_called_by_nobody() -> None:
    post = Post()
    del post.disk["people:person:zhang"], post.disk["people:person:zhao"]

    post.restart()

    assert post.people.in_role("g1", "duty") == ("li",)
    assert post.people.in_role("g1", "guard") == ()
