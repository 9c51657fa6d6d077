"""Shifts that begin, hand-overs that are done or not, and people who are absent."""

from __future__ import annotations

from gateway.decide.people.duty import Duty
from gateway.decide.people.rules import PeopleRules
from gateway.duty import HandOver, PutAway, PutShifts, TakeOver
from tests.decide.people.post import (
    HOUR,
    MANAGER,
    MINUTE,
    PEOPLE,
    STAFF,
    Post,
    at,
    of_grid,
    raised,
    refusal,
    told,
)

PROOF, LATE = ("proof", "person:li"), ("hand_over_late", "leader")


def test_whoever_the_roster_names_at_the_first_start_has_the_grid() -> None:
    post = Post()

    duty = post.people.on_duty("g1")

    assert duty == Duty("g1", "g1-1", "zhang", "li", "zhang", at(8), at(20), awaited=False, late=False)
    assert post.people.in_role("g1", "duty") == ("zhang",)
    assert post.people.in_role("g1", "deputy") == ("li",)
    assert of_grid(post.said, "g1") == [("proof", "person:zhang")]


def test_a_shift_that_begins_proves_the_way_to_its_person_once() -> None:
    post = Post()

    begun = post.until(20)
    again = post.restart() + post.wait(HOUR)

    assert of_grid(begun, "g1") == [PROOF]
    assert PROOF not in told(again)


def test_who_had_the_grid_answers_for_it_until_the_next_one_takes_over() -> None:
    post = Post()

    post.until(20)

    duty = post.people.on_duty("g1")
    assert (duty.person, duty.responsible, duty.awaited, duty.late) == ("li", "zhang", True, False)
    assert post.people.in_role("g1", "duty") == ("zhang", "li")


def test_the_leader_is_told_when_nobody_took_over_within_ten_minutes() -> None:
    post = Post()
    post.until(20)

    before = post.wait(10 * MINUTE - 1)
    then = post.wait(1)
    after = post.wait(2 * HOUR)

    assert (told(before), told(then), told(after)) == ([], [LATE], [])
    assert raised(then) == ["hand_over_late@g1"]
    assert post.people.on_duty("g1").late
    assert post.people.on_duty("g1").responsible == "zhang"


def test_who_takes_over_answers_for_the_grid_alone() -> None:
    post = Post()
    post.until(20.5)

    post.act(TakeOver(STAFF, "g1", "li"))

    duty = post.people.on_duty("g1")
    assert (duty.responsible, duty.awaited, duty.late) == ("li", False, False)
    assert post.people.in_role("g1", "duty") == ("li",)
    assert post.alarms == set()
    assert told(post.wait(2 * HOUR)) == []


def test_taking_over_again_changes_nothing() -> None:
    post = Post()
    post.until(20)
    post.act(TakeOver(STAFF, "g1", "li"))

    assert post.act(TakeOver(STAFF, "g1", "li")) == []


def test_who_takes_over_early_is_not_waited_for_when_his_shift_begins() -> None:
    post = Post()
    post.until(19.5)

    post.act(TakeOver(STAFF, "g1", "li"))

    assert post.people.in_role("g1", "duty") == ("li",)
    assert of_grid(post.until(22), "g1") == [PROOF]
    assert not post.people.on_duty("g1").awaited


def test_who_has_the_grid_may_say_that_he_keeps_it() -> None:
    post = Post()
    post.until(20)

    post.act(TakeOver(MANAGER, "g1", "zhang"))

    assert post.people.in_role("g1", "duty") == ("zhang",)
    assert told(post.wait(HOUR)) == []


def test_a_deadline_whose_shift_a_rescued_journal_has_lost_is_late_for_nobody() -> None:
    post = Post()
    post.until(20)
    del post.disk["people:duty:g1"]

    post.restart()

    assert LATE not in told(post.wait(HOUR))
    assert post.people.in_role("g1", "duty") == ("li",)


def test_somebody_else_may_take_over_and_is_followed_by_the_next_shift() -> None:
    post = Post()

    post.act(TakeOver(MANAGER, "g1", "zhao"))
    before = post.people.in_role("g1", "duty")
    post.until(20)

    assert before == ("zhao",)
    assert post.people.in_role("g1", "duty") == ("zhao", "li")


def test_a_shift_runs_on_over_midnight_and_over_the_end_of_the_week() -> None:
    post = Post(utc=at(23, day=6))

    quiet = post.until(7.9, day=7)
    turned = post.until(8, day=7)

    assert of_grid(quiet, "g1") == []
    assert of_grid(turned, "g1") == [("proof", "person:zhang")]
    assert post.people.on_duty("g1").begins_utc == at(8, day=7)


def test_a_hand_over_that_is_waited_for_survives_a_restart() -> None:
    post = Post()
    post.until(20)
    post.wait(6 * MINUTE)

    restarted = post.restart(off_seconds=2 * MINUTE)
    before = post.wait(2 * MINUTE - 1)
    then = post.wait(1)

    assert (told(restarted), told(before), told(then)) == ([], [], [LATE])
    assert told(post.restart() + post.wait(HOUR)) == []
    assert post.alarms == {"hand_over_late@g1"}
    post.act(TakeOver(STAFF, "g1", "li"))
    assert post.alarms == set()


def test_a_shift_that_began_while_the_gateway_was_down_begins_when_it_is_up() -> None:
    post = Post()

    begun = post.restart(off_seconds=11 * HOUR, reboot=True)

    assert PROOF in told(begun)
    assert post.people.in_role("g1", "duty") == ("zhang", "li")
    assert told(post.wait(10 * MINUTE)) == [LATE]


