"""Who is told of an alarm, when, and until when."""

from __future__ import annotations

from dataclasses import replace

import pytest

from gateway.decide.rules import FIRE_DOORS_SHUT, Rule
from gateway.model import NANOSECONDS, AlarmChanged, Change, Place, Priority, Suppression
from gateway.notice import Fate, Tell
from tests.decide.escalation.street import (
    BATTERY,
    FORCED,
    GAS,
    HELD,
    POLICIES,
    SMOKE,
    START,
    Street,
    whom,
)

EVERYBODY = {
    ("zhang", "group"), ("zhang", "sms"), ("zhang", "voice"), ("li", "group"), ("wang", "voice"), ("zhao", "group"),
    ("zhao", "sms"), ("sun", "sms"),
}  # fmt: skip


def test_a_p1_goes_to_all_who_are_there_by_every_way_at_once_and_to_the_siren() -> None:
    street = Street()

    told = street.commit(street.raised(GAS))

    zhang = {("zhang", "group"), ("zhang", "sms"), ("zhang", "voice")}
    assert whom(told) == zhang | {("li", "group"), ("wang", "voice"), ("", "siren")}
    assert {notice.kind for notice in told} == {"raised"}


def test_a_p1_that_nobody_answers_goes_up_at_60_120_and_180_seconds_and_then_again() -> None:
    street = Street()
    street.commit(street.raised(GAS))

    told = street.wait(2_000)

    assert street.steps(1) == [(0, 0), (1, 60), (2, 120), (3, 180), (4, 480), (5, 780)]
    assert whom([notice for notice in told if notice.step == 1]) == {("zhao", "group"), ("zhao", "sms")}
    assert whom([notice for notice in told if notice.step == 2]) == {("sun", "sms")}
    for step in (3, 4, 5):
        assert whom([notice for notice in told if notice.step == step]) == EVERYBODY
    assert {notice.facts["after_seconds"] for notice in told if notice.step == 4} == {480}


def test_a_p2_is_told_in_the_chat_then_by_sms_then_to_the_leader() -> None:
    street = Street()

    first = street.commit(street.raised(SMOKE))
    later = street.wait(3_600)

    assert whom(first) == {("zhang", "group")}
    assert [(notice.person, notice.channel, notice.kind) for notice in later] == [
        ("zhang", "sms", "escalated"),
        ("zhao", "group", "escalated"),
    ]
    assert street.steps(1) == [(0, 0), (1, 120), (2, 300)]


def test_an_answer_ends_it_and_withdraws_what_did_not_go_out() -> None:
    street = Street()
    sent, *others = street.commit(street.raised(GAS))
    street.said(Fate.SENT, sent.number)

    street.commit(street.acked(GAS))

    assert {street.fates[notice.number] for notice in others} == {Fate.WITHDRAWN}
    assert street.fates[sent.number] is Fate.SENT
    assert street.wait(1_000) == []
    assert not [key for key in street.disk if key.startswith(("escalat", "notice:")) and key != "escalation_listed"]


def test_a_p1_and_what_is_latched_goes_on_after_it_returned_and_nothing_else_does() -> None:
    street = Street()
    street.commit(street.raised(GAS))
    street.commit(street.raised(SMOKE, "d2"))
    street.commit(street.raised(HELD, "d3"))
    for rule, source in ((GAS, "d1"), (SMOKE, "d2"), (HELD, "d3")):
        street.commit(street.cleared(rule, source))

    street.wait(3_600)

    assert [step for step, _ in street.steps(1)] == [0, 1, 2, 3, 4, 5]
    assert [step for step, _ in street.steps(2)] == [0, 1, 2]
    assert [step for step, _ in street.steps(3)] == [0]


def test_whoever_was_called_for_a_p2_that_passed_by_itself_hears_so_in_the_chat() -> None:
    street = Street()
    street.commit(street.raised(FORCED))
    street.wait(301)

    told = street.commit(street.cleared(FORCED))

    assert whom(told) == {("zhang", "group"), ("zhao", "group")}
    assert {(notice.kind, notice.priority) for notice in told} == {("cleared", Priority.P3)}


