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
from dataclasses import dataclass
from functools import cached_property
from itertools import accumulate, pairwise
from operator import mul
from typing import TYPE_CHECKING, NamedTuple

from drivers.contract import Kind

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from drivers.contract import Group, Point

MINUTE = 60
TICKS = 60_000
"""Ticks in a chunk's span."""

BOOLEAN, NUMBER = "b", "d"
BAD: dict[str, float] = {BOOLEAN: -1, NUMBER: -math.inf}
UNHEARD: dict[str, float] = {BOOLEAN: 2, NUMBER: math.inf}

_COUNT = struct.Struct("<H")
_QUARTET = struct.Struct("<4d")
_UNCERTAIN = struct.Struct("<IH")
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


def is_recorded(point: Point) -> bool:
    """Whether history keeps a point."""
    return point.kind in _CODES and not point.personal


def layout_of(group: Group) -> tuple[Layout, tuple[int, ...]]:
    """What is recorded of a group and where it stands in `Sample.values`: numbers and booleans, never text, never a person."""
    wanted = tuple(index for index, point in enumerate(group.points) if is_recorded(point))
    points = [group.points[index] for index in wanted]
    return Layout(tuple(point.key for point in points), "".join(_CODES[point.kind] for point in points)), wanted


class Piece:
    """Bytes in memory that a thread may zip while others read them."""

    __slots__ = ("_plain", "_stream")

    def __init__(self, plain: bytes) -> None:
        self._plain: bytes | None = plain
        self._stream = b""

    def zip(self) -> bytes:
        """Keep it small from now on; the stream for the disk. From any thread.

        Level 1: a tenth of the time of the default for a few percent of size.
        """
        plain = self._plain
        if plain is not None:
            self._stream = zlib.compress(plain, 1)
            self._plain = None
        return self._stream

    def read(self) -> bytes:
        """The bytes."""
        plain = self._plain
        return plain if plain is not None else zlib.decompress(self._stream)


class StoredPiece(NamedTuple):
    """A zipped piece on disk, fetched when it is read: a day's plot needs few of them."""

    fetch: Callable[[int, int], bytes]
    t0: int
    gid: int

    def zip(self) -> bytes:
        """The stream as it is on disk."""
        return self.fetch(self.t0, self.gid)

    def read(self) -> bytes:
        """The bytes. Raises ValueError where they are damaged."""
        try:
            return zlib.decompress(self.zip())
        except zlib.error as error:
            raise ValueError(f"a zipped piece is damaged: {error}") from error


