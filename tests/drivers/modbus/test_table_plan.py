from __future__ import annotations

import zlib
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.modbus.table_plan import NOBODY, Goal, Load, Standing, Wanted, Window, Write, differences
from drivers.permit_table import running_sums, table_sum
from tests.drivers.modbus.one_unit import level
from tests.drivers.modbus.points import proof

if TYPE_CHECKING:
    from collections.abc import Iterable

    from drivers.modbus.table_plan import Level

users = st.dictionaries(st.integers(0, 40), st.integers(1, 3), max_size=20)
indices = st.sets(st.integers(1, 20), max_size=5)
levels = st.builds(
    lambda version, who, schedules, holidays: level(version, who.items(), schedules=schedules, holidays=holidays),
    st.integers(1, 9), users, indices, indices,
)  # fmt: skip


def written(held: Level, writes: Iterable[Write]) -> dict[tuple[Window, int], Any]:
    """What a bank holds after the writes, as a controller would have it."""
    bank = {(window, record[0]): list(record) for window in Window for record in held[window.key]}
    for write in writes:
        if write.record is None:
            bank.pop((write.window, write.index))
        else:
            bank[write.window, write.index] = list(write.record)
    return bank


def standing(goal: Goal, staged_sum: int, count: int = 0) -> Standing:
    return Standing(0, 0, 0, staged=True, staged_version=goal.version, staged_sum=staged_sum, written=count)


@proof(60, 5_000)
@given(levels, levels)
def test_the_differences_make_one_table_of_another_and_are_no_more_than_that(held: Level, wanted: Level) -> None:
    writes = differences(held, wanted)

    assert written(held, writes) == written(wanted, ())
    before = written(held, ())
    assert all(before.get((write.window, write.index)) != write.record for write in writes)
    assert list(writes) == sorted(writes, key=lambda write: (write.window, write.index))


@proof(60, 5_000)
@given(levels, levels, st.data())
def test_a_staged_bank_is_found_by_its_sum_wherever_its_writing_stopped(
    held: Level, wanted: Level, data: st.DataObject
) -> None:
    goal = Goal.of(wanted)
    load = data.draw(st.sampled_from([Load.over(held, goal), Load.over(NOBODY, goal)]))
    done = data.draw(st.integers(0, len(load.writes)))
    repeated = data.draw(st.integers(0, 2))
    total = load.sum_after(done)

    found = load.found_in(standing(goal, total, done + repeated))

    assert found
    assert load.sum_after(load.done) == total
    assert load.done == done or len(load.writes) == load.done


def test_a_staged_bank_of_another_version_or_with_other_records_is_not_ours() -> None:
    goal = Goal.of(level(7, [(0, 1), (1, 2)]))
    load = Load.over(NOBODY, goal)

    assert not load.found_in(Standing(0, 0, 0, staged=True, staged_version=8, staged_sum=goal.sum, written=2))
    assert not load.found_in(Standing(0, 0, 0, staged=False, staged_version=7, staged_sum=goal.sum, written=2))
    assert not load.found_in(standing(goal, 4711, 1))


@given(levels)
def test_the_running_sums_end_at_the_sum_of_the_table(wanted: Level) -> None:
    sums = list(running_sums(wanted))

    assert (sums[0], sums[-1]) == (0, table_sum(wanted))
    assert len(sums) == 1 + sum(len(wanted[window.key]) for window in Window)


def test_a_window_is_written_as_the_register_map_has_it() -> None:
    user = Write(Window.USERS, 5, [5, "0102030405060708", 9, 10, 3, 1, 1]).registers()
    schedule = Write(Window.SCHEDULES, 2, [2, list(range(32))]).registers()
    holiday = Write(Window.HOLIDAYS, 3, [3, 20_454, 7]).registers()
    nobody = Write(Window.USERS, 5, None).registers()

    assert user.hex(" ", 2) == "0005 0102 0304 0506 0708 0000 0009 0000 000a 0003 0001 0001 e2f4"
    assert (len(schedule), schedule[:4].hex(), schedule[-4:-2].hex()) == (68, "00020000", "001f")
    assert holiday[:6].hex() == "00034fe60007"
    assert nobody[:2] + bytes(22) == nobody[:24]


def test_the_sum_of_a_table_is_the_one_that_the_register_map_names() -> None:
    wanted = level(7, [(2, 0xABCD)], schedules=[1], holidays=[0])

    records = bytes.fromhex("0002 000000000000abcd 00000000 6b36ec80 0003 0000 0000".replace(" ", ""))
    records += bytes.fromhex("0001") + bytes.fromhex("01e0043800000000") * 8 + bytes.fromhex("00004fe60007")
    assert table_sum(wanted) == zlib.crc32(records)


def test_a_change_is_written_over_a_copy_and_a_new_table_over_an_empty_bank() -> None:
    small = Goal.of(level(8, [(0, 1)]))
    many = level(7, [(index, 9) for index in range(50)])

    assert not Load.shortest(None, small).copies
    assert not Load.shortest(NOBODY, small).copies
    assert not Load.shortest(many, small).copies
    assert Load.shortest(many, Goal.of(level(8, [(index, 9) for index in range(51)]))).copies


@pytest.mark.parametrize(
    ("wanted", "capacity", "why"),
    [
        (level(1, [(0, 1)]), 10, ""),
        (level(1, [(9, 1)]), 10, ""),
        (level(1, empty=True), 10, ""),
        (level(1), 10, "the wanted table has no users, and nobody said that this is meant"),
        (level(1, [(10, 1)]), 10, "the controller has room for 10 users; wanted are 1, the highest at 10"),
        (level(1, [(0, 1), (1, 1)]), 1, "the controller has room for 1 users; wanted are 2, the highest at 1"),
        (level(1, [(0, 1)]), 0, "the controller has room for 0 users; wanted are 1, the highest at 0"),
    ],
)
def test_a_table_that_may_not_be_written_says_why(wanted: Level, capacity: int, why: str) -> None:
    assert Goal.of(wanted).impossible(capacity) == why


def test_what_a_controller_holds_is_known_from_what_was_wanted() -> None:
    first, second, third = (Goal.of(level(version, [(version, 1)])) for version in (1, 2, 3))
    wanted = Wanted()

    def holding(goal: Goal) -> Standing:
        return Standing(goal.version, goal.sum, goal.users, staged=False, staged_version=0, staged_sum=0, written=0)

    wanted.say(first)
    wanted.say(second)
    wanted.say(third)

    assert wanted.held(holding(first), None) is first.level
    wanted.say(None)
    wanted.say(third)
    assert wanted.held(holding(first), None) is first.level
    assert wanted.held(holding(third), None) is third.level
    assert wanted.held(holding(first), None) is None
    assert wanted.held(holding(first), first) is first.level
    assert wanted.held(Standing(5, 0, 0, staged=False, staged_version=0, staged_sum=0, written=0), None) is NOBODY