def test_a_chain_goes_on_where_it_was_when_an_unanswered_alarm_comes_again() -> None:
    street = Street()
    street.commit(street.raised(GAS))
    street.wait(90)
    street.commit(street.cleared(GAS))

    told = street.commit(street.raised(GAS))
    street.wait(200)

    assert ("zhang", "voice") in whom(told)
    assert ("zhao", "sms") in whom(told)
    assert street.steps(1) == [(0, 0), (1, 60), (2, 120), (3, 180)]


def test_what_gets_worse_begins_again_with_the_steps_of_its_new_priority() -> None:
    street = Street()
    first = street.commit(street.raised(SMOKE))
    street.wait(60)

    told = street.commit(street.book.worse("smoke@d1", Priority.P1, "nobody answered", street.now))
    street.wait(60)

    assert ("wang", "voice") in whom(told)
    assert street.fates[first[0].number] is Fate.WITHDRAWN
    assert street.steps(1) == [(0, 0), (0, 60), (1, 120)]


def test_an_unanswered_p1_that_comes_again_as_less_stays_what_it_was() -> None:
    street = Street()
    street.commit(street.raised(SMOKE))
    street.commit(street.book.worse("smoke@d1", Priority.P1, "nobody answered", street.now))
    street.commit(street.cleared(SMOKE))
    street.commit(street.raised(SMOKE))

    street.wait(200)

    assert [step for step, _ in street.steps(1)] == [0, 0, 1, 2, 3]


def test_a_shelf_stops_it_and_its_end_begins_it_again_at_the_first_step() -> None:
    street = Street()
    first = street.commit(street.raised(FORCED))
    street.wait(130)
    street.commit(street.book.spare("door_forced@d1", Suppression.SHELVED, "zhang", "known", 0.0, street.now))
    assert street.fates[first[0].number] is Fate.WITHDRAWN
    assert street.wait(3_000) == []

    told = street.commit(street.book.unshelved("door_forced@d1", street.now))
    street.wait(301)

    assert [(notice.person, notice.kind) for notice in told] == [("zhang", "shelf_ended")]
    assert [step for step, _ in street.steps(1)] == [0, 1, 0, 1, 2]


def test_what_is_spared_by_design_comes_back_as_raised() -> None:
    street = Street()
    street.commit(street.raised(HELD))
    street.commit(street.book.suppressed("door_held@d1", Suppression.BY_DESIGN, street.now))

    told = street.commit(street.book.suppressed("door_held@d1", Suppression.NONE, street.now))

    assert [notice.kind for notice in told] == ["raised"]


def test_a_change_is_told_to_whoever_was_told_and_rings_nobody() -> None:
    street = Street()
    street.commit(street.raised(GAS))
    street.wait(70)

    told = street.commit(street.book.updated("gas@d1", "20 %", street.now))

    assert whom(told) == {
        ("zhang", "group"), ("zhang", "sms"), ("li", "group"), ("wang", "voice"), ("zhao", "group"), ("zhao", "sms"),
    }  # fmt: skip
    assert {(notice.kind, notice.why) for notice in told} == {("updated", "20 %")}


def test_a_step_for_which_there_is_nobody_is_followed_by_the_next_at_once() -> None:
    street = Street()

    told = street.commit(street.raised(GAS, grid="g2", building="b2"))

    assert [(step, at) for step, at in street.steps(1)] == [(0, 0)]  # the siren hears it
    assert whom(told) == {("", "siren")}
    street.wait(60)
    assert street.steps(1) == [(0, 0), (1, 60)]


def test_nobody_on_duty_means_that_the_leader_is_told_at_once() -> None:
    street = Street()

    told = street.commit(street.raised(SMOKE, grid="g2"))

    assert whom(told) == {("zhao", "group")}
    assert street.steps(1) == [(0, 0), (1, 0), (2, 0)]
    assert [key for key in street.disk if key.startswith("escalate:")] == []


