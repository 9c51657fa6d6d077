"""A point's past in as many buckets as a screen can show."""

from __future__ import annotations

import math
import sqlite3
from dataclasses import dataclass
from itertools import chain, count
from typing import TYPE_CHECKING

from gateway.keep.chunks import BAD, TICKS, UNHEARD, monotonic
from gateway.keep.days import DAY, WHOLE_STATE_SECONDS, day_numbers, read_day

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from gateway.keep.chunks import Chunk

BUCKET_SECONDS = (
    0.1, 0.25, 0.5, 1, 2, 5, 10, 15, 20, 30,
    60, 120, 180, 300, 600, 900, 1800, 3600, 7200, 10_800, 21_600, 43_200, 86_400, 604_800, 2_592_000,
)  # fmt: skip
"""Lengths that a person reads off an axis. From a minute on they are whole minutes, so that no live chunk is cut."""

MOST_PIXELS = 10_000

END_OF_TIME = 253_402_300_800.0
"""The year 10000: no later day has a file."""

WHOLE = 0.98
"""A bucket of which less was heard says "uncertain": in three minutes a lost one shows, a late sample does not."""

GAP, GOOD, UNCERTAIN_WORD, BAD_WORD = "gap", "good", "uncertain", "bad"

_UNCERTAIN, _BAD = 1, 2


@dataclass(frozen=True, slots=True)
class Plot:
    """Equally long sequences, one entry for each bucket. None where there is no value, "gap" where nothing is known.

    `t` is when a bucket begins, in seconds since 1970; `mean` is weighted by time; `last` is the value at its end. The
    quality is the worst in the bucket; "uncertain" also where part of it is a gap. Booleans are 0 and 1.
    """

    bucket_seconds: float
    t: list[float]
    min: list[float | None]
    max: list[float | None]
    mean: list[float | None]
    last: list[float | None]
    quality: list[str]


