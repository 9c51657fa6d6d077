from __future__ import annotations

from dataclasses import replace

from drivers.permit_table import table_sum
from gateway.decide.permits.slots import PAGE
from gateway.model import NANOSECONDS, Remember, Want
from gateway.permit import (
    Credential,
    DoorGroup,
    PutGroup,
    PutPermits,
    PutSchedule,
    RevokeHousehold,
    RevokePermits,
    Schedule,
)
from tests.decide.permits.gatehouse import DAY, DOORS, MANAGER, START, Gatehouse, hash_of, permit, rules

OFFICE = Schedule("office", "办公", {"monday": ((540, 720), (780, 1080)), "holiday": ((600, 660),)})


def test_a_record_says_who_where_and_when() -> None:
    house = Gatehouse()
    house.act(PutSchedule(MANAGER, OFFICE))
    house.act(PutGroup(MANAGER, DoorGroup("second", "", ("u1/door2",))))
    begin, end = START.utc + 0.5, START.utc + DAY

    house.put(
        permit(1, "gate", "second"),
        permit(2, "u1", schedule="office", kind=Credential.CODE, from_utc=begin, until_utc=end),
    )
    house.work()

    level = house.wanted["u1"]
    assert level["users"] == [
        [0, hash_of(1), 0, 0, 0b10, 0, 0],
        [1, hash_of(2), int(begin) + 1, int(end), 0b11, 1, 1],
    ]
    assert level["schedules"] == [[1, [540, 720, 780, 1080, *[0] * 24, 600, 660, 0, 0]]]
    assert (level["zone"], level["empty"], level["version"]) == (480, False, 1)
    assert house.users("gate") == {hash_of(1): [0, hash_of(1), 0, 0, 0b11, 0, 0]}


def test_a_change_writes_a_handful_of_keys_and_wants_only_the_tables_that_it_touches() -> None:
    house = Gatehouse()
    house.put(*(permit(n, "gate", "u1") for n in range(PAGE * 3)), permit(900, "u2"))
    house.work()
    one = house.permits.permits["p5"]

    said = house.put(replace(one, name="renamed")) + house.work()
    moved = house.put(replace(one, credential=hash_of(500))) + house.work()

    assert [outcome for outcome in said if isinstance(outcome, Want)] == []
    assert {outcome.device for outcome in moved if isinstance(outcome, Want)} == {"gate", "u1"}
    assert len([outcome for outcome in moved if isinstance(outcome, Remember)]) <= 4
    assert house.users("gate")[hash_of(500)][0] == 4


def test_the_sum_is_the_one_that_the_driver_makes() -> None:
    house = Gatehouse()
    house.act(PutSchedule(MANAGER, OFFICE))
    house.put(*(permit(n, "gate", schedule="office") for n in range(9)))
    house.work()
    house.act(RevokePermits(MANAGER, ("p4",), "x"))
    house.work()

    assert table_sum(house.wanted["gate"]) == house.permits.tables["gate"].wanted_sum


def test_what_changes_and_changes_back_before_it_is_worked_out_is_no_new_version() -> None:
    house = Gatehouse()
    house.put(permit(1, "u1"), permit(2, "u1"))
    house.work()
    one = house.permits.permits["p1"]

    house.put(replace(one, credential=hash_of(7)))
    house.put(one)
    out = house.work()

    assert [outcome for outcome in out if isinstance(outcome, Want)] == []
    assert house.permits.tables["u1"].wanted_version == 1


def test_a_controller_that_nobody_was_ever_permitted_at_is_told_nothing() -> None:
    house = Gatehouse()

    house.put(permit(1, "u1"))
    house.work()

    assert set(house.wanted) == {"u1"}
    assert house.permits.tables["u2"].wanted_version == 0
    assert house.permits.tables["u2"].current


def test_a_whole_gate_is_worked_out_in_turns_with_pauses() -> None:
    house = Gatehouse()
    house.put(*(permit(n, "gate") for n in range(1000)))
    turns = 0

    while not house.wanted:
        assert house.permits.next_ns is not None
        assert house.permits.next_ns > house.now.boottime_ns
        house.wait((house.permits.next_ns - house.now.boottime_ns) / NANOSECONDS)
        turns += 1

    assert turns == 5


def test_only_a_revocation_empties_a_table_and_says_so() -> None:
    house = Gatehouse()
    house.put(permit(1, "u1"), permit(2, "u1"))
    house.work()

    house.act(RevokePermits(MANAGER, ("p1", "p2"), "fire"))
    house.start()
    house.work()
    emptied = house.wanted["u1"]
    house.put(permit(3, "u1"))
    house.work()

    assert (emptied["users"], emptied["empty"], emptied["version"]) == ([], True, 2)
    assert (len(house.wanted["u1"]["users"]), house.wanted["u1"]["empty"]) == (1, False)