def test_what_a_channel_gives_up_goes_the_next_way_of_its_person() -> None:
    street = Street()
    (chat,) = street.commit(street.raised(SMOKE))

    (sms,) = street.said(Fate.FAILED, chat.number, why="no answer")
    (voice,) = street.said(Fate.FAILED, sms.number)
    nothing = street.said(Fate.FAILED, voice.number)

    assert [(n.person, n.channel, n.step) for n in (sms, voice)] == [("zhang", "sms", 0), ("zhang", "voice", 0)]
    assert nothing == []
    assert street.steps(1) == [(0, 0)]


def test_a_receipt_that_takes_back_what_was_sent_counts_as_a_failure() -> None:
    street = Street()
    (chat,) = street.commit(street.raised(SMOKE))
    street.said(Fate.SENT, chat.number)
    street.restart()

    told = street.said(Fate.FAILED, chat.number)

    assert [(notice.person, notice.channel) for notice in told] == [("zhang", "sms")]


def test_when_every_way_of_everybody_failed_the_next_step_of_a_p1_is_taken_at_once() -> None:
    street = Street()
    *first, last = street.commit(street.raised(GAS))
    for notice in first:
        assert street.said(Fate.FAILED, notice.number) == []

    told = street.said(Fate.FAILED, last.number)

    assert whom(told) == {("zhao", "group"), ("zhao", "sms")}
    assert street.steps(1) == [(0, 0), (1, 0)]
    assert "escalate:1:1" not in street.disk
    street.wait(200)
    assert street.steps(1) == [(0, 0), (1, 0), (2, 120), (3, 180)]


def test_calls_that_were_placed_and_that_nobody_took_count_as_failed_in_the_end() -> None:
    street = Street()
    notices = street.commit(street.raised(GAS))
    street.said(Fate.SENT, *(notice.number for notice in notices))
    assert street.steps(1) == [(0, 0)]
    street.restart()

    street.said(Fate.FAILED, *(notice.number for notice in notices), why="nobody took the call")

    assert street.steps(1) == [(0, 0), (1, 0)]


def test_what_was_delivered_is_not_taken_back() -> None:
    street = Street()
    first, *others = street.commit(street.raised(GAS))
    street.said(Fate.DELIVERED, first.number)

    street.said(Fate.FAILED, *(notice.number for notice in others))

    assert street.steps(1) == [(0, 0)]


def test_word_that_it_is_over_does_not_follow_word_that_it_is_back() -> None:
    street = Street()
    street.commit(street.raised(FORCED))
    (over,) = street.commit(street.cleared(FORCED))

    street.commit(street.raised(FORCED))

    assert street.fates[over.number] is Fate.WITHDRAWN


def test_one_who_was_reached_keeps_the_deadlines() -> None:
    street = Street()
    first, *others = street.commit(street.raised(GAS))
    street.said(Fate.SENT, first.number)

    for notice in others:
        street.said(Fate.FAILED, notice.number)

    assert street.steps(1) == [(0, 0)]


def test_on_trial_only_the_trial_list_is_told_and_nobody_is_called_for_not_answering() -> None:
    street = Street(trial=("sun",))
    street.book.on_trial = lambda _rule, _place: True

    told = street.commit(street.raised(GAS))

    assert whom(told) == {("sun", "sms")}
    assert all(notice.trial for notice in told)
    assert street.wait(1_000) == []


def test_the_end_of_a_trial_begins_in_earnest() -> None:
    street = Street(trial=("sun",))
    street.book.on_trial = lambda _rule, _place: True
    street.commit(street.raised(GAS))

    told = street.commit(street.book.trial_over("gas@d1", street.now))

    assert ("zhang", "voice") in whom(told)
    assert not any(notice.trial for notice in told)


def test_a_test_is_told_in_the_chat_alone_and_goes_no_further() -> None:
    street = Street()
    street.book.under_test = lambda _device: True

    told = street.commit(street.raised(GAS))

    assert whom(told) == {("zhang", "group"), ("li", "group"), ("wang", "voice")}  # who has no other way is called
    assert all(notice.test for notice in told)
    assert street.wait(1_000) == []


def test_what_was_held_for_a_test_and_stands_too_long_begins_in_earnest() -> None:
    street = Street()
    street.book.under_test = lambda _device: True
    street.commit(street.raised(GAS))

    told = street.commit(street.book.in_earnest("gas@d1", GAS, street.now))
    street.wait(60)

    assert ("zhang", "voice") in whom(told)
    assert [step for step, _ in street.steps(1)] == [0, 0, 1]


