"""A line of receivers without radio: sensors whose packets are made by hand, and a driver that hears them."""

from __future__ import annotations

import asyncio
import time
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any, NoReturn

from cryptography.hazmat.primitives.ciphers.aead import AESCCM

from drivers.ble.config import BleConfig
from drivers.ble.driver import BleLine
from drivers.ble.source import Advert
from drivers.contract import SENSORS, WantedState
from drivers.sealed_key import SensorKeys
from tests.drivers.ble.packets import sealed
from tests.drivers.running import running, until

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping

    import pytest

    from drivers.ble import config
    from drivers.ble.source import Clock, Ears
    from tests.drivers.recording_post import RecordingPost

SITE_KEY = bytes(range(32))
KEYS = SensorKeys(SITE_KEY)
SECOND = 1_000_000_000
START_NS = time.clock_gettime_ns(time.CLOCK_BOOTTIME)

CLEAR = bytes.fromhex("0164 02ca09 1500 2600 2900 2b00")
SMOKE = bytes.fromhex("0164 02ca09 1500 2600 2901 2b00")
PRESSED = bytes.fromhex("3a01")
GAS_CLEAR = bytes.fromhex("1c00 2600 2b00 5406 01 0000 0000 00")
GAS_ALARM = bytes.fromhex("1c01 2600 2b00 5406 01 0000 0000 00")


class Sensor:
    """A sensor's sending side. `counter` is that of its last packet."""

    def __init__(self, number: int = 1, product: str = "gridpost-smoke", counter: int = 100) -> None:
        self.address = f"C0FFEE{number:06X}"
        self.number = int(self.address, 16)
        self.mac = bytes.fromhex(self.address)
        self.key = number.to_bytes(16, "big")
        self.product = product
        self.counter = counter

    def packet(self, objects: bytes, counter: int | None = None) -> bytes:
        """The next packet, or one with that counter."""
        self.counter = self.counter + 1 if counter is None else counter
        return self.sealed(objects, self.counter)

    def sealed(self, objects: bytes, counter: int) -> bytes:
        """A packet of that counter; the sensor itself did not send it."""
        return sealed(objects, counter, mac=self.mac, cipher=AESCCM(self.key, tag_length=4))

    def entry(self, swap_until_ns: int = 0) -> dict[str, Any]:
        return {
            "address": self.address,
            "product": self.product,
            "sealed_key": KEYS.seal(self.address, self.key),
            "swap_until_ns": swap_until_ns,
        }


def plain(objects: bytes) -> bytes:
    return b"\x40" + objects


class Wired:
    """A source that says what a test tells it to."""

    def __init__(self, receiver: str) -> None:
        self.receiver = receiver
        self.ears: Ears | None = None
        self.runs = 0

    async def run(self, ears: Ears, /) -> NoReturn:
        self.ears = ears
        self.runs += 1
        ears.found(self.receiver)
        try:
            while True:
                await asyncio.sleep(3600)
        finally:
            self.ears = None

    def statistics(self) -> dict[str, float]:
        return {"restarts": 0}


class Air:
    """What a line hears, on a clock of the test's own. `sources` are by receiver."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.sources: dict[str, Wired] = {}
        self.now_ns = START_NS
        monkeypatch.setattr("drivers.ble.receivers.make_source", self._source)
        monkeypatch.setattr("drivers.ble.turn.TURN_SECONDS", 60.0)  # a test tells much in one turn of the loop
        self._line: BleLine | None = None

    @property
    def line(self) -> BleLine:
        assert self._line is not None, "build it first"
        return self._line

    def _source(self, receiver: config.Receiver, _clock: Clock) -> Wired:
        source = self.sources[receiver.id] = Wired(receiver.id)
        return source

    def build(self, detectors: Mapping[str, str], receivers: tuple[str, ...] = ("rx1", "rx2")) -> BleLine:
        self._line = BleLine(config_of(detectors, receivers))
        return self._line

    def mount(self, *, stock: Any = None, **mounted: Sensor | dict[str, Any]) -> None:
        """Hang sensors at detectors; a detector is given with _ for -."""
        entries = {
            device.replace("_", "-"): sensor.entry() if isinstance(sensor, Sensor) else sensor
            for device, sensor in mounted.items()
        }
        self.line.want("air", WantedState(SENSORS, {"mounted": entries, "stock": stock or {}}))

    def hear(
        self, sensor: Sensor, data: bytes, *, by: str = "rx1", rssi: int = -60, after: float = 0.0, copies: int = 1
    ) -> None:
        """A receiver hears service data in the sensor's name, `after` seconds."""
        self.now_ns += int(after * SECOND)
        self.line.heard(by, [Advert(sensor.number, rssi, data, self.now_ns)] * copies, 0)


def config_of(detectors: Mapping[str, str], receivers: tuple[str, ...] = ("rx1", "rx2")) -> BleConfig:
    return BleConfig.model_validate(
        {
            "id": "air",
            "driver": "ble",
            "devices": [{"id": name, "adapter": f"hci{number}"} for number, name in enumerate(receivers)],
            "detectors": dict(detectors),
            "credential_key": SITE_KEY.hex(),
        }
    )


@asynccontextmanager
async def listening(air: Air, post: RecordingPost) -> AsyncIterator[None]:
    """The line runs, and every receiver hears."""
    async with running(air.line, post):
        await until(lambda: all(source.ears is not None for source in air.sources.values()))
        yield


async def settled() -> None:
    """What was handed over is told: a handful of turns of the loop."""
    for _ in range(10):
        await asyncio.sleep(0)