def test_time_alone_never_empties_a_table() -> None:
    house = Gatehouse()
    house.put(permit(1, until_utc=START.utc + 3600), permit(2, until_utc=START.utc + 7200))
    house.work()
    version = house.permits.tables["u1"].wanted_version

    house.wait(2 * DAY)
    kept = house.users("u1")
    house.start()
    house.work()
    again = house.users("u1")
    house.put(permit(3))
    house.work()

    assert version == 1
    assert list(kept) == list(again) == [hash_of(2)]
    assert house.permits.tables["u1"].wanted_version == 3
    assert list(house.users("u1")) == [hash_of(3)]


def test_a_permit_that_ended_leaves_the_table_when_the_day_is_over() -> None:
    house = Gatehouse()
    house.put(permit(1), permit(2, until_utc=START.utc + 60))
    house.work()

    house.wait(3600)
    same_day = list(house.users("u1"))
    house.wait(DAY)

    assert same_day == [hash_of(1), hash_of(2)]
    assert list(house.users("u1")) == [hash_of(1)]


def test_doors_that_a_reload_brings_are_wanted_and_gone_ones_are_not() -> None:
    house = Gatehouse()
    house.act(PutGroup(MANAGER, DoorGroup("all", "", ("u1/door1", "u1/door2", "u2/door1"))))
    house.put(permit(1, "all"))
    house.work()
    house.wanted.clear()

    house.adopt(rules({**DOORS, "u1": ("b1", "g1", 1), "u2": ("b2", "g2", 0)}))
    house.work()

    assert house.users("u1")[hash_of(1)][4] == 0b01
    assert set(house.permits.tables) == {"gate", "u1"}


def test_a_reload_that_changes_no_door_says_the_same_again_and_works_nothing_out() -> None:
    house = Gatehouse()
    house.put(permit(1, "u1", "gate"))
    house.work()
    before = dict(house.wanted)
    house.wanted.clear()

    house.adopt(rules())

    assert house.wanted == before
    assert house.work() == []


def test_after_a_restart_the_same_is_wanted_under_the_same_version() -> None:
    house = Gatehouse()
    house.act(PutSchedule(MANAGER, OFFICE))
    house.put(*(permit(n, "gate", "u1", schedule="office" if n % 2 else "") for n in range(200)))
    house.act(RevokeHousehold(MANAGER, "b1-1-101", "x"))
    house.put(*(permit(n, "gate", household="b2-1-1") for n in range(300, 400)))
    house.work()
    before, tables = dict(house.wanted), dict(house.permits.tables)
    house.wanted.clear()

    house.start()
    house.work()

    assert house.wanted == before
    assert dict(house.permits.tables) == tables


def test_a_crash_before_it_was_worked_out_loses_nothing() -> None:
    house = Gatehouse()
    house.put(*(permit(n, "gate") for n in range(700)))
    house.wait(0.02)
    house.act(RevokePermits(MANAGER, ("p1",), "x"))

    house.start()
    house.work()

    assert len(house.users("gate")) == 699
    assert hash_of(0) not in house.users("gate")


def test_a_changed_schedule_reaches_the_tables_that_use_it() -> None:
    house = Gatehouse()
    house.act(PutSchedule(MANAGER, OFFICE))
    house.put(permit(1, "u1", schedule="office"), permit(2, "u2"))
    house.work()
    house.wanted.clear()

    house.act(PutSchedule(MANAGER, Schedule("office", "", {"sunday": ((0, 1440),)})))
    house.work()

    assert set(house.wanted) == {"u1"}
    assert house.wanted["u1"]["schedules"] == [[1, [*[0] * 24, 0, 1440, *[0] * 6]]]
    assert house.wanted["u1"]["version"] == 2


def test_a_table_says_how_far_it_is_and_the_alarm_knows_what_is_behind() -> None:
    house = Gatehouse()
    house.put(permit(1, "u1"))
    house.work()
    behind = house.permits.tables["u1"]

    house.keep(
        house.permits.table(
            "u1",
            {"permits_left": 3, "permits_total": 4, "permits_state": "writing", "permits_version": None},
            house.now,
        )
    )
    writing = house.permits.tables["u1"]
    house.wait(5)
    house.hold("u1")
    current = house.permits.tables["u1"]

    assert (behind.current, behind.version, behind.wanted_users) == (False, None, 1)
    assert (writing.left, writing.total, writing.state, writing.current) == (3, 4, "writing", False)
    assert (current.current, current.since_utc) == (True, house.now.utc)
    assert house.told == [
        ("permits_behind", "u1", True, "table 1 is wanted, none is held"),
        ("permits_behind", "u1", False, "current"),
    ]


