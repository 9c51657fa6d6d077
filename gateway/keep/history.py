"""Recent telemetry for the page: the open minute in memory, closed ones on disk, and the plots made of both.

The hot path is `record`: one `struct.pack_into` for a sample whose values changed. An unchanged sample costs nothing. A
crash takes the open minute and the one being closed; gateway/keep/rebuild.py puts them back.
"""

from __future__ import annotations

import asyncio
import sqlite3
import struct
import time
from collections import deque
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from typing import TYPE_CHECKING, TypeVar, TypeVarTuple

from gateway.decide.rules import STORE_DAMAGED
from gateway.keep.chunks import MINUTE, Chunk, Closed, Piece
from gateway.keep.days import DayFiles, readable_day
from gateway.keep.export import Export
from gateway.keep.plot import END_OF_TIME, plot_of
from gateway.keep.strip import Strip
from gateway.model import HouseSaid

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    from drivers.contract import Device, Fault, Value
    from gateway.keep.days import Trouble
    from gateway.keep.export import Stretch
    from gateway.keep.plot import Plot

T = TypeVar("T")
Ts = TypeVarTuple("Ts")

SOURCE = "history"
"""Who speaks, in what is said of the house."""

SLICE_SECONDS = 0.001
"""How long one `close_some` may hold the event loop."""

PAUSE_SECONDS = 0.05
"""Between two slices: closing takes 2 % of the loop while it lasts, and a compound's minute is closed in seconds."""

LOST_SENTENCES = 50

MOST_EXPORTS = 2
"""At once: each takes some of the processor for as long as it lasts."""


