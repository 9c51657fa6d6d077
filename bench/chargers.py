"""`python -m bench chargers`: chargers that come back at once, events that are durable, and how fast a fire is stopped."""

from __future__ import annotations

import asyncio
import json
import tempfile
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bench import processes
from bench.charging_gateway import ChargingGateway
from bench.children import ChildFailed, Piles, child
from bench.devices import boottime_ns
from bench.figures import Figure, Goal, percentile
from bench.gateway import free_port
from bench.publisher import topic_of
from bench.runaway import Runaway
from tests.servers.mosquitto import Mosquitto

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

GOALS: Mapping[str, Goal] = {
    "all back": Goal(">=", 1),
    "transactions that are not whole": Goal("<=", 0),
    "events lost": Goal("<=", 0),
    "events counted twice": Goal("<=", 0),
}
_BEGAN, _ENDED = "session_started", "session_ended"
_CHARGERS = 10
_DRAIN_SECONDS = 120.0
_LOOK_AGAIN_SECONDS = 0.1


@dataclass(frozen=True, slots=True)
class Plan:
    """How many piles dial in at once, how much a broker brings, and in how many rooms of each sort a battery burns.

    Telemetry comes at a rate, in messages a second, for so many seconds.
    """

    piles: int
    events: int
    telemetry_rate: int
    telemetry_seconds: int
    rooms: int


WHOLE = Plan(piles=500, events=20_000, telemetry_rate=1_000, telemetry_seconds=20, rooms=10)
QUICK = Plan(piles=50, events=2_000, telemetry_rate=500, telemetry_seconds=4, rooms=1)


class Chargers:
    """The benchmark: `tell` gets each figure as soon as it is known."""

    def __init__(self, plan: Plan, tell: Callable[[Figure], None]) -> None:
        self._plan = plan
        self._tell = tell

    async def run(self) -> None:
        """Measure everything. Raises `bench.children.ChildFailed` when a part does not run."""
        with tempfile.TemporaryDirectory() as folder:
            await self._reconnect(Path(folder))
        with tempfile.TemporaryDirectory() as folder:
            await self._broker(Path(folder))
        await Runaway(self._plan.rooms, self._tell).run()

    def _figure(self, name: str, value: float, unit: str, size: int) -> None:
        self._tell(Figure("chargers", name, value, unit, size, GOALS.get(name.rpartition(": ")[2])))

    # ------------------------------------------------------------ all at once

    async def _reconnect(self, folder: Path) -> None:
        port, size = free_port(), self._plan.piles
        async with (
            Piles(size) as piles,
            ChargingGateway(folder, _with_piles(port, size)) as gateway,
        ):
            await self._storm("first", piles, gateway, port)
            await piles.do("drop")
            await self._storm("reconnect", piles, gateway, port)
            await piles.do("drop")
            await gateway.kill()
            await gateway.start()
            await self._storm("after kill -9", piles, gateway, port)
            await piles.do("drop")
            await self._killed(piles, gateway, port)
            given: dict[str, list[int]] = (await piles.do("end"))["given"]
            self._whole(gateway, given)
            self._figure("resident memory, peak", processes.peak_resident_bytes(gateway.pid) / 1e6, "MB", size)

    async def _storm(self, name: str, piles: Piles, gateway: ChargingGateway, port: int) -> None:
        over, size = asyncio.Event(), self._plan.piles
        cpu, waited = processes.cpu_seconds(gateway.pid), processes.waited_seconds(gateway.pid)
        async with asyncio.TaskGroup() as tasks:
            held = tasks.create_task(gateway.held(over))
            report = await piles.do("connect", port=port)
            over.set()
        cpu = processes.cpu_seconds(gateway.pid) - cpu
        waited = processes.waited_seconds(gateway.pid) - waited
        self._back(name, report)
        self._figure(f"{name}: boot p99", percentile(report["booted"], 0.99), "s", size)
        self._figure(f"{name}: page's answer p50 meanwhile", 1000 * percentile(held.result(), 0.50), "ms", size)
        self._figure(f"{name}: page's answer p99 meanwhile", 1000 * percentile(held.result(), 0.99), "ms", size)
        self._figure(f"{name}: cpu for each", 1000 * cpu / size, "ms", size)
        self._figure(f"{name}: gateway waited for a core", 100 * waited / report["seconds"], "% of the time", size)
        self._figure(f"{name}: piles' own cpu for each", 1000 * report["cpu_seconds"] / size, "ms", size)

    async def _killed(self, piles: Piles, gateway: ChargingGateway, port: int) -> None:
        """The gateway dies when half of what the piles have to tell is on its disk, and comes back."""
        half = gateway.counted(_BEGAN, _ENDED) + self._plan.piles // 2
        async with asyncio.TaskGroup() as tasks:
            coming = tasks.create_task(piles.do("connect", port=port))
            while gateway.counted(_BEGAN, _ENDED) < half:  # noqa: ASYNC110 - another process
                await asyncio.sleep(_LOOK_AGAIN_SECONDS / 10)
            await gateway.kill()
            killed_ns = boottime_ns()
            await gateway.start()
            away_seconds = (boottime_ns() - killed_ns) / 1e9
        self._back("killed in the midst", coming.result())
        self._figure("killed in the midst: gateway away", away_seconds, "s", self._plan.piles)

    def _back(self, name: str, report: Mapping[str, Any]) -> None:
        size = self._plan.piles
        self._figure(f"{name}: all back", len(report["booted"]) / size, "of 1", size)
        self._figure(f"{name}: until the last is back", report["seconds"], "s", size)

    def _whole(self, gateway: ChargingGateway, given: Mapping[str, list[int]]) -> None:
        """Each transaction that was given began once and ended once."""
        wanted = {(f"pile{identity[2:]}", str(number)) for identity, ids in given.items() for number in ids}
        told = _told(gateway)
        once = Counter((device, session, kind) for device, session in wanted for kind in (_BEGAN, _ENDED))
        wrong = {one[:2] for one in told.keys() | once.keys() if told[one] != once[one]}
        self._figure("transactions: transactions", len(wanted), "", self._plan.piles)
        self._figure("transactions: transactions that are not whole", len(wrong), "", self._plan.piles)

    # ------------------------------------------------------------ a broker

    async def _broker(self, folder: Path) -> None:
        settings = "allow_anonymous true\nmax_inflight_messages 500"
        async with (
            Mosquitto(folder / "broker", settings) as broker,
            ChargingGateway(folder, _with_broker(broker.port)) as gateway,
        ):
            await self._durable(broker.port, gateway)
            await self._telemetry(broker.port, gateway)

    async def _durable(self, port: int, gateway: ChargingGateway) -> None:
        """Events as fast as they are taken: from the first that is published until the last is on the gateway's disk."""
        size = self._plan.events
        cpu, waited = processes.cpu_seconds(gateway.pid), processes.waited_seconds(gateway.pid)
        began_ns = (await _publish(port, messages=size))["began_ns"]
        try:
            async with asyncio.timeout(_DRAIN_SECONDS):
                while gateway.counted(_BEGAN, _ENDED) < size:  # noqa: ASYNC110 - another process
                    await asyncio.sleep(_LOOK_AGAIN_SECONDS)
        except TimeoutError:
            pass  # the figures say it
        seconds = (boottime_ns() - began_ns) / 1e9
        cpu = processes.cpu_seconds(gateway.pid) - cpu
        waited = processes.waited_seconds(gateway.pid) - waited
        counted = _told(gateway)
        self._figure("events: durable in a second", len(counted) / seconds, "1/s", size)
        self._figure("events: durable in a second of one core", len(counted) / cpu, "1/s", size)
        self._figure("events: cpu for each", 1e6 * cpu / size, "us", size)
        self._figure("events: gateway waited for a core", 100 * waited / seconds, "% of the time", size)
        self._figure("events: events lost", size - len(counted), "", size)
        self._figure("events: events counted twice", counted.total() - len(counted), "", size)

    async def _telemetry(self, port: int, gateway: ChargingGateway) -> None:
        """Measurements at a rate."""
        rate, seconds = self._plan.telemetry_rate, self._plan.telemetry_seconds
        before, cpu = await gateway.numbers("field"), processes.cpu_seconds(gateway.pid)
        await _publish(port, messages=rate * seconds, rate=rate, telemetry=True)
        cpu = processes.cpu_seconds(gateway.pid) - cpu
        after = await gateway.numbers("field")
        taken = after["messages"] - before["messages"]
        shed = after["shed_telemetry"] - before["shed_telemetry"]
        self._figure("telemetry: cpu for each message", 1e6 * cpu / taken, "us", rate)
        self._figure("telemetry: messages of one core", taken / cpu, "1/s", rate)
        self._figure("telemetry: given up under overload", shed, "", rate)


