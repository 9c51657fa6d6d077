"""The past of devices as CSV, as it was recorded, in pieces: a month of it is never in memory.

A row says what a point is from its time on: the first one at the start of what was asked for, then one for each change
of its value or quality, and one of quality `gap` from where on it was not heard. Rows are in the order of time, but for an
hour in which the clock was set back: that one is told twice.
"""

from __future__ import annotations

import asyncio
import json
import math
import sqlite3
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import chain
from operator import attrgetter
from typing import TYPE_CHECKING

from drivers.contract import Kind
from gateway.keep.breath import Breath
from gateway.keep.chunks import BAD, MINUTE, TICKS, UNHEARD, Chunk, Layout, StoredPiece, monotonic
from gateway.keep.days import DAY, GROUPS, LONGEST_SPAN, WHOLE_STATE_SECONDS, day_numbers, readable_day
from gateway.keep.plot import BAD_WORD, GAP, GOOD, UNCERTAIN_WORD

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Awaitable, Callable, Generator, Iterator, Mapping, Sequence
    from pathlib import Path

    from drivers.contract import Point

PIECE_BYTES = 32 * 1024
"""The length of a piece, but for the last one."""

CHUNKS_AT_ONCE = 200
"""After so many chunks a piece is given out even when it is empty: whoever asked may have left."""

_SELECT = f"""
WITH RECURSIVE grid(t) AS (SELECT ? UNION ALL SELECT t + {MINUTE} FROM grid WHERE t + {MINUTE} < ?)
SELECT t, wanted.value, span, n, heard_until, data FROM grid CROSS JOIN json_each(?) AS wanted
CROSS JOIN chunk ON chunk.at = grid.t / {MINUTE} * {GROUPS} + wanted.value
"""  # noqa: S608 - two numbers of ours

_FORMULA = ("=", "+", "-", "@", "\t", "\r")
"""What a spreadsheet takes for the beginning of a formula."""

Shown = tuple[float, str]
"""A value with its quality; nought where there is no value."""

Content = tuple[memoryview, list[tuple[int, int]]]
"""What a chunk's `read` gives."""

_NOTHING: Content = memoryview(b""), []


@dataclass(frozen=True, slots=True)
class Stretch:
    """What of the past is asked for. `named`: rows bear the point's key and unit, as they must where points are many.

    `several`: they bear the device's id too.
    """

    device: str
    points: Mapping[str, Point]
    start: float
    end: float
    named: bool
    several: bool = False


class Export:
    """One export under way, with a thread of its own. To be closed, whether or not it was read to its end."""

    def __init__(
        self,
        folder: Path,
        stretches: Sequence[tuple[Stretch, Sequence[Chunk]]],
        set_aside: Callable[[int], Awaitable[None]],
        ended: Callable[[Export], None],
    ) -> None:
        self._damaged: list[int] = []
        self._pieces = _pieces(folder, stretches, self._damaged)
        self._set_aside = set_aside
        self._ended = ended
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="history-export")

    async def pieces(self) -> AsyncGenerator[bytes, None]:
        """The file, piece by piece. A day that is damaged is set aside and missing from it."""
        loop = asyncio.get_running_loop()
        while (piece := await loop.run_in_executor(self._thread, next, self._pieces, None)) is not None:
            while self._damaged:
                await self._set_aside(self._damaged.pop())
            yield piece

    def close(self) -> None:
        """Stop reading."""
        self._thread.submit(self._pieces.close)  # behind what the thread still reads
        self._thread.shutdown(wait=False)
        self._ended(self)


def _pieces(
    folder: Path, stretches: Sequence[tuple[Stretch, Sequence[Chunk]]], damaged: list[int]
) -> Generator[bytes, None, None]:
    """The file, one device after the other. Runs in a thread, one piece at a time."""
    yield _heading(stretches[0][0])
    for stretch, in_memory in stretches:
        yield from _rows_of(folder, stretch, in_memory, damaged)


def _heading(stretch: Stretch) -> bytes:
    names = "point,value,unit,quality" if stretch.named else "value,quality"
    of = "device," if stretch.several else ""
    return f"\ufefftime,{of}{names}\r\n".encode()  # without the mark Excel takes UTF-8 for its own code page


def _rows_of(
    folder: Path, stretch: Stretch, in_memory: Sequence[Chunk], damaged: list[int]
) -> Generator[bytes, None, None]:
    rows = _Rows(stretch)
    breath = Breath()
    waiting = {(chunk.group, chunk.t0): chunk for chunk in in_memory}
    piece = bytearray()
    for number, (chunk, content) in enumerate(chain(_on_disk(folder, stretch, waiting, damaged), _rest_of(waiting))):
        breath.draw()
        piece += rows.taken(chunk.t0)
        rows.add(chunk, content)
        while len(piece) >= PIECE_BYTES:
            yield bytes(piece[:PIECE_BYTES])
            del piece[:PIECE_BYTES]
        if number % CHUNKS_AT_ONCE == 0:
            yield b""
    piece += rows.rest()
    for at in range(0, len(piece), PIECE_BYTES):
        yield bytes(piece[at : at + PIECE_BYTES])


def _on_disk(
    folder: Path, stretch: Stretch, waiting: dict[tuple[int, int], Chunk], damaged: list[int]
) -> Iterator[tuple[Chunk, Content]]:
    """The chunks of all days in the order of time. What has come to disk of those that wait is no longer waiting."""
    for day in day_numbers(folder):
        if not stretch.start // DAY <= day <= stretch.end // DAY:
            continue
        try:
            for chunk in _of_day(folder, day, stretch):
                found = waiting.get((chunk.group, chunk.t0))
                if found is not None and found.heard_until <= chunk.heard_until:
                    del waiting[chunk.group, chunk.t0]
                yield chunk, chunk.read() if chunk.record_count else _NOTHING
        except sqlite3.OperationalError:  # forgotten or set aside meanwhile
            continue
        except (sqlite3.DatabaseError, ValueError):
            damaged.append(day)


