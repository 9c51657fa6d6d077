"""Two smoke alarms on the air, for the conformance test."""

from __future__ import annotations

import asyncio
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn, Self
from unittest.mock import patch

from drivers.ble.config import BleConfig
from drivers.ble.source import Advert
from drivers.contract import SENSORS, WantedState
from tests.drivers.ble.air import CLEAR, SECOND, SITE_KEY, SMOKE, START_NS, Sensor

if TYPE_CHECKING:
    from drivers.ble.config import Receiver
    from drivers.ble.driver import BleLine
    from drivers.ble.source import Clock, Ears

PROFILES = Path(__file__).parent / "profiles"
SENSORS_OF = {"d1": Sensor(1), "d2": Sensor(2)}
ENTRIES = {device: sensor.entry() for device, sensor in SENSORS_OF.items()}
EVERY_SECONDS = 0.005


class BleRig:
    """The sensors speak on a clock on which each packet is a second after the last one."""

    open_key = "smoke"
    command = "unlock"
    live_loss = False
    can_be_lost = False
    tells_links = False
    own: tuple[str, ...] = ("line", "rx1")

    def __init__(self) -> None:
        self._life = ExitStack()
        self._open: set[str] = set()
        self._silent: set[str] = set()
        self._now_ns = START_NS

    async def __aenter__(self) -> Self:
        self._life.enter_context(patch("drivers.ble.receivers.make_source", self._source))
        self._life.enter_context(patch("drivers.ble.driver.STEP_SECONDS", EVERY_SECONDS))
        return self

    async def __aexit__(self, *_: object) -> None:
        self._life.close()

    def config(self, *devices: str) -> BleConfig:
        return _Wanted.model_validate(_written(devices))

    def nonsense(self) -> BleConfig:
        return BleConfig.model_validate({**_written(("d1",)), "profile_folders": (PROFILES,)})

    async def take_away(self) -> None:
        """A line of receivers goes on without any."""

    async def give_back(self) -> None:
        """It was never gone."""

    def connections(self) -> int:
        return 0

    def open(self, device: str, *, on: bool) -> None:
        (self._open.add if on else self._open.discard)(device)

    def silence(self, device: str, *, on: bool) -> None:
        (self._silent.add if on else self._silent.discard)(device)

    def mood(self, device: str, mood: str) -> None:
        """It takes no commands."""

    def executed(self, device: str) -> int:
        del device
        return 0

    def released(self, device: str) -> bool:
        del device
        return False

    def lose_release(self, device: str) -> None:
        """It holds none."""

    def _source(self, receiver: Receiver, _clock: Clock) -> _Speaking:
        return _Speaking(self, receiver.id)

    def said(self) -> list[Advert]:
        """What is in the air next."""
        self._now_ns += SECOND
        return [
            Advert(sensor.number, -60, sensor.packet(SMOKE if device in self._open else CLEAR), self._now_ns)
            for device, sensor in SENSORS_OF.items()
            if device not in self._silent
        ]


class _Speaking:
    """A receiver that hears both sensors without end."""

    def __init__(self, rig: BleRig, receiver: str) -> None:
        self._rig = rig
        self._receiver = receiver

    async def run(self, ears: Ears, /) -> NoReturn:
        ears.found(self._receiver)
        while True:
            ears.heard(self._receiver, self._rig.said(), 0)
            await asyncio.sleep(EVERY_SECONDS)

    def statistics(self) -> dict[str, float]:
        return {}


class _Wanted(BleConfig):
    """Its line is told at once which sensors hang where, as decide does at each start."""

    def build(self) -> BleLine:
        line = super().build()
        line.want(self.id, WantedState(SENSORS, {"mounted": ENTRIES, "stock": {}}))
        return line


def _written(devices: tuple[str, ...]) -> dict[str, object]:
    return {
        "id": "line",
        "driver": "ble",
        "devices": [{"id": "rx1", "adapter": "hci0"}],
        "detectors": dict.fromkeys(devices, "smoke"),
        "credential_key": SITE_KEY.hex(),
    }
