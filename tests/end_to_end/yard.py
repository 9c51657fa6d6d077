"""Charging rooms of the simulator, living in real time before a gateway: what charges there, what burns, and what cuts it."""

from __future__ import annotations

import asyncio
import time
from contextlib import AsyncExitStack, asynccontextmanager
from random import Random
from typing import TYPE_CHECKING, Any

from bench.gateway import free_port
from simulator.agenda import Agenda
from simulator.contactor_board import ContactorBoard
from simulator.contactor_port import ContactorPort
from simulator.ebike_pile import EbikePile
from simulator.mqtt_device import BrokerAddress, MqttDevice
from simulator.ocpp_pile import CONNECTOR, OcppPile
from simulator.ocpp_wire import OcppWire
from tests.end_to_end.living import LIMIT_SECONDS
from tests.servers.mosquitto import Mosquitto
from tests.simulator.sheds import CAR, LEAD

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Mapping
    from pathlib import Path

    from simulator.charging_charger import Charger
    from tests.end_to_end.living import Living

HOT_CELSIUS = 82.0
"""Over the limit of the gateway, and under the charger's own."""
NO_CURRENT_AMPERES = 0.2
_TURN_SECONDS = 0.02


class Yard:
    """What stands there. `cuts` says which contactor of the board, from 0, is before which pile."""

    def __init__(self, broker: Mosquitto, cuts: Mapping[int, tuple[str, ...]]) -> None:
        self.broker = broker
        self.ocpp_port = free_port()
        self.agenda = Agenda()
        self.board = ContactorBoard(self._moved)
        self.boards = ContactorPort(self.board, time.time, lambda: None)
        self.ebikes: dict[str, EbikePile] = {}
        self.devices: dict[str, MqttDevice] = {}
        """The network sides of those."""
        self.piles: dict[str, OcppPile] = {}
        self._cuts = cuts
        self._wires: dict[str, OcppWire] = {}

    def shed(self, id_: str) -> EbikePile:
        """Add a controller for e-bikes."""
        self.ebikes[id_] = ebike = EbikePile(id_, Random(id_), self.agenda, time.time())
        ebike.telling.network = self.devices[id_] = MqttDevice(id_, topic_of(id_), ebike, time.time)
        return ebike

    def pile(self, id_: str) -> OcppPile:
        """Add a pile for cars."""
        self.piles[id_] = pile = OcppPile(id_, Random(id_), self.agenda, time.time())
        pile.wire = self._wires[id_] = OcppWire(id_, pile.station, time.time, lambda: None)
        return pile

    def charger(self, id_: str) -> Charger:
        """One of either sort."""
        return self.ebikes[id_] if id_ in self.ebikes else self.piles[id_]

    async def charge(self, gateway: Living, *ports: str) -> None:
        """Plug in at each "charger/part" that the gateway has heard, until all of them charge and the gateway shows it."""
        for port in ports:
            device, part = port.split("/")
            await gateway.until(f"devices/{device}", _reached)
            self.charger(device).plug(part, CAR if part == CONNECTOR else LEAD, "04A1B2C3", time.time(), 0.0)
        await gateway.until(
            "charging/sessions?running=true",
            lambda body: {f"{one['device']}/{one['part']}" for one in body["sessions"]} >= set(ports),
        )

    def burn(self, port: str) -> None:
        """Let a socket get hot, from one moment to the next."""
        device, part = port.split("/")
        socket, now = self.charger(device).socket(part), time.time()
        socket.burn(1.0, 600.0, HOT_CELSIUS - socket.celsius(now), now)
        self.charger(device).touch(part, now)

    def amperes(self, port: str) -> float:
        """What truly flows."""
        device, part = port.split("/")
        return self.charger(device).socket(part).measure(time.time()).amperes

    def came(self, client: str) -> int:
        """How often a client connected to the broker, by the broker's own log."""
        log = (self.broker.folder / "log").read_text("utf-8", "replace")
        return sum("New client connected" in line and f" as {client} " in line for line in log.splitlines())

    async def run(self) -> None:
        """Live until cancelled."""
        broker = BrokerAddress("127.0.0.1", self.broker.port)
        async with asyncio.TaskGroup() as lives:
            for device in self.devices.values():
                lives.create_task(device.run(broker))
            for wire in self._wires.values():
                lives.create_task(wire.run("127.0.0.1", self.ocpp_port, ""))
            while True:
                self.board.advance(time.time())
                self.agenda.advance(time.time())
                await asyncio.sleep(_TURN_SECONDS)

    def _moved(self, contactor: int, now: float) -> None:
        for pile in self._cuts.get(contactor, ()):
            self.charger(pile).feed(now, mains=self.board.closed[contactor])


@asynccontextmanager
async def yard(folder: Path, cuts: Mapping[int, tuple[str, ...]]) -> AsyncIterator[Yard]:
    """A yard without chargers yet; its broker writes down who comes and goes."""
    async with AsyncExitStack() as life:
        broker = await life.enter_async_context(Mosquitto(folder / "broker", "allow_anonymous true\nlog_type notice"))
        one = Yard(broker, cuts)
        await one.boards.open("127.0.0.1", 0)
        life.push_async_callback(one.boards.close)
        yield one


@asynccontextmanager
async def alive(one: Yard) -> AsyncIterator[None]:
    """Let the yard live."""
    task = asyncio.create_task(one.run(), name="yard")
    try:
        yield
    finally:
        task.cancel()
        await asyncio.wait([task])
        if not task.cancelled():
            task.result()


def topic_of(device: str) -> str:
    return f"v1/c1/b1/charger/{device}"


async def until(true: Callable[[], object]) -> None:
    """Wait until something is so."""
    async with asyncio.timeout(LIMIT_SECONDS):
        while not true():
            await asyncio.sleep(_TURN_SECONDS)


def _reached(device: dict[str, Any]) -> bool:
    return bool(device["link"] == "up" and device["fresh"])
