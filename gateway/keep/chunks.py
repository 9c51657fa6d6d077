"""The form of history: what is recorded of a poll group, and a stretch of its past as a row.

A *record* is the state of all recorded points of a group from one moment on, as packed bytes: a u16 tick (a 60,000th of
the chunk's span: 1 ms in a minute) and then, in the order of the points, a signed byte for a boolean and an IEEE double
for a number. A point without a value has one of two marks in its place: *bad* (the device answered, the value cannot be
believed) or *unheard* (nobody knows: a gap). Values of uncertain quality are listed beside the records.
"""

from __future__ import annotations

import json
import math
import struct
import zlib
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import accumulate, pairwise
from operator import mul
from typing import TYPE_CHECKING

from drivers.contract import Kind

if TYPE_CHECKING:
    from collections.abc import Sequence

    from drivers.contract import Group

MINUTE = 60
TICKS = 60_000
"""Ticks in a chunk's span."""

BOOLEAN, NUMBER = "b", "d"
BAD: dict[str, float] = {BOOLEAN: -1, NUMBER: -math.inf}
UNHEARD: dict[str, float] = {BOOLEAN: 2, NUMBER: math.inf}

_QUARTET = struct.Struct("<4d")
_UNCERTAIN = struct.Struct("<HH")
_ASK_THE_RECORDS = _QUARTET.pack(*[-math.inf] * 4)
_NO_TICK = b"\0\0"
_CODES = {Kind.BOOLEAN: BOOLEAN, Kind.INTEGER: NUMBER, Kind.REAL: NUMBER}


@dataclass(frozen=True)
class Layout:
    """Which points of a group are recorded, by key, with their codes in the same order."""

    keys: tuple[str, ...]
    codes: str

    @classmethod
    def parse(cls, text: str) -> Layout:
        """The inverse of `text`. Raises ValueError for anything else."""
        pairs = json.loads(text)
        return cls(tuple(str(key) for key, _ in pairs), "".join(code for _, code in pairs))

    @cached_property
    def text(self) -> str:
        """As JSON, for the day file: `[["door1.open","b"],["supply_voltage","d"]]`."""
        return json.dumps(list(zip(self.keys, self.codes, strict=True)), ensure_ascii=False, separators=(",", ":"))

    @cached_property
    def record(self) -> struct.Struct:
        """The form of one record."""
        return struct.Struct("<H" + self.codes)

    @cached_property
    def silence(self) -> bytes:
        """The state in which nothing is heard, without its tick."""
        return self.record.pack(0, *(UNHEARD[code] for code in self.codes))[2:]

    def one(self, index: int) -> struct.Struct:
        """The form of one record of which only one point is unpacked."""
        before = struct.calcsize("<" + self.codes[:index])
        after = struct.calcsize("<" + self.codes[index + 1 :])
        return struct.Struct(f"<H{before}x{self.codes[index]}{after}x")


def layout_of(group: Group) -> tuple[Layout, tuple[int, ...]]:
    """What is recorded of a group and where it stands in `Sample.values`: numbers and booleans, never text."""
    wanted = tuple(index for index, point in enumerate(group.points) if point.kind in _CODES)
    points = [group.points[index] for index in wanted]
    return Layout(tuple(point.key for point in points), "".join(_CODES[point.kind] for point in points)), wanted


@dataclass(frozen=True, slots=True)
class Chunk:
    """A stretch of one group's past, from `t0` (seconds since 1970) for `span` seconds, known until `heard_until`."""

    device: str
    group: int
    layout: Layout
    t0: int
    span: int
    heard_until: float
    count: int
    data: bytes
    """The records and then the uncertain values as (record, point) pairs of u16."""
    aggregates: bytes = b""
    """For each point min, max, mean and last as doubles, marks in their place where only the records tell. Empty for a
    chunk of one record or one that was not heard from end to end."""
    zipped: bool = False


