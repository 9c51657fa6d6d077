"""What stands against opening a compartment, and which one a courier gets."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from gateway.decide.rules import LockerRules
from tests.decide.lockers.hall import CODE, LI, OF_G2, OTHER_CODE, VIEWER, Hall, hall

if TYPE_CHECKING:
    from collections.abc import Callable

C1, C2, C3 = "locker1/c1", "locker1/c2", "locker1/c3"
WRONG = "0000000000000000"


# ------------------------------------------------------------ once, two at a time, no fire, no dead link


def test_a_compartment_is_told_to_open_once_in_three_seconds_whoever_asks() -> None:
    h = Hall()
    h.bring()
    asked = [h.pick_up()]

    h.wait(2.9)
    asked += [h.pick_up(), h.open(C1)]
    h.wait(0.1)
    asked += [h.open(C1)]

    assert asked == ["c1", "too_soon", "too_soon", ""]


def test_two_solenoids_of_a_cabinet_work_at_once_and_no_third() -> None:
    h = Hall()
    h.bring(C1)
    h.bring(C2, OTHER_CODE)

    asked = [h.pick_up(), h.pick_up(OTHER_CODE), h.open(C3), h.deliver("l"), h.deliver("l", name="locker2")]
    h.wait(3)
    asked += [h.open(C3)]

    assert asked == ["c1", "c2", "busy", "busy", "c5", ""]


def test_a_fire_in_the_building_freezes_its_lockers_and_no_others() -> None:
    h = Hall()
    h.bring()
    h.bring("locker2/c1")

    h.fire()

    assert [h.pick_up(), h.deliver("s"), h.open(C1), h.open_all()] == ["fire"] * 4
    assert h.pick_up(name="locker2") == "c1"
    assert h.sent == []


def test_wrong_codes_in_a_fire_are_not_counted() -> None:
    h = Hall()
    h.bring()
    h.fire()

    for _ in range(9):
        assert h.pick_up(WRONG) == "fire"

    assert h.lockers.keypad_locked_until_utc("locker1", h.now) is None


def test_nothing_is_opened_through_a_dead_link() -> None:
    h = Hall()
    h.bring()

    h.down()

    assert [h.open(C1), h.pick_up(), h.deliver("s"), h.open_all(), h.reserve()] == ["offline"] * 5
    assert (h.state(), h.lockers.sure("locker1", "c1")) == ("occupied", False)


def test_before_its_link_is_known_a_cabinet_that_asks_is_answered_and_no_person() -> None:
    h = Hall()
    h.bring()
    h.restart()

    assert [h.open(C1), h.pick_up()] == ["offline", "c1"]


def test_a_silent_cabinet_keeps_its_states_and_they_are_not_sure() -> None:
    h = Hall()
    h.bring()
    before = h.lockers.sure("locker1", "c1")

    h.wait(120)

    assert (before, h.lockers.sure("locker1", "c1"), h.state()) == (True, False, "occupied")


def test_a_persons_command_is_sent_once_and_awaited() -> None:
    h = Hall()

    assert h.open(C1) == ""

    awaited = h.c().awaited
    assert (h.sent, awaited) == ([C1], True)


@pytest.mark.parametrize("state", ["forced", "jammed", "out_of_service", "fault"])
def test_a_person_may_try_what_cannot_be_used_and_no_code_does(state: str) -> None:
    h = Hall()
    h.bring()
    match state:
        case "forced":
            h.opened(C1, "force")
        case "jammed":
            for _ in range(3):
                h.open(C1)
                h.wait(4)
        case "out_of_service":
            h.service("c1", out=True)
        case "fault":
            h.show(C1, fault=True)

    assert h.state() == state
    assert [h.pick_up(), h.open(C1)] == ["out_of_use", ""]


# ------------------------------------------------------------ codes


def test_a_code_opens_its_compartment_at_its_own_cabinet_only() -> None:
    h = Hall()
    h.bring(C1)
    h.bring("locker2/c1", OTHER_CODE)

    assert [h.pick_up(OTHER_CODE), h.pick_up()] == ["code_wrong", "c1"]


def test_of_two_parcels_with_one_code_the_older_opens_first_and_then_the_other() -> None:
    h = Hall()
    h.bring(C1)
    h.bring(C2)
    assert h.pick_up() == "c1"
    h.show(C1, door=True)
    h.show(C1, door=False, full=False)
    h.wait(3)

    assert h.pick_up() == "c2"


@pytest.mark.parametrize("code", [None, "", 123456, ["1"]])
def test_what_is_no_code_opens_nothing(code: object) -> None:
    h = Hall()
    h.show(C1, full=True)  # a parcel that has no code

    answer = h.ask("pickup", code=code)

    assert (answer.allowed, answer.body) == (False, {"code": "code_wrong"})


def test_an_open_compartment_is_not_told_to_open_again_by_its_code() -> None:
    h = Hall()
    h.bring()
    h.pick_up()
    h.show(C1, door=True)
    h.wait(10)

    assert h.pick_up() == "open_already"


def test_five_wrong_codes_lock_the_keypad_of_that_cabinet_for_a_quarter_of_an_hour() -> None:
    h = Hall()
    h.bring(C1)
    h.bring("locker2/c1")

    answers = [h.pick_up(WRONG) for _ in range(5)] + [h.pick_up(), h.pick_up(name="locker2")]
    h.wait(899)
    answers += [h.pick_up()]
    h.wait(1)
    answers += [h.pick_up()]

    assert answers == ["code_wrong"] * 5 + ["codes_locked", "c1", "codes_locked", "c1"]
    assert h.standing("codes_tried") == {"locker1": "E"}


def test_the_keypad_stays_locked_over_a_restart() -> None:
    h = Hall()
    h.bring()
    for _ in range(5):
        h.pick_up(WRONG)
    until = h.lockers.keypad_locked_until_utc("locker1", h.now)

    h.restart(off_seconds=600)

    assert h.lockers.keypad_locked_until_utc("locker1", h.now) == until
    assert h.pick_up() == "codes_locked"


def test_tries_are_counted_over_a_restart() -> None:
    h = Hall()
    for _ in range(4):
        h.pick_up(WRONG)

    h.restart(off_seconds=60)
    h.pick_up(WRONG)

    assert h.pick_up(WRONG) == "codes_locked"


def test_a_right_code_does_not_wipe_out_wrong_ones() -> None:
    h = Hall()
    h.bring()

    answers = []
    for _ in range(2):
        answers += [h.pick_up(WRONG), h.pick_up(WRONG), h.pick_up()]
        h.wait(4)
    answers += [h.pick_up(WRONG), h.pick_up()]

    assert answers[-2:] == ["code_wrong", "codes_locked"]


def test_wrong_codes_far_apart_lock_nothing() -> None:
    h = Hall()
    h.bring()

    for _ in range(20):
        assert h.pick_up(WRONG) == "code_wrong"
        h.live(300)

    assert h.pick_up() == "c1"


def test_no_code_is_told_in_clear_or_written_to_the_log() -> None:
    h = Hall()
    h.bring()
    h.pick_up()

    told = [o for o in h.said if type(o).__name__ in ("Recorded", "AlarmChanged", "Send")]
    assert CODE not in str(told)


# ------------------------------------------------------------ couriers


@pytest.mark.parametrize(("size", "part"), [("s", "c1"), ("m", "c4"), ("l", "c5")])
def test_a_courier_gets_a_compartment_of_his_size(size: str, part: str) -> None:
    assert Hall().deliver(size) == part


def test_the_next_larger_one_where_his_size_is_full() -> None:
    h = Hall()
    for part in ("c1", "c2", "c3"):
        h.show(f"locker1/{part}", full=True)

    assert h.deliver("s") == "c4"
    h.show("locker1/c4", full=True)
    assert h.deliver("s") == "c5"


def test_no_smaller_one_where_the_large_ones_are_full() -> None:
    h = Hall()
    for part in ("c5", "c6"):
        h.show(f"locker1/{part}", full=True)

    assert h.deliver("l") == "full"


@pytest.mark.parametrize("size", ["xl", "", None, 3])
def test_a_size_that_there_is_not_is_refused(size: object) -> None:
    assert Hall().ask("deliver", size=size, order="SF1").body == {"code": "size_unknown"}


@pytest.mark.parametrize("order", [5, "x" * 81])
def test_an_order_that_is_no_short_text_is_refused(order: object) -> None:
    assert Hall().ask("deliver", size="s", order=order).body == {"code": "order_wrong"}


def test_wear_is_spread() -> None:
    h = Hall()
    parts = []
    for _ in range(6):
        parts.append(h.deliver("s"))
        h.show(f"locker1/{parts[-1]}", door=True)
        h.show(f"locker1/{parts[-1]}", door=False)
        h.wait(6)

    assert parts == ["c1", "c2", "c3"] * 2


@pytest.mark.parametrize("what", ["occupied", "fault", "unsure", "open"])
def test_a_compartment_that_may_not_be_free_is_not_given_out(what: str) -> None:
    h = Hall()
    for key in (C1, C2, C3):
        match what:
            case "occupied":
                h.show(key, full=True)
            case "fault":
                h.show(key, fault=True)
            case "unsure":
                h.show(key, unsure=[1])
            case "open":
                h.show(key, door=True)

    assert h.deliver("s") == "c4"


def test_a_flooded_cabinet_takes_no_parcels_and_gives_out_those_it_has() -> None:
    h = Hall()
    h.bring()

    h.shows_water("locker1")

    assert [h.deliver("s"), h.reserve(), h.pick_up()] == ["flooded", "flooded", "c1"]


def test_the_same_order_gets_the_same_compartment() -> None:
    h = Hall()
    asked = [h.deliver("s", "SF1"), h.deliver("s", "SF1")]
    h.wait(3)
    asked += [h.deliver("s", "SF1")]
    h.show(C1, door=True)
    asked += [h.deliver("s", "SF1"), h.deliver("s", "SF2")]

    assert asked == ["c1", "too_soon", "c1", "open_already", "c2"]


def test_an_order_whose_lock_is_jammed_gets_another_compartment() -> None:
    h = Hall()
    asked = []
    for _ in range(4):
        asked.append(h.deliver("s", "SF1"))
        h.wait(3)

    assert asked == ["c1", "c1", "c1", "c2"]
    assert h.state() == "jammed"


def test_a_reservation_is_kept_for_its_order_and_idempotent() -> None:
    h = Hall()

    assert [h.reserve(order="SF1"), h.reserve(order=" SF1 "), h.reserve(order="SF2")] == ["", "", ""]

    kept = h.lockers.reserved_for("locker1", "SF1")
    assert kept is not None
    assert kept.part == "c1"
    assert kept.reserved_until_utc(h.now) == h.now.utc + 600
    assert h.lockers.counts("locker1")["reserved"] == 2
    assert [h.deliver("s", "SF3"), h.deliver("s", "SF1")] == ["c3", "c1"]


def test_a_reservation_lasts_as_long_as_the_compound_says() -> None:
    h = Hall(rules=hall(lockers=LockerRules(reserve_minutes=1.0)))
    h.reserve()

    h.wait(60)

    assert h.state() == "empty"


@pytest.mark.parametrize(
    ("ask", "code"),
    [
        (lambda h: h.reserve(order=" "), "order_wrong"),
        (lambda h: h.reserve(size="xl"), "size_unknown"),
        (lambda h: h.reserve(actor=VIEWER), "role"),
        (lambda h: h.reserve(actor=OF_G2), "grid"),
        (lambda h: h.cancel("c1"), "not_reserved"),
        (lambda h: h.cancel("c99"), "compartment_unknown"),
        (lambda h: h.reset("c1"), "nothing_to_reset"),
        (lambda h: h.reset("c1", note=" "), "note_needed"),
        (lambda h: h.service("c1", out=True, reason=""), "reason_needed"),
        (lambda h: h.service("c1", out=False), "in_service"),
        (lambda h: (h.service("c1", out=True), h.service("c1", out=True))[1], "out_of_service"),
        (lambda h: (h.opened(C1, "force"), h.service("c1", out=True))[1], "reset_first"),
        (lambda h: h.open_all(actor=VIEWER), "role"),
        (lambda h: h.open_all(actor=OF_G2), "grid"),
        (lambda h: h.open_all(reason=" "), "reason_needed"),
        (lambda h: h.confirm(), "nothing_to_confirm"),
        (lambda h: (h.open_all(), h.confirm(LI), h.open_all())[2], "open_all_running"),
    ],
)
def test_what_may_not_be_asked_is_refused_with_a_code(ask: Callable[[Hall], str], code: str) -> None:
    assert ask(Hall()) == code


def test_a_question_that_no_rule_answers_is_refused() -> None:
    assert Hall().ask("sing").body == {"code": "question_unknown"}
