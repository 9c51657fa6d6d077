"""A destination that was away: what waits for it, and how it is carried there (`bench/telemetry.py` starts it).

    python -m bench.outage JOB FOLDER SIZE URL

The backlog is put into `outbox.db` as batches, one for each second of the outage; then the real outlet drains it into a
real InfluxDB, while readings go on to come in.
"""

from __future__ import annotations

import asyncio
import math
import time
from contextlib import AsyncExitStack, asynccontextmanager, closing
from itertools import islice
from typing import TYPE_CHECKING

import httpx

from bench.figures import percentile
from bench.jobs import run
from bench.keeping import LANE, Taken, filter_of
from bench.readings import BOTH, PLACE, POINTS, READ, Readings
from gateway.deliver.influx.config import InfluxConfig
from gateway.deliver.outlet import Wiring
from gateway.keep.journal import Journal
from gateway.keep.lines import line_of, prefix
from gateway.keep.open_batch import Sealed
from gateway.keep.outbox import Outbox, OutboxSettings
from gateway.keep.outbox_file import OUTBOX_NAME, OutboxFile, Work
from gateway.model import NANOSECONDS, Now

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
    from pathlib import Path

INFLUX = "influx"
DATABASE = "gridpost"
CHANGES_PER_SECOND = 500
LARGE = OutboxSettings(max_bytes=64 * 1024**3, max_age_seconds=30 * 86_400.0, keep_free_bytes=0)

_LINES_PER_SECOND = CHANGES_PER_SECOND // POINTS
_PROBE = "probe"
_LAST_PROBE = "SELECT last(n) FROM probe"
_STORED = "SELECT count(voltage) + count(count) FROM meter"
_PROBE_SECONDS = 0.2
_LOOK_SECONDS = 0.01
_BATCH_LINES = 2000


def _clock() -> Now:
    return Now("bench", time.monotonic_ns(), time.time(), trusted=True)


async def fill(folder: Path, seconds: int, lines_per_batch: int = _LINES_PER_SECOND) -> int:
    """Make an outbox in which the batches of so many seconds wait for InfluxDB; returns how many values they hold."""
    outbox = Outbox.open(folder, LARGE, [INFLUX], _clock())
    outbox.move(INFLUX, LANE, 0)
    await outbox.close()
    readings, taken = Readings(lines_per_batch), Taken()
    telemetry = filter_of(taken, readings)
    began = time.time() - seconds
    points = 0
    with closing(OutboxFile(str(folder / OUTBOX_NAME), LARGE.max_bytes)) as file:
        for second, samples in enumerate(islice(readings.turns(), seconds)):
            now = Now("bench", second * NANOSECONDS, began + second, trusted=True)
            for sample in samples:
                telemetry.take(sample, BOTH, now)
            batch = _sealed(second + 1, taken)
            file.write(Work(batch, 0, {}, (), {}, ()))
            points += batch.points
    return points


def _sealed(seq: int, taken: Taken) -> Sealed:
    lines, taken.lines = taken.lines, []
    plain = b"".join(line for line, _, _ in lines)
    points = sum(points for _, points, _ in lines)
    return Sealed(seq, lines[0][2], lines[-1][2], len(lines), points, plain, 0)


@asynccontextmanager
async def _delivering(folder: Path, url: str) -> AsyncIterator[Outbox]:
    """The outbox with its outlet to InfluxDB at work."""
    async with AsyncExitStack() as stack:
        journal = await stack.enter_async_context(Journal.open(folder, _clock()))
        records = stack.enter_context(closing(journal.reader()))
        outbox = Outbox.open(folder, LARGE, [INFLUX], _clock())
        stack.push_async_callback(outbox.close)
        wiring = Wiring(
            compound="xingfuli",
            simulated=True,
            outbox=outbox,
            records=records,
            say=lambda _: None,
            clock=_clock,
            place=lambda _: PLACE,
            points=lambda _device, _group: READ,
            recorded=lambda: True,
        )
        config = InfluxConfig(id=INFLUX, kind="influxdb", url=url, dialect="v1", database=DATABASE)
        outlet = config.build(wiring)
        tasks = [asyncio.create_task(outbox.run(_clock)), asyncio.create_task(outlet.run())]
        try:
            yield outbox
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.wait(tasks)


async def _drained(outbox: Outbox, last: int) -> None:
    while (outbox.cursor(INFLUX, LANE) or 0) < last:  # noqa: ASYNC110 - the outbox tells of commits, not of cursors
        await asyncio.sleep(_LOOK_SECONDS)


