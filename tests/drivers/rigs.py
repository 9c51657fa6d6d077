"""What the conformance test needs of each driver: a configuration, and a peer that it can work like a puppet."""

from __future__ import annotations

from contextlib import AsyncExitStack
from typing import TYPE_CHECKING, Protocol, Self

from drivers.modbus.config import ModbusConfig
from tests.drivers.ble.rig import BleRig
from tests.drivers.modbus.servers import PULSE, Controller, Host
from tests.drivers.mqtt.rig import MqttRig
from tests.drivers.nut.rig import NutRig
from tests.drivers.ocpp.rig import OcppRig
from tests.drivers.toys.broadcast import BroadcastPeer
from tests.drivers.toys.broker import BrokerPeer
from tests.drivers.toys.bus import BusPeer
from tests.drivers.toys.dial_in import DialInPeer

if TYPE_CHECKING:
    from collections.abc import Callable

    from drivers.contract import LineConfig
    from tests.drivers.toys.door import Door

SERIAL = 300300


class Rig(Protocol):
    """A driver's peer with the devices `d1` and `d2`. `open_key` and `command` are how the driver names things."""

    open_key: str
    command: str
    live_loss: bool
    """Whether the line can be lost while it runs; else it can only fail to come up."""
    can_be_lost: bool
    """Whether the line can be lost at all: a set of receivers goes on with those that are left."""
    tells_links: bool
    """Whether it is told of each device that it is there or silent; else its silence is judged by whoever hears of it."""
    own: tuple[str, ...]
    """Devices that the line itself is made of, before `d1` and `d2`."""

    async def __aenter__(self) -> Self: ...
    async def __aexit__(self, *_: object) -> None: ...
    def config(self, *devices: str) -> LineConfig: ...
    def nonsense(self) -> LineConfig: ...
    async def take_away(self) -> None: ...
    async def give_back(self) -> None: ...
    def connections(self) -> int: ...
    def open(self, device: str, *, on: bool) -> None: ...
    def silence(self, device: str, *, on: bool) -> None: ...
    def mood(self, device: str, mood: str) -> None: ...
    def executed(self, device: str) -> int: ...
    def released(self, device: str) -> bool: ...
    def lose_release(self, device: str) -> None: ...


class ToyRig:
    """Any toy: they share their doors."""

    open_key = "open"
    command = "pulse"
    can_be_lost = True
    tells_links = True
    own: tuple[str, ...] = ()

    def __init__(self, peer: BusPeer | BrokerPeer | DialInPeer | BroadcastPeer) -> None:
        self.peer = peer
        self.live_loss = peer.live_loss
        self._life = AsyncExitStack()

    async def __aenter__(self) -> Self:
        await self._life.enter_async_context(self.peer)
        for device in ("d1", "d2"):
            self._door(device)
            if isinstance(self.peer, DialInPeer):
                self.peer.power(device)
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._life.aclose()

    def config(self, *devices: str) -> LineConfig:
        return self.peer.config_class(port=self.peer.port or 1, devices=devices)

    def nonsense(self) -> LineConfig:
        return self.peer.config_class(port=1, devices=("d1",), product="window")

    async def take_away(self) -> None:
        await self.peer.take_away()

    async def give_back(self) -> None:
        await self.peer.give_back()

    def connections(self) -> int:
        return self.peer.connections

    def open(self, device: str, *, on: bool) -> None:
        self._door(device).open = on

    def silence(self, device: str, *, on: bool) -> None:
        self._door(device).silent = on

    def mood(self, device: str, mood: str) -> None:
        self._door(device).mood = mood

    def executed(self, device: str) -> int:
        return len(self._door(device).executed)

    def released(self, device: str) -> bool:
        return self._door(device).released

    def lose_release(self, device: str) -> None:
        self._door(device).released = False

    def _door(self, device: str) -> Door:
        return self.peer.doors[device]


class ModbusRig:
    """Two ACP-1 controllers behind one host."""

    open_key = "door1.open"
    command = "door1.unlock"
    live_loss = True
    can_be_lost = True
    tells_links = True
    own: tuple[str, ...] = ()

    def __init__(self) -> None:
        self._host = Host({unit: Controller(SERIAL + unit) for unit in (1, 2)})

    async def __aenter__(self) -> Self:
        await self._host.__aenter__()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._host.stop()

    def config(self, *devices: str) -> LineConfig:
        return self._config("acp1-2door", devices)

    def nonsense(self) -> LineConfig:
        return self._config("no-such-product", ("d1",))

    async def take_away(self) -> None:
        await self._host.stop()

    async def give_back(self) -> None:
        await self._host.__aenter__()

    def connections(self) -> int:
        return self._host.connections

    def open(self, device: str, *, on: bool) -> None:
        self._box(device).door(1, 2, on=on)

    def silence(self, device: str, *, on: bool) -> None:
        self._box(device).silent = on

    def mood(self, device: str, mood: str) -> None:
        box = self._box(device)
        box.obeys = mood != "mute"
        box.result = 3 if mood == "refuse" else 0

    def executed(self, device: str) -> int:
        return self._box(device).executed.count(PULSE)

    def released(self, device: str) -> bool:
        return self._box(device).released()

    def lose_release(self, device: str) -> None:
        self._box(device).lose_release()

    def _box(self, device: str) -> Controller:
        box = self._host.boxes[int(device[1:])]
        assert isinstance(box, Controller)
        return box

    def _config(self, product: str, devices: tuple[str, ...]) -> ModbusConfig:
        written = [
            {"id": device, "product": product, "unit": int(device[1:]), "serial": SERIAL + int(device[1:])}
            for device in devices
        ]
        return ModbusConfig.model_validate(
            {
                "id": "line",
                "host": "127.0.0.1",
                "port": self._host.port or 1,
                "fast_seconds": 0.05,
                "normal_seconds": 0.05,
                "slow_seconds": 0.2,
                "devices": written,
            }
        )


TOYS: dict[str, Callable[[], Rig]] = {
    "toy: polled bus": lambda: ToyRig(BusPeer()),
    "toy: pushed broker": lambda: ToyRig(BrokerPeer()),
    "toy: devices dial in": lambda: ToyRig(DialInPeer()),
    "toy: broadcast": lambda: ToyRig(BroadcastPeer()),
}
OF_THE_CATALOGUE: dict[str, Callable[[], Rig]] = {
    "modbus": ModbusRig,
    "ble": BleRig,
    "mqtt": MqttRig,
    "ocpp": OcppRig,
    "nut": NutRig,
}