class Chunk(NamedTuple):
    """A stretch of one group's past, from `t0` (seconds since 1970) for `span` seconds, known until `heard_until`.

    A NamedTuple because a day's plot makes 1,440 of them (0.4 us against 2.5 us for a frozen dataclass).
    """

    device: str
    group: int
    layout: Layout
    t0: int
    span: int
    heard_until: float
    record_count: int
    pieces: tuple[Piece | StoredPiece, ...]
    """Together the records, and then the uncertain values as (record, point) pairs of u32 and u16."""
    aggregates: bytes = b""
    """Of a chunk that is known from end to end: how many points changed, which ones, min, max, mean and last of each as
    doubles (marks in their place where only the records tell), then the first record."""

    def plain(self) -> bytes:
        """All pieces in one. Raises ValueError where they are damaged."""
        return b"".join(piece.read() for piece in self.pieces)

    def read(self) -> tuple[memoryview, list[tuple[int, int]]]:
        """The records, and the uncertain values. Raises ValueError where they are damaged."""
        plain = memoryview(self.plain())
        split = self.record_count * self.layout.record.size
        marks = plain[split:]
        if len(plain) < split or len(marks) % _UNCERTAIN.size:
            raise ValueError(f"{self.device}: a chunk of {self.record_count} records has {len(plain)} bytes")
        return plain[:split], list(_UNCERTAIN.iter_unpack(marks))

    def quartet(self, point: int) -> tuple[float, float, float, float] | None:
        """Min, max, mean and last of a point; None where only the records tell. Raises ValueError when damaged."""
        if not self.aggregates:
            return None
        try:
            (count,) = _COUNT.unpack_from(self.aggregates)
            changed = struct.unpack_from(f"<{count}H", self.aggregates, _COUNT.size)
            quartets = _COUNT.size * (count + 1)
            if point in changed:
                at = quartets + _QUARTET.size * changed.index(point)
                low, high, mean, last = _QUARTET.unpack_from(self.aggregates, at)
            else:
                first = self.layout.record.unpack_from(self.aggregates, quartets + _QUARTET.size * count)
                low = high = mean = last = first[point + 1]
        except struct.error as error:
            raise ValueError(f"{self.device}: the aggregates of a chunk are damaged: {error}") from error
        code = self.layout.codes[point]
        return None if low <= BAD[code] or high >= UNHEARD[code] else (low, high, mean, last)

    def last(self, point: int) -> tuple[float, bool]:
        """A point's last value, and whether it is uncertain. Raises ValueError when damaged."""
        if (found := self.quartet(point)) is not None:
            return found[3], False
        records, marks = self.read()
        _, value = self.layout.one(point).unpack(records[-self.layout.record.size :])
        return value, (self.record_count - 1, point) in marks

    def end(self) -> tuple[tuple[float, ...], frozenset[int]]:
        """The last values of all points, and which of them are uncertain. Raises ValueError when damaged."""
        records, marks = self.read()
        _, *state = self.layout.record.unpack(records[-self.layout.record.size :])
        return tuple(state), frozenset(point for record, point in marks if record == self.record_count - 1)


class Closed:
    """A closed chunk on its way to disk, and what must be known of it there once it is zipped."""

    __slots__ = ("at_once", "chunk", "state")

    def __init__(self, chunk: Chunk) -> None:
        # One piece: what was zipped by the page while the minute was open takes twice the room on disk.
        chunk = chunk._replace(pieces=(Piece(chunk.plain()),))
        records, marks = chunk.read()
        self.at_once = records[:2] == _NO_TICK
        """Whether it is known from its first moment on."""
        doubtful = b"".join(point.to_bytes(2, "little") for record, point in marks if record == chunk.record_count - 1)
        self.state = bytes(records[-chunk.layout.record.size + 2 :]) + doubtful
        """The values and marks of the last record."""
        whole = self.at_once and chunk.heard_until >= chunk.t0 + chunk.span
        self.chunk = chunk._replace(aggregates=_aggregates(chunk, records, marks)) if whole else chunk

    def zip(self) -> None:
        """Make it small. From any thread."""
        for piece in self.chunk.pieces:
            piece.zip()


def _aggregates(chunk: Chunk, records: memoryview, marks: Sequence[tuple[int, int]]) -> bytes:
    ticks, *columns = zip(*chunk.layout.record.iter_unpack(records), strict=True)
    lengths = [later - tick for tick, later in pairwise([*monotonic(ticks), TICKS])]
    quartets = {
        point: _QUARTET.pack(min(column), max(column), sum(map(mul, column, lengths)) / TICKS, column[-1])
        for point, column in enumerate(columns)
        if column.count(column[0]) != len(column)
    }
    quartets |= {point: _ASK_THE_RECORDS for _, point in marks}
    changed = b"".join(map(_COUNT.pack, quartets))
    first = bytes(records[: chunk.layout.record.size])
    return b"".join((_COUNT.pack(len(quartets)), changed, *quartets.values(), first))


def mark_bytes(marks: Sequence[tuple[int, int]]) -> bytes:
    """Uncertain values as they stand behind the records."""
    return b"".join(_UNCERTAIN.pack(*mark) for mark in marks)


def monotonic(ticks: Sequence[int]) -> Sequence[int]:
    """Ticks that never go back: where the clock was set back by seconds it stands still in the plot."""
    return ticks if all(tick <= later for tick, later in pairwise(ticks)) else list(accumulate(ticks, max))