def test_doors_that_are_not_open_come_first_in_what_a_p1_of_their_building_says() -> None:
    street = Street()
    shut = Rule(FIRE_DOORS_SHUT, Priority.P1)
    out = street.book.raised(
        shut, "building:b1", "", Place("b1", grid="g1"), True, "2单元门禁 大门 (离线)", street.now, simulated=False
    )
    street.commit(out)

    told = street.commit(street.raised(GAS))
    elsewhere = street.commit(street.raised(GAS, "d9", building="b9"))

    assert {notice.first for notice in told} == {"2单元门禁 大门 (离线)"}
    assert {notice.first for notice in elsewhere} == {""}


def test_in_a_flood_all_but_p1_is_marked_to_be_folded() -> None:
    street = Street(flooded=True)

    p1, p2 = street.commit(street.raised(GAS)), street.commit(street.raised(SMOKE, "d2"))

    assert not any(notice.facts.get("flood") for notice in p1)
    assert all(notice.facts["flood"] for notice in p2)


def test_a_simulated_compound_marks_every_notice() -> None:
    street = Street(simulated=True)

    told = street.commit(street.raised(GAS))

    assert all(notice.simulated for notice in told)


def test_p4_calls_nobody_and_is_listed_on_monday_at_nine_by_the_clock_of_the_compound() -> None:
    street = Street()
    assert street.commit(street.raised(BATTERY)) == []
    street.commit(street.raised(BATTERY, "d2"))
    street.commit(street.raised(BATTERY, "d3", grid="g2"))

    friday = street.wait(64 * 3600)
    monday = street.wait(3600 + 1)
    later = street.wait(6 * 86400)

    assert friday == []
    assert {(notice.subject, notice.person, notice.kind, notice.facts["count"]) for notice in monday} == {
        ("weekly:g1", "zhao", "digest", 2),
        ("weekly:g2", "zhao", "digest", 1),
    }
    assert monday[0].facts["rules"] == {"battery_low": 2}
    assert later == []


def test_a_monday_without_power_is_listed_after_it() -> None:
    street = Street()
    street.commit(street.raised(BATTERY))

    street.restart(4 * 86400, reboot=True)
    told = street.wait(1)

    assert [notice.kind for notice in told] == ["digest"]


def test_a_clock_that_nobody_believes_lists_nothing() -> None:
    street = Street()
    street.commit(street.raised(BATTERY))

    street.restart(4 * 86400, reboot=True, trusted=False)

    assert street.wait(1) == []


@pytest.mark.parametrize(
    ("kind", "priority", "to", "expected"),
    [
        ("whistle", Priority.P2, ("department:gas",), {("department:gas", "voice")}),
        ("incident_late", Priority.P3, ("leader",), {("zhao", "group")}),
        ("nobody", Priority.P1, ("leader",), {("zhao", "group"), ("zhao", "sms")}),
        ("proof", Priority.P3, ("person:zhang",), {("zhang", "group"), ("zhang", "sms")}),
        ("test", Priority.P3, ("person:zhang",), {("zhang", "group"), ("zhang", "sms"), ("zhang", "voice")}),
    ],
)
def test_what_others_want_told_reaches_whom_they_name(
    kind: str, priority: Priority, to: tuple[str, ...], expected: set[tuple[str, str]]
) -> None:
    street = Street()
    street.staff.ways["department:gas"] = ("voice",)

    told = street.commit([Tell(kind, priority, "incident:17", to, Place("b1", grid="g1"), facts={"minutes": 5})])

    assert whom(told) == expected
    assert {(notice.kind, notice.subject, notice.facts["minutes"]) for notice in told} == {(kind, "incident:17", 5)}


def test_what_is_no_alarm_goes_the_next_way_too_and_is_forgotten_once_it_arrived() -> None:
    street = Street()
    (chat,) = street.commit([Tell("incident_late", Priority.P3, "incident:17", ("leader",), Place(grid="g1"))])

    (sms,) = street.said(Fate.FAILED, chat.number)
    street.said(Fate.SENT, sms.number)

    assert (sms.person, sms.channel, sms.subject) == ("zhao", "sms", "incident:17")
    assert not [key for key in street.disk if key.startswith("notice:")]


