"""`python -m bench page`: what the page costs the box and the phone, with 10,000 devices and 50 who watch (README.md)."""

from __future__ import annotations

import asyncio
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from bench.children import Onlookers, ShownDoors
from bench.figures import Figure, Goal, percentile
from bench.page_browser import chromium, visit
from bench.page_compound import PROBE, SHOWN_BUILDING, STAMP_KEY, building_name
from bench.page_gateway import PageGateway
from bench.window import Seen, delays

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from playwright.async_api import Browser

COALESCE_MILLISECONDS = 250
"""What the gateway lets pass before it tells of a value that nobody has to know at once (`gateway/serve/stream.py`)."""

GOALS: Mapping[str, Goal] = {
    "first visit, compressed": Goal("<=", 60),
    "memory for a client": Goal("<=", 0.1),
    "door on a building's page: reading to paint p95": Goal("<=", 50),
    "value told at once, on a device's page: reading to paint p95": Goal("<=", 50),
    "other value, on a device's page: reading to paint p95, beyond the coalescing": Goal("<=", 50),
    "door moves that were never painted": Goal("<=", 0),
}
_LAST_PAINT_NS = 1_000_000_000
"""Moves of the window's last second are left out: they may be painted after it."""
_STAMP = 0x10000
_SLOW = 4.0
"""A phone of 2 GB beside the machine that measures, as Chromium's own tools count."""


@dataclass(frozen=True, slots=True)
class Plan:
    """So many devices in so many buildings, each read every so many seconds; how long to let it settle and to look."""

    devices: int
    buildings: int
    every_seconds: float
    clients: int
    settle_seconds: float
    window_seconds: float
    moves_per_second: float
    shown_moves_per_second: float


WHOLE = Plan(10_000, 59, 20.0, 50, settle_seconds=20, window_seconds=30, moves_per_second=5, shown_moves_per_second=2)
QUICK = Plan(2_000, 20, 4.0, 50, settle_seconds=2, window_seconds=3, moves_per_second=5, shown_moves_per_second=4)


