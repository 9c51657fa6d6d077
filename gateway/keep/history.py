"""Recent telemetry for the page: the open minute in memory, closed ones on disk, and the plots made of both.

The hot path is `record`: one `struct.pack_into` for a sample whose values changed. An unchanged sample costs nothing. A
crash loses the open minute and the one being closed, which a plot then shows as a gap.
"""

from __future__ import annotations

import asyncio
import sqlite3
import struct
import time
from collections import deque
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

from gateway.keep.chunks import MINUTE, TICKS, Chunk, Closed, Piece
from gateway.keep.days import DAY, WHOLE_STATE_SECONDS, DayFiles, day_numbers, read_day
from gateway.keep.plot import END_OF_TIME, Buckets, Plot, add_chunks
from gateway.keep.strip import Strip

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    from drivers.contract import Device, Fault, Value

SLICE_SECONDS = 0.001
"""How long one `close_some` may hold the event loop."""

PAUSE_SECONDS = 0.05
"""Between two slices: closing takes 2 % of the loop while it lasts, and a compound's minute is closed in seconds."""

LATE_MINUTES = 3
"""A minute that was closed so late was still lived through; a longer leap is a clock that was set, or a sleep."""


TICK_SECONDS = MINUTE / TICKS

LOST_SENTENCES = 50


