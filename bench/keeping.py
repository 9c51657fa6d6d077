"""The road behind the judge in a process of its own: change filter, outbox, history (`bench/telemetry.py` starts it).

    python -m bench.keeping JOB FOLDER SIZE ...

prints what the job measured as one JSON object. The parts are put together as `gateway/flow.py` does; the destination of
the outbox takes everything at once, so that what was sent is deleted again.
"""

from __future__ import annotations

import asyncio
import gc
import time
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from itertools import islice
from typing import TYPE_CHECKING

from bench.disk import Written, resident_bytes
from bench.figures import percentile
from bench.jobs import run
from bench.past import closed
from bench.readings import BOTH, DEVICES, PLACE, POINTS, POINTS_PER_SECOND, TURNS_PER_SECOND, Clock, Readings
from gateway.keep.history import History
from gateway.keep.latest import Latest
from gateway.keep.outbox import Outbox, OutboxSettings
from gateway.keep.telemetry import Telemetry
from gateway.numbers import Numbers

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
    from pathlib import Path

    from drivers.contract import Sample
    from gateway.keep.telemetry import Sink
    from gateway.model import Now

AMPLE = OutboxSettings(max_bytes=512 * 1024 * 1024, max_age_seconds=7 * 86_400.0, keep_free_bytes=0)
DESTINATION = "bench"
LANE = "telemetry"

_BATCH_LINES = 2000
_TURNS_PER_BATCH = _BATCH_LINES // DEVICES
_MINUTE = 60.0
_STEP_SECONDS = 0.005
_LOOK_SECONDS = 0.001
_FIRST_LOOK_SECONDS = 3 * _MINUTE
"""Memory is flat from here on: until then the minutes find their size."""


@dataclass(slots=True)
class Taken:
    """A sink that keeps what it is given."""

    lines: list[tuple[bytes, int, int]] = field(default_factory=list)

    def append(self, line: bytes, points: int, utc_ns: int) -> None:
        self.lines.append((line, points, utc_ns))


class Nowhere:
    """A sink that costs nothing."""

    def append(self, line: bytes, points: int, utc_ns: int) -> None:
        pass


def filter_of(sink: Sink, readings: Readings) -> Telemetry:
    """The change filter as a gateway has it."""
    telemetry = Telemetry(sink, Numbers(), compound="xingfuli", simulated=True, every_reading=False)
    telemetry.adopt(readings.devices, lambda _: PLACE)
    return telemetry


@asynccontextmanager
async def outbox_in(folder: Path, clock: Callable[[], Now], settings: OutboxSettings = AMPLE) -> AsyncIterator[Outbox]:
    """A running outbox whose one destination takes each batch as soon as it is committed."""
    outbox = Outbox.open(folder, settings, [DESTINATION], clock())
    outbox.move(DESTINATION, LANE, outbox.committed)
    outbox.on_commit(lambda: outbox.move(DESTINATION, LANE, outbox.committed))
    running = asyncio.create_task(outbox.run(clock), name="outbox")
    try:
        yield outbox
    finally:
        running.cancel()
        await asyncio.wait([running])
        await outbox.close()


class Road:
    """What the flow does with a sample that the judge has seen."""

    def __init__(self, readings: Readings, outbox: Outbox, history: History | None) -> None:
        self._latest = Latest()
        self._latest.adopt("line", readings.devices)
        self._telemetry = filter_of(outbox, readings)
        self._history = history
        if history is not None:
            history.adopt(readings.devices)

    def take(self, sample: Sample, now: Now) -> None:
        changed = self._latest.take(sample)
        if self._telemetry.take(sample, changed, now) and self._history is not None:
            self._history.record(sample.device, sample.group, sample.values, sample.faults, now.utc)


# ---------------------------------------------------------------- the jobs


async def cost(folder: Path, turns: float) -> Mapping[str, float]:
    """CPU of each step, in microseconds per point: all threads of the process."""
    readings, clock = Readings(), Clock()
    samples = list(islice(readings.turns(), int(turns)))
    nowhere, taken = filter_of(Nowhere(), readings), Taken()
    points = sum(map(len, samples)) * POINTS
    encode = _feed(nowhere, samples, clock)
    _feed(filter_of(taken, readings), samples, clock)
    append = 0.0
    async with outbox_in(folder, clock) as outbox:
        before = time.process_time()
        for start in range(0, len(taken.lines), _BATCH_LINES):
            began = time.thread_time()
            for line in taken.lines[start : start + _BATCH_LINES]:
                outbox.append(*line)
            append += time.thread_time() - began
            await outbox.settled()
        commit = time.process_time() - before - append
    return {
        name: 1e6 * seconds / points for name, seconds in (("encode", encode), ("append", append), ("commit", commit))
    }