def test_nothing_costs_nothing() -> None:
    street = Street()
    out: tuple[()] = ()

    assert street.escalation.follow(out, street.now) is out


def test_who_waits_is_known_by_person_until_somebody_answers() -> None:
    street = Street()
    street.commit(street.raised(GAS))
    street.commit(street.raised(FORCED, "d2"))

    assert street.escalation.waits_for("zhang") == (1, 2)
    assert street.escalation.waits_for("li") == (1,)
    street.commit(street.acked(GAS))
    assert street.escalation.waits_for("zhang") == (2,)


# ---------------------------------------------------------------- restarts


def test_a_restart_takes_no_step_twice_and_skips_none() -> None:
    street = Street()
    street.commit(street.raised(GAS))
    for _ in range(12):
        street.wait(20)
        street.restart()

    assert street.steps(1) == [(0, 0), (1, 60), (2, 120), (3, 180)]


def test_steps_that_fell_into_a_time_of_no_power_are_all_taken_when_it_is_back() -> None:
    street = Street()
    street.commit(street.raised(GAS))

    street.restart(150, reboot=True)
    street.wait(0)

    assert street.steps(1) == [(0, 0), (1, 150), (2, 150)]
    street.wait(60)
    assert street.steps(1)[-1] == (3, 180)


def test_without_a_clock_to_believe_what_was_left_is_left() -> None:
    street = Street()
    street.commit(street.raised(GAS))
    street.wait(30)

    street.restart(1_000, reboot=True, trusted=False)
    street.wait(61)

    assert [step for step, _ in street.steps(1)] == [0, 1]


def test_an_unanswered_alarm_without_a_chain_begins_at_the_start() -> None:
    """So it is after an update from a Gridpost that told nobody."""
    street = Street()
    street.keep([out for out in street.raised(GAS) if not isinstance(out, AlarmChanged)])

    told = street.restart(off_seconds=5)

    assert ("zhang", "voice") in whom(told)


def test_a_number_is_never_given_twice_even_when_the_count_was_lost() -> None:
    street = Street()
    first = street.commit(street.raised(GAS))
    del street.disk["notice_number"]
    street.restart()

    told = street.commit(street.raised(SMOKE, "d2"))

    assert min(notice.number for notice in told) > max(notice.number for notice in first)


def test_a_reload_keeps_chains_where_they_are_and_adds_deadlines_for_new_steps() -> None:
    street = Street()
    street.commit(street.raised(SMOKE))
    street.wait(130)
    life, safety, *rest = POLICIES
    longer = replace(safety, steps=(*safety.steps, replace(safety.steps[-1], after_seconds=400, to=("property",))))
    street.policies = (life, longer, *rest)
    street.known.rules = replace(
        street.known.rules, escalation=replace(street.known.rules.escalation, policies=street.policies)
    )

    street.keep(street.escalation.adopt(street.now))
    street.wait(400)

    assert street.steps(1) == [(0, 0), (1, 120), (2, 300), (3, 410)]


def test_deadlines_are_written_down_once_a_minute() -> None:
    street = Street()
    street.commit(street.raised(HELD))
    street.wait(60)

    street.keep(street.escalation.sweep(street.now))
    street.now = street.now._replace(boot_id="boot-2", boottime_ns=NANOSECONDS, trusted=False)
    street.start()
    street.wait(1_741)

    assert [step for step, _ in street.steps(1)] == [0, 1]


def test_a_notice_is_made_where_its_alarm_was_and_says_when() -> None:
    street = Street()

    notice = street.commit(street.raised(GAS))[0]

    assert (notice.subject, notice.rule, notice.place.building, notice.made_utc) == ("alarm:1", "gas", "b1", START.utc)


def test_a_change_that_is_not_announced_begins_nothing() -> None:
    street = Street()
    raised = [out for out in street.raised(GAS) if isinstance(out, AlarmChanged)]

    told = street.commit([replace(raised[0], announce=False, change=Change.UPDATED)])

    assert told == []
