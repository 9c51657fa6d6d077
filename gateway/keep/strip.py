"""The open minute of one poll group, in memory."""

from __future__ import annotations

import struct
from operator import itemgetter
from typing import TYPE_CHECKING, Any

from drivers.contract import Quality
from gateway.keep.chunks import BAD, BOOLEAN, MINUTE, NUMBER, TICKS, Chunk, Piece, layout_of, mark_bytes

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from drivers.contract import Fault, Group, Value

PIECE_BYTES = 4096
"""A full buffer becomes a piece for zipping: all open minutes of 400 controllers stay below 10 MB."""

LATE_MINUTES = 3
"""A minute that was closed so late was still lived through; a longer leap is a clock that was set, or a sleep."""

TICK_SECONDS = MINUTE / TICKS


class Strip:
    """The open minute of one group: a buffer into which the hot path packs records, and full pieces before it.

    `History.record` reaches into it; nothing else may. Full pieces are also put into `full`, for somebody to zip.
    """

    __slots__ = (
        *("buffer", "count_before", "device", "end", "full", "group", "layout", "pack_into", "pick", "pieces"),
        *("poll_group", "t0", "uncertain", "wanted", "width"),
    )

    def __init__(self, device: str, number: int, group: Group, full: list[Piece]) -> None:
        self.device = device
        self.group = number
        self.poll_group = group
        self.layout, self.wanted = layout_of(group)
        self.pick = _picker(self.wanted, len(group.points))
        self.width = self.layout.record.size
        self.pack_into: Callable[..., None] = self.layout.record.pack_into
        self.buffer = bytearray(2 * self.width)
        self.end = 0
        self.pieces: list[Piece] = []
        self.count_before = 0
        self.full = full
        self.t0 = 0
        self.uncertain: list[tuple[int, int]] = []

    def blank(self) -> Strip:
        """An empty strip of the same group, whose full pieces nobody zips."""
        return Strip(self.device, self.group, self.poll_group, [])

    @property
    def count(self) -> int:
        """How many records the minute has so far."""
        return self.count_before + self.end // self.width

    @property
    def newest(self) -> float:
        """When the last record was made, in seconds since 1970; there must be one."""
        return self.t0 + int.from_bytes(self._last()[:2], "little") / 1000

    def put(self, values: Sequence[Value], faults: Sequence[Fault | None] | None, offset: float) -> None:
        """Append a record, whatever the values are; `offset` is in seconds within the minute."""
        state: list[float] = []
        uncertain: list[int] = []
        for place, (index, code) in enumerate(zip(self.wanted, self.layout.codes, strict=True)):
            value, fault = values[index], faults and faults[index]
            if not isinstance(value, int | float) or (fault and fault.quality is Quality.BAD):
                state.append(BAD[code])
                continue
            state.append(bool(value) if code == BOOLEAN else value)
            if fault and fault.quality is Quality.UNCERTAIN:
                uncertain.append(place)
        self.put_state(state, uncertain, offset)

    def put_state(self, state: Sequence[float], uncertain: Iterable[int], offset: float) -> None:
        """Append a record of numbers and marks in the order of the layout; `uncertain` are places in it."""
        tick = int(offset * 1000)
        try:
            record = self.layout.record.pack(tick, *state)
        except (struct.error, OverflowError):  # an integer beyond any double
            state = [value if abs(value) < 2.0**1023 else BAD[NUMBER] for value in state]
            record = self.layout.record.pack(tick, *state)
        self.uncertain += [(self.count, place) for place in uncertain]
        self._append(record)

    def hush(self, offset: float) -> None:
        """Nothing is heard from here on."""
        if self.count and self._last()[2:] != self.layout.silence:
            self._append(_tick(offset) + self.layout.silence)

    def close(self, heard_until: float, t0: int, offset: float | None) -> Chunk | None:
        """Close the minute and open the one at `t0`, where the last state goes on from `offset` unless that is None.

        Returns None for an empty minute.
        """
        chunk = self.peek(heard_until)
        self.t0 = t0
        if chunk is None:
            return None
        state = self._last()[2:]
        self.uncertain = [(0, point) for record, point in self.uncertain if record == chunk.record_count - 1]
        self.pieces = []
        self.count_before = self.end = 0
        if offset is None:
            self.uncertain = []
        elif state != self.layout.silence:
            self._append(_tick(offset) + state)
        return chunk

    def roll(self, utc: float, seen_utc: float, *, goes_on: bool) -> Iterator[Chunk]:
        """Close the minute and open the one of `utc`, with the minutes between if they were lived through.

        `seen_utc` is the last look at the clock. Over a leap of it the last state is only taken along when it `goes_on` at
        `utc`. All must be taken of what is yielded.
        """
        minute = int(utc // MINUTE) * MINUTE
        if self.t0 < minute <= self.t0 + LATE_MINUTES * MINUTE:
            while self.t0 < minute:
                after = self.t0 + MINUTE
                lasts = goes_on or utc - after >= TICK_SECONDS  # and is not replaced in the minute's first instant
                if chunk := self.close(after, after, 0.0 if lasts else None):
                    yield chunk
        elif chunk := self.close(self.known_until(seen_utc), minute, utc - minute if goes_on else None):
            yield chunk

    def known_until(self, seen_utc: float) -> float:
        """How far the open minute is known: to the last look at the clock, or its last record."""
        if not self.count:
            return self.t0
        return min(max(self.newest, seen_utc), self.t0 + MINUTE)

    def so_far(self, seen_utc: float) -> Chunk | None:
        """The open minute; None where it holds no more than the first instant of a state that went on."""
        until = self.known_until(seen_utc)
        return self.peek(until) if until > self.t0 else None

    def peek(self, heard_until: float) -> Chunk | None:
        """The minute so far as a chunk; None for an empty one."""
        if not self.count:
            return None
        tail = Piece(bytes(memoryview(self.buffer)[: self.end]) + mark_bytes(self.uncertain))
        pieces = (*self.pieces, tail)
        return Chunk(self.device, self.group, self.layout, self.t0, MINUTE, heard_until, self.count, pieces)

    def _last(self) -> bytes:
        if self.end:
            return bytes(self.buffer[self.end - self.width : self.end])
        return self.pieces[-1].read()[-self.width :]

    def _append(self, record: bytes) -> None:
        if self.end + self.width > len(self.buffer):
            self.make_room()
        self.buffer[self.end : self.end + self.width] = record
        self.end += self.width

    def make_room(self) -> None:
        """The buffer is full: a larger one up to a page, from then on the page becomes a piece."""
        if len(self.buffer) < PIECE_BYTES:
            self.buffer.extend(bytes(len(self.buffer)))
            return
        piece = Piece(bytes(memoryview(self.buffer)[: self.end]))
        self.pieces.append(piece)
        self.full.append(piece)
        self.count_before += self.end // self.width
        self.end = 0


def _tick(offset: float) -> bytes:
    return int(offset * 1000).to_bytes(2, "little")


def _picker(wanted: tuple[int, ...], points: int) -> Callable[[Any], Any] | None:
    """How the recorded values are taken out of a sample; None where all are recorded."""
    if len(wanted) == points:
        return None
    if len(wanted) == 1:
        only = wanted[0]
        return lambda values: (values[only],)
    return itemgetter(*wanted)
