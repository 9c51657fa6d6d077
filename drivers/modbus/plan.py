"""Which requests read a product's points for the least bytes. Pure.

A read costs `Limits.request_bytes` plus its data: 2 bytes a register, a byte for 8 bits. Runs of registers without a
point are read along (bridged) where that is cheaper than one more request and the device allows it. No value and no
checked block is ever split. The plan is optimal, not greedy: spans that lie in order are cut into reads by dynamic
programming over the places where one may end.
"""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import groupby
from operator import attrgetter
from typing import TYPE_CHECKING

from drivers.contract import CLOCK, PERMITS, SERIAL, CommandSpec, Device, Group, Kind, Pace, Point
from drivers.product import HEARTBEAT_SECONDS

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from drivers.product import BlockCheck, Limits, Order, Profile, Quantity, ReadFunction, ValueType

PERMIT_POINTS = tuple(
    Point(key, Kind.TEXT if key == "permits_state" else Kind.INTEGER, meaning=key)
    for key in (
        "permits_version",
        "permits_sum",
        "permits_users",
        "permits_left",
        "permits_total",
        "permits_state",
    )
)
"""How the table of permits stands: told by the driver itself as a device's last group, which is no read."""

REGISTER_BYTES = 2
BITS_PER_BYTE = 8


@dataclass(frozen=True, slots=True)
class Mapped:
    """A point and where it stands on the device. `address` is a zero-based PDU address, `count` registers or bits."""

    point: Point
    function: ReadFunction
    address: int
    count: int
    type: ValueType
    order: Order = "ABCD"
    scale: int | float = 1
    offset: int | float = 0
    invalid: tuple[int, ...] = ()
    bit: int = 0
    bits: int = 1
    credential: bool = False


@dataclass(frozen=True, slots=True)
class Read:
    """One request and the points that its answer holds, in the order of `Group.points`."""

    function: ReadFunction
    address: int
    count: int
    points: tuple[Mapped, ...]
    checks: tuple[BlockCheck, ...] = ()

    def __hash__(self) -> int:
        """Cheap on purpose: a read with all its points is the key under which devices share what they have in common."""
        return hash((self.function, self.address, self.count, len(self.points)))


@dataclass(frozen=True, slots=True)
class _Span:
    """Addresses that must come in one answer: a value or a checked block. `end` is the first address after it."""

    start: int
    end: int


def mapped(quantity: Quantity) -> Mapped:
    """A profile's point as the planner and the decoder take it."""
    part, dot, _ = quantity.key.partition(".")
    point = Point(
        key=quantity.key,
        kind=quantity.kind,
        unit=quantity.unit,
        meaning=quantity.meaning,
        pace=quantity.pace,
        low=quantity.low,
        high=quantity.high,
        place=part if dot else "",
        deadband=quantity.deadband,
        personal=quantity.credential,
    )
    return Mapped(
        point=point,
        function=quantity.function,
        address=quantity.address,
        count=quantity.count,
        type=quantity.type,
        order=quantity.order,
        scale=quantity.scale,
        offset=quantity.offset,
        invalid=quantity.invalid,
        bit=quantity.bit or 0,
        bits=quantity.bits,
        credential=quantity.credential,
    )


