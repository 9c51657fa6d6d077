from __future__ import annotations

from dataclasses import replace

import pytest

from gateway.actor import Actor, Role
from gateway.decide.permits.rows import Weighed
from gateway.model import NANOSECONDS, Now, Recorded, Remember
from gateway.permit import (
    BeginEnrolment,
    Credential,
    DoorGroup,
    DropGroup,
    DropSchedule,
    EndEnrolment,
    PermitAct,
    PutGroup,
    PutPermits,
    PutSchedule,
    RevokeHousehold,
    RevokePermits,
    Schedule,
    Standing,
)
from tests.decide.permits.gatehouse import DAY, MANAGER, STAFF, START, Gatehouse, hash_of, permit, rules

OFFICE = Schedule("office", "办公", {"monday": ((540, 720), (780, 1080))})


def test_a_whole_file_is_one_change_with_numbers_given_in_its_order() -> None:
    house = Gatehouse()

    out = house.put(permit(1, "u1"), permit(2, "gate", "u2"), permit(3, "gate"))

    assert list(house.permits.permits) == ["p1", "p2", "p3"]
    assert house.permits.groups["gate"] == DoorGroup("gate", "gate", ("gate/door1", "gate/door2"))
    assert out[-1] == Recorded(
        "permits",
        "permits",
        {"new": 3, "changed": 0, "unchanged": 0, "permits": ["p1", "p2", "p3"], "reason": ""},
        "王芳",
    )


def test_every_wrong_row_is_told_with_where_it_stands_and_nothing_is_changed() -> None:
    house = Gatehouse()
    house.put(permit(1, person="Wang"))
    now = START.utc
    rows = (
        permit(2, "nowhere"),
        permit(3, household="b1"),
        permit(4, schedule="night"),
        permit(5, from_utc=now + 20, until_utc=now + 10),
        permit(6, until_utc=now - DAY),
        permit(7, credential="0" * 16, name=" "),
        permit(8),
        permit(8, person="other"),
        permit(1, person="Li"),
        permit(9, id="p77"),
        permit(10, visitor=True, kind=Credential.CODE, until_utc=now + 8 * DAY),
        permit(11, visitor=True, kind=Credential.CODE),
        permit(12, standing=Standing.REVOKED),
        permit(13, until_utc=2.0**33),
        permit(14),
    )

    refused = house.refused(PutPermits(MANAGER, rows, "", tuple(f"row {n}" for n in range(2, 17))))

    assert refused.code == "permits_wrong"
    assert refused.why == "14 of 15 permits cannot stand as they are; nothing was changed"
    assert refused.details == (
        "row 2: there is no group 'nowhere', nor a controller of this name",
        "row 3: household 'b1' is not building-entrance-flat",
        "row 4: there is no schedule 'night'",
        "row 5: it ends before it begins",
        "row 6: it has ended already",
        "row 7: no card and no code",
        "row 7: no name",
        "row 9: the same card as row 8",
        "row 11: there is no permit 'p77': leave its id empty for a new one",
        "row 12: a visitor's permit ends within 7 days",
        "row 13: a visitor's permit needs an end",
        "row 14: a permit is ended by revoking it",
        "row 15: a time is before 1970 or after 2106",
        "row 10: this card is in use (permit p1)",
    )


def test_the_same_person_with_the_same_card_is_a_change_and_the_same_row_none() -> None:
    house = Gatehouse()
    house.put(permit(1, name="Old"))

    house.put(permit(1, name="New"), permit(1, name="New", credential=hash_of(2)))
    unchanged = house.put(permit(1, name="New"))

    assert [one.name for one in house.permits.permits.values()] == ["New", "New"]
    assert [type(one) for one in unchanged] == [Recorded]
    assert isinstance(unchanged[0], Recorded)
    assert unchanged[0].body["unchanged"] == 1


def test_a_card_number_in_a_wrong_column_is_not_told() -> None:
    house = Gatehouse()
    row = permit(1, "12345678", schedule="12345678", household="12345678", id="12345678")

    refused = house.refused(PutPermits(MANAGER, (row,), ""))

    assert len(refused.details) == 4
    assert "1234" not in str(refused.details)


