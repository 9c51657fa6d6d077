"""The form of history: what is recorded of a poll group, its open minute in memory, and a closed one as a row.

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
from operator import itemgetter, mul
from typing import TYPE_CHECKING, Any

from drivers.contract import Kind, Quality

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from drivers.contract import Fault, Group, Value

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


class Strip:
    """The open minute of one group: a buffer into which the hot path packs records.

    `History.record` reaches into it; nothing else may.
    """

    __slots__ = ("buffer", "device", "end", "group", "layout", "pack_into", "pick", "t0", "uncertain", "wanted", "width")

    def __init__(self, device: str, number: int, group: Group) -> None:
        self.device = device
        self.group = number
        self.layout, self.wanted = layout_of(group)
        self.pick = _picker(self.wanted, len(group.points))
        self.width = self.layout.record.size
        self.pack_into: Callable[..., None] = self.layout.record.pack_into
        self.buffer = bytearray(2 * self.width)
        self.end = 0
        self.t0 = 0
        self.uncertain: list[tuple[int, int]] = []

    def put(self, values: Sequence[Value], faults: Sequence[Fault | None] | None, offset: float) -> None:
        """Append a record whatever the values are; `offset` is in seconds within the minute."""
        self._make_room()
        tick = int(offset * 1000)
        state: list[float] = []
        for place, (index, code) in enumerate(zip(self.wanted, self.layout.codes, strict=True)):
            value, fault = values[index], faults and faults[index]
            if isinstance(value, str) or value is None or (fault and fault.quality is Quality.BAD):
                state.append(BAD[code])
                continue
            state.append(bool(value) if code == BOOLEAN else value)
            if fault and fault.quality is Quality.UNCERTAIN:
                self.uncertain.append((self.end // self.width, place))
        try:
            self.pack_into(self.buffer, self.end, tick, *state)
        except (struct.error, OverflowError):  # an integer beyond any double
            safe = [number if abs(number) < 2.0**1023 else BAD[NUMBER] for number in state]
            self.pack_into(self.buffer, self.end, tick, *safe)
        self.end += self.width

    def hush(self, offset: float) -> None:
        """Nothing is heard from here on."""
        if self.end and self._last() != self.layout.silence:
            self._make_room()
            self.buffer[self.end : self.end + self.width] = int(offset * 1000).to_bytes(2, "little") + self.layout.silence
            self.end += self.width

    def close(self, heard_until: float, t0: int, offset: float) -> Chunk | None:
        """Close the minute and open the one at `t0`, where the last state goes on from `offset`; None for an empty one."""
        chunk = self.peek(heard_until)
        if chunk is None:
            self.t0 = t0
            return None
        last, count = self._last(), chunk.count
        # Room for an eighth of what the last minute took: all open minutes together stay about as large as one of them.
        self.buffer = bytearray(self.width * (2 + count // 8))
        self.t0 = t0
        self.end = 0
        self.uncertain = [(0, point) for record, point in self.uncertain if record == count - 1]
        if last == self.layout.silence:
            self.uncertain = []
        else:
            self.buffer[: self.width] = int(offset * 1000).to_bytes(2, "little") + last
            self.end = self.width
        return chunk

    def peek(self, heard_until: float) -> Chunk | None:
        """The minute so far as a chunk; None for an empty one."""
        if not self.end:
            return None
        marks = b"".join(_UNCERTAIN.pack(*mark) for mark in self.uncertain)
        return Chunk(
            self.device, self.group, self.layout, self.t0, MINUTE, heard_until, self.end // self.width,
            bytes(memoryview(self.buffer)[: self.end]) + marks,
        )  # fmt: skip

    @property
    def newest(self) -> float:
        """When the last record was made, in seconds since 1970."""
        return self.t0 + int.from_bytes(self.buffer[self.end - self.width : self.end - self.width + 2], "little") / 1000

    def _last(self) -> bytes:
        return bytes(self.buffer[self.end - self.width + 2 : self.end])

    def _make_room(self) -> None:
        if len(self.buffer) < self.end + self.width:
            self.buffer.extend(bytes(self.width * max(4, self.end // self.width // 8)))


def _picker(wanted: tuple[int, ...], points: int) -> Callable[[Any], Any] | None:
    """How the recorded values are taken out of a sample; None where all are recorded."""
    if len(wanted) == points:
        return None
    if len(wanted) == 1:
        only = wanted[0]
        return lambda values: (values[only],)
    return itemgetter(*wanted)


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
