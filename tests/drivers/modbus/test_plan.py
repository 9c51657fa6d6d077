from __future__ import annotations

import random
from collections import Counter
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.contract import Group, Pace
from drivers.modbus.plan import PERMIT_POINTS, Mapped, Read, device, plan, read_bytes
from drivers.product import BlockCheck, Limits
from drivers.profile import load_profile, products
from tests.drivers.modbus.points import point, profiles_points, proof

PACES = {Pace.FAST: 0.25, Pace.NORMAL: 1.0, Pace.SLOW: 60.0}

LIMITS = st.builds(
    Limits,
    max_registers=st.integers(6, 30),
    max_bits=st.integers(6, 30),
    bridge_registers=st.integers(0, 12),
    bridge_bits=st.integers(0, 12),
    request_bytes=st.integers(1, 60),
)


def shapes(reads: tuple[Read, ...]) -> list[tuple[int, int, int]]:
    return [(read.function, read.address, read.count) for read in reads]


def test_neighbours_are_read_together_and_functions_apart() -> None:
    points = [point("a", 3, 0), point("b", 3, 1, type="u32"), point("c", 4, 2), point("d", 1, 0), point("e", 1, 1)]

    assert shapes(plan(points, Limits())) == [(1, 0, 2), (3, 0, 3), (4, 2, 1)]


def test_a_gap_is_not_crossed_unless_the_device_allows_it() -> None:
    points = [point("a", address=0), point("b", address=3)]

    assert shapes(plan(points, Limits())) == [(3, 0, 1), (3, 3, 1)]
    assert shapes(plan(points, Limits(bridge_registers=1))) == [(3, 0, 1), (3, 3, 1)]
    assert shapes(plan(points, Limits(bridge_registers=2))) == [(3, 0, 4)]


def test_a_gap_is_crossed_only_where_that_is_cheaper_than_a_request() -> None:
    points = [point("a", address=0), point("b", address=50), point("c", address=102)]
    limits = Limits(bridge_registers=60, request_bytes=101)

    # 49 registers cost 98 bytes, less than a request of 101; 51 cost 102
    assert shapes(plan(points, limits)) == [(3, 0, 51), (3, 102, 1)]


def test_coils_cost_an_eighth_of_a_byte_rounded_up() -> None:
    points = [point("a", 1, 0), point("b", 1, 808)]

    # 809 coils are 102 bytes; apart they are 1 and 1 and one request more
    assert shapes(plan(points, Limits(bridge_bits=2000, request_bytes=100))) == [(1, 0, 809)]
    assert shapes(plan(points, Limits(bridge_bits=2000, request_bytes=99))) == [(1, 0, 1), (1, 808, 1)]


def test_a_value_is_never_cut_by_the_devices_limit() -> None:
    points = [point(f"p{number}", address=2 * number, type="u32") for number in range(15)]

    reads = plan(points, Limits(max_registers=19))

    assert shapes(reads) == [(3, 0, 18), (3, 18, 12)]


def test_the_cut_is_where_it_is_cheapest_and_not_where_a_read_is_full() -> None:
    # a greedy planner fills the first read up to 10 and pays the gap of 5; the best plan cuts at the gap
    points = [point(f"p{at}", address=at) for at in (0, 1, 2, 8, 9, 10, 11, 12)]

    reads = plan(points, Limits(max_registers=10, bridge_registers=5, request_bytes=30))

    assert shapes(reads) == [(3, 0, 3), (3, 8, 5)]


def test_a_value_longer_than_the_limit_is_refused() -> None:
    with pytest.raises(ValueError, match="4 at 0x0010 is more than the device's 3 at once"):
        plan([point("a", address=16, type="u64")], Limits(max_registers=3))


def test_a_checked_block_is_read_whole_even_for_one_bit_of_it() -> None:
    block = BlockCheck(function=4, address=0x0100, count=16, crc16_at=15)

    reads = plan([point("open", 4, 0x0108, bit=2)], Limits(), [block])

    assert shapes(reads) == [(4, 0x0100, 16)]
    assert reads[0].checks == (block,)


def test_a_block_without_a_wanted_point_is_not_read() -> None:
    block = BlockCheck(function=4, address=0x0100, count=16, crc16_at=15)

    assert shapes(plan([point("serial", 4, 5, type="u32")], Limits(), [block])) == [(4, 5, 2)]


def test_overlapping_values_are_each_read_whole() -> None:
    points = [point("a", address=0, type="u64"), point("b", address=2, type="u64"), point("c", address=1)]

    reads = plan(points, Limits(max_registers=4))

    assert shapes(reads) == [(3, 0, 4), (3, 2, 4)]
    assert [[held.point.key for held in read.points] for read in reads] == [["a", "c"], ["b"]]


@proof(60, 3000)
@given(points=profiles_points(most=20, reach=90), limits=LIMITS, data=st.data())
def test_every_point_is_covered_once_and_no_read_is_out_of_bounds(
    points: list[Mapped], limits: Limits, data: st.DataObject
) -> None:
    shuffled = data.draw(st.permutations(points))

    reads = plan(points, limits)

    covered = Counter(held.point.key for read in reads for held in read.points)
    assert covered == Counter(held.point.key for held in points)
    assert reads == plan(shuffled, limits)
    for read in reads:
        assert read.count <= (limits.max_bits if read.function in (1, 2) else limits.max_registers)
        assert read.address >= 0
        assert read.address + read.count <= 0x10000
        for held in read.points:
            assert held.function == read.function
            assert read.address <= held.address
            assert held.address + held.count <= read.address + read.count
        bridge = limits.bridge_bits if read.function in (1, 2) else limits.bridge_registers
        assert longest_gap(read.points) <= bridge