def _feed(telemetry: Telemetry, turns: list[list[Sample]], clock: Clock) -> float:
    before = time.process_time()
    for number, samples in enumerate(turns):
        clock.seconds = number / TURNS_PER_SECOND
        now = clock()
        for sample in samples:
            telemetry.take(sample, BOTH, now)
    return time.process_time() - before


async def outbox_bytes(folder: Path, seconds: float) -> Mapping[str, float]:
    """Bytes written per point by the outbox alone, at its real pace."""
    readings, clock = Readings(), _running_clock(0)
    async with outbox_in(folder, clock) as outbox:
        road = Road(readings, outbox, None)
        await _at_pace(road, readings, 1.0, clock)
        before = Written.now(folder)
        points = await _at_pace(road, readings, seconds, clock)
        written = Written.now(folder) - before
    return {"process": written.process / points, "device": written.device / points}


async def stalls(folder: Path, seconds: float) -> Mapping[str, float]:
    """How late the loop comes while everything runs at its real pace and a minute ends in the middle: milliseconds."""
    readings, clock = Readings(), _running_clock(_MINUTE - seconds / 2)
    history = History(folder, 30)
    late: list[float] = []
    async with outbox_in(folder, clock) as outbox:
        road = Road(readings, outbox, history)
        closing = asyncio.create_task(history.run(lambda: clock().utc), name="history")
        await _at_pace(road, readings, 0.5, clock)
        gc.freeze()  # as the gateway does at the end of its start
        looking = asyncio.create_task(_look(late), name="look")
        await _at_pace(road, readings, seconds, clock)
        for task in (closing, looking):
            task.cancel()
        await asyncio.wait([closing, looking])
        await history.close()
    return {"p50": percentile(late, 0.5), "p99": percentile(late, 0.99), "max": max(late)}


async def _look(late: list[float]) -> None:
    while True:
        due = time.perf_counter() + _LOOK_SECONDS  # uvloop's own clock ticks in milliseconds
        await asyncio.sleep(_LOOK_SECONDS)
        late.append(1000 * (time.perf_counter() - due))


def _running_clock(offset: float) -> Callable[[], Now]:
    """A clock that runs, and began `offset` seconds after `T0`."""
    loop, clock = asyncio.get_running_loop(), Clock()
    began = loop.time() - offset

    def now() -> Now:
        clock.seconds = loop.time() - began
        return clock()

    return now


async def _at_pace(road: Road, readings: Readings, seconds: float, clock: Callable[[], Now]) -> int:
    """Feed the road for so long, evenly over each turn; returns how many points that were."""
    loop = asyncio.get_running_loop()
    began, fed = loop.time(), 0
    samples = (sample for turn in readings.turns() for sample in turn)
    while (passed := loop.time() - began) < seconds:
        due = int(passed * POINTS_PER_SECOND / POINTS)
        now = clock()
        for sample in islice(samples, due - fed):
            road.take(sample, now)
        fed = due
        await asyncio.sleep(_STEP_SECONDS)
    return fed * POINTS


async def memory(folder: Path, points: float) -> Mapping[str, float]:
    """By how many megabytes the process grows once its first minutes are over."""
    readings, clock = Readings(), Clock()
    history = History(folder, 30)
    turns = int(points / readings.many / POINTS)
    first = resident_bytes()
    async with outbox_in(folder, clock) as outbox:
        road = Road(readings, outbox, history)
        for number, samples in enumerate(islice(readings.turns(), turns)):
            clock.seconds = number / TURNS_PER_SECOND
            now = clock()
            for sample in samples:
                road.take(sample, now)
            if number % _TURNS_PER_BATCH == 0:
                await outbox.settled()
            if clock.seconds % _MINUTE == 0:
                await closed(history, readings, clock)
            if clock.seconds == _FIRST_LOOK_SECONDS:
                first = resident_bytes()
        last = resident_bytes()
        await history.close()
    return {"growth": (last - first) / 1e6, "resident": last / 1e6}


JOBS: Mapping[str, Callable[..., Awaitable[Mapping[str, float]]]] = {
    "cost": cost,
    "outbox_bytes": outbox_bytes,
    "stalls": stalls,
    "memory": memory,
}


if __name__ == "__main__":
    run(JOBS)
