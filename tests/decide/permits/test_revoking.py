from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.model import Recorded
from gateway.permit import DoorGroup, PutGroup, RevokeHousehold, RevokePermits, Standing
from tests.decide.permits.gatehouse import DOORS, MANAGER, Gatehouse, hash_of, permit, rules

if TYPE_CHECKING:
    from drivers.contract import Json


def family() -> Gatehouse:
    """A household with a card for two controllers and one for the gate; both hold what is wanted."""
    house = Gatehouse()
    house.act(PutGroup(MANAGER, DoorGroup("home", "", ("u1/door1", "gate/door1"))))
    house.put(permit(1, "home"), permit(2, "gate"), permit(3, "u1", "gate", "u2", household="b1-1-102"))
    house.work()
    house.hold()
    return house


def closings(house: Gatehouse) -> list[Json]:
    return [one.body["closed"] for one in house.recorded("revocation")]


def test_moving_out_ends_every_permit_of_the_household_and_no_other() -> None:
    house = family()
    at = house.now.utc

    house.act(RevokeHousehold(MANAGER, "b1-1-101", " moved out "))
    house.work()

    assert [one.standing for one in house.permits.household("b1-1-101")] == [Standing.REVOKED] * 2
    assert [one.until_utc for one in house.permits.household("b1-1-101")] == [at] * 2
    assert list(house.users("gate")) == list(house.users("u1")) == [hash_of(3)]
    assert house.permits.tasks["r1"].reason == "moved out"


def test_the_task_is_open_until_the_last_controller_has_the_table_without_them() -> None:
    house = family()
    house.act(RevokeHousehold(MANAGER, "b1-1-101", "moved out"))
    begun = house.permits.tasks["r1"]
    house.work()

    house.hold("gate")
    halfway = house.permits.tasks["r1"]
    house.start()
    house.work()
    house.hold("u2")
    house.wait(60)
    house.hold("u1")
    closed = house.permits.tasks["r1"]

    assert (begun.total, begun.open, begun.done) == (2, ("u1", "gate"), ())
    assert (halfway.open, halfway.done, halfway.closed_utc) == (("u1",), ("gate",), None)
    assert (closed.open, closed.done, closed.closed_utc) == ((), ("gate", "u1"), house.now.utc)
    assert closings(house) == [False, True]


def test_a_controller_that_reports_its_old_table_again_closes_nothing() -> None:
    house = family()
    held = house.permits.tables["u1"]
    house.act(RevokePermits(MANAGER, ("p1",), "lost"))

    old: dict[str, Json] = {"permits_version": held.version, "permits_sum": held.sum}
    house.keep(house.permits.table("u1", old, house.now))
    house.work()
    house.keep(house.permits.table("u1", old, house.now))

    assert house.permits.tasks["r1"].open == ("u1", "gate")


def test_a_permit_that_never_reached_a_controller_is_over_at_once() -> None:
    house = family()
    house.put(permit(8, "u2"))
    house.act(RevokePermits(MANAGER, ("p4",), "a mistake"))

    house.work()

    assert house.permits.tasks["r1"].closed_utc is not None
    assert house.permits.tables["u2"].wanted_version == 1


def test_a_household_without_a_valid_permit_has_nothing_to_revoke() -> None:
    house = family()
    house.act(RevokeHousehold(MANAGER, "b1-1-101", "x"))

    again = house.refused(RevokeHousehold(MANAGER, "b1-1-101", "x"))
    unknown = house.refused(RevokePermits(MANAGER, ("p1", "p99"), "x"))
    unreasoned = house.refused(RevokePermits(MANAGER, ("p1",), " "))

    assert (again.code, unknown.why, unreasoned.code) == (
        "nothing_to_revoke",
        "there is no permit p99",
        "reason_needed",
    )


def test_a_controller_that_the_configuration_lost_is_waited_for_no_longer() -> None:
    house = family()
    house.act(RevokePermits(MANAGER, ("p1",), "lost"))
    house.work()
    house.hold("gate")

    house.adopt(rules({device: DOORS[device] for device in ("gate", "u2")}))

    assert house.permits.tasks["r1"].closed_utc is not None


def test_of_closed_tasks_the_last_hundred_are_kept() -> None:
    house = Gatehouse()
    house.put(*(permit(n, "u2") for n in range(105)))
    for n in range(1, 104):
        house.act(RevokePermits(MANAGER, (f"p{n}",), "x"))
    house.work()
    house.hold("u2")

    kept = list(house.permits.tasks)

    assert (len(kept), kept[0], kept[-1]) == (100, "r4", "r103")
    assert "permit_task:r3" not in house.disk


def test_a_blocked_card_that_is_shown_is_an_alarm_wherever_it_is_shown() -> None:
    house = family()
    house.act(RevokePermits(MANAGER, ("p1",), "lost", block=True))
    house.work()
    house.told.clear()

    house.event("u2", "denied_unknown", part="door1", ref=int(hash_of(1), 16) & 0xFFFFFFFF)
    house.event("u2", "denied_unknown", part="door1", ref=int(hash_of(2), 16) & 0xFFFFFFFF)
    house.event("u2", "opened", part="door1", ref=int(hash_of(1), 16) & 0xFFFFFFFF)

    assert house.told == [
        ("blocked_card", "u2/door1", True, "the blocked card of permit p1 was shown"),
        ("blocked_card", "u2/door1", False, "the blocked card of permit p1 was shown"),
    ]


def test_a_blocked_card_that_still_opens_is_an_alarm_and_one_that_opened_before_is_none() -> None:
    house = family()
    index = house.users("u1")[hash_of(1)][0]
    house.act(RevokePermits(MANAGER, ("p1",), "lost", block=True))
    house.work()
    house.wait(30)
    house.told.clear()

    house.event("u1", "granted", at=60, part="door1", ref=index)
    before = list(house.told)
    house.event("u1", "granted", at=5, part="door1", ref=index)

    assert before == []
    assert house.told[0] == ("blocked_card", "u1/door1", True, "the blocked card of permit p1 still opened")


def test_what_is_recorded_names_no_person_and_no_card() -> None:
    house = family()
    house.act(RevokeHousehold(MANAGER, "b1-1-101", "x"))
    house.work()

    said = str([one for one in house.out if isinstance(one, Recorded)])

    for one in house.permits.permits.values():
        assert one.credential not in said
        assert one.person not in said
        assert one.name not in said