class Page:
    """The benchmark: `tell` gets each figure as soon as it is known."""

    def __init__(self, plan: Plan, tell: Callable[[Figure], None]) -> None:
        self._plan = plan
        self._tell = tell

    async def run(self) -> None:
        """Measure everything. Raises `ChildFailed` and `ServerMissing` when a part does not run."""
        plan = self._plan
        readings = plan.devices / plan.every_seconds
        doors = ShownDoors(
            plan.devices,
            plan.buildings,
            plan.moves_per_second / readings / 2,  # each door that opens closes
            plan.shown_moves_per_second / (readings / plan.buildings) / 2,
        )
        with tempfile.TemporaryDirectory() as folder:
            async with doors:
                behind = plan.devices, plan.buildings, plan.every_seconds
                async with PageGateway(Path(folder), doors.ports, *behind) as gateway, chromium() as browser:
                    await gateway.read()
                    self._figure("first visit, compressed", await gateway.first_visit_bytes() / 1000, "kB")
                    async with Onlookers(gateway.port, gateway.token, plan.buildings) as onlookers:
                        await self._server(gateway, doors, onlookers)
                        await self._browser(gateway, doors, browser)

    def _figure(self, name: str, value: float, unit: str) -> None:
        self._tell(Figure("page", name, value, unit, self._plan.devices, GOALS.get(name)))

    async def _server(self, gateway: PageGateway, doors: ShownDoors, onlookers: Onlookers) -> None:
        """What clients cost the gateway: the same load with nobody, then with all of them."""
        plan = self._plan
        await asyncio.sleep(plan.settle_seconds)
        alone, readings = await self._cpu(gateway, doors)
        resident = gateway.resident_bytes()
        await onlookers.do("open", count=plan.clients)
        await asyncio.sleep(plan.settle_seconds)
        await onlookers.do("mark")
        watched, _ = await self._cpu(gateway, doors)
        told = await onlookers.do("report")
        grown = gateway.resident_bytes() - resident
        self._figure("readings that change a value", readings, "1/s")
        self._figure("cpu with no client", alone, "% of a core")
        self._figure(f"cpu with {plan.clients} clients", watched, "% of a core")
        self._figure("cpu for a client", (watched - alone) / plan.clients, "% of a core")
        self._figure("memory with no client", resident / 1e6, "MB")
        self._figure("memory for a client", grown / plan.clients / 1e6, "MB")
        self._figure("to a client", told["bytes"] / plan.window_seconds / plan.clients / 1000, "kB/s")
        self._figure("messages to a client", told["messages"] / plan.window_seconds / plan.clients, "1/s")

    async def _cpu(self, gateway: PageGateway, doors: ShownDoors) -> tuple[float, float]:
        """The gateway's CPU in percent of a core, and readings per second, over a window."""
        seconds = self._plan.window_seconds
        await doors.do("mark")
        before = gateway.cpu_seconds()
        await asyncio.sleep(seconds)
        spent = gateway.cpu_seconds() - before
        return 100 * spent / seconds, (await doors.do("report"))["readings"] / seconds

    async def _browser(self, gateway: PageGateway, doors: ShownDoors, browser: Browser) -> None:
        plan = self._plan
        session = await gateway.session()
        last = building_name(plan.buildings)
        for slower in (1.0, _SLOW):
            async with visit(browser, gateway.address, session, "/", last, slower=slower) as overview:
                self._figure(f"overview ready at {slower:g}x", overview.ready_milliseconds, "ms")
                if slower > 1:
                    await asyncio.sleep(1)  # what starting costs is in the figure above
                    busy = await overview.busy_percent(plan.window_seconds)
                    self._figure(f"main thread busy on the overview at {slower:g}x", busy, "%")
        building = f"/building/{SHOWN_BUILDING}"
        door = "0号门"
        for slower in (1.0, _SLOW):
            async with visit(browser, gateway.address, session, building, door, slower=slower) as shown:
                self._figure(f"building ready at {slower:g}x", shown.ready_milliseconds, "ms")
                await asyncio.sleep(1)
                await doors.do("mark")
                painted = await shown.doors(plan.window_seconds)
                until_ns = time.time_ns() - _LAST_PAINT_NS
                moves = [move for move in (await doors.do("report"))["moves"] if move[2] < until_ns]
                self._doors(moves, painted, slower)
                if slower > 1:
                    busy = await shown.busy_percent(plan.window_seconds)
                    self._figure(f"main thread busy on a building's page at {slower:g}x", busy, "%")
        async with visit(browser, gateway.address, session, f"/device/{PROBE}", STAMP_KEY) as shown:
            await asyncio.sleep(1)
            self._stamps(await shown.stamps(plan.window_seconds))

    def _doors(
        self, moves: list[tuple[str, bool, int]], painted: Mapping[str, list[tuple[bool | None, int]]], slower: float
    ) -> None:
        """From the reading of a door that moved until the building's page showed it."""
        ids = {device: number for number, device in enumerate({device for device, _, _ in moves})}
        changes: dict[int, list[Seen]] = {}
        for device, is_open, at_ns in moves:
            changes.setdefault(ids[device], []).append(Seen(is_open, at_ns, at_ns))
        found = delays(changes, {ids[device]: seen for device, seen in painted.items() if device in ids})
        name = "door on a building's page: reading to paint"
        if slower > 1:
            self._figure(f"{name} p95 at {slower:g}x", percentile(found.from_change, 0.95), "ms")
            return
        self._figure(f"{name} p50", percentile(found.from_change, 0.50), "ms")
        self._figure(f"{name} p95", percentile(found.from_change, 0.95), "ms")
        self._figure("door moves that were never painted", found.missed, "")

    def _stamps(self, seen: list[tuple[int, int]]) -> None:
        """From the probe's reading, whose time is the value itself, until the device's page showed it."""
        at_once = [(at - stamp) % _STAMP for stamp, at in seen if stamp % 2]
        others = [(at - stamp) % _STAMP for stamp, at in seen if not stamp % 2]
        name = "value told at once, on a device's page: reading to paint"
        self._figure(f"{name} p50", percentile(at_once, 0.50), "ms")
        self._figure(f"{name} p95", percentile(at_once, 0.95), "ms")
        name = "other value, on a device's page: reading to paint"
        self._figure(f"{name} p50", percentile(others, 0.50), "ms")
        self._figure(f"{name} p95", percentile(others, 0.95), "ms")
        beyond = [max(0.0, took - COALESCE_MILLISECONDS) for took in others]
        self._figure(f"{name} p95, beyond the coalescing", percentile(beyond, 0.95), "ms")
