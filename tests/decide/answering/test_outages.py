from __future__ import annotations

from dataclasses import replace

import pytest

from gateway.answering import BackInService, ConfirmOutOfService, TakeOutOfService
from gateway.decide.rules import Rule
from gateway.decide.sparing import has_effect
from gateway.model import Place, Priority, Recorded, Suppression
from tests.decide.answering.desk import ELSEWHERE, LI, PLAIN, VISITOR, WANG, Desk, announced, house

SMOKE = Rule("smoke", Priority.P1, latching=True)
WISH = TakeOutOfService(WANG, "d1", "装修", "WO-17", 8, household_told=True)


def recorded(desk: Desk) -> list[tuple[str, str]]:
    """What the log has of outages: what, and who."""
    rows = [each for each in desk.said if isinstance(each, Recorded) and each.kind == "detector_outage"]
    return [(row.body["what"], row.actor) for row in rows]


def test_one_person_alone_takes_no_detector_out_of_service() -> None:
    desk = Desk(house(SMOKE))

    desk.take(WISH)

    assert desk.answering.outages == {}
    assert desk.answering.pending_outages["d1"].by == "王芳"
    assert desk.refused(ConfirmOutOfService(WANG, "d1")) == "same_person"
    desk.see(True)
    assert desk.announced == ["smoke@d1/p"]


def test_two_persons_do_and_its_alarm_is_recorded_shown_and_spared() -> None:
    desk = Desk(house(SMOKE))
    desk.out()

    out = desk.see(True)

    assert (desk.state, announced(out)) == ("I", [])
    assert (desk.alarm.spared_by, desk.alarm.spared_why) == ("王芳, 李强", "装修 (WO-17)")
    assert desk.alarm.spared_until_utc == desk.now.utc + 8 * 3600
    assert not has_effect(desk.alarm)
    assert recorded(desk) == [("asked", "王芳"), ("confirmed", "李强")]


def test_its_neighbour_is_in_service() -> None:
    desk = Desk(house(SMOKE))
    desk.out()

    out = desk.see(True, "d2")

    assert announced(out) == ["smoke@d2/p"]
    assert has_effect(desk.alarm)


def test_an_attack_on_it_is_told_all_the_same() -> None:
    desk = Desk(house(SMOKE))
    desk.out()

    said = desk.watches.say("radio_attack", "d1", "d1", Place("b1"), abnormal=True, why="replay", now=desk.now)

    assert announced(desk.keep(said)) == ["radio_attack@d1"]


@pytest.mark.parametrize(
    ("act", "code"),
    [
        (replace(WISH, detector="d9"), "detector_unknown"),
        (replace(WISH, detector="d*"), "detector_unknown"),
        (replace(WISH, detector="b1"), "detector_unknown"),
        (replace(WISH, detector=""), "detector_unknown"),
        (replace(WISH, reason=" "), "reason_needed"),
        (replace(WISH, work_order=""), "work_order_needed"),
        (replace(WISH, hours=24.1), "outage_too_long"),
        (replace(WISH, hours=0), "outage_too_long"),
        (replace(WISH, hours=float("nan")), "outage_too_long"),
        (replace(WISH, household_told=False), "household_not_told"),
        (replace(WISH, actor=VISITOR), "role"),
        (replace(WISH, actor=ELSEWHERE), "grid"),
        (ConfirmOutOfService(LI, "d1"), "outage_not_asked"),
        (BackInService(LI, "d1"), "in_service"),
    ],
)
def test_it_takes_one_detector_a_reason_a_work_order_a_day_at_most_and_the_household(
    act: TakeOutOfService | ConfirmOutOfService | BackInService, code: str
) -> None:
    desk = Desk(house(SMOKE))

    assert desk.refused(act) == code
    assert desk.disk == {}


def test_nobody_lives_in_a_stairwell() -> None:
    desk = Desk(house(SMOKE))

    desk.take(replace(WISH, detector="d3", household_told=False))

    assert "d3" in desk.answering.pending_outages


