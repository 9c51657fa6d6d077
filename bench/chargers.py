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
    "events lost or counted twice": Goal("<=", 0),
}
_CHARGERS = 10
_DRAIN_SECONDS = 60.0
_LOOK_AGAIN_SECONDS = 0.1


@dataclass(frozen=True, slots=True)
class Plan:
    """How many piles dial in at once, how many events a broker brings, and how many ports run away of each sort."""

    piles: int
    events: int
    runaways: int


WHOLE = Plan(piles=500, events=20_000, runaways=10)
QUICK = Plan(piles=50, events=2_000, runaways=1)


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
            await self._durable(Path(folder))
        await Runaway(self._plan.runaways, self._tell).run()

    def _figure(self, name: str, value: float, unit: str, size: int) -> None:
        self._tell(Figure("chargers", name, value, unit, size, GOALS.get(name.partition(": ")[2])))

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
            await self._storm("reconnect after kill -9", piles, gateway, port)
            given: dict[str, list[int]] = (await piles.do("end"))["given"]
            self._whole(gateway, given)
            self._figure("resident memory, peak", processes.peak_resident_bytes(gateway.pid) / 1e6, "MB", size)

    async def _storm(self, name: str, piles: Piles, gateway: ChargingGateway, port: int) -> None:
        over, size = asyncio.Event(), self._plan.piles
        cpu = processes.cpu_seconds(gateway.pid)
        async with asyncio.TaskGroup() as tasks:
            held = tasks.create_task(gateway.held(over))
            report = await piles.do("connect", port=port)
            over.set()
        cpu = processes.cpu_seconds(gateway.pid) - cpu
        self._figure(f"{name}: all back", len(report["booted"]) / size, "of 1", size)
        self._figure(f"{name}: until the last is back", report["seconds"], "s", size)
        self._figure(f"{name}: boot p99", percentile(report["booted"], 0.99), "s", size)
        self._figure(f"{name}: page's answer p99 meanwhile", 1000 * percentile(held.result(), 0.99), "ms", size)
        self._figure(f"{name}: cpu for each", 1000 * cpu / size, "ms", size)
        self._figure(f"{name}: piles' own cpu for each", 1000 * report["cpu_seconds"] / size, "ms", size)

    def _whole(self, gateway: ChargingGateway, given: Mapping[str, list[int]]) -> None:
        """Each transaction that was given began once and ended once."""
        began: Counter[tuple[str, str]] = Counter()
        ended: Counter[tuple[str, str]] = Counter()
        for device, kind, body in gateway.events("session_started", "session_ended"):
            (began if kind == "session_started" else ended)[device, str(body["session"])] += 1
        wanted = {(f"pile{identity[2:]}", str(number)) for identity, ids in given.items() for number in ids}
        wrong = [one for one in wanted if began[one] != 1 or ended[one] != 1]
        wrong += [one for one in began.keys() | ended.keys() if one not in wanted]
        self._figure("transactions: transactions", len(wanted), "", self._plan.piles)
        self._figure("transactions: transactions that are not whole", len(wrong), "", self._plan.piles)

    # ------------------------------------------------------------ durable

    async def _durable(self, folder: Path) -> None:
        size = self._plan.events
        async with (
            Mosquitto(
                folder / "broker", "allow_anonymous true\nmax_queued_messages 0\nmax_inflight_messages 500"
            ) as broker,
            ChargingGateway(folder, _with_broker(broker.port)) as gateway,
        ):
            before = processes.cpu_seconds(gateway.pid)
            loop = asyncio.get_running_loop()
            began = loop.time()
            options = ("--port", str(broker.port), "--events", str(size), "--chargers", str(_CHARGERS))
            async with child("bench.publisher", *options) as publisher:
                output, _ = await publisher.communicate()
            confirmed: dict[str, Any] = json.loads(output)
            kept = await _settled(gateway, size)
            seconds = loop.time() - began
            cpu = processes.cpu_seconds(gateway.pid) - before
            self._figure("mqtt: events durable in a second", kept / seconds, "1/s", size)
            self._figure("mqtt: events durable in a second of one core", kept / cpu, "1/s", size)
            self._figure("mqtt: cpu for an event", 1e6 * cpu / size, "us", size)
            self._figure("mqtt: confirmed by the broker in a second", size / confirmed["seconds"], "1/s", size)
            self._figure("mqtt: events lost or counted twice", abs(size - kept), "", size)


async def _settled(gateway: ChargingGateway, size: int) -> int:
    """How many of the events are in the journal, once all are or nothing more comes."""
    try:
        async with asyncio.timeout(_DRAIN_SECONDS):
            while (kept := sum(1 for _ in gateway.events("session_started", "session_ended"))) < size:  # noqa: ASYNC110
                await asyncio.sleep(_LOOK_AGAIN_SECONDS)
    except TimeoutError as late:
        raise ChildFailed(f"only {kept} of {size} events came") from late
    return kept


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