class Closed:
    """A closed chunk on its way to disk, and what must be known of it there once it is zipped."""

    __slots__ = ("at_once", "chunk", "state")

    def __init__(self, chunk: Chunk) -> None:
        whole = chunk.data[:2] == _NO_TICK and chunk.heard_until >= chunk.t0 + chunk.span
        self.at_once = chunk.data[:2] == _NO_TICK
        """Whether it is known from its first moment on."""
        self.state = _last_state(chunk)
        """The values and marks of the last record."""
        self.chunk = _with_aggregates(chunk) if whole and chunk.count > 1 else chunk

    def zip(self) -> None:
        """Make it small. From any thread."""
        self.chunk = zipped(self.chunk)


def _last_state(chunk: Chunk) -> bytes:
    width = chunk.layout.record.size
    last = chunk.count - 1
    marks = b"".join(point.to_bytes(2, "little") for record, point in uncertain(chunk) if record == last)
    return chunk.data[last * width + 2 : chunk.count * width] + marks


def _with_aggregates(chunk: Chunk) -> Chunk:
    columns = list(zip(*chunk.layout.record.iter_unpack(records(chunk)), strict=True))
    ticks = monotonic(columns[0])
    lengths = [later - tick for tick, later in pairwise([*ticks, TICKS])]
    aggregates = [_aggregate(column, lengths) for column in columns[1:]]
    for _, point in uncertain(chunk):
        aggregates[point] = _ASK_THE_RECORDS
    return replace(chunk, aggregates=b"".join(aggregates))


def _aggregate(column: tuple[float, ...], lengths: Sequence[int]) -> bytes:
    first = column[0]
    if column.count(first) == len(column):
        low = high = mean = last = first
    else:
        low, high, last = min(column), max(column), column[-1]
        mean = sum(map(mul, column, lengths)) / TICKS
    return _QUARTET.pack(low, high, mean, last)


def zipped(chunk: Chunk) -> Chunk:
    """The chunk as it goes to disk. Level 1: a tenth of the time of the default for a few percent of size."""
    aggregates = chunk.aggregates and zlib.compress(chunk.aggregates, 1)
    return replace(chunk, data=zlib.compress(chunk.data, 1), aggregates=aggregates, zipped=True)


def records(chunk: Chunk) -> memoryview:
    """The records alone, unpacked chunks only."""
    return memoryview(chunk.data)[: chunk.count * chunk.layout.record.size]


def uncertain_marks(marks: Sequence[tuple[int, int]]) -> bytes:
    """The inverse of `uncertain`."""
    return b"".join(_UNCERTAIN.pack(*mark) for mark in marks)


def uncertain(chunk: Chunk) -> list[tuple[int, int]]:
    """The uncertain values as (record, point), unpacked chunks only."""
    return list(_UNCERTAIN.iter_unpack(memoryview(chunk.data)[chunk.count * chunk.layout.record.size :]))


def unzipped(chunk: Chunk) -> Chunk:
    """The inverse of `zipped`. Raises ValueError where the bytes are damaged."""
    if not chunk.zipped:
        return chunk
    try:
        data = zlib.decompress(chunk.data)
    except zlib.error as error:
        raise ValueError(f"{chunk.device}: a chunk is damaged: {error}") from error
    return replace(chunk, data=data, zipped=False)


def quartet(chunk: Chunk, point: int) -> tuple[float, float, float, float] | None:
    """Min, max, mean and last of a point in a chunk; None where only the records tell. Raises ValueError when damaged."""
    if not chunk.aggregates:
        return None
    try:
        aggregates = zlib.decompress(chunk.aggregates) if chunk.zipped else chunk.aggregates
        low, high, mean, last = _QUARTET.unpack_from(aggregates, point * _QUARTET.size)
    except (zlib.error, struct.error) as error:
        raise ValueError(f"{chunk.device}: a chunk is damaged: {error}") from error
    code = chunk.layout.codes[point]
    return None if low <= BAD[code] or high >= UNHEARD[code] else (low, high, mean, last)


def monotonic(ticks: Sequence[int]) -> Sequence[int]:
    """Ticks that never go back: where the clock was set back by seconds it stands still in the plot."""
    return ticks if all(tick <= later for tick, later in pairwise(ticks)) else list(accumulate(ticks, max))