@proof(150, 3000)
@given(
    points=profiles_points(most=6, reach=25, functions=(3,)),
    limits=LIMITS,
    block=st.none() | st.tuples(st.integers(0, 20), st.integers(2, 6)),
)
def test_no_other_plan_is_cheaper(points: list[Mapped], limits: Limits, block: tuple[int, int] | None) -> None:
    checks = [BlockCheck(function=3, address=block[0], count=block[1], crc16_at=1)] if block else []

    reads = plan(points, limits, checks)

    cost = sum(read_bytes(3, read.count, limits) for read in reads)
    assert cost == cheapest_by_trying_all(points, limits, checks)
    for check in checks:
        whole = [read for read in reads if check in read.checks]
        assert len(whole) == any(check.address <= held.address < check.address + check.count for held in points)


def longest_gap(points: tuple[Mapped, ...]) -> int:
    """The longest run of addresses between points that no point takes."""
    taken = sorted({at for held in points for at in range(held.address, held.address + held.count)})
    return max((after - before - 1 for before, after in pairwise(taken)), default=0)


def cheapest_by_trying_all(points: list[Mapped], limits: Limits, checks: list[BlockCheck]) -> int:
    """The cost of the best of all ways to put spans into reads, found by trying every one."""
    spans = [(held.address, held.address + held.count) for held in points]
    for check in checks:
        end = check.address + check.count
        if any(check.address <= start < end for start, _ in spans):
            spans.append((check.address, end))

    def cost(group: list[tuple[int, int]]) -> int | None:
        start, end = min(span[0] for span in group), max(span[1] for span in group)
        taken = sorted({at for span in group for at in range(*span)})
        gap = max((after - before - 1 for before, after in pairwise(taken)), default=0)
        fits = end - start <= limits.max_registers and gap <= limits.bridge_registers
        return read_bytes(3, end - start, limits) if fits else None

    def best(rest: list[tuple[int, int]], groups: list[list[tuple[int, int]]]) -> int:
        if not rest:
            costs = [cost(group) for group in groups]
            return sum(known) if len(known := [one for one in costs if one is not None]) == len(costs) else 10**9
        first, *others = rest
        tries = [
            best(others, [*groups[:place], [*groups[place], first], *groups[place + 1 :]])
            for place in range(len(groups))
        ]
        return min([*tries, best(others, [*groups, [first]])])

    return best(spans, [])


# ------------------------------------------------------------------ devices


@pytest.mark.parametrize("product", products())
def test_group_i_of_a_device_is_the_answer_to_read_i(product: str) -> None:
    made, reads = device("d", load_profile(product), PACES)

    for group, read in zip(made.groups, reads, strict=False):
        assert group.points == tuple(held.point for held in read.points)
        assert {PACES[held.pace] for held in group.points} == {group.every_seconds}
    assert sorted(held.key for group in made.groups[: len(reads)] for held in group.points) == sorted(
        quantity.key for quantity in load_profile(product).points
    )


def test_a_table_of_permits_is_the_last_group_and_no_read() -> None:
    door, reads = device("b3u1", load_profile("acp1-2door"), PACES)
    meter, meter_reads = device("m1", load_profile("eastron-sdm120"), PACES)

    assert door.groups[len(reads) :] == (Group(PERMIT_POINTS, None),)
    assert {held.key: held.meaning for held in PERMIT_POINTS} == {held.key: held.key for held in PERMIT_POINTS}
    assert len(meter.groups) == len(meter_reads)


def test_a_door_controller_costs_one_fast_read_of_sixteen_registers() -> None:
    made, reads = device("b3u1", load_profile("acp1-2door"), PACES)

    assert shapes(reads) == [(4, 0x0100, 16), (4, 0x0001, 11)]
    assert [group.every_seconds for group in made.groups] == [0.25, 60.0, None]
    assert len(made.groups[0].points) == 52


def test_a_device_knows_its_parts_commands_and_wanted_states() -> None:
    made, _ = device("b3u1", load_profile("acp1-2door"), PACES)

    places = {held.key: held.place for group in made.groups for held in group.points}
    assert (places["door2.open"], places["mains_fail"]) == ("door2", "")
    assert [(said.name, dict(said.arguments), said.acts_as, said.place, said.idempotent) for said in made.commands] == [
        ("door1.unlock", {"seconds": "s"}, "unlock", "door1", False),
        ("door2.unlock", {"seconds": "s"}, "unlock", "door2", False),
        ("door1.hold_free", {"on": "boolean"}, "hold_free", "door1", True),
        ("door2.hold_free", {"on": "boolean"}, "hold_free", "door2", True),
        ("lockdown", {"on": "boolean"}, "lockdown", "", True),
        ("reset_fire_latch", {}, "fire_reset", "", False),
        ("door1.relay_test", {}, "relay_test", "door1", False),
        ("door2.relay_test", {}, "relay_test", "door2", False),
    ]
    assert made.wants == ("fire_release", "serial", "permits", "clock")


def test_devices_of_one_product_share_what_is_the_same() -> None:
    first, first_reads = device("one", load_profile("acp1-4door"), PACES)
    second, second_reads = device("two", load_profile("acp1-4door"), dict(PACES))

    assert first.groups is second.groups
    assert first_reads is second_reads


def test_large_profiles_are_planned_whole() -> None:
    places = random.Random(7).sample(range(0, 60_000, 2), 2_000)
    points = [point(f"p{at}", address=at, type="u32") for at in places]

    reads = plan(points, Limits(bridge_registers=40))

    assert sum(len(read.points) for read in reads) == 2_000