async def _publish(port: int, *, telemetry: bool = False, **given: float) -> dict[str, float]:
    options = [f"--port={port}", f"--chargers={_CHARGERS}", *(f"--{name}={value}" for name, value in given.items())]
    async with child("bench.publisher", *options, *(["--telemetry"] if telemetry else [])) as publisher:
        output, _ = await publisher.communicate()
    if publisher.returncode:
        raise ChildFailed(f"bench.publisher ended with {publisher.returncode}; its words are above")
    said: dict[str, float] = json.loads(output)
    return said


def _told(gateway: ChargingGateway) -> Counter[tuple[str, str, str]]:
    """How often each charging of a device began and how often it ended, by the journal."""
    events = gateway.events(_BEGAN, _ENDED)
    return Counter((device, str(body["session"]), kind) for device, kind, body in events)


def _with_piles(port: int, piles: int) -> str:
    devices = "\n".join(
        f"      - {{id: pile{number:04}, identity: CP{number:04}, connectors: 1, room: lot}}" for number in range(piles)
    )
    return f"""\
compound: {{id: bench, name: bench, simulated: true}}
buildings: [{{id: b1, name: b1}}]
rooms: [{{id: lot, name: lot, building: b1, cabinet: none, kind: car}}]
lines:
  - id: piles
    driver: ocpp
    listen: 127.0.0.1:{port}
    security: none
    devices:
{devices}
"""


def _with_broker(port: int) -> str:
    devices = "\n".join(
        f"      - {{id: bench{number}, product: gridpost-ebike-12, topic: {topic_of(number)}, room: shed}}"
        for number in range(_CHARGERS)
    )
    return f"""\
compound: {{id: bench, name: bench, simulated: true}}
buildings: [{{id: b1, name: b1}}]
rooms: [{{id: shed, name: shed, building: b1, cabinet: none}}]
lines:
  - id: field
    driver: mqtt
    host: 127.0.0.1
    port: {port}
    devices:
{devices}
"""
