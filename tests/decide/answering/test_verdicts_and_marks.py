from __future__ import annotations

import pytest

from gateway.answering import VerifyAlarm
from gateway.decide.rules import Rule
from gateway.incident import FALSE_CAUSES
from gateway.model import AlarmChanged, Change, Priority, Recorded, ResetAlarm, Suppression
from tests.decide.answering.desk import ELSEWHERE, LATCHED, LI, PLAIN, VISITOR, WANG, Desk, announced, house

DAY = 86_400.0


def raised(rule: Rule = PLAIN) -> Desk:
    desk = Desk(house(rule))
    desk.see(True)
    return desk


def changes(desk: Desk) -> list[Change]:
    return [each.change for each in desk.said if isinstance(each, AlarmChanged)]


def test_whoever_verifies_what_nobody_took_takes_it() -> None:
    desk = raised()

    desk.take(VerifyAlarm(LI, 1, real=False, cause="cooking", note="炒菜"))

    alarm = desk.alarm
    assert (alarm.verdict, alarm.verdict_by, alarm.acked_by, alarm.note) == ("false", "李强", "李强", "炒菜")
    assert changes(desk) == [Change.RAISED, Change.VERIFIED, Change.ACKED]


def test_whoever_took_it_keeps_it() -> None:
    desk = raised()
    desk.happen("ack")

    desk.take(VerifyAlarm(LI, 1, real=True))

    assert (desk.alarm.verdict, desk.alarm.acked_by) == ("real", "王芳")
    assert changes(desk) == [Change.RAISED, Change.ACKED, Change.VERIFIED]


@pytest.mark.parametrize("cause", FALSE_CAUSES)
def test_a_false_alarm_is_recorded_with_its_cause(cause: str) -> None:
    desk = raised()

    desk.take(VerifyAlarm(LI, 1, real=False, cause=cause, note="x"))

    (row,) = (each for each in desk.said if isinstance(each, Recorded))
    assert (row.kind, row.subject, row.actor) == ("verdict", "forced@d1/p", "李强")
    assert row.body == {"number": 1, "real": False, "cause": cause, "note": "x"}


@pytest.mark.parametrize(
    ("act", "code"),
    [
        (VerifyAlarm(LI, 1, real=False), "cause_needed"),
        (VerifyAlarm(LI, 1, real=False, cause="bad luck"), "cause_needed"),
        (VerifyAlarm(LI, 5, real=True), "alarm_closed"),
        (VerifyAlarm(VISITOR, 1, real=True), "role"),
        (VerifyAlarm(ELSEWHERE, 1, real=True), "grid"),
    ],
)
def test_a_false_alarm_needs_a_cause_and_its_judge_the_right(act: VerifyAlarm, code: str) -> None:
    desk = raised()

    assert desk.refused(act) == code
    assert (desk.alarm.verdict, desk.state) == ("", "B")


def test_the_same_verdict_again_changes_nothing_and_another_one_does() -> None:
    desk = raised()
    desk.take(VerifyAlarm(WANG, 1, real=False, cause="steam"))

    again = desk.take(VerifyAlarm(LI, 1, real=False, cause="dust"))
    desk.take(VerifyAlarm(LI, 1, real=True))

    assert again == []
    assert (desk.alarm.verdict, desk.alarm.verdict_by, desk.alarm.acked_by) == ("real", "李强", "王芳")


def test_a_verdict_is_about_what_was_seen_and_not_about_what_comes_next() -> None:
    desk = raised(LATCHED)
    desk.happen("verify")
    desk.see(False)

    desk.see(True)

    assert (desk.alarm.verdict, desk.alarm.verdict_by, desk.state) == ("", "", "B")


@pytest.mark.parametrize("rule", [Rule("smoke", Priority.P2, latching=True), Rule("shut", Priority.P1, latching=True)])
def test_what_is_about_fire_or_life_is_reset_only_with_a_word_of_what_was_seen(rule: Rule) -> None:
    desk = raised(rule)
    desk.see(False)
    desk.happen("ack")

    assert desk.refused(ResetAlarm(WANG, 1, "  ")) == "note_needed"
    desk.take(ResetAlarm(WANG, 1, "nothing burns"))

    assert desk.state == "A"


def test_what_latched_is_reset_on_a_shelf_too() -> None:
    desk = raised(LATCHED)
    desk.shelve()
    desk.see(False)
    desk.happen("ack")

    desk.take(ResetAlarm(WANG, 1, "seen"))

    assert (desk.state, desk.underneath) == ("G", "A")


@pytest.mark.parametrize("restarted", [False, True])
def test_what_stands_for_a_day_is_stale_and_nobody_is_called_for_it(*, restarted: bool) -> None:
    desk = raised()
    desk.wait(DAY - 120, every=3600)
    assert not desk.alarm.stale
    if restarted:
        desk.restart(off_seconds=1)

    out = desk.wait(240)

    assert (desk.alarm.stale, announced(out)) == (True, [])
    desk.see(False)
    assert not desk.alarm.stale


def test_nothing_is_stale_by_a_clock_that_nobody_believes() -> None:
    desk = Desk(house(PLAIN))
    desk.now = desk.now._replace(trusted=False, utc=0.0)
    desk.see(True)
    desk.now = desk.now._replace(trusted=True, utc=1_800_000_000.0)

    desk.wait(120)

    assert not desk.alarm.stale


def test_what_still_stands_when_a_trial_ends_is_told_in_earnest() -> None:
    desk = Desk(house(PLAIN))
    desk.watches.book.on_trial = lambda rule, place: rule == "forced" and place.building == "b1"
    desk.see(True)
    desk.happen("ack")
    assert desk.alarm.trial
    desk.watches.book.on_trial = lambda _rule, _place: False

    out = desk.wait(61)

    assert (announced(out), desk.alarm.trial, desk.state) == (["forced@d1/p"], False, "B")


def test_what_was_open_before_a_trial_is_in_earnest_also_when_it_comes_again() -> None:
    desk = raised()
    desk.see(False)
    desk.watches.book.on_trial = lambda _rule, _place: True

    desk.see(True)

    assert not desk.alarm.trial


def test_a_suppressed_alarm_that_is_over_and_comes_again_is_looked_at_anew() -> None:
    desk = Desk(house(PLAIN))
    desk.watches.book.under_test = lambda _device: True
    desk.out()
    desk.see(True)
    desk.see(False)
    desk.watches.book.under_test = lambda _device: False

    desk.see(True)

    assert (desk.alarm.test, desk.alarm.raises, desk.alarm.occurrences, desk.underneath) == (False, 1, 2, "B")


def test_a_named_cause_takes_over_from_one_without_a_name_and_only_it_ends_it() -> None:
    desk = raised()
    key = "forced@d1/p"

    desk.keep(desk.watches.book.suppressed(key, Suppression.BY_DESIGN, desk.now))
    desk.design(Suppression.BY_DESIGN, key)
    assert (desk.alarm.spared_by, desk.alarm.spared_why) == ("power_cut@b1", "no mains")
    desk.keep(desk.watches.book.suppressed(key, Suppression.NONE, desk.now))
    desk.design(Suppression.NONE, key, by="somebody else")
    assert desk.state == "H"
    out = desk.design(Suppression.NONE, key)

    assert (announced(out), desk.state) == ([key], "B")