class History:
    """The history in a data folder. On the event loop, but for what it hands to its own two threads."""

    def __init__(self, folder: Path, keep_days: int) -> None:
        self.folder = folder
        self.lost: deque[str] = deque(maxlen=LOST_SENTENCES)
        """What could not be kept or read, newest last: damaged files by name, minutes that the disk did not take."""
        self.lost_minutes = 0
        """How many minutes of poll groups were dropped since the start."""
        self.writable: Callable[[], bool] = lambda: True
        """Whether there is room for telemetry on the disk. Without, minutes are dropped when they end."""
        self.say: Callable[[HouseSaid], None] = lambda _said: None
        """Told when a damaged file is set aside, and that all is well when a minute was kept after it, or after the start:
        an alarm of an earlier run ends there."""
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
        self._commit: asyncio.Future[list[Trouble]] | None = None
        self._exports: set[Export] = set()
        self._scarce = False
        self._well = False

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
            self._to_close += strip.roll(utc, self._utc, goes_on=False)
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
            self._to_close += strip.roll(utc, self._utc, goes_on=False)
        strip.hush(utc - strip.t0)

    async def query(self, device: str, key: str, start: float, end: float, pixels: int) -> Plot:
        """The past of one point between two moments (seconds since 1970) in at most `pixels` buckets.

        A point of which nothing is known, or an end before the start, gives gaps or no bucket at all; never an error.
        """
        told = [chunk for chunk in self.in_memory(device) if key in chunk.layout.keys]
        plot, damaged = await self.in_a_thread(plot_of, self.folder, told, device, key, start, end, pixels)
        for day in damaged:
            await self.set_aside(day)
        return plot

    def in_memory(self, device: str) -> list[Chunk]:
        """What is not yet on disk of a device: minutes on their way there, and the open ones so far."""
        chunks = [closed.chunk for closed in (*self._writing, *self._closed)] + list(self._to_close)
        strips = (strip for strip in self._strips.values() if strip.device == device)
        return [chunk for chunk in chunks if chunk.device == device] + [
            chunk for strip in strips if (chunk := strip.so_far(self._utc)) is not None
        ]

    def export(self, *stretches: Stretch) -> Export | None:
        """Begin an export of one device after the other; None while `MOST_EXPORTS` are under way. It is to be closed."""
        if len(self._exports) >= MOST_EXPORTS:
            return None
        told = [(stretch, self.in_memory(stretch.device)) for stretch in stretches]
        export = Export(self.folder, told, self.set_aside, self._exports.discard)
        self._exports.add(export)
        return export

    # ------------------------------------------------------------ what a crash took

    def blank_strips(self) -> list[Strip]:
        """An empty strip for each group that is recorded."""
        return [strip.blank() for strip in self._strips.values()]

    async def look_into(self, day: int, work: Callable[[sqlite3.Connection], T]) -> T | None:
        """What `work` finds in a day file, in a thread; None where it is gone, or damaged: then it is set aside."""

        def look() -> T:
            with closing(readable_day(self.folder, day)) as connection:
                return work(connection)

        try:
            return await self.in_a_thread(look)
        except sqlite3.OperationalError:  # forgotten meanwhile
            return None
        except (sqlite3.DatabaseError, ValueError):
            await self.set_aside(day)
            return None

    async def in_a_thread(self, work: Callable[[*Ts], T], *arguments: *Ts) -> T:
        """Let the reader's thread work."""
        return await asyncio.get_running_loop().run_in_executor(self._reader, work, *arguments)

    async def put_back(self, minutes: Sequence[Closed]) -> None:
        """Put minutes on disk at once, beside what stands there."""
        if self._has_room(minutes):
            loop = asyncio.get_running_loop()
            self._note(await loop.run_in_executor(self._writer, self._files.write, minutes, self._utc))

    async def set_aside(self, day: int) -> None:
        """Put a damaged day file out of the way, and say so."""
        loop = asyncio.get_running_loop()
        self._note(await loop.run_in_executor(self._writer, self._files.set_aside, day, self._utc))

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
                self._to_close += strip.roll(utc, self._utc, goes_on=True)
        loop = asyncio.get_running_loop()
        large: list[Piece | Closed] = [*self._full, *self._closed[first_new:]]
        if large:
            self._full.clear()
            loop.run_in_executor(self._writer, _zip, large)
        if not more and self._closed and self._commit is None:
            self._writing, self._closed = self._closed, []
            if not self._has_room(self._writing):
                self._writing = []
                return False
            self._commit = loop.run_in_executor(self._writer, self._files.write, self._writing, utc)
            self._commit.add_done_callback(self._committed)
        return more

    async def put_away(self, utc: float) -> None:
        """Put everything on disk, the open minute too, and close the file. For every group a gap begins.

        Whatever is recorded later opens the file again.
        """
        for (device, number), strip in self._strips.items():
            self.quiet(device, number, utc)
            if chunk := strip.close(strip.known_until(utc), strip.t0 + MINUTE, None):
                self._to_close.append(chunk)
        await self._all_on_disk()
        await asyncio.get_running_loop().run_in_executor(self._writer, self._files.close)

    async def close(self) -> None:
        """Put everything on disk, the open minute too, and end the threads."""
        for strip in self._strips.values():
            self._end(strip)
        self._strips.clear()
        await self._all_on_disk()
        self._writer.submit(self._files.close)
        self._writer.shutdown()
        self._reader.shutdown()

    async def _all_on_disk(self) -> None:
        while self.close_some(self._utc) or self._commit is not None:
            if self._commit is None:
                await asyncio.sleep(0)
            else:
                await asyncio.wait([self._commit])

    def _committed(self, commit: asyncio.Future[list[Trouble]]) -> None:
        self._commit = None
        self._writing = []
        if not self._note(commit.result()) and not self._well:
            self._well = True
            self.say(HouseSaid(STORE_DAMAGED, SOURCE, abnormal=False))

    def _note(self, troubles: Sequence[Trouble]) -> Sequence[Trouble]:
        for trouble in troubles:
            self.lost.append(trouble.sentence)
            self.lost_minutes += trouble.lost_minutes
            if trouble.damaged:
                self._well = False
                self.say(HouseSaid(STORE_DAMAGED, SOURCE, abnormal=True, why=trouble.sentence))
        return troubles

    def _has_room(self, minutes: Sequence[Closed]) -> bool:
        """Whether minutes may be written. What may not is counted, and said once for each time that room is short."""
        room = self.writable()
        if not room:
            self.lost_minutes += len(minutes)
            if not self._scarce:
                self.lost.append("History: minutes are dropped for lack of room on the disk.")
        self._scarce = not room
        return room

    def _end(self, strip: Strip) -> None:
        chunk = strip.so_far(self._utc)
        if chunk is not None:
            self._to_close.append(chunk)

    def _forget_from(self, device: str, number: int) -> None:
        while (strip := self._strips.pop((device, number), None)) is not None:
            self._end(strip)
            number += 1


def _zip(large: list[Piece | Closed]) -> None:
    for one in large:
        one.zip()
