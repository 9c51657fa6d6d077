"""The conformance rig of an MQTT line: a real mosquitto, and two lockers behind it."""

from __future__ import annotations

import tempfile
from contextlib import AsyncExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Self

from tests.drivers.mqtt.boxes import Boxes, line, speaking
from tests.servers.mosquitto import Mosquitto

if TYPE_CHECKING:
    from drivers.contract import LineConfig
    from tests.drivers.mqtt.boxes import Box

SETTINGS = "allow_anonymous true\nlog_type notice"


class MqttRig:
    """Two lockers behind a broker."""

    open_key = "c01.open"
    command = "c01.open"
    live_loss = True
    can_be_lost = True
    tells_links = True
    own: tuple[str, ...] = ()

    def __init__(self) -> None:
        self._life = AsyncExitStack()
        self._broker: Mosquitto | None = None
        self._boxes: Boxes | None = None

    async def __aenter__(self) -> Self:
        folder = Path(self._life.enter_context(tempfile.TemporaryDirectory(prefix="gridpost-mqtt-")))
        self._broker = await self._life.enter_async_context(Mosquitto(folder, SETTINGS))
        self._boxes = await self._life.enter_async_context(speaking(self._broker.port, "d1", "d2"))
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._life.aclose()

    def config(self, *devices: str) -> LineConfig:
        return line(1 if self._broker is None else self._broker.port, *devices)

    def nonsense(self) -> LineConfig:
        return line(1, "d1", product="no-such-product")

    async def take_away(self) -> None:
        assert self._broker is not None
        await self._broker.kill()

    async def give_back(self) -> None:
        assert self._broker is not None
        await self._broker.start()

    def connections(self) -> int:
        if self._broker is None:
            return 0
        said = (self._broker.folder / "log").read_text("utf-8", "replace")
        return sum("New client connected" in line and " as gridpost-line " in line for line in said.splitlines())

    def open(self, device: str, *, on: bool) -> None:
        self._box(device).open = on

    def silence(self, device: str, *, on: bool) -> None:
        self._box(device).silent = on

    def mood(self, device: str, mood: str) -> None:
        self._box(device).mood = mood

    def executed(self, device: str) -> int:
        return len(self._box(device).executed)

    def released(self, device: str) -> bool:
        del device
        return False

    def lose_release(self, device: str) -> None:
        """It holds none."""

    def _box(self, device: str) -> Box:
        assert self._boxes is not None
        return self._boxes.boxes[device]
