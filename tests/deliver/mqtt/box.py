"""An outlet with everything real around it: telemetry, outbox, journal, clock; what it says to the house is written down."""

from __future__ import annotations

import asyncio
import time
from contextlib import AsyncExitStack, asynccontextmanager, closing, suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from drivers.contract import Device, Group, Kind, Point, Sample
from gateway.deliver.mqtt.config import MqttConfig
from gateway.deliver.outlet import ALARM, State, Wiring
from gateway.keep.journal import Journal
from gateway.keep.outbox import Outbox, OutboxSettings
from gateway.keep.telemetry import Telemetry
from gateway.model import HouseSaid, Now, Place
from gateway.numbers import Numbers
from tests.deliver.mqtt.heard import missing
from tests.servers.mosquitto import Listener, Mosquitto, listening
from tests.servers.proxy import FaultProxy

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Sequence
    from pathlib import Path

    from drivers.contract import Fault, Value
    from gateway.deliver.mqtt.outlet import MqttOutlet

SETTINGS = OutboxSettings(max_bytes=64 * 1024 * 1024, max_age_seconds=7 * 86400, keep_free_bytes=0)
LIMIT_SECONDS = 15.0
ALL = (0, 1)
NORMAL = Group(
    (
        Point("number", Kind.INTEGER),
        Point("level", Kind.REAL),
        Point("card", Kind.TEXT, personal=True),
        Point("said", Kind.TEXT),
    ),
    1.0,
)
FAST = Group((Point("door.open", Kind.BOOLEAN),), 0.25)


def device(name: str) -> Device:
    return Device(name, "meter", (NORMAL, FAST))


def now() -> Now:
    return Now("boot-1", time.monotonic_ns(), time.time(), trusted=True)


def config(port: int, **more: Any) -> MqttConfig:
    return MqttConfig.model_validate({"id": "city", "kind": "mqtt", "host": "127.0.0.1", "port": port, **more})


@dataclass(slots=True)
class Box:
    """What stands around an outlet. Every device counts: the next sample of it holds the next number."""

    outbox: Outbox
    journal: Journal
    telemetry: Telemetry
    wiring: Wiring
    devices: Sequence[str]
    said: list[HouseSaid] = field(default_factory=list)
    told: int = 0
    """How many numbers each device has told."""

    def tell(self, rounds: int = 1) -> None:
        """Tell a number of each device, so many times."""
        for _ in range(rounds):
            for name in self.devices:
                self.sample(name, (self.told, self.told / 8, "a card", ""))
            self.told += 1

    def sample(
        self, name: str, values: tuple[Value, ...], group: int = 0, faults: tuple[Fault | None, ...] | None = None
    ) -> None:
        """Tell a sample whole."""
        moment = now()
        self.telemetry.take(Sample(name, group, values, faults, moment.boottime_ns), range(len(values)), moment)

    async def tell_for(self, seconds: float, every_seconds: float = 0.02) -> None:
        """Tell a number of each device again and again."""
        loop = asyncio.get_running_loop()
        until = loop.time() + seconds
        while loop.time() < until:
            self.tell()
            await asyncio.sleep(every_seconds)

    @asynccontextmanager
    async def outlet(self, config: MqttConfig) -> AsyncIterator[MqttOutlet]:
        """Run an outlet; afterwards what is told goes into the outbox alone."""
        outlet = config.build(self.wiring)
        task = asyncio.create_task(outlet.run(), name="outlet")
        self.telemetry.live.append(outlet)
        try:
            yield outlet
        finally:
            self.telemetry.live.remove(outlet)
            task.cancel()
            await asyncio.wait([task])
            if not task.cancelled():
                await task


async def until(condition: Callable[[], bool], limit_seconds: float = LIMIT_SECONDS) -> None:
    """Wait for a condition. Raises TimeoutError."""
    async with asyncio.timeout(limit_seconds):
        while not condition():
            await asyncio.sleep(0.005)


@asynccontextmanager
async def box(
    folder: Path, devices: int = 3, *, simulated: bool = False, every_reading: bool = True
) -> AsyncIterator[Box]:
    """Open outbox and journal in a folder."""
    names = [f"m{number:03}" for number in range(devices)]
    async with AsyncExitStack() as stack:
        journal = await stack.enter_async_context(Journal.open(folder, now()))
        reader = stack.enter_context(closing(journal.reader()))
        outbox = Outbox.open(folder, SETTINGS, ["city"], now())
        said: list[HouseSaid] = []
        wiring = Wiring(
            compound="xingfuli",
            simulated=simulated,
            outbox=outbox,
            records=reader,
            say=said.append,
            clock=now,
            place=lambda _: Place("b1", "1", "", "g1"),
            points=lambda _, group: (NORMAL, FAST)[group].points,
            recorded=lambda: journal.recorded,
        )
        telemetry = Telemetry(outbox, Numbers(), compound="xingfuli", simulated=simulated, every_reading=every_reading)
        telemetry.adopt([device(name) for name in names], wiring.place)
        running = asyncio.create_task(outbox.run(now), name="outbox")
        try:
            yield Box(outbox, journal, telemetry, wiring, names, said)
        finally:
            running.cancel()
            await asyncio.wait([running])
            await outbox.close()


@dataclass(slots=True)
class Stage:
    """A broker, somebody who listens to it, a box and its outlet."""

    broker: Mosquitto
    ear: Listener
    box: Box
    outlet: MqttOutlet
    proxy: FaultProxy
    """It stands between outlet and broker."""

    async def all_heard(self) -> None:
        """Wait until nothing that was told is missing."""
        with suppress(TimeoutError):
            await until(lambda: not missing(self.ear.heard, self.box.devices, self.box.told), 2 * LIMIT_SECONDS)
        assert not missing(self.ear.heard, self.box.devices, self.box.told)


@asynccontextmanager
async def stage(
    folder: Path, devices: int = 3, *, settings: str = "", simulated: bool = False, **more: Any
) -> AsyncIterator[Stage]:
    """Set all of it up, and wait until the outlet has begun. `settings` are the broker's, `more` the outlet's."""
    async with AsyncExitStack() as stack:
        enter = stack.enter_async_context
        broker = await enter(Mosquitto(folder / "broker", f"allow_anonymous true\n{settings}"))
        ear = await enter(listening(broker.port))
        proxy = await enter(FaultProxy("127.0.0.1", broker.port))
        b = await enter(box(folder, devices, simulated=simulated))
        outlet = await enter(b.outlet(config(proxy.port, **more)))
        await until(lambda: outlet.standing.state is State.UP and b.outbox.cursor("city", ALARM) is not None)
        yield Stage(broker, ear, b, outlet, proxy)
