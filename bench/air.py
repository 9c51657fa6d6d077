"""`python -m bench air`: thousands of sensors on a normal day, and how fast a first alarm is in a storm (README.md)."""

from __future__ import annotations

import asyncio
import json
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bench import processes
from bench.air_compound import PER_BUILDING
from bench.air_gateway import AirGateway
from bench.children import ChildFailed, Proxies, say
from bench.figures import Figure, Goal, percentile

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

GOALS: Mapping[str, Goal] = {
    "normal day: cpu": Goal("<=", 5),
    "new list: cpu": Goal("<=", 1),
    "storm: first alarm to journal and page p99": Goal("<=", 100),
    "storm: first alarms lost": Goal("<=", 0),
    "storm: alarms told but not in the journal": Goal("<=", 0),
}
_LAST_ARRIVALS_SECONDS = 1.0
_CONNECT_SECONDS = 30.0
_LOOK_AGAIN_SECONDS = 0.2
_MILLION = 1e6


@dataclass(frozen=True, slots=True)
class Plan:
    """How many buildings of 380 sensors, how many sensors alarm, and for how long each part lasts."""

    buildings: int
    alarming: int
    warm_seconds: float
    window_seconds: float
    storm_seconds: float


WHOLE = Plan(buildings=16, alarming=500, warm_seconds=65, window_seconds=60, storm_seconds=10)
QUICK = Plan(buildings=4, alarming=125, warm_seconds=3, window_seconds=6, storm_seconds=4)


class Air:
    """The benchmark: `tell` gets each figure as soon as it is known."""

    def __init__(self, plan: Plan, tell: Callable[[Figure], None]) -> None:
        self._plan = plan
        self._tell = tell

    async def run(self) -> None:
        """Measure everything. Raises `bench.children.ChildFailed` when a part does not run."""
        await self._packets()
        with tempfile.TemporaryDirectory() as folder:
            async with (
                Proxies(self._plan.buildings) as proxies,
                AirGateway(Path(folder), proxies.ports, self._plan.buildings) as gateway,
            ):
                self._figure("list brought in", gateway.import_seconds, "s")
                await _all_connected(proxies)
                await proxies.do("live")
                await asyncio.sleep(self._plan.warm_seconds)
                await self._normal_day(proxies, gateway)
                await self._storm(proxies, gateway)

    def _figure(self, name: str, value: float, unit: str, size: int | None = None) -> None:
        size = self._plan.buildings * PER_BUILDING if size is None else size
        self._tell(Figure("air", name, value, unit, size, GOALS.get(name)))

    async def _packets(self) -> None:
        with tempfile.TemporaryDirectory() as folder:
            found = json.loads(await say("bench.gating", "packets", folder, str(self._plan.buildings)))
        self._figure("new packet: cpu of decoder and gate", found["new_us"], "us")
        self._figure("copy: cpu of decoder and gate", found["copy_us"], "us")
        self._figure("packet of an alarm that stands: cpu of decoder and gate", found["alarm_us"], "us")
        self._figure("new list: cpu", found["list_ms"], "ms")

    async def _normal_day(self, proxies: Proxies, gateway: AirGateway) -> None:
        seconds = self._plan.window_seconds
        report, cpu, numbers = await _window(proxies, gateway, seconds)
        self._figure("normal day: cpu", 100 * cpu / seconds, "% of a core")
        self._figure("normal day: adverts", report["adverts"] / seconds, "1/s")
        self._figure("normal day: new packets", numbers["ok"] / seconds, "1/s")
        self._figure("normal day: resident memory, peak", processes.peak_resident_bytes(gateway.pid) / _MILLION, "MB")
        self._figure("normal day: simulated air's own cpu", 100 * report["cpu_seconds"] / seconds, "% of a core")

    async def _storm(self, proxies: Proxies, gateway: AirGateway) -> None:
        seconds, size = self._plan.storm_seconds, self._plan.alarming
        report, cpu, numbers = await _window(proxies, gateway, seconds, storm=size)
        await asyncio.sleep(_LAST_ARRIVALS_SECONDS)
        first: dict[str, list[int]] = report["first"]
        rows, told = gateway.rows(), gateway.told
        for since, name in ((1, "first alarm"), (0, "first alarm, proxy's batching included,")):
            judged = [
                (rows[seq] - first[name][since]) / _MILLION
                for name, (_, seq) in told.items()
                if name in first and seq in rows
            ]
            shown = [(at_ns - first[name][since]) / _MILLION for name, (at_ns, _) in told.items() if name in first]
            for what, times in (("to judgement", judged), ("to journal and page", shown)):
                self._figure(f"storm: {name} {what} p50", percentile(times, 0.50), "ms", size)
                self._figure(f"storm: {name} {what} p99", percentile(times, 0.99), "ms", size)
        self._figure("storm: first alarms lost", len(first.keys() - told.keys()), "", size)
        self._figure("storm: alarms told but not in the journal", sum(seq not in rows for _, seq in told.values()), "")
        self._figure("storm: cpu", 100 * cpu / seconds, "% of a core", size)
        self._figure("storm: adverts", report["adverts"] / seconds, "1/s", size)
        self._figure("storm: adverts that a proxy could not hand over", report["dropped"], "", size)
        for name in ("shed_repeats", "shed_heartbeats", "shed_strangers", "waiting_most"):
            self._figure(f"storm: {name}", numbers[name], "", size)
        self._figure("storm: resident memory, peak", processes.peak_resident_bytes(gateway.pid) / _MILLION, "MB", size)
        self._figure("storm: simulated air's own cpu", 100 * report["cpu_seconds"] / seconds, "% of a core", size)


async def _all_connected(proxies: Proxies) -> None:
    try:
        async with asyncio.timeout(_CONNECT_SECONDS):
            while (await proxies.do("report"))["unsubscribed"]:  # noqa: ASYNC110 - another process
                await asyncio.sleep(_LOOK_AGAIN_SECONDS)
    except TimeoutError:
        raise ChildFailed(f"the gateway did not connect to every proxy within {_CONNECT_SECONDS} s") from None


async def _window(
    proxies: Proxies, gateway: AirGateway, seconds: float, storm: int = 0
) -> tuple[dict[str, Any], float, dict[str, float]]:
    """The air's report, CPU seconds of the gateway, and what the line counted, over so many seconds."""
    before = await gateway.numbers()
    await proxies.do("mark")
    cpu = processes.cpu_seconds(gateway.pid)
    if storm:
        await proxies.do("storm", count=storm)
    await asyncio.sleep(seconds)
    cpu = processes.cpu_seconds(gateway.pid) - cpu
    report = await proxies.do("report")
    after = await gateway.numbers()
    return report, cpu, {name: value - (0 if name == "waiting_most" else before[name]) for name, value in after.items()}