def test_two_people_may_change_cards_in_one_file() -> None:
    house = Gatehouse()
    house.put(permit(1), permit(2))
    one, two = house.permits.permits.values()

    house.put(replace(one, credential=two.credential), replace(two, credential=one.credential))
    house.put(permit(1, person="person 2", name="again"))

    assert house.permits.permits["p2"].credential == hash_of(1)
    assert house.permits.permits["p2"].name == "again"


def test_a_permit_stays_one_persons_and_a_row_stands_once() -> None:
    house = Gatehouse()
    house.put(permit(1), permit(2))
    one = house.permits.permits["p1"]

    refused = house.refused(
        PutPermits(
            MANAGER,
            (replace(one, person="thief"), replace(one, credential=hash_of(8)), replace(one, credential=hash_of(9))),
            "",
        )
    )

    assert refused.details == ("permit 1: permit p1 is another person's", "permit 3: the same permit as permit 2")


def test_a_wish_can_be_weighed_without_being_done() -> None:
    house = Gatehouse()
    house.put(permit(1), permit(2))
    before = house.inside()

    found = house.permits.weigh(PutPermits(MANAGER, (permit(1), permit(2, name="x"), permit(3)), ""), house.now)

    assert isinstance(found, Weighed)
    assert (found.new, found.changed, found.unchanged) == (1, 1, 1)
    assert house.inside() == before


def test_a_table_over_capacity_is_refused_with_the_count() -> None:
    house = Gatehouse()
    house.keep(house.permits.table("u2", {"user_capacity": 3}, house.now))
    house.put(permit(1, "u2"), permit(2, "u2"))
    house.work()

    refused = house.refused(PutPermits(MANAGER, (permit(3, "u2"), permit(4, "u2"), permit(5, "u1")), ""))

    assert refused.code == "over_capacity"
    assert refused.details == ("u2: 4 users would be in its table, 3 fit",)


def test_a_place_rests_for_thirty_days_before_another_permit_has_it() -> None:
    house = Gatehouse()
    house.keep(house.permits.table("u2", {"user_capacity": 2}, house.now))
    house.put(permit(1, "u2"), permit(2, "u2"))
    house.work()
    house.act(RevokePermits(MANAGER, ("p1",), "lost"))
    house.work()

    early = house.refused(PutPermits(MANAGER, (permit(3, "u2"),), ""))
    house.wait(30 * DAY)
    house.put(permit(3, "u2"))
    house.work()

    assert early.details == ("u2: 2 users would be in its table, 2 fit, and 1 places of past users rest for 30 days",)
    assert house.users("u2")[hash_of(3)][0] == 0


def test_no_put_and_no_group_takes_the_last_user_from_a_controller() -> None:
    house = Gatehouse()
    house.act(PutGroup(MANAGER, DoorGroup("block", "Block", ("u1/door1", "u2/door1"))))
    house.put(permit(1, "block"), permit(2, "block"))
    away = tuple(replace(one, groups=("u1",)) for one in house.permits.permits.values())

    put = house.refused(PutPermits(MANAGER, away, ""))
    group = house.refused(PutGroup(MANAGER, DoorGroup("block", "Block", ("u1/door1",))))
    house.put(away[0])

    assert (put.code, group.code) == ("would_empty", "would_empty")
    assert put.details == ("u2: nobody would be left in its table, 2 users go",)


def test_groups_and_schedules_go_only_when_no_permit_names_them() -> None:
    house = Gatehouse()
    house.act(PutGroup(MANAGER, DoorGroup("a", "", ("u1/door1", "u1/door1"))))
    house.act(PutSchedule(MANAGER, OFFICE))
    house.put(permit(1, "a", schedule="office"))

    used = [house.refused(DropGroup(MANAGER, "a")).code, house.refused(DropSchedule(MANAGER, "office")).code]
    house.act(RevokePermits(MANAGER, ("p1",), "gone"))
    house.act(DropGroup(MANAGER, "a"))
    house.act(DropSchedule(MANAGER, "office"))

    assert used == ["group_used", "schedule_used"]
    assert not house.permits.groups
    assert not house.permits.schedules
    assert house.refused(DropGroup(MANAGER, "a")).code == "group_unknown"
    assert house.refused(DropSchedule(MANAGER, "office")).code == "schedule_unknown"