class Buckets:
    """Takes stretches of a point's past in any order and makes a `Plot` of them."""

    def __init__(self, start: float, end: float, pixels: int) -> None:
        """At most `pixels` buckets, aligned to multiples of their length, from before `start` to after `end`."""
        start = max(0.0, start)
        end = min(max(start, end), END_OF_TIME)
        pixels = max(1, min(pixels, MOST_PIXELS))
        longer = (BUCKET_SECONDS[-1] * 2**times for times in count(1))  # one that begins in 1970 fits at last
        self.seconds = next(
            s for s in chain(BUCKET_SECONDS, longer) if math.ceil(end / s) - math.floor(start / s) <= pixels
        )
        first = math.floor(start / self.seconds)
        self.start = first * self.seconds
        size = max(0, math.ceil(end / self.seconds) - first)
        self.end = self.start + size * self.seconds
        self._low = [math.inf] * size
        self._high = [-math.inf] * size
        self._area = [0.0] * size
        self._weight = [0.0] * size
        self._heard = [0.0] * size
        self._last: list[float | None] = [None] * size
        self._last_at = [-math.inf] * size
        self._flags = [0] * size
        self._oldest = math.inf
        self._newest = -math.inf

    def add_chunk(self, chunk: Chunk, point: int) -> None:
        """Add one point of a chunk. Raises ValueError when it is damaged."""
        if self.seconds >= chunk.span and (found := chunk.quartet(point)) is not None:
            bucket = int((chunk.t0 - self.start) // self.seconds)
            if 0 <= bucket < len(self._low) and chunk.t0 + chunk.span <= self.start + (bucket + 1) * self.seconds:
                self._add_whole(bucket, chunk, *found)
                return
        records, marks = chunk.read()
        pairs = list(chunk.layout.one(point).iter_unpack(records))
        tick_seconds = chunk.span / TICKS
        times = [chunk.t0 + tick * tick_seconds for tick in monotonic([tick for tick, _ in pairs])]
        times.append(max(times[-1], chunk.heard_until))
        doubtful = {record for record, index in marks if index == point}
        code = chunk.layout.codes[point]
        for record, (_, value) in enumerate(pairs):
            self._add(value, code, times[record], times[record + 1], doubtful=record in doubtful)

    def add_last(self, chunk: Chunk, point: int, since: float, until: float) -> None:
        """Add a stretch through which the last state of a chunk went on. Raises ValueError when it is damaged."""
        value, doubtful = chunk.last(point)
        self._add(value, chunk.layout.codes[point], since, until, doubtful=doubtful)

    def _add_whole(self, bucket: int, chunk: Chunk, low: float, high: float, mean: float, last: float) -> None:
        end = float(chunk.t0 + chunk.span)
        self._low[bucket] = min(self._low[bucket], low)
        self._high[bucket] = max(self._high[bucket], high)
        self._area[bucket] += mean * chunk.span
        self._weight[bucket] += chunk.span
        self._heard[bucket] += chunk.span
        if end > self._last_at[bucket]:
            self._last[bucket], self._last_at[bucket] = last, end
        self._reach(chunk.t0, end)

    def _add(self, value: float, code: str, since: float, until: float, *, doubtful: bool) -> None:
        """A value that stood from `since` to `until`."""
        if value == UNHEARD[code] or since >= self.end or (until <= self.start and since < self.start):
            return
        self._reach(since, until)
        flag = _BAD if value == BAD[code] or math.isnan(value) else _UNCERTAIN if doubtful else 0
        since, until = max(since, self.start), min(until, self.end)
        bucket = int((since - self.start) // self.seconds)
        while since <= until and bucket < len(self._low):
            edge = min(until, self.start + (bucket + 1) * self.seconds)
            self._flags[bucket] |= flag
            self._heard[bucket] += edge - since
            if flag is not _BAD:
                self._low[bucket] = min(self._low[bucket], value)
                self._high[bucket] = max(self._high[bucket], value)
                self._area[bucket] += value * (edge - since)
                self._weight[bucket] += edge - since
            if edge >= self._last_at[bucket]:
                self._last[bucket] = None if flag is _BAD else value
                self._last_at[bucket] = edge
            if edge >= until:
                return
            since = edge
            bucket += 1

    def _reach(self, since: float, until: float) -> None:
        self._oldest = min(self._oldest, since)
        self._newest = max(self._newest, until)

    def plot(self) -> Plot:
        """All that was added."""
        size = range(len(self._low))
        valued = [self._low[bucket] <= self._high[bucket] for bucket in size]
        return Plot(
            self.seconds,
            [self.start + bucket * self.seconds for bucket in size],
            _where(valued, self._low),
            _where(valued, self._high),
            [self._mean(bucket) if valued[bucket] else None for bucket in size],
            self._last,
            [self._quality(bucket, valued=valued[bucket]) for bucket in size],
        )

    def _mean(self, bucket: int) -> float | None:
        weight = self._weight[bucket]
        return self._area[bucket] / weight if weight else self._last[bucket]

    def _quality(self, bucket: int, *, valued: bool) -> str:
        flags = self._flags[bucket]
        if flags & _BAD:
            return BAD_WORD
        if not valued:
            return GAP
        begins = self.start + bucket * self.seconds
        # What lies before the first word ever and after the last one is not a gap in this bucket.
        expected = min(begins + self.seconds, self._newest) - max(begins, self._oldest)
        return UNCERTAIN_WORD if flags or self._heard[bucket] < WHOLE * expected else GOOD


def add_chunks(buckets: Buckets, chunks: Iterable[Chunk], key: str) -> None:
    """Add one point from the chunks of one group, of one layout, in the order of time.

    A chunk without records says that the one right before it lasted. Raises ValueError for damaged bytes.
    """
    before: Chunk | None = None
    lasted = 0.0
    point = -1
    for chunk in chunks:
        if point < 0:
            point = chunk.layout.keys.index(key)
        if before is not None and not chunk.record_count and chunk.t0 == lasted:
            lasted = chunk.heard_until
            continue
        if before is not None and lasted > before.heard_until:
            buckets.add_last(before, point, before.heard_until, lasted)
        before = None
        if chunk.record_count:
            buckets.add_chunk(chunk, point)
            before, lasted = chunk, chunk.heard_until
    if before is not None and lasted > before.heard_until:
        buckets.add_last(before, point, before.heard_until, lasted)


def plot_of(
    folder: Path, in_memory: list[Chunk], device: str, key: str, start: float, end: float, pixels: int
) -> tuple[Plot, list[int]]:
    """The plot of a point from the day files and what is in memory, and the days whose file is damaged."""
    buckets = Buckets(start, end, pixels)
    told = {(chunk.t0, chunk.heard_until) for chunk in in_memory}
    damaged: list[int] = []
    first, last = (start - WHOLE_STATE_SECONDS) // DAY, end // DAY
    for day in day_numbers(folder):
        if not first <= day <= last:
            continue
        try:
            for chunks in read_day(folder, day, device, key, start, end):
                add_chunks(buckets, [chunk for chunk in chunks if (chunk.t0, chunk.heard_until) not in told], key)
        except sqlite3.OperationalError:  # forgotten or set aside meanwhile
            continue
        except (sqlite3.DatabaseError, ValueError):
            damaged.append(day)
    for chunk in in_memory:
        buckets.add_chunk(chunk, chunk.layout.keys.index(key))
    return buckets.plot(), damaged


def _where(wanted: list[bool], values: list[float]) -> list[float | None]:
    return [value if want else None for want, value in zip(wanted, values, strict=True)]
