from __future__ import annotations

import pytest

from gateway.answering import ShelveAlarm, UnshelveAlarm
from gateway.decide.rules import NEVER_SPARED, Rule
from gateway.model import Priority, Suppression
from tests.decide.answering.desk import ELSEWHERE, LI, PLAIN, VISITOR, WANG, Desk, announced, house

LONGEST = [(Priority.P2, 60), (Priority.P3, 8 * 60), (Priority.P4, 24 * 60)]


def raised(rule: Rule) -> Desk:
    desk = Desk(house(rule))
    desk.see(True)
    return desk


@pytest.mark.parametrize(("priority", "minutes"), LONGEST)
def test_an_alarm_is_shelved_for_as_long_as_its_priority_allows_and_no_longer(priority: Priority, minutes: int) -> None:
    desk = raised(Rule("held", priority))

    assert desk.refused(ShelveAlarm(WANG, 1, minutes + 1, "装修")) == "shelf_too_long"
    desk.shelve(minutes)

    (alarm,) = desk.answering.shelves
    assert (alarm.spared_by, alarm.spared_why) == ("王芳", "装修")
    assert alarm.spared_until_utc == desk.now.utc + minutes * 60


def test_a_p1_is_never_shelved() -> None:
    desk = raised(Rule("held", Priority.P1))

    assert desk.refused(ShelveAlarm(WANG, 1, 1, "装修")) == "never_shelved"
    assert desk.watches.book.spare("held@d1/p", Suppression.SHELVED, "王芳", "装修", 0.0, desk.now) == []
    assert desk.state == "B"


@pytest.mark.parametrize("name", sorted(NEVER_SPARED))
def test_fire_gas_and_co_are_neither_shelved_nor_suppressed_by_design_whatever_their_priority(name: str) -> None:
    desk = raised(Rule(name, Priority.P4))

    assert desk.refused(ShelveAlarm(WANG, 1, 1, "装修")) == "never_shelved"
    assert desk.design(Suppression.BY_DESIGN, f"{name}@d1/p") == []
    assert desk.state == "B"


def test_nor_is_any_rule_that_releases_doors() -> None:
    desk = raised(Rule("site_fire", Priority.P2, releases=True))

    assert desk.refused(ShelveAlarm(WANG, 1, 1, "装修")) == "never_shelved"
    assert desk.design(Suppression.BY_DESIGN, "site_fire@d1/p") == []


@pytest.mark.parametrize(
    ("act", "code"),
    [
        (ShelveAlarm(WANG, 1, 30, "  "), "reason_needed"),
        (ShelveAlarm(WANG, 1, 0, "装修"), "shelf_too_long"),
        (ShelveAlarm(WANG, 1, -5, "装修"), "shelf_too_long"),
        (ShelveAlarm(WANG, 1, float("nan"), "装修"), "shelf_too_long"),
        (ShelveAlarm(WANG, 7, 30, "装修"), "alarm_closed"),
        (ShelveAlarm(VISITOR, 1, 30, "装修"), "role"),
        (ShelveAlarm(ELSEWHERE, 1, 30, "装修"), "grid"),
        (UnshelveAlarm(VISITOR, 1), "role"),
    ],
)
def test_shelving_needs_a_reason_a_length_and_the_right(act: ShelveAlarm | UnshelveAlarm, code: str) -> None:
    desk = raised(PLAIN)

    assert desk.refused(act) == code
    assert desk.state == "B"


def test_a_shelved_alarm_is_not_shelved_again() -> None:
    desk = raised(PLAIN)
    desk.shelve(30)

    assert desk.refused(ShelveAlarm(LI, 1, 30, "装修")) == "spared_already"


@pytest.mark.parametrize("taken", [False, True])
def test_people_are_told_again_when_the_shelf_ends_and_the_alarm_still_stands_though_somebody_took_it(
    *, taken: bool
) -> None:
    desk = raised(PLAIN)
    if taken:
        desk.happen("ack")
    desk.shelve(60)

    early, late = desk.wait(3599, every=60), desk.wait(2)

    assert announced(early) == []
    assert announced(late) == ["forced@d1/p"]
    assert (desk.state, desk.alarm.spared_by, desk.alarm.spared_until_utc) == ("B", "", 0.0)


def test_whoever_ends_a_shelf_of_an_alarm_that_was_taken_has_it_in_hand() -> None:
    desk = raised(PLAIN)
    desk.happen("ack")
    desk.shelve(60)

    out = desk.happen("unshelve")

    assert (announced(out), desk.state) == ([], "C")
    assert announced(desk.wait(4000, every=60)) == []


def test_nobody_is_told_when_a_shelf_ends_and_the_condition_is_gone() -> None:
    desk = raised(PLAIN)
    desk.shelve(60)
    desk.see(False)

    out = desk.wait(3601, every=60)

    assert (announced(out), desk.state) == ([], "D")


def test_what_comes_and_goes_on_a_shelf_is_recorded_and_nobody_is_told() -> None:
    desk = raised(PLAIN)
    desk.shelve(60)

    for _ in range(4):
        desk.wait(100, every=100)
        desk.see(False)
        desk.see(True)

    assert (desk.alarm.raises, desk.state, desk.announced) == (5, "G", ["forced@d1/p"])


@pytest.mark.parametrize(("off", "left"), [(0, 1800), (600, 1200), (7200, 0)])
def test_a_shelf_ends_on_time_across_a_power_failure(off: float, left: float) -> None:
    desk = raised(PLAIN)
    desk.shelve(60)
    desk.wait(1800, every=60)

    desk.restart(off_seconds=off)
    desk.wait(max(0, left - 1))
    assert desk.state == ("G" if left else "B")

    desk.wait(2)

    assert desk.state == "B"


def test_a_shelf_ends_when_the_alarm_becomes_a_matter_of_life() -> None:
    desk = raised(PLAIN)
    desk.shelve(60)

    out = desk.keep(desk.watches.book.worse("forced@d1/p", Priority.P1, "worse", desk.now))

    assert announced(out) == ["forced@d1/p"]
    assert desk.answering.next_ns is None
    assert desk.answering.shelves == ()


def test_a_shelf_whose_end_was_lost_is_no_shelf() -> None:
    desk = raised(PLAIN)
    desk.shelve(60)
    del desk.disk["shelf:forced@d1/p"]

    out = desk.restart()

    assert (announced(out), desk.state) == (["forced@d1/p"], "B")
