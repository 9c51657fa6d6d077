"""Back-filling: a past that was lived elsewhere, as CSV, into the day files. Minutes that are there are not touched."""

from __future__ import annotations

import csv
from array import array
from dataclasses import dataclass, field
from math import ceil
from typing import TYPE_CHECKING

from gateway.keep.chunks import BAD, BOOLEAN, MINUTE, TICKS, UNHEARD, Chunk, Closed, Layout, Piece, layout_of
from gateway.keep.days import DAY, LONGEST_SPAN, DayFiles

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path

    from drivers.contract import Device
    from gateway.keep.days import Minutes

HEADER = ["device", "point", "utc", "value"]
ALL_FILES = 1_000_000
"""Back-filling forgets no day; the running history does."""

_WORDS = {"true": 1.0, "True": 1.0, "false": 0.0, "False": 0.0}


@dataclass(slots=True)
class _Series:
    """What a file says about one poll group: three columns of numbers, 18 bytes a row."""

    device: str
    group: int
    layout: Layout
    times: array[float] = field(default_factory=lambda: array("d"))
    points: array[int] = field(default_factory=lambda: array("H"))
    values: array[float] = field(default_factory=lambda: array("d"))


def import_csv(folder: Path, devices: Sequence[Device], lines: Iterable[str]) -> int:
    """Write lines of `device,point,utc,value` into the history of a data folder; return how many were taken.

    `utc` is in seconds since 1970, a value is a number, `true`, `false` or empty (bad); a value lasts until the point's
    next line, the last one until the file's latest time. The order is free, a heading is allowed. Points that history does
    not record (text, or not among `devices`) are passed over. No gateway may run on the folder. Raises ValueError that
    names the line that cannot be read.
    """
    every, places = _series(devices)
    taken = 0
    for number, row in enumerate(csv.reader(lines), 1):
        if row == HEADER or not row:
            continue
        try:
            device, key, utc, text = row
            place = places.get((device, key))
            if place is None:
                continue
            series, point = place
            value = _value(text, series.layout.codes[point])
            series.times.append(float(utc))
        except ValueError as error:
            raise ValueError(f"line {number} is not device,point,utc,value: {','.join(row)!r} ({error})") from error
        series.points.append(point)
        series.values.append(value)
        taken += 1
    spoken = [series for series in every if series.times]
    if spoken:
        _write(folder, spoken)
    return taken


def _series(devices: Sequence[Device]) -> tuple[list[_Series], dict[tuple[str, str], tuple[_Series, int]]]:
    every: list[_Series] = []
    places: dict[tuple[str, str], tuple[_Series, int]] = {}
    for device in devices:
        for number, group in enumerate(device.groups):
            series = _Series(device.id, number, layout_of(group)[0])
            every.append(series)
            for point, key in enumerate(series.layout.keys):
                places[device.id, key] = series, point
    return every, places


def _value(text: str, code: str) -> float:
    value = _WORDS.get(text)
    if value is None:
        value = float(text) if text else BAD[code]
    return float(bool(value)) if code == BOOLEAN and text else value


def _write(folder: Path, spoken: Sequence[_Series]) -> None:
    end = max(max(series.times) for series in spoken)
    first = min(min(series.times) for series in spoken)
    files = DayFiles(folder, ALL_FILES)
    try:
        for day in range(int(first // DAY), int(end // DAY) + 1):
            taken = files.minutes(day)
            batch = [closed for series in spoken for closed in _chunks(series, day, end, taken)]
            batch.sort(key=lambda closed: closed.chunk.t0)  # the order of the key: each page is written once
            if troubles := files.write(batch, end):
                raise OSError(troubles[0].sentence)
    finally:
        files.close()


def _chunks(series: _Series, day: int, end: float, taken: Minutes) -> Iterator[Closed]:
    """The chunks of one group and day, zipped."""
    layout, times, points, values = series.layout, series.times, series.points, series.values
    width = layout.record.size
    order = sorted(range(len(times)), key=times.__getitem__)
    state = [UNHEARD[code] for code in layout.codes]
    unheard = list(state)
    boolean = [code == BOOLEAN for code in layout.codes]
    at = 0
    for t0, span in _free_spans(day, times[order[0]], end, taken.get((series.device, series.group), set())):
        data = bytearray()
        tick = -1
        while at < len(order) and times[order[at]] <= t0:
            row = order[at]
            point = points[row]
            state[point] = int(values[row]) if boolean[point] else values[row]
            at += 1
        if state != unheard:
            tick = 0
            data += layout.record.pack(tick, *state)
        while at < len(order) and times[order[at]] < t0 + span:
            row = order[at]
            point = points[row]
            state[point] = int(values[row]) if boolean[point] else values[row]
            # Rounded up: a value must not be seen in a bucket before it was there.
            before, tick = tick, min(ceil((times[row] - t0) * TICKS / span), TICKS - 1)
            if tick == before:
                del data[-width:]
            data += layout.record.pack(tick, *state)
            at += 1
        if data:
            chunk = Chunk(
                series.device,
                series.group,
                layout,
                t0,
                span,
                min(t0 + span, end),
                len(data) // width,
                (Piece(bytes(data)),),
            )
            closed = Closed(chunk)
            closed.zip()
            yield closed


def _free_spans(day: int, first: float, end: float, taken: set[int]) -> Iterator[tuple[int, int]]:
    """Stretches of a day between the first line and the last in which no minute is taken, at most `LONGEST_SPAN` long."""
    begin = max(int(first // LONGEST_SPAN) * LONGEST_SPAN, day * DAY)
    for slot in range(begin, min((day + 1) * DAY, ceil(end)), LONGEST_SPAN):
        free = [minute for minute in range(slot, slot + LONGEST_SPAN, MINUTE) if minute not in taken]
        while free:
            t0 = free[0]
            span = MINUTE * next((n for n, minute in enumerate(free) if minute != t0 + n * MINUTE), len(free))
            del free[: span // MINUTE]
            if t0 < end:
                yield t0, span
