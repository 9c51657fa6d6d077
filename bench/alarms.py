"""`python -m bench alarms`: from an alarm in the field to the chat server that tells people, on a bad day (README.md)."""

from __future__ import annotations

import asyncio
import json
import random
import tempfile
from contextlib import asynccontextmanager
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING

from bench import processes
from bench.alarms_compound import (
    BREACH_PANEL,
    BREACHES,
    GRIDS,
    POINTS,
    STORM,
    URGENT,
    grid_id,
    urgent_panel,
)
from bench.alarms_gateway import AlarmsGateway
from bench.alarms_site import site
from bench.children import say
from bench.figures import Figure, Goal, percentile

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence

    from bench.alarms_site import Site

GOALS: Mapping[str, Goal] = {
    "P1 to first message, after its poll, p99": Goal("<=", 100),
    "P1s of which nobody was told": Goal("<=", 0),
    "storm: P1 to first message, after its poll, p99": Goal("<=", 100),
    "storm: P1 to first message through the storm's own bot, after its poll, worst": Goal("<=", 2000),
    "storm: P1s of which nobody was told": Goal("<=", 0),
    "storm: notices that were given up": Goal("<=", 0),
    "messages beyond a bot's limit": Goal("<=", 0),
    "decide: memory growth": Goal("<=", 5),
}

STORM_PRIORITIES = 50
"""In the storm every so many alarms is a P1."""

_STANDING_SECONDS = 120.0
_LAST_ARRIVALS_SECONDS = 3.0
_MILLION = 1e6


@dataclass(frozen=True, slots=True)
class Plan:
    """How long the first alarms are left alone; how long P1s are measured, and how many come in a second; how long the storm
    lasts, how many alarms it has, and how long its last digests are waited for; how many events decide is fed with, and beside
    how many alarms that stand."""

    settle_seconds: float
    seconds: float
    per_second: float
    storm_seconds: float
    storm: int
    digest_seconds: float
    events: int
    standing: int


WHOLE = Plan(
    settle_seconds=20,
    seconds=120,
    per_second=3,
    storm_seconds=60,
    storm=500,
    digest_seconds=70,
    events=1_000_000,
    standing=1000,
)
QUICK = Plan(
    settle_seconds=4,
    seconds=10,
    per_second=4,
    storm_seconds=6,
    storm=50,
    digest_seconds=0,
    events=20_000,
    standing=1000,
)