def test_the_second_person_has_half_an_hour() -> None:
    desk = Desk(house(SMOKE))
    desk.take(WISH)

    desk.wait(1801, every=60)

    assert desk.refused(ConfirmOutOfService(LI, "d1")) == "outage_not_asked"
    assert recorded(desk)[-1] == ("lapsed", "")


def test_an_outage_ends_by_itself_and_what_stands_is_told() -> None:
    desk = Desk(house(SMOKE))
    desk.out(hours=24)
    desk.see(True)

    early, late = desk.wait(24 * 3600 - 1, every=3600), desk.wait(2)

    assert announced(early) == []
    assert announced(late) == ["smoke@d1/p"]
    assert (desk.state, desk.answering.outages) == ("B", {})
    assert recorded(desk)[-1] == ("ended", "")


def test_anybody_who_may_answer_puts_it_back_in_service() -> None:
    desk = Desk(house(SMOKE))
    desk.out()
    desk.see(True)

    out = desk.take(BackInService(WANG, "d1"))

    assert announced(out) == ["smoke@d1/p"]
    assert desk.answering.next_ns is None


def test_a_wish_is_taken_back() -> None:
    desk = Desk(house(SMOKE))
    desk.take(WISH)

    desk.take(BackInService(LI, "d1"))

    assert (desk.answering.pending_outages, desk.answering.next_ns) == ({}, None)
    assert recorded(desk)[-1] == ("withdrawn", "李强")


def test_what_was_open_before_is_spared_from_then_on_and_what_was_shelved_too() -> None:
    desk = Desk(house(PLAIN))
    desk.see(True)
    desk.shelve(60)

    desk.out()

    assert desk.state == "I"
    desk.wait(2 * 3600, every=600)
    assert (desk.state, desk.announced) == ("I", ["forced@d1/p"])


def test_it_is_renewed_by_two_persons_for_another_time() -> None:
    desk = Desk(house(SMOKE))
    desk.out(hours=1)
    desk.see(True)
    desk.wait(3000, every=60)

    desk.out(hours=2)
    desk.wait(7100, every=600)

    assert desk.state == "I"
    assert desk.alarm.spared_until_utc == desk.answering.outages["d1"].until_utc
    desk.wait(200)
    assert desk.state == "B"


@pytest.mark.parametrize("confirmed", [False, True])
def test_an_outage_and_a_wish_survive_a_restart(*, confirmed: bool) -> None:
    desk = Desk(house(SMOKE))
    desk.take(WISH)
    if confirmed:
        desk.take(ConfirmOutOfService(LI, "d1"))
    before = (dict(desk.answering.outages), dict(desk.answering.pending_outages))

    desk.restart(off_seconds=600)

    assert (desk.answering.outages, desk.answering.pending_outages) == before
    desk.see(True)
    assert desk.state == ("I" if confirmed else "B")


def test_an_outage_does_not_outlive_a_time_without_power() -> None:
    desk = Desk(house(SMOKE))
    desk.out(hours=8)
    desk.see(True)

    desk.restart(off_seconds=9 * 3600)
    desk.wait(1)

    assert desk.state == "B"
    assert desk.announced == ["smoke@d1/p"]


def test_a_detector_that_left_the_configuration_is_not_out_of_service() -> None:
    desk = Desk(house(SMOKE))
    desk.out()
    desk.take(replace(WISH, detector="d2"))
    desk.rules = replace(desk.rules, devices={"d3": desk.rules.devices["d3"]})

    desk.restart()

    assert (desk.answering.outages, desk.answering.pending_outages) == ({}, {})
    assert desk.answering.next_ns is None


def test_a_suppression_by_design_that_ends_meanwhile_leaves_it_out_of_service() -> None:
    desk = Desk(house(PLAIN))
    desk.see(True)
    desk.design(Suppression.BY_DESIGN, "forced@d1/p")
    desk.out()

    out = desk.design(Suppression.NONE, "forced@d1/p")

    assert (out, desk.state) == ([], "I")
