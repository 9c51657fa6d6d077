"""Two power supplies behind the simulator's NUT server, for the conformance test."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Self

from drivers.nut.config import NutConfig
from simulator.nut import NutServer
from simulator.ups import Ups

if TYPE_CHECKING:
    from drivers.contract import LineConfig

SUPPLIES = {"d1": "cellar", "d2": "gate"}


class NutRig:
    """`open` is a supply that runs on its battery; nothing of it moves in the second or two of a test."""

    open_key = "on_battery"
    command = "shutdown"
    live_loss = True
    can_be_lost = True
    tells_links = True
    own: tuple[str, ...] = ()

    def __init__(self) -> None:
        self._supplies = {name: Ups(time.time()) for name in SUPPLIES.values()}
        self._server = NutServer(self._supplies, time.time)

    async def __aenter__(self) -> Self:
        await self._server.open("127.0.0.1", 0)
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._server.close()

    def config(self, *devices: str) -> LineConfig:
        return self.written(*({"id": device, "ups": SUPPLIES[device]} for device in devices))

    def nonsense(self) -> LineConfig:
        return self.written({"id": "d1", "ups": "cellar", "product": "no-such-product"})

    def written(self, *devices: dict[str, str], **more: object) -> NutConfig:
        port = self._server.number or 1
        line = {"id": "line", "driver": "nut", "host": "127.0.0.1", "port": port, "every_seconds": 0.02}
        return NutConfig.model_validate({**line, "timeout_seconds": 0.3, **more, "devices": devices})

    async def take_away(self) -> None:
        await self._server.close()

    async def give_back(self) -> None:
        await self._server.open("127.0.0.1", self._server.number)

    def connections(self) -> int:
        return self._server.made

    def open(self, device: str, *, on: bool) -> None:
        self._supplies[SUPPLIES[device]].feed(time.time(), mains=not on)

    def silence(self, device: str, *, on: bool) -> None:
        self._supplies[SUPPLIES[device]].stale = on

    def mood(self, device: str, mood: str) -> None:
        """It takes no commands."""

    def executed(self, device: str) -> int:  # noqa: ARG002 - as a rig
        return 0

    def released(self, device: str) -> bool:  # noqa: ARG002 - as a rig
        return False

    def lose_release(self, device: str) -> None:
        """It holds no state."""
