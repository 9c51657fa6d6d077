"""`python -m bench doors`: how many controllers one core asks on time, and what dead ones cost the living (README.md)."""

from __future__ import annotations

import asyncio
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from bench import processes
from bench.children import Devices
from bench.figures import Figure, Goal
from bench.gateway import Gateway
from bench.window import look

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

GOALS: Mapping[str, Goal] = {
    "tcp: polls on time": Goal(">=", 99.9),
    "tcp: cpu": Goal("<=", 35),
    "tcp: polls on time, half of all dead": Goal(">=", 99),
    "tcp: polls on time beside a dead unit behind a bridge": Goal(">=", 95),
    "meters: polls on time": Goal(">=", 99),
    "meters: cpu": Goal("<=", 100),
    "meters: resident memory, peak": Goal("<=", 512),
}

NOTICE_SECONDS = 12.0
"""Until a controller that died is known to be dead, and is only knocked at."""


@dataclass(frozen=True, slots=True)
class Plan:
    """How many controllers; how many units behind the bridge; how many meters of how many registers; and for how long."""

    controllers: int
    behind_a_bridge: int
    meters: Sequence[int]
    registers: int
    warm_seconds: float
    window_seconds: float


WHOLE = Plan(400, 10, (25, 50, 100), 1000, 5, 20)
QUICK = Plan(100, 10, (10,), 1000, 2, 5)


class Doors:
    """The benchmark over TCP: `tell` gets each figure as soon as it is known."""

    def __init__(self, plan: Plan, tell: Callable[[Figure], None]) -> None:
        self._plan = plan
        self._tell = tell

    async def run(self) -> None:
        """Measure everything. Raises `bench.children.ChildFailed` when the gateway or the devices do not run."""
        await self._controllers()
        await self._bridge()
        for meters in self._plan.meters:
            await self._meters(meters)

    def _figure(self, name: str, value: float, unit: str, size: int) -> None:
        self._tell(Figure("doors", name, value, unit, size, GOALS.get(name)))

    async def _controllers(self) -> None:
        plan, size = self._plan, self._plan.controllers
        dead = set(range(0, size, 2))
        with tempfile.TemporaryDirectory() as folder:
            async with Devices(size) as devices, Gateway(Path(folder), devices) as gateway:
                await gateway.close_page()
                await asyncio.sleep(plan.warm_seconds)
                well = await look(devices, gateway.pid, plan.window_seconds)
                for controller in dead:
                    await devices.do("dead", controller=controller)
                await asyncio.sleep(NOTICE_SECONDS)
                halved = await look(devices, gateway.pid, plan.window_seconds)
        self._figure("tcp: polls on time", well.on_time_percent(), "%", size)
        self._figure("tcp: cpu", well.poller_cpu_percent, "% of a core", size)
        self._figure("tcp: polls on time, half of all dead", halved.on_time_percent(dead), "%", size)
        self._figure("tcp: cpu, half of all dead", halved.poller_cpu_percent, "% of a core", size)

    async def _bridge(self) -> None:
        size = self._plan.behind_a_bridge
        dead = size // 2
        with tempfile.TemporaryDirectory() as folder:
            async with Devices(size, units=size) as devices, Gateway(Path(folder), devices) as gateway:
                await gateway.close_page()
                await asyncio.sleep(self._plan.warm_seconds)
                await devices.do("dead", controller=dead)
                noticing = await look(devices, gateway.pid, 5.0)
                later = await look(devices, gateway.pid, self._plan.window_seconds)
        name = "tcp: polls on time beside a dead unit behind a bridge"
        self._figure(f"{name}, in the first 5 s", noticing.on_time_percent({dead}), "%", size)
        self._figure(name, later.on_time_percent({dead}), "%", size)

    async def _meters(self, size: int) -> None:
        plan = self._plan
        with tempfile.TemporaryDirectory() as folder:
            async with Devices(size, registers=plan.registers) as devices, Gateway(Path(folder), devices) as gateway:
                await gateway.close_page()
                await asyncio.sleep(plan.warm_seconds)
                window = await look(devices, gateway.pid, plan.window_seconds)
                memory = processes.peak_resident_bytes(gateway.pid)
        self._figure("meters: points read and kept, 10 % changing", window.points_per_second, "1/s", size)
        self._figure("meters: polls on time", window.on_time_percent(), "%", size)
        self._figure("meters: cpu", window.poller_cpu_percent, "% of a core", size)
        self._figure("meters: cpu per 1000 points", window.cpu_seconds_per_1000_points, "s", size)
        self._figure("meters: resident memory, peak", memory / 1e6, "MB", size)
