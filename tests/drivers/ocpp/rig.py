"""Two charge points, for the conformance test."""

from __future__ import annotations

import asyncio
from contextlib import ExitStack, suppress
from typing import TYPE_CHECKING, Self
from unittest.mock import patch

from websockets.exceptions import ConnectionClosed, InvalidHandshake

from tests.drivers.ocpp.point import Point, SaidError, clock, free_port, written

if TYPE_CHECKING:
    from drivers.ocpp.config import OcppConfig

EVERY_SECONDS = 0.02
IDENTITIES = {"d1": "CP1", "d2": "CP2"}


class OcppRig:
    """They dial in again and again, and say how they are. `open` is a clock that is wrong."""

    open_key = "clock_wrong"
    command = "connector1.unlock"
    live_loss = False
    can_be_lost = True
    tells_links = True
    own: tuple[str, ...] = ()

    def __init__(self) -> None:
        self._port = free_port()
        self._life = ExitStack()
        self._occupied: asyncio.Server | None = None
        self._living: list[asyncio.Task[None]] = []
        self._points: dict[str, Point] = {}
        self._connections = 0
        self._open: set[str] = set()
        self._silent: set[str] = set()
        self._moods: dict[str, str] = {}
        self._executed = dict.fromkeys(IDENTITIES, 0)

    async def __aenter__(self) -> Self:
        self._life.enter_context(patch("drivers.ocpp.calling.ANSWER_SECONDS", 0.3))
        self._life.enter_context(patch("drivers.ocpp.driver.STEP_SECONDS", EVERY_SECONDS))
        self._living = [asyncio.create_task(self._live(device), name=device) for device in IDENTITIES]
        return self

    async def __aexit__(self, *_: object) -> None:
        for task in self._living:
            task.cancel()
        await asyncio.gather(*self._living, return_exceptions=True)
        await self.give_back()
        self._life.close()

    def config(self, *devices: str) -> OcppConfig:
        return written(self._port, *({"id": device, "identity": IDENTITIES[device]} for device in devices))

    def nonsense(self) -> OcppConfig:
        device = {"id": "d1", "identity": "CP1", "password": {"env": "no-such-product"}}
        return written(self._port, device, security="basic")

    async def take_away(self) -> None:
        """Somebody else has the port."""
        self._occupied = await asyncio.start_server(lambda _, writer: writer.close(), "127.0.0.1", self._port)

    async def give_back(self) -> None:
        if self._occupied is not None:
            self._occupied.close()
            await self._occupied.wait_closed()
            self._occupied = None

    def connections(self) -> int:
        return self._connections

    def open(self, device: str, *, on: bool) -> None:
        (self._open.add if on else self._open.discard)(device)

    def silence(self, device: str, *, on: bool) -> None:
        (self._silent.add if on else self._silent.discard)(device)

    def mood(self, device: str, mood: str) -> None:
        self._moods[device] = mood

    def executed(self, device: str) -> int:
        return self._executed[device]

    def released(self, device: str) -> bool:
        del device
        return False

    def lose_release(self, device: str) -> None:
        """It holds none."""

    async def _live(self, device: str) -> None:
        while True:
            await asyncio.sleep(EVERY_SECONDS)
            if device in self._silent:
                continue
            point = Point(self._port, IDENTITIES[device])
            answer = {"obey": {"status": "Unlocked"}, "refuse": {"status": "UnlockFailed"}, "mute": None}
            point.answers["UnlockConnector"] = answer[self._moods.get(device, "obey")]
            point.on_call = lambda action, _: self._count(device, action)
            with suppress(OSError, ConnectionClosed, InvalidHandshake, SaidError, TimeoutError):
                async with point:
                    self._connections += 1
                    while device not in self._silent:
                        await self._say(point, device)

    async def _say(self, point: Point, device: str) -> None:
        at = clock(-3600 if device in self._open else 0)
        async with asyncio.timeout(1):
            await point.status(0, "Available", timestamp=at)
            await point.status(1, "Available", timestamp=at)
        await asyncio.sleep(EVERY_SECONDS)

    def _count(self, device: str, action: str) -> None:
        self._executed[device] += action == "UnlockConnector"