def test_a_group_of_doors_that_do_not_exist_is_refused_door_by_door() -> None:
    house = Gatehouse()

    refused = house.refused(PutGroup(MANAGER, DoorGroup("a b", "", ("u1/door9", "u2/door1", "moon/door1"))))
    empty = house.refused(PutGroup(MANAGER, DoorGroup("a", "", ())))

    assert refused.details == (
        "u1/door9 is no door of a controller that holds permits",
        "moon/door1 is no door of a controller that holds permits",
        "the id of a group has up to 40 characters, without spaces and the signs , ; : | ； 、",
    )
    assert empty.details == ("a group needs a door",)


@pytest.mark.parametrize(
    ("days", "why"),
    [
        ({"monday": ((0, 1),) * 3}, "monday: 3 spans, a controller holds 2 a day"),
        ({"monday": ((600, 600),)}, "monday: a span runs from 0 up to 1440 minutes of the day, not from 600 to 600"),
        ({"friday": ((600, 1441),)}, "friday: a span runs from 0 up to 1440 minutes of the day, not from 600 to 1441"),
        ({"xmas": ((1, 2),)}, "there is no day kind 'xmas'"),
        ({"monday": ()}, "it opens at no time: leave the group out of the permit instead"),
    ],
)
def test_a_schedule_that_no_controller_can_hold_is_refused(
    days: dict[str, tuple[tuple[int, int], ...]], why: str
) -> None:
    house = Gatehouse()

    refused = house.refused(PutSchedule(MANAGER, Schedule("s", "", days)))

    assert refused.details == (why,)


def test_there_are_no_more_schedules_than_a_controller_holds() -> None:
    house = Gatehouse()
    for n in range(31):
        house.act(PutSchedule(MANAGER, replace(OFFICE, id=f"s{n}")))

    refused = house.refused(PutSchedule(MANAGER, OFFICE))
    house.act(DropSchedule(MANAGER, "s7"))
    house.act(PutSchedule(MANAGER, OFFICE))

    assert refused.code == "schedules_full"
    assert house.disk["permit_schedule:office"]["index"] == 8


def test_a_blocked_card_comes_back_only_when_the_block_was_lifted_by_a_manager() -> None:
    house = Gatehouse()
    house.put(permit(1), permit(2))
    house.act(RevokePermits(MANAGER, ("p1",), "lost", block=True))

    put = house.refused(PutPermits(MANAGER, (permit(1),), ""))
    by_id = house.refused(PutPermits(MANAGER, (permit(1, id="p1"),), ""))
    staff = house.refused(RevokePermits(STAFF, ("p1",), "found"))
    house.act(RevokePermits(MANAGER, ("p1",), "found"))
    house.put(permit(1))

    assert put.details == ("permit 1: this card is blocked (permit p1)",)
    assert by_id.details == ("permit 1: permit p1 is blocked: leave its id empty for a new one",)
    assert staff.code == "role"
    assert house.permits.permits["p3"].standing is Standing.VALID


def test_a_card_that_is_another_permits_by_now_is_not_blocked_under_it() -> None:
    house = Gatehouse()
    house.put(permit(1), permit(2))
    house.act(RevokePermits(MANAGER, ("p1",), "back"))
    house.put(permit(1, person="next"))

    refused = house.refused(RevokePermits(MANAGER, ("p1",), "lost", block=True))

    assert (refused.code, refused.why) == ("card_in_use", "the card of p1 is now permit p3: revoke that one")