def read_bytes(function: int, count: int, limits: Limits) -> int:
    """What one read costs, in bytes."""
    data = -(-count // BITS_PER_BYTE) if function in (1, 2) else REGISTER_BYTES * count
    return limits.request_bytes + data


def plan(points: Sequence[Mapped], limits: Limits, checks: Sequence[BlockCheck] = ()) -> tuple[Read, ...]:
    """The cheapest reads that hold every point once. All points are polled together (one pace).

    The order is by function and address, the same for the same input in any order. Raises ValueError for a value that
    is longer than the device's limit.
    """
    ordered = sorted(points, key=lambda point: (point.function, point.address, point.count, point.bit, point.point.key))
    reads: list[Read] = []
    for function, same_function in groupby(ordered, key=attrgetter("function")):
        members = tuple(same_function)
        blocks = [check for check in checks if check.function == function and _holds_any(check, members)]
        spans = _needed([*map(_span, members), *map(_span, blocks)])
        ends = [span.end for span in spans]
        # both ends of the spans rise: the first one that reaches a thing's end holds it, and only that one's read has it
        owners = [bisect_left(ends, _span(point).end) for point in members]
        block_owners = [bisect_left(ends, _span(block).end) for block in blocks]
        for first, after in _cut(function, spans, limits):
            reads.append(
                Read(
                    function=function,
                    address=spans[first].start,
                    count=spans[after - 1].end - spans[first].start,
                    points=tuple(point for point, owner in zip(members, owners, strict=True) if first <= owner < after),
                    checks=tuple(
                        block for block, owner in zip(blocks, block_owners, strict=True) if first <= owner < after
                    ),
                )
            )
    return tuple(reads)


def _span(thing: Mapped | BlockCheck) -> _Span:
    return _Span(thing.address, thing.address + thing.count)


def _holds_any(check: BlockCheck, points: Iterable[Mapped]) -> bool:
    end = check.address + check.count
    return any(check.address <= point.address < end for point in points)


def _needed(spans: Iterable[_Span]) -> list[_Span]:
    """The spans that lie in no other, so that starts and ends both rise."""
    needed: list[_Span] = []
    for span in sorted(spans, key=lambda span: (span.start, -span.end)):
        if not needed or span.end > needed[-1].end:
            needed.append(span)
    return needed


def _cut(function: int, spans: Sequence[_Span], limits: Limits) -> Iterator[tuple[int, int]]:
    """Cut rising spans into the cheapest reads: each its first span and the one after its last.

    Of equally cheap plans it takes the one with the longest first reads.
    """
    longest, bridge = (
        (limits.max_bits, limits.bridge_bits) if function in (1, 2) else (limits.max_registers, limits.bridge_registers)
    )
    for span in spans:
        if span.end - span.start > longest:
            raise ValueError(
                f"{span.end - span.start} at {span.start:#06x} is more than the device's {longest} at once"
            )
    count = len(spans)
    cheapest = [0] * (count + 1)  # cheapest[i]: the cost of spans i and after
    next_cut = [count] * count
    for first in range(count - 1, -1, -1):
        best: int | None = None
        for last in range(first, count):
            if last > first and spans[last].start - spans[last - 1].end > bridge:
                break
            length = spans[last].end - spans[first].start
            if length > longest:
                break
            cost = read_bytes(function, length, limits) + cheapest[last + 1]
            if best is None or cost <= best:
                best, next_cut[first] = cost, last + 1
        assert best is not None  # noqa: S101  a span alone fits: checked above
        cheapest[first] = best
    first = 0
    while first < count:
        yield first, next_cut[first]
        first = next_cut[first]


def device(id: str, profile: Profile, paces: Mapping[Pace, float]) -> tuple[Device, tuple[Read, ...]]:  # noqa: A002  the contract's word
    """A device of a product, and its reads: group i of the device is the answer to read i, fast ones first.

    A product with a table of permits has one group more, `PERMIT_POINTS`, after those of all reads.
    `paces` gives the seconds between two polls of each pace. Devices of one product share their groups and reads.
    """
    shared, reads = _planned(profile, tuple((pace, paces[pace]) for pace in Pace))
    return replace(shared, id=id), reads


@lru_cache(maxsize=64)
def _planned(profile: Profile, every_seconds: tuple[tuple[Pace, float], ...]) -> tuple[Device, tuple[Read, ...]]:
    """A device of the product without a name."""
    groups, reads = _groups(profile, every_seconds)
    commands = tuple(
        CommandSpec(
            name=name,
            arguments={
                word: "boolean" if said.kind == "boolean" else said.unit for word, said in command.arguments.items()
            },
            idempotent=command.idempotent,
            acts_as=command.acts_as,
            place=name.partition(".")[0] if "." in name else "",
        )
        for name, command in profile.commands.items()
    )
    if profile.permits is not None:
        groups += (Group(PERMIT_POINTS, None),)
    wants = (
        *profile.wants,
        *((SERIAL,) if profile.identity.serial is not None else ()),
        *((PERMITS,) if profile.permits is not None else ()),
        *((CLOCK,) if profile.host is not None else ()),
    )
    return Device(id="", product=profile.product, groups=groups, commands=commands, wants=wants), reads


def _groups(
    profile: Profile, every_seconds: tuple[tuple[Pace, float], ...]
) -> tuple[tuple[Group, ...], tuple[Read, ...]]:
    groups: list[Group] = []
    reads: list[Read] = []
    heartbeats = {**HEARTBEAT_SECONDS, **profile.heartbeat_seconds}
    for pace, interval in every_seconds:
        of_pace = [mapped(quantity) for quantity in profile.points if quantity.pace is pace]
        for read in plan(of_pace, profile.limits, profile.blocks):
            reads.append(read)
            groups.append(Group(tuple(point.point for point in read.points), interval, heartbeats[pace]))
    return tuple(groups), tuple(reads)