def _of_day(folder: Path, day: int, stretch: Stretch) -> Iterator[Chunk]:
    first = max(int(stretch.start - WHOLE_STATE_SECONDS - LONGEST_SPAN) // MINUTE * MINUTE, day * DAY)
    with closing(readable_day(folder, day)) as connection:
        named = connection.execute("SELECT gid, grp, layout FROM groups WHERE device = ?", (stretch.device,))
        groups = {
            gid: (group, layout)
            for gid, group, text in named
            if not stretch.points.keys().isdisjoint((layout := Layout.parse(text)).keys)
        }
        for t0, gid, span, count, until, data in connection.execute(
            _SELECT, (first, min(stretch.end, (day + 1) * DAY), json.dumps(sorted(groups)))
        ):
            group, layout = groups[gid]
            yield Chunk(
                stretch.device,
                group,
                layout,
                t0,
                span,
                until,
                count,
                (StoredPiece(lambda *_, data=data: data, t0, gid),),
            )


def _rest_of(waiting: Mapping[tuple[int, int], Chunk]) -> Iterator[tuple[Chunk, Content]]:
    for chunk in sorted(waiting.values(), key=attrgetter("t0")):
        yield chunk, chunk.read()


class _Group:
    """What a group's rows have said so far."""

    __slots__ = ("shown", "until")

    def __init__(self) -> None:
        self.until = math.inf
        """Nothing is known after it. Before the first chunk there is no such moment."""
        self.shown: dict[str, Shown] = {}


class _Rows:
    """Makes rows of chunks that come in the order of their beginning."""

    def __init__(self, stretch: Stretch) -> None:
        self._stretch = stretch
        self._groups: dict[int, _Group] = {}
        self._pending: dict[tuple[float, str], str] = {}
        """By time and point, so that of two rows of one moment the later one holds."""

    def add(self, chunk: Chunk, content: Content) -> None:
        """Take a chunk with what is read of it."""
        group = self._groups.setdefault(chunk.group, _Group())
        if not chunk.record_count:
            if chunk.t0 == group.until:
                group.until = chunk.heard_until
            return
        records, marks = content
        places = [(place, key) for place, key in enumerate(chunk.layout.keys) if key in self._stretch.points]
        tick_seconds = chunk.span / TICKS
        doubtful = set(marks)
        states = list(chunk.layout.record.iter_unpack(records))
        times = [chunk.t0 + tick * tick_seconds for tick in monotonic([state[0] for state in states])]
        if group.until < times[0]:
            self._gap(group)
        before: list[float] = []
        for number, (utc, (_, *state)) in enumerate(zip(times, states, strict=True)):
            if state == before and not doubtful:
                continue
            before = state
            for place, key in places:
                quality = UNCERTAIN_WORD if doubtful and (number, place) in doubtful else GOOD
                self._show(group, utc, key, _shown(state[place], quality, chunk.layout.codes[place]))
        group.until = chunk.heard_until

    def taken(self, until: float) -> bytes:
        """All rows from before a time, as they stand in the file."""
        if not self._pending or until <= self._stretch.start:
            return b""
        ready = sorted(moment for moment in self._pending if moment[0] < until)
        return "".join(self._pending.pop(moment) for moment in ready).encode()

    def rest(self) -> bytes:
        """The last rows. A group that was not heard for a minute before the end has a gap there."""
        for group in self._groups.values():
            if group.until + MINUTE < self._stretch.end:
                self._gap(group)
        return self.taken(math.inf)

    def _gap(self, group: _Group) -> None:
        for key in list(group.shown):
            self._show(group, group.until, key, (0.0, GAP))

    def _show(self, group: _Group, utc: float, key: str, shown: Shown) -> None:
        if group.shown.get(key) == shown or utc >= self._stretch.end:
            return
        group.shown[key] = shown
        utc = max(utc, self._stretch.start)
        value, quality = shown
        point = self._stretch.points[key]
        text = "" if quality in {BAD_WORD, GAP} else _written(value, point.kind)
        names = f"{_cell(key)},{text},{_cell(point.unit)}" if self._stretch.named else text
        names = f"{_cell(self._stretch.device)},{names}" if self._stretch.several else names
        self._pending[utc, key] = f"{_moment(utc)},{names},{quality}\r\n"


def _shown(value: float, quality: str, code: str) -> Shown:
    if value == UNHEARD[code]:
        return 0.0, GAP
    if value == BAD[code] or math.isnan(value):
        return 0.0, BAD_WORD
    return float(value), quality


def _written(value: float, kind: Kind) -> str:
    if kind is Kind.BOOLEAN:
        return "true" if value else "false"
    return str(int(value)) if kind is Kind.INTEGER and value.is_integer() else repr(value)


def _moment(utc: float) -> str:
    moment = datetime.fromtimestamp(round(utc * 1000) / 1000, UTC)
    return moment.isoformat(timespec="milliseconds").removesuffix("+00:00") + "Z"


def _cell(text: str) -> str:
    """A text that no spreadsheet takes for a formula, quoted where it must be."""
    harmless = "'" + text if text.startswith(_FORMULA) else text
    return '"' + harmless.replace('"', '""') + '"' if set(harmless) & set(',"\r\n') else harmless