def test_an_absence_in_the_middle_of_a_shift_calls_the_deputy() -> None:
    post = Post()

    gone = post.act(PutAway(MANAGER, "zhang", at(10), at(12)))

    assert told(gone) == [("hand_over", "person:li")]
    duty = post.people.on_duty("g1")
    assert (duty.person, duty.deputy, duty.responsible, duty.awaited) == ("li", "", "li", True)
    assert post.people.in_role("g1", "duty") == ("li",)
    assert told(post.wait(10 * MINUTE)) == [LATE]


def test_who_is_back_is_on_duty_again_without_taking_over_from_nobody() -> None:
    post = Post()
    post.act(PutAway(MANAGER, "zhang", at(10), at(12)))
    post.wait(20 * MINUTE)

    post.until(12)

    duty = post.people.on_duty("g1")
    assert (duty.person, duty.deputy, duty.responsible, duty.awaited) == ("zhang", "li", "zhang", False)
    assert post.alarms == set()


def test_who_is_back_waits_for_his_deputy_when_that_one_took_over() -> None:
    post = Post()
    post.act(PutAway(MANAGER, "zhang", at(10), at(12)))
    post.act(TakeOver(STAFF, "g1", "li"))

    back = post.until(12)

    assert told(back) == [("hand_over", "person:zhang")]
    assert post.people.in_role("g1", "duty") == ("li", "zhang")


def test_an_absence_that_was_planned_begins_by_itself() -> None:
    post = Post()
    planned = post.act(PutAway(MANAGER, "zhang", at(11), at(12)))

    begun = post.until(11)

    assert (told(planned), told(begun)) == ([], [("hand_over", "person:li")])


def test_nobody_on_duty_is_told_to_the_leader_at_once() -> None:
    post = Post()
    post.until(21)
    post.act(TakeOver(STAFF, "g1", "li"))

    gone = post.act(PutAway(MANAGER, "li", at(21), at(23)))

    assert told(gone) == [("nobody", "leader")]
    assert raised(gone) == ["nobody_on_duty@g1"]
    duty = post.people.on_duty("g1")
    assert (duty.person, duty.responsible) == ("", "chen")
    assert post.people.in_role("g1", "duty") == ("chen",)


def test_nobody_on_duty_is_over_when_somebody_is_back() -> None:
    post = Post()
    post.until(21)
    post.act(TakeOver(STAFF, "g1", "li"))
    post.act(PutAway(MANAGER, "li", at(21), at(23)))

    post.act(PutAway(MANAGER, "li", at(21.5), at(21.5)))

    assert post.alarms == {"nobody_on_duty@g1"}
    post.until(21.5)
    assert post.alarms == set()
    assert post.people.in_role("g1", "duty") == ("li",)


def test_the_one_before_stays_when_nobody_is_on_duty_after_him() -> None:
    post = Post()
    post.act(PutAway(MANAGER, "li", at(19), at(30)))

    begun = post.until(20)

    assert of_grid(begun, "g1") == [("nobody", "leader")]
    assert post.people.in_role("g1", "duty") == ("zhang", "chen")
    assert told(post.wait(HOUR)) == []


def test_a_substitute_who_leaves_is_followed_by_whoever_the_roster_names() -> None:
    post = Post()
    post.act(TakeOver(MANAGER, "g1", "zhao"))

    gone = post.act(PutAway(MANAGER, "zhao", at(10), at(15)))

    assert told(gone) == [("hand_over", "person:zhang")]
    assert post.people.on_duty("g1").responsible == "zhang"
    assert told(post.wait(10 * MINUTE)) == [LATE]


def test_a_note_goes_to_whoever_comes_next() -> None:
    post = Post()

    handed = post.act(HandOver(STAFF, "g1", "3号楼 1单元 门被顶住"))

    assert told(handed) == [("hand_over", "person:li")]
    assert post.people.stints["g1"].note == "3号楼 1单元 门被顶住"
    post.restart()
    assert (post.people.stints["g1"].note_by, post.people.stints["g1"].note_utc) == ("李四", at(10))


def test_a_note_after_the_shift_has_turned_goes_to_the_one_who_is_waited_for() -> None:
    post = Post()
    post.until(20)

    assert told(post.act(HandOver(STAFF, "g1", "无"))) == [("hand_over", "person:li")]


def test_a_grid_without_a_roster_is_watched_by_the_one_above_it() -> None:
    shifts = {"c1": PEOPLE.shifts["g2"]}
    post = Post(PeopleRules(PEOPLE.grids, {}, PEOPLE.channels, PEOPLE.persons, PEOPLE.teams, shifts))

    assert post.people.on_duty("g1").responsible == "wu"
    assert post.people.in_role("g1", "duty") == ("wu",)
    assert refusal(post.act(TakeOver(MANAGER, "g1", "li"))) == "no_roster"


def test_a_roster_that_is_taken_away_ends_its_alarms_and_deadlines() -> None:
    post = Post()
    post.until(20)
    post.wait(11 * MINUTE)

    post.act(PutShifts(MANAGER, "g1", ()))

    assert post.alarms == set()
    assert post.people.in_role("g1", "duty") == ("chen",)
    assert "people:duty:g1" not in post.disk
    assert told(post.wait(HOUR)) == []


def test_a_grid_that_leaves_the_configuration_has_no_duty() -> None:
    post = Post()
    post.until(20)
    post.wait(11 * MINUTE)
    grids = {name: grid for name, grid in PEOPLE.grids.items() if name != "g1"}

    post.reload(PeopleRules(grids, {}, PEOPLE.channels, PEOPLE.persons, PEOPLE.teams, PEOPLE.shifts))

    assert post.alarms == set()
    assert "g1" not in post.people.stints