def test_what_a_controller_held_is_remembered_so_that_a_restart_raises_nothing() -> None:
    house = Gatehouse()
    house.put(permit(1, "u1"))
    house.work()
    house.hold("u1")
    house.told.clear()

    house.start()
    house.work()

    assert house.permits.tables["u1"].current
    assert house.told == []


def test_a_controller_with_another_table_of_the_same_version_is_behind() -> None:
    house = Gatehouse()
    house.put(permit(1, "u1"))
    house.work()
    house.hold("u1")

    house.keep(house.permits.table("u1", {"permits_version": 1, "permits_sum": 7}, house.now))

    assert not house.permits.tables["u1"].current
    assert house.facts["permits_behind", "u1"]


def test_a_passage_is_named_by_who_had_the_index_at_the_time() -> None:
    house = Gatehouse()
    house.keep(house.permits.table("u2", {"user_capacity": 1}, house.now))
    house.put(permit(1, "u2"))
    house.work()
    first = house.now.utc
    house.act(RevokePermits(MANAGER, ("p1",), "x"))
    house.work()
    house.wait(31 * DAY)
    house.put(permit(2, "u2"))
    house.work()
    house.start()

    named = [house.permits.named("u2", 0, utc) for utc in (first - 1e6, first + 60, house.now.utc, None)]

    assert [one and one.id for one in named] == ["p1", "p1", "p2", "p2"]
    assert house.permits.named("u2", 5, None) is None
    assert house.permits.named("moon", 0, None) is None


def test_a_person_who_comes_back_has_his_old_index() -> None:
    house = Gatehouse()
    house.put(permit(1, "u1", "gate"), permit(2, "u1", "gate"))
    house.work()
    one = house.permits.permits["p1"]

    house.put(replace(one, groups=("u1",)))
    house.work()
    house.put(permit(3, "gate"), one)
    house.work()

    assert [user[0] for user in house.users("gate").values()] == [0, 1, 2]
    assert house.users("gate")[hash_of(1)][0] == 0


def test_permits_of_long_ago_are_forgotten_but_not_blocked_ones() -> None:
    house = Gatehouse()
    house.put(*(permit(n) for n in range(4)), permit(8, until_utc=START.utc + 60))
    house.act(RevokePermits(MANAGER, ("p1",), "x"))
    house.act(RevokePermits(MANAGER, ("p2",), "x", block=True))
    house.work()

    house.wait(400 * DAY)

    assert list(house.permits.permits) == ["p2", "p3", "p4"]
    assert "permit:p1" not in house.disk


def test_permits_that_end_within_a_week_are_warned_of_each_day() -> None:
    house = Gatehouse()
    house.put(
        permit(1, until_utc=START.utc + 9 * DAY),
        permit(2, until_utc=START.utc + 8 * DAY),
        permit(3),
        permit(4, visitor=True, until_utc=START.utc + 6 * DAY),
    )
    at_first = house.permits.ending(house.now)

    house.wait(2.5 * DAY)
    soon = [one.id for one in house.permits.ending(house.now)]
    house.wait(8 * DAY)

    assert at_first == ()
    assert soon == ["p2", "p1"]
    assert [(abnormal, why) for rule, _, abnormal, why in house.told if rule == "permits_ending"] == [
        (True, "1 permits end within 7 days"),
        (False, "0 permits end within 7 days"),
    ]


def test_whose_index_is_which_is_remembered_in_small_pages() -> None:
    house = Gatehouse()
    house.put(*(permit(n, "gate") for n in range(500)))
    house.work()

    pages = {key: value for key, value in house.disk.items() if key.startswith("permit_slots:gate:")}

    assert len(pages) == 8
    assert pages["permit_slots:gate:1"][0] == [["p65", int(START.utc), 0]]


def test_a_put_that_is_refused_by_one_table_changes_no_other() -> None:
    house = Gatehouse()
    house.keep(house.permits.table("u2", {"user_capacity": 1}, house.now))
    house.put(permit(1, "u2"))
    house.work()

    refused = house.refused(PutPermits(MANAGER, (permit(2, "u1"), permit(3, "u2", "gate")), ""))

    assert refused.code == "over_capacity"
    assert house.work() == []