class Alarms:
    """The benchmark: `tell` gets each figure as soon as it is known."""

    def __init__(self, plan: Plan, tell: Callable[[Figure], None]) -> None:
        self._plan = plan
        self._tell = tell
        self._chance = random.Random(1)

    async def run(self) -> None:
        """Measure everything. Raises `bench.children.ChildFailed` when a part does not run."""
        await self._road()
        await self._decide()

    def _figure(self, name: str, value: float, unit: str, size: int) -> None:
        self._tell(Figure("alarms", name, value, unit, size, GOALS.get(name)))

    # ------------------------------------------------------------ the whole way

    async def _road(self) -> None:
        plan = self._plan
        with tempfile.TemporaryDirectory() as folder:
            async with site() as field, AlarmsGateway(Path(folder), field) as gateway:
                field.heard.came = gateway.answer
                await self._stand(field, gateway)
                fresh = _fresh()
                async with self._watched("", gateway):
                    used = await self._urgent(field, fresh, plan.seconds)
                self._measured("", field, gateway, used)
                async with self._watched("storm: ", gateway):
                    used, own = await self._storm(field, fresh)
                self._measured("storm: ", field, gateway, used)
                await asyncio.sleep(plan.digest_seconds)
                self._of_the_storm(field, gateway, own)
                self._figure("messages beyond a bot's limit", field.heard.refused, "", POINTS)
                self._figure("telemetry dropped meanwhile, points", await gateway.dropped(), "", POINTS)
                memory = processes.peak_resident_bytes(gateway.pid) / _MILLION
                self._figure("resident memory, peak", memory, "MB", POINTS)

    async def _stand(self, field: Site, gateway: AlarmsGateway) -> None:
        """All watched points go into alarm at once, and what follows from it is over."""
        cpu, began = processes.cpu_seconds(gateway.pid), asyncio.get_running_loop().time()
        field.stand()
        await gateway.until_open(POINTS, _STANDING_SECONDS)
        passed = asyncio.get_running_loop().time() - began
        self._figure("all points in alarm at once: to journal", passed, "s", POINTS)
        await asyncio.sleep(self._plan.settle_seconds)
        self._figure("all points in alarm at once: cpu", processes.cpu_seconds(gateway.pid) - cpu, "s", POINTS)

    @asynccontextmanager
    async def _watched(self, when: str, gateway: AlarmsGateway) -> AsyncIterator[None]:
        """What the gateway needs meanwhile, and for how long it got no core although it could have run."""
        loop = asyncio.get_running_loop()
        began, cpu, waited = loop.time(), processes.cpu_seconds(gateway.pid), processes.waited_seconds(gateway.pid)
        yield
        passed = loop.time() - began
        self._figure(f"{when}cpu", 100 * (processes.cpu_seconds(gateway.pid) - cpu) / passed, "% of a core", POINTS)
        waited = processes.waited_seconds(gateway.pid) - waited
        self._figure(f"{when}time in which it got no core", 100 * waited / passed, "%", POINTS)

    async def _urgent(self, field: Site, fresh: Iterator[tuple[str, int]], seconds: float) -> Sequence[tuple[str, int]]:
        """P1s one after the other, in grid after grid, at moments that no poll knows."""
        used: list[tuple[str, int]] = []
        for _ in range(int(seconds * self._plan.per_second)):
            used.append(next(fresh))
            field.panels[used[-1][0]].alarm(used[-1][1])
            await asyncio.sleep(self._chance.uniform(0.5, 1.5) / self._plan.per_second)
        await asyncio.sleep(_LAST_ARRIVALS_SECONDS)
        return used

    async def _storm(
        self, field: Site, fresh: Iterator[tuple[str, int]]
    ) -> tuple[Sequence[tuple[str, int]], Sequence[tuple[str, int]]]:
        """In one grid everything at once, P1s among it; in all others P1s as before. Returns the P1s of all, and its own."""
        plan = self._plan
        others = asyncio.create_task(self._urgent(field, fresh, plan.storm_seconds))
        own: list[tuple[str, int]] = []
        for number in range(plan.storm):
            if number % STORM_PRIORITIES == STORM_PRIORITIES - 1:
                own.append((urgent_panel(STORM), len(own)))
                field.panels[own[-1][0]].alarm(own[-1][1])
            else:
                field.panels[BREACH_PANEL].alarm(number % BREACHES)
            await asyncio.sleep(plan.storm_seconds / plan.storm * self._chance.uniform(0.5, 1.5))
        return [*await others, *own], own

    def _measured(self, when: str, field: Site, gateway: AlarmsGateway, used: Sequence[tuple[str, int]]) -> None:
        late = _delays(field, gateway, used)
        for since, what in ((1, "P1 to first message, after its poll,"), (0, "P1 to first message, polling included,")):
            milliseconds = [pair[since] for pair in late]
            self._figure(f"{when}{what} p50", percentile(milliseconds, 0.50), "ms", POINTS)
            self._figure(f"{when}{what} p99", percentile(milliseconds, 0.99), "ms", POINTS)
        self._figure(f"{when}P1s measured", len(used), "", POINTS)
        self._figure(f"{when}P1s of which nobody was told", len(used) - len(late), "", POINTS)

    def _of_the_storm(self, field: Site, gateway: AlarmsGateway, own: Sequence[tuple[str, int]]) -> None:
        size, bot = self._plan.storm, grid_id(STORM)
        name = "storm: P1 to first message through the storm's own bot, after its poll, worst"
        self._figure(name, percentile([late for _, late in _delays(field, gateway, own)], 1.0), "ms", size)
        self._figure("storm: messages through its bot", field.heard.messages[bot], "", size)
        fates = dict(
            gateway.rows(
                f"SELECT fate, count(*) FROM notices WHERE json_extract(body, '$.channel') = '{bot}' GROUP BY fate"  # noqa: S608 - a name of our own
            )
        )
        self._figure("storm: notices in all", sum(fates.values()), "", size)
        self._figure("storm: notices in digests", fates.get("folded", 0), "", size)
        self._figure("storm: notices that wait for the next digest", fates.get("waiting", 0), "", size)
        self._figure("storm: notices that were given up", fates.get("failed", 0), "", size)

    # ------------------------------------------------------------ the judgement alone

    async def _decide(self) -> None:
        plan = self._plan
        with tempfile.TemporaryDirectory() as folder:
            job = ("judge", folder, str(plan.events), str(plan.standing))
            found = json.loads(await say("bench.alarms_judging", *job))
        self._figure("decide: events", found["events_per_second"], "1/s of a core", plan.events)
        self._figure("decide: notices made", found["notices"], "", plan.events)
        self._figure("decide: simulated time", found["days"], "days", plan.events)
        self._figure("decide: memory growth", found["growth"], "MB", plan.events)
        self._figure("decide: resident memory at the end", found["resident"], "MB", plan.events)
        self._figure("decide: alarms open at the end", found["open"], "", plan.events)
        self._figure("decide: keys remembered at the end", found["remembered"], "", plan.events)


def _fresh() -> Iterator[tuple[str, int]]:
    """Gas inputs that were not used yet, from grid to grid, without the storm's own."""
    for turn in count():
        yield urgent_panel(turn % (GRIDS - 1)), turn // (GRIDS - 1) % URGENT


def _delays(field: Site, gateway: AlarmsGateway, used: Sequence[tuple[str, int]]) -> Sequence[tuple[float, float]]:
    """Of each P1 that was told of: milliseconds from its change, and from the answer that carried it, to the first message."""
    numbers = dict(gateway.rows("SELECT key, number FROM alarms WHERE key LIKE 'gas@%'"))
    late = []
    for device, place in used:
        moved = field.panels[device].moved[place]
        told_ns = field.heard.first_ns.get(numbers.get(f"gas@{device}/gas{place}", 0))
        if told_ns is not None:
            late.append(((told_ns - moved.changed_ns) / _MILLION, (told_ns - moved.answered_ns) / _MILLION))
    return late