# ---------------------------------------------------------------- the jobs


async def deliver(folder: Path, points: float, url: str) -> Mapping[str, float]:
    """CPU of reading batches and posting them, in microseconds per point: all threads of this process."""
    batches = max(1, int(points / POINTS / _BATCH_LINES))
    fed = await fill(folder, batches, _BATCH_LINES)
    async with _delivering(folder, url) as outbox:
        before, began = time.process_time(), time.monotonic()
        await _drained(outbox, batches)
        spent, passed = time.process_time() - before, time.monotonic() - began
    return {
        "cpu": 1e6 * spent / fed,
        "points_per_second": fed / passed,
    }


async def drain(folder: Path, seconds: float, url: str) -> Mapping[str, float]:
    """An outage of so long: size on disk, time to drain, and how late a fresh reading is in InfluxDB meanwhile."""
    fed = await fill(folder, int(seconds))
    size = (folder / OUTBOX_NAME).stat().st_size
    late: list[float] = []
    async with httpx.AsyncClient(base_url=url, params={"db": DATABASE}, trust_env=False, timeout=600) as asking:
        async with _delivering(folder, url) as outbox:
            began = time.monotonic()
            probing = asyncio.create_task(_probe(outbox, asking, late))
            await _drained(outbox, int(seconds))
            drained = time.monotonic() - began
            probing.cancel()
            await asyncio.wait([probing])
        stored = await _figure(asking, _STORED)
    return {
        "megabytes": size / 1e6,
        "bytes_per_point": size / fed,
        "drain_seconds": drained,
        "points_per_second": fed / drained,
        "live_p50": percentile(late, 0.5),
        "live_p99": percentile(late, 0.99),
        "missing": fed - stored,
    }


async def _probe(outbox: Outbox, asking: httpx.AsyncClient, late: list[float]) -> None:
    """Append a reading now and then and wait until InfluxDB shows it."""
    head = prefix(_PROBE, {"device": _PROBE})
    number = 0
    while True:
        number += 1
        utc_ns = time.time_ns()
        began = time.monotonic()
        line, points, _ = line_of(head, {"n": number}, utc_ns)
        outbox.append(line, points, utc_ns)
        while await _figure(asking, _LAST_PROBE) < number:  # noqa: ASYNC110 - InfluxDB tells nobody
            await asyncio.sleep(_LOOK_SECONDS)
        late.append(time.monotonic() - began)
        await asyncio.sleep(_PROBE_SECONDS)


async def _figure(asking: httpx.AsyncClient, query: str) -> float:
    answer = (await asking.post("/query", data={"q": query})).raise_for_status().json()
    series = answer["results"][0].get("series")
    return float(series[0]["values"][0][1]) if series else 0.0


async def cap(folder: Path, megabytes: float) -> Mapping[str, float]:
    """Feed twice as much as the outbox may hold while InfluxDB is away: what is kept, what is dropped, what is neither."""
    settings = OutboxSettings(max_bytes=int(megabytes * 1e6), max_age_seconds=30 * 86_400.0, keep_free_bytes=0)
    readings = Readings(_BATCH_LINES)
    outbox = Outbox.open(folder, settings, [INFLUX], _clock())
    outbox.move(INFLUX, LANE, 0)
    running = asyncio.create_task(outbox.run(_clock))
    telemetry = filter_of(outbox, readings)
    dropped_at = math.nan
    fed = 0
    for samples in readings.turns():
        now = _clock()
        for sample in samples:
            telemetry.take(sample, BOTH, now)
        fed += len(samples) * POINTS
        await outbox.settled()
        backlog = outbox.backlog(INFLUX)
        if backlog.dropped and math.isnan(dropped_at):
            dropped_at = fed
        if fed >= 2 * dropped_at:
            break
    running.cancel()
    await asyncio.wait([running])
    await outbox.close()
    outbox = Outbox.open(folder, settings, [INFLUX], _clock())
    backlog = outbox.backlog(INFLUX)
    await outbox.close()
    return {
        "kept": backlog.points,
        "dropped": backlog.dropped,
        "unaccounted": abs(fed - backlog.points - backlog.dropped),
    }


JOBS: Mapping[str, Callable[..., Awaitable[Mapping[str, float]]]] = {
    "deliver": deliver,
    "drain": drain,
    "cap": cap,
}


if __name__ == "__main__":
    run(JOBS)
