"""`python -m bench telemetry`: from a reading to InfluxDB's 204, and what it wears out (what and why: README.md)."""

from __future__ import annotations

import json
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from bench.children import ChildFailed, child
from bench.figures import Figure, Goal
from bench.outage import CHANGES_PER_SECOND
from bench.readings import POINTS_PER_SECOND
from tests.servers.influxd import Influxd

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

GOALS: Mapping[str, Goal] = {
    "cpu per point: read and post": Goal("<=", 3),
    "bytes written per point, outbox, process": Goal("<=", 45),
    "bytes written per point, history, process": Goal("<=", 20),
    "loop stall while a full minute ends p99": Goal("<=", 5),
    "memory growth": Goal("<=", 5),
    "24 h of one point as 1000 px p99": Goal("<=", 30),
    "a fresh reading in InfluxDB while draining p99": Goal("<=", 1.5),
    "points missing after the outage": Goal("<=", 0),
    "points unaccounted for at the cap": Goal("<=", 0),
}

DAY = 86_400
WEEK = 7 * DAY


@dataclass(frozen=True, slots=True)
class Plan:
    """How much of each: turns are samples of 500 devices, an outage is in seconds."""

    cost_turns: int
    outbox_seconds: float
    history_minutes: int
    stall_seconds: float
    memory_points: int
    plot_hours: float
    queries: int
    delivered_points: int
    outage_seconds: int
    cap_megabytes: float


WHOLE = Plan(
    cost_turns=200,
    outbox_seconds=60,
    history_minutes=10,
    stall_seconds=60,
    memory_points=10_000_000,
    plot_hours=24,
    queries=300,
    delivered_points=1_000_000,
    outage_seconds=3600,
    cap_megabytes=8,
)
QUICK = Plan(
    cost_turns=40,
    outbox_seconds=8,
    history_minutes=2,
    stall_seconds=8,
    memory_points=600_000,
    plot_hours=24,
    queries=50,
    delivered_points=200_000,
    outage_seconds=300,
    cap_megabytes=1,
)


class Telemetry:
    """The benchmark: `tell` gets each figure as soon as it is known."""

    def __init__(self, plan: Plan, tell: Callable[[Figure], None]) -> None:
        self._plan = plan
        self._tell = tell

    async def run(self) -> None:
        """Measure everything. Raises `ChildFailed`, or `ServerMissing` where influxd is not installed."""
        await self._cost()
        await self._wear()
        await self._smoothness()
        await self.outage(self._plan.outage_seconds)
        await self._cap()

    def _figure(self, name: str, value: float, unit: str) -> None:
        self._tell(Figure("telemetry", name, value, unit, POINTS_PER_SECOND, GOALS.get(name)))

    async def _cost(self) -> None:
        found = dict(await _measure("bench.keeping", "cost", self._plan.cost_turns))
        with tempfile.TemporaryDirectory() as folder:
            async with Influxd(Path(folder)) as server:
                delivered = await _measure("bench.outage", "deliver", self._plan.delivered_points, server.url)
        steps = {
            "filter and encode": found["encode"],
            "append": found["append"],
            "compress and commit": found["commit"],
            "read and post": delivered["cpu"],
        }
        for step, microseconds in steps.items():
            self._figure(f"cpu per point: {step}", microseconds, "us")
        self._figure("cpu per point: from reading to 204", sum(steps.values()), "us")
        self._figure("points per second and core, from reading to 204", 1e6 / sum(steps.values()), "1/s")
        self._figure("points per second into InfluxDB, on the same two cores", delivered["points_per_second"], "1/s")

    async def _wear(self) -> None:
        plan = self._plan
        stores = (("outbox", "bench.keeping", plan.outbox_seconds), ("history", "bench.past", plan.history_minutes))
        for store, module, size in stores:
            found = await _measure(module, f"{store}_bytes", size)
            for level, written in found.items():
                self._figure(f"bytes written per point, {store}, {level}", written, "B")

    async def _smoothness(self) -> None:
        stalls = await _measure("bench.keeping", "stalls", self._plan.stall_seconds)
        for which, milliseconds in stalls.items():
            self._figure(f"loop stall while a full minute ends {which}", milliseconds, "ms")
        memory = await _measure("bench.keeping", "memory", self._plan.memory_points)
        self._figure("memory growth", memory["growth"], "MB")
        self._figure("resident memory at the end", memory["resident"], "MB")
        plots = await _measure("bench.past", "plot", self._plan.plot_hours, self._plan.queries)
        for which, milliseconds in plots.items():
            self._figure(f"{self._plan.plot_hours:g} h of one point as 1000 px {which}", milliseconds, "ms")

    async def outage(self, seconds: int) -> None:
        """InfluxDB away for so long at 500 changes/s."""
        with tempfile.TemporaryDirectory() as folder:
            async with Influxd(Path(folder)) as server:
                found = await _measure("bench.outage", "drain", seconds, server.url)
        self._figure("outage measured", seconds, "s")
        self._figure("outage: size on disk", found["megabytes"], "MB")
        self._figure("outage: bytes on disk per point", found["bytes_per_point"], "B")
        self._figure("outage: time to drain", found["drain_seconds"], "s")
        self._figure("outage: points drained per second", found["points_per_second"], "1/s")
        self._figure("a fresh reading in InfluxDB while draining p50", found["live_p50"], "s")
        self._figure("a fresh reading in InfluxDB while draining p99", found["live_p99"], "s")
        self._figure("points missing after the outage", found["missing"], "")
        for name, of_seconds in (("a day", DAY), ("a week", WEEK)):
            points = of_seconds * CHANGES_PER_SECOND
            self._figure(f"{name} of outage, computed: size", points * found["bytes_per_point"] / 1e6, "MB")
            self._figure(f"{name} of outage, computed: drain", points / found["points_per_second"] / 60, "min")

    async def _cap(self) -> None:
        found = await _measure("bench.outage", "cap", self._plan.cap_megabytes)
        self._figure("points kept at the cap", found["kept"], "")
        self._figure("points dropped and counted at the cap", found["dropped"], "")
        self._figure("points unaccounted for at the cap", found["unaccounted"], "")


async def _measure(module: str, job: str, *arguments: object) -> Mapping[str, float]:
    """Run a job in a process of its own, in a folder of its own."""
    with tempfile.TemporaryDirectory() as folder:
        async with child(module, job, folder, *map(json.dumps, arguments)) as process:
            output, _ = await process.communicate()
    if process.returncode:
        raise ChildFailed(f"{module} {job} ended with {process.returncode}; its words are above")
    measured: dict[str, float] = json.loads(output.splitlines()[-1])
    return measured