class History:
    """The history in a data folder. On the event loop, but for what it hands to its own two threads."""

    def __init__(self, folder: Path, keep_days: int) -> None:
        self.lost: deque[str] = deque(maxlen=LOST_SENTENCES)
        """What could not be kept or read, newest last: damaged files by name, minutes that the disk did not take."""
        self._folder = folder
        self._strips: dict[tuple[str, int], Strip] = {}
        self._files = DayFiles(folder, keep_days)
        self._writer = ThreadPoolExecutor(1, thread_name_prefix="history-writer")
        self._reader = ThreadPoolExecutor(1, thread_name_prefix="history-reader")
        self._utc = 0.0
        self._minute = -1.0
        self._due: Iterator[Strip] = iter(())
        self._full: list[Piece] = []
        self._to_close: deque[Chunk] = deque()
        self._closed: list[Closed] = []
        self._writing: list[Closed] = []
        self._commit: asyncio.Future[list[str]] | None = None

    def adopt(self, devices: Sequence[Device]) -> None:
        """Take devices, new or changed. One that stays as it was goes on; `forget` those that went."""
        for device in devices:
            for number, group in enumerate(device.groups):
                old = self._strips.get((device.id, number))
                new = Strip(device.id, number, group, self._full)
                if old is not None and (old.layout, old.wanted) == (new.layout, new.wanted):
                    continue
                if old is not None:
                    self._end(old)
                if new.layout.keys:
                    self._strips[device.id, number] = new
                else:
                    self._strips.pop((device.id, number), None)
            self._forget_from(device.id, len(device.groups))

    def forget(self, devices: Sequence[str]) -> None:
        """Drop devices that are no longer configured; their past stays."""
        for device in devices:
            self._forget_from(device, 0)

    def record(
        self,
        device: str,
        group: int,
        values: tuple[Value, ...],
        faults: tuple[Fault | None, ...] | None,
        utc: float,
    ) -> None:
        """Take a sample in which something changed, or the first one after `quiet`. Never fails, whatever is in it.

        A sample from before 1970 or after `END_OF_TIME` has no day that it could be kept under and is passed over.
        """
        strip = self._strips.get((device, group))
        if strip is None:
            return
        offset = utc - strip.t0
        if not 0.0 <= offset < MINUTE:
            if not 0.0 <= utc < END_OF_TIME:
                return
            self._roll(strip, utc, goes_on=False)
            offset = utc - strip.t0
        if faults is None:
            if strip.end + strip.width > len(strip.buffer):
                strip.make_room()
            pick = strip.pick
            try:
                strip.pack_into(strip.buffer, strip.end, int(offset * 1000), *(pick(values) if pick else values))
            except (struct.error, OverflowError):  # a value that is none
                pass
            else:
                strip.end += strip.width
                return
        strip.put(values, faults, offset)

    def quiet(self, device: str, group: int, utc: float) -> None:
        """The group went silent: a gap begins here and lasts until the next `record`."""
        strip = self._strips.get((device, group))
        if strip is None or not 0.0 <= utc < END_OF_TIME:
            return
        if not 0.0 <= utc - strip.t0 < MINUTE:
            self._roll(strip, utc, goes_on=False)
        strip.hush(utc - strip.t0)

    async def query(self, device: str, key: str, start: float, end: float, pixels: int) -> Plot:
        """The past of one point between two moments (seconds since 1970) in at most `pixels` buckets.

        A point of which nothing is known, or an end before the start, gives gaps or no bucket at all; never an error.
        """
        in_memory = [closed.chunk for closed in (*self._writing, *self._closed)] + list(self._to_close)
        in_memory += [
            chunk for strip in self._strips.values() if strip.device == device if (chunk := self._open(strip))
        ]
        told = [chunk for chunk in in_memory if chunk.device == device and key in chunk.layout.keys]
        arguments = (self._folder, told, device, key, start, end, pixels)
        loop = asyncio.get_running_loop()
        plot, damaged = await loop.run_in_executor(self._reader, _plot, *arguments)
        for day in damaged:
            self.lost += await loop.run_in_executor(self._writer, self._files.set_aside, day, self._utc)
        return plot

    # ------------------------------------------------------------ closing minutes

    async def run(self, clock: Callable[[], float]) -> None:
        """Close minutes as they end, until cancelled. `clock` gives UTC in seconds."""
        while True:
            more = self.close_some(clock())
            await asyncio.sleep(PAUSE_SECONDS if more else 1.0)

    def close_some(self, utc: float, budget_seconds: float = SLICE_SECONDS) -> bool:
        """Close minutes that ended before `utc`, for about that long; True while there are more.

        When the last one is closed all go to disk in one transaction, in a thread.
        """
        self._utc = utc
        if utc // MINUTE != self._minute:
            self._minute = utc // MINUTE
            self._due = iter(tuple(self._strips.values()))
        deadline = time.perf_counter() + budget_seconds
        first_new = len(self._closed)
        more = True
        while more and time.perf_counter() < deadline:
            if self._to_close:
                self._closed.append(Closed(self._to_close.popleft()))
            elif (strip := next(self._due, None)) is None:
                more = False
            elif strip.count and not 0.0 <= utc - strip.t0 < MINUTE:
                self._roll(strip, utc, goes_on=True)
        loop = asyncio.get_running_loop()
        large: list[Piece | Closed] = [*self._full, *self._closed[first_new:]]
        if large:
            self._full.clear()
            loop.run_in_executor(self._writer, _zip, large)
        if not more and self._closed and self._commit is None:
            self._writing, self._closed = self._closed, []
            self._commit = loop.run_in_executor(self._writer, self._files.write, self._writing, utc)
            self._commit.add_done_callback(self._committed)
        return more

    async def close(self) -> None:
        """Put everything on disk, the open minute too, and end the threads."""
        for strip in self._strips.values():
            self._end(strip)
        self._strips.clear()
        while self.close_some(self._utc) or self._commit is not None:
            if self._commit is None:
                await asyncio.sleep(0)
            else:
                await asyncio.wait([self._commit])
        self._writer.submit(self._files.close)
        self._writer.shutdown()
        self._reader.shutdown()

    def _committed(self, commit: asyncio.Future[list[str]]) -> None:
        self._commit = None
        self._writing = []
        self.lost += commit.result()

    def _roll(self, strip: Strip, utc: float, *, goes_on: bool) -> None:
        """Close the strip's minute and open the one of `utc`, with the minutes between if they were lived through.

        Over a leap of the clock the last state is only taken along when it `goes_on` at `utc`.
        """
        minute = int(utc // MINUTE) * MINUTE
        if strip.t0 < minute <= strip.t0 + LATE_MINUTES * MINUTE:
            while strip.t0 < minute:
                after = strip.t0 + MINUTE
                lasts = goes_on or utc - after >= TICK_SECONDS  # and is not replaced in the minute's first instant
                self._take(strip.close(after, after, 0.0 if lasts else None))
        else:
            self._take(strip.close(self._until(strip), minute, utc - minute if goes_on else None))

    def _until(self, strip: Strip) -> float:
        """How far the open minute is known: to the last look at the clock, or its last record."""
        if not strip.count:
            return strip.t0
        return min(max(strip.newest, self._utc), strip.t0 + MINUTE)

    def _open(self, strip: Strip) -> Chunk | None:
        """The minute so far; None where it holds no more than the first instant of a state that went on."""
        until = self._until(strip)
        return strip.peek(until) if until > strip.t0 else None

    def _end(self, strip: Strip) -> None:
        self._take(self._open(strip))

    def _take(self, chunk: Chunk | None) -> None:
        if chunk is not None:
            self._to_close.append(chunk)

    def _forget_from(self, device: str, number: int) -> None:
        while (strip := self._strips.pop((device, number), None)) is not None:
            self._end(strip)
            number += 1


def _zip(large: list[Piece | Closed]) -> None:
    for one in large:
        one.zip()


def _plot(
    folder: Path, in_memory: list[Chunk], device: str, key: str, start: float, end: float, pixels: int
) -> tuple[Plot, list[int]]:
    """The plot, and the days whose file is damaged."""
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
