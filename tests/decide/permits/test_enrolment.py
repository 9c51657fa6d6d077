from __future__ import annotations

from dataclasses import replace

import pytest

from gateway.permit import BeginEnrolment, EndEnrolment
from tests.decide.permits.gatehouse import MANAGER, Gatehouse, hash_of

CARD = hash_of(77)


def waiting() -> Gatehouse:
    house = Gatehouse()
    house.act(BeginEnrolment(MANAGER, "u1", "door1"))
    return house


def test_the_next_unknown_card_at_the_door_is_the_one() -> None:
    house = waiting()
    house.wait(59)

    house.event("u1", "denied_unknown", part="door1", ref=1, card=CARD)
    house.event("u1", "denied_unknown", part="door1", ref=2, card=hash_of(78))

    assert house.permits.enrolment is not None
    assert (house.permits.enrolment.card, house.permits.enrolment.by) == (CARD, "王芳")
    assert CARD not in str(house.out)


def test_a_reader_without_doors_of_its_own_tells_its_card_too() -> None:
    house = waiting()

    house.event("u1", "card_shown", part="", card=CARD)

    assert house.permits.enrolment is not None
    assert house.permits.enrolment.card == CARD


@pytest.mark.parametrize(
    ("device", "kind", "part", "card", "at"),
    [
        ("u2", "denied_unknown", "door1", CARD, 0.0),
        ("u1", "denied_unknown", "door2", CARD, 0.0),
        ("u1", "granted", "door1", CARD, 0.0),
        ("u1", "denied_unknown", "door1", "12345678", 0.0),
        ("u1", "denied_unknown", "door1", None, 0.0),
        ("u1", "denied_unknown", "door1", CARD, 11.0),
    ],
    ids=["another controller", "another door", "a known card", "no hash", "no card", "shown before it was asked for"],
)
def test_nothing_else_is(device: str, kind: str, part: str, card: str | None, at: float) -> None:
    house = waiting()

    house.event(device, kind, at=at, part=part, ref=1, card=card)

    assert house.permits.enrolment is not None
    assert house.permits.enrolment.card is None


def test_it_ends_after_a_minute_and_with_a_card_after_five_more() -> None:
    house = waiting()

    house.wait(60)
    missed = house.permits.enrolment
    house.act(BeginEnrolment(MANAGER, "u1", "door1"))
    house.event("u1", "denied_unknown", part="door1", ref=1, card=CARD)
    house.wait(299)
    kept = house.permits.enrolment
    house.wait(1)

    assert missed is None
    assert kept is not None
    assert house.permits.enrolment is None


def test_two_people_do_not_enrol_at_once_and_one_may_begin_again() -> None:
    house = waiting()

    busy = house.refused(BeginEnrolment(replace(MANAGER, id="u9", name="赵"), "u2", "door1"))
    house.act(BeginEnrolment(MANAGER, "u1", "door2"))

    assert (busy.code, busy.why) == ("enrolment_busy", "王芳 is enrolling a card")
    assert house.permits.enrolment is not None
    assert house.permits.enrolment.part == "door2"


def test_it_can_be_ended_and_there_must_be_such_a_door() -> None:
    house = waiting()

    house.act(EndEnrolment(MANAGER))

    assert house.permits.enrolment is None
    assert house.refused(EndEnrolment(MANAGER)).code == "no_enrolment"
    assert house.refused(BeginEnrolment(MANAGER, "u1", "door7")).code == "door_unknown"
