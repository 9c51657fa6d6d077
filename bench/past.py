"""History alone, in a process of its own: what it writes, and how fast a day is drawn (`bench/telemetry.py` starts it).

python -m bench.past JOB FOLDER SIZE ...
"""

from __future__ import annotations

import asyncio
import time
from itertools import islice
from typing import TYPE_CHECKING

from bench.disk import Written
from bench.figures import percentile
from bench.jobs import run
from bench.readings import POINTS, T0, TURNS_PER_SECOND, Clock, Readings
from gateway.keep.history import History

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping
    from pathlib import Path

_MINUTE = 60.0
_LOOK_SECONDS = 0.001


async def closed(history: History, readings: Readings, clock: Clock) -> None:
    """Wait until all minutes that have ended are on disk."""
    utc = clock().utc
    ends = readings.devices[0].id, readings.devices[-1].id
    while history.close_some(utc) or any(  # noqa: ASYNC110 - nobody is told
        chunk.t0 < utc for device in ends for chunk in history.in_memory(device)
    ):
        await asyncio.sleep(_LOOK_SECONDS)


async def history_bytes(folder: Path, minutes: float) -> Mapping[str, float]:
    """Bytes written per point by history alone: its minutes follow each other without a pause, each as its own commit."""
    readings, clock = Readings(), Clock()
    history = History(folder, 30)
    history.adopt(readings.devices)
    turns = readings.turns()
    before = Written.now(folder)
    points = 0
    for minute in range(int(minutes)):
        for turn in range(int(_MINUTE) * TURNS_PER_SECOND):
            utc = T0 + minute * _MINUTE + turn / TURNS_PER_SECOND
            for sample in next(turns):
                history.record(sample.device, sample.group, sample.values, sample.faults, utc)
                points += POINTS
        clock.seconds = (minute + 1) * _MINUTE
        await closed(history, readings, clock)
    await history.close()
    written = Written.now(folder) - before
    return {"process": written.process / points, "device": written.device / points}


async def plot(folder: Path, hours: float, queries: float) -> Mapping[str, float]:
    """How long so many hours of a point that changes twice a second take as 1,000 pixels, in milliseconds."""
    readings, clock = Readings(many=3), Clock()
    history = History(folder, 30)
    history.adopt(readings.devices)
    seconds = hours * 3600
    for number, samples in enumerate(islice(readings.turns(), int(seconds * TURNS_PER_SECOND))):
        clock.seconds = number / TURNS_PER_SECOND
        for sample in samples:
            history.record(sample.device, 0, sample.values, None, T0 + clock.seconds)
        if clock.seconds % _MINUTE == 0:
            await closed(history, readings, clock)
    milliseconds = []
    for number in range(int(queries)):
        device = readings.devices[number % readings.many].id
        began = time.perf_counter()
        found = await history.query(device, "voltage", T0, T0 + seconds, 1000)
        milliseconds.append(1000 * (time.perf_counter() - began))
        del found
    await history.close()
    return {"p50": percentile(milliseconds, 0.5), "p99": percentile(milliseconds, 0.99)}


JOBS: Mapping[str, Callable[..., Awaitable[Mapping[str, float]]]] = {"history_bytes": history_bytes, "plot": plot}

if __name__ == "__main__":
    run(JOBS)