EVERY_ACT: list[PermitAct] = [
    PutPermits(MANAGER, (permit(5, visitor=True, until_utc=START.utc + DAY),), ""),
    PutPermits(MANAGER, (permit(5),), ""),
    RevokePermits(MANAGER, ("p1",), "x"),
    RevokeHousehold(MANAGER, "b1-1-101", "x"),
    BeginEnrolment(MANAGER, "u1", "door1"),
    EndEnrolment(MANAGER),
    PutGroup(MANAGER, DoorGroup("new", "", ("u1/door1",))),
    DropGroup(MANAGER, "spare"),
    PutSchedule(MANAGER, OFFICE),
    DropSchedule(MANAGER, "old"),
]
MAY = {
    Role.VIEWER: "..........",
    Role.AUDITOR: "..........",
    Role.STAFF: "x.xxxx....",
    Role.INSTALLER: "......xx..",
    Role.MANAGER: "xxxxxxxxxx",
    Role.ADMINISTRATOR: "xxxxxxxxxx",
}


@pytest.mark.parametrize("role", Role)
def test_each_role_may_do_what_its_day_brings_and_no_more(role: Role) -> None:
    may = ""
    for act in EVERY_ACT:
        house = Gatehouse()
        house.put(permit(1), permit(2))
        house.act(PutGroup(MANAGER, DoorGroup("spare", "", ("u2/door1",))))
        house.act(PutSchedule(MANAGER, replace(OFFICE, id="old")))
        if isinstance(act, EndEnrolment):
            house.act(BeginEnrolment(MANAGER, "u1", "door1"))

        out = house.permits.act(replace(act, actor=Actor("u9", "someone", role)), house.now)

        may += "x" if any(isinstance(one, Remember | Recorded) for one in out) else "."
    assert may == MAY[role]


def test_who_is_bound_to_a_grid_touches_only_its_households_and_doors() -> None:
    house = Gatehouse()
    house.put(permit(1, "u1"), permit(2, "u2", household="b2-1-101"), permit(3, "u2", household=""))
    visit = permit(5, "u1", "gate", visitor=True, until_utc=START.utc + DAY)

    refused = [
        house.refused(act).code
        for act in (
            PutPermits(STAFF, (replace(visit, household="b2-1-101"),), ""),
            PutPermits(STAFF, (replace(visit, groups=("u1", "u2")),), ""),
            RevokePermits(STAFF, ("p1", "p2"), "x"),
            RevokePermits(STAFF, ("p3",), "x"),
            RevokeHousehold(STAFF, "b2-1-101", "x"),
            BeginEnrolment(STAFF, "u2", "door1"),
            PutGroup(replace(STAFF, role=Role.INSTALLER), DoorGroup("u2", "", ("u1/door1",))),
            DropGroup(replace(STAFF, role=Role.INSTALLER), "u2"),
        )
    ]
    house.put(visit, actor=STAFF)
    house.act(RevokePermits(STAFF, ("p1",), "x"))

    assert refused == ["grid"] * 8
    assert [one.standing.value for one in house.permits.permits.values()] == ["revoked", "valid", "valid", "valid"]


def test_a_bound_person_takes_no_permit_over_from_another_grid() -> None:
    house = Gatehouse()
    house.put(permit(2, "u2", household="b2-1-101", visitor=True, until_utc=START.utc + DAY))

    refused = house.refused(PutPermits(STAFF, (permit(2, "u1", id="p1", visitor=True, until_utc=START.utc + DAY),), ""))

    assert refused.details == ("permit 1: not in your grid",)


def test_a_clock_that_is_not_trusted_ends_nothing() -> None:
    house = Gatehouse(rules(), START._replace(trusted=False))

    house.put(permit(1, until_utc=START.utc - 1))
    house.work()

    assert hash_of(1) in house.users("u1")
    assert house.permits.next_ns == house.now.boottime_ns + 3600 * NANOSECONDS - (
        house.now.boottime_ns - START.boottime_ns
    )


@pytest.mark.parametrize(("at", "doubt"), [(START, 0.0), (START._replace(trusted=False), DAY)])
def test_what_ended_before_the_clocks_doubt_is_not_taken_in(at: Now, doubt: float) -> None:
    house = Gatehouse(rules(), at)

    house.put(permit(1, "u1", until_utc=START.utc - doubt + 1))
    refused = house.refused(PutPermits(MANAGER, (permit(2, "u2", until_utc=START.utc - doubt),), ""))

    assert refused.details == ("permit 1: it has ended already",)
