"""`python -m bench road`: from a register to the page, at the sizes of real compounds (what and why: README.md)."""

from __future__ import annotations

import asyncio
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from bench import processes
from bench.children import Devices, child
from bench.controller import DOOR, FORCED
from bench.figures import Figure, Goal, percentile
from bench.gateway import Gateway
from bench.window import delays, look

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from bench.gateway import Shown
    from bench.window import Window

GOALS: Mapping[str, Goal] = {
    "cpu per 1000 points, 10 % changing": Goal("<=", 0.015),
    "resident memory, peak": Goal("<=", 90),
    "first value": Goal("<=", 1.5),
    "polls on time": Goal(">=", 100),
    "door change to page after its poll p50": Goal("<=", 10),
    "door changes that never reached the page": Goal("<=", 0),
    "forced doors that never reached the page": Goal("<=", 0),
    "alarms told but not in the journal": Goal("<=", 0),
    "polls on time beside a dead controller": Goal(">=", 95),
    "polls on time beside a dead unit": Goal(">=", 95),
}

_LAST_ARRIVALS_SECONDS = 0.5

_NOTICE_SECONDS = 5.0
"""The rivals' neighbours were counted from 5 s after a death on; what comes before is a figure of its own here."""


@dataclass(frozen=True, slots=True)
class Plan:
    """The sizes to run, how long to warm up and to look, and the hosts among which one controller dies: (controllers,
    units behind each host)."""

    sizes: Sequence[int]
    warm_seconds: float
    window_seconds: float
    deaths: Sequence[tuple[int, int]]


WHOLE = Plan(sizes=(50, 200, 400), warm_seconds=5, window_seconds=20, deaths=((50, 1), (10, 10)))
QUICK = Plan(sizes=(200,), warm_seconds=1.5, window_seconds=4, deaths=((10, 10),))


class Road:
    """The benchmark: `tell` gets each figure as soon as it is known."""

    def __init__(self, plan: Plan, tell: Callable[[Figure], None]) -> None:
        self._plan = plan
        self._tell = tell

    async def run(self) -> None:
        """Measure everything. Raises `bench.children.ChildFailed` when the gateway or the devices do not run."""
        with tempfile.TemporaryDirectory() as folder:  # a start that is not measured, to warm the file cache
            async with Devices(1) as devices, Gateway(Path(folder), devices):
                pass
        for size in self._plan.sizes:
            await self._healthy(size)
            await self._floor(size)
        for controllers, units in self._plan.deaths:
            await self._beside_the_dead(controllers, units)

    def _figure(self, name: str, value: float, unit: str, size: int) -> None:
        self._tell(Figure("road", name, value, unit, size, GOALS.get(name)))

    async def _healthy(self, size: int) -> None:
        plan = self._plan
        with tempfile.TemporaryDirectory() as folder:
            async with Devices(size) as devices, Gateway(Path(folder), devices) as gateway:
                self._figure("first value", gateway.first_value_seconds, "s", size)
                await gateway.close_page()
                await asyncio.sleep(plan.warm_seconds)
                alone = await look(devices, gateway.pid, plan.window_seconds)
                await gateway.open_page()
                await asyncio.sleep(plan.warm_seconds / 2)
                calm = await look(devices, gateway.pid, plan.window_seconds)
                await devices.do("share", share=1.0)
                await asyncio.sleep(plan.warm_seconds / 2)
                busy = await look(devices, gateway.pid, plan.window_seconds)
                memory = processes.peak_resident_bytes(gateway.pid)
                await asyncio.sleep(_LAST_ARRIVALS_SECONDS)
            self._cost("10 % changing", alone, size)
            self._cost("10 % changing, all shown on a page", calm, size)
            self._cost("100 % changing, all shown on a page", busy, size)
            self._figure("requests per poll of 52 points", calm.requests_per_poll(size), "", size)
            self._figure("polls on time", min(window.on_time_percent() for window in (alone, calm, busy)), "%", size)
            self._figure("resident memory, peak", memory / 1e6, "MB", size)
            self._changes(calm, gateway.shown, size)
            self._figure("alarms told but not in the journal", gateway.missing_rows(), "", size)
            self._figure("device simulator's own cpu", calm.simulator_cpu_percent, "% of a core", size)

    def _cost(self, share: str, window: Window, size: int) -> None:
        self._figure(f"points read and kept, {share}", window.points_per_second, "1/s", size)
        self._figure(f"cpu per 1000 points, {share}", window.cpu_seconds_per_1000_points, "s", size)

    def _changes(self, window: Window, shown: Shown, size: int) -> None:
        doors = delays(window.changes(DOOR), shown.doors)
        rises = {c: [move for move in moves if move.value] for c, moves in window.changes(FORCED).items()}
        forced = delays(rises, shown.forced)
        for what, found in (("door change to page", doors), ("forced door to journal and page", forced)):
            for which, times in (("", found.from_change), (" after its poll", found.from_answer)):
                self._figure(f"{what}{which} p50", percentile(times, 0.50), "ms", size)
                self._figure(f"{what}{which} p99", percentile(times, 0.99), "ms", size)
        self._figure("door changes that never reached the page", doors.missed, "", size)
        self._figure("forced doors that never reached the page", forced.missed, "", size)

    async def _floor(self, size: int) -> None:
        plan = self._plan
        with tempfile.TemporaryFile() as output:
            async with (
                Devices(size) as devices,
                child("bench.floor", *map(str, devices.ports), stdout=output) as floor,
            ):
                await asyncio.sleep(plan.warm_seconds)
                window = await look(devices, floor.pid, plan.window_seconds)
                memory = processes.peak_resident_bytes(floor.pid)
        self._figure("floor: cpu per 1000 points", window.cpu_seconds_per_1000_points, "s", size)
        self._figure("floor: resident memory, peak", memory / 1e6, "MB", size)
        self._figure("floor: polls on time", window.on_time_percent(), "%", size)

    async def _beside_the_dead(self, size: int, units: int) -> None:
        dead = size // 2
        name = f"polls on time beside a dead {'controller' if units == 1 else 'unit'}"
        with tempfile.TemporaryDirectory() as folder:
            async with Devices(size, units=units) as devices, Gateway(Path(folder), devices) as gateway:
                await asyncio.sleep(self._plan.warm_seconds)
                await devices.do("dead", controller=dead)
                noticing = await look(devices, gateway.pid, _NOTICE_SECONDS)
                later = await look(devices, gateway.pid, self._plan.window_seconds)
        seconds = f"{_NOTICE_SECONDS:g} s"
        self._figure(f"{name}, in the first {seconds}", noticing.on_time_percent(without={dead}), "%", size)
        self._figure(name, later.on_time_percent(without={dead}), "%", size)
