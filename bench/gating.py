"""What a packet costs from a receiver's callback to the post, in a process of its own (`bench/air.py` starts it).

    python -m bench.gating packets FOLDER BUILDINGS

prints microseconds of CPU for a new packet, a copy and a packet of an alarm that stands, and milliseconds for a new list.
"""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING, Any, NoReturn
from unittest.mock import patch

from bench.air_compound import LINE, Sensor, sensors
from bench.jobs import run
from drivers.ble.config import BleConfig
from drivers.ble.source import Advert
from drivers.contract import SENSORS, WantedState
from drivers.sealed_key import SensorKeys
from simulator import bthome
from simulator.bthome import Beacon

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from drivers.ble.config import Receiver
    from drivers.ble.driver import BleLine
    from drivers.ble.source import Clock, Ears
    from drivers.contract import Json, Kept, Report

SITE_KEY = bytes(32)
ROUNDS = 5
HEARTBEAT_NS = 60_000_000_000
ALARM_NS = 100_000_000
_TOGETHER = 16
"""Packets in one message of a proxy."""


class Nobody:
    """A post that costs nothing."""

    def report(self, x: Report, /) -> None: ...
    async def keep(self, records: Sequence[Kept], cursors: Mapping[str, Json], /) -> None: ...
    def note(self, device: str, cursor: Json, /) -> None: ...
    async def ask(self, question: object, /) -> Any: ...
    def cursor(self, device: str, /) -> Json: ...


class Silent:
    """A receiver that hears nothing by itself."""

    def __init__(self, _receiver: Receiver, _clock: Clock) -> None:
        pass

    async def run(self, _ears: Ears, /) -> NoReturn:
        await asyncio.Event().wait()
        raise AssertionError  # nobody sets it

    def statistics(self) -> dict[str, float]:
        return {}


async def packets(_folder: Path, buildings: int) -> Mapping[str, float]:
    """Measure a line with all sensors of so many buildings; all times are the CPU's."""
    known = list(sensors(buildings))
    beacons = {sensor.number: Beacon(f"{sensor.address:012X}", sensor.key, 1) for sensor in known}
    entries = _entries(known)
    with patch("drivers.ble.receivers.make_source", Silent):
        line = _config(known).build()
    line.want(LINE, WantedState(SENSORS, {"mounted": entries, "stock": {}}))
    running = asyncio.create_task(line.run(Nobody()))
    await asyncio.sleep(0)
    now_ns = time.clock_gettime_ns(time.CLOCK_BOOTTIME)
    heartbeats, copies = [], []
    for turn in range(ROUNDS):
        now_ns += HEARTBEAT_NS
        adverts = [Advert(sensor.address, -60, _said(beacons, sensor, turn), now_ns) for sensor in known]
        heartbeats.append(await _cost(line, "rx1", adverts))
        copies.append(await _cost(line, "rx2", adverts))
    crying = [sensor for sensor in known if sensor.kind == "smoke"][:500]
    alarms = []
    for turn in range(ROUNDS):
        now_ns += ALARM_NS
        adverts = [Advert(sensor.address, -60, _said(beacons, sensor, turn, alarm=True), now_ns) for sensor in crying]
        alarms.append(await _cost(line, "rx1", adverts))
    lists = []
    for sensor in known[:20]:
        entries[sensor.detector] = dict(entries[sensor.detector])
        level = WantedState(SENSORS, {"mounted": dict(entries), "stock": {}})
        began = time.process_time()
        line.want(LINE, level)
        lists.append(time.process_time() - began)
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    return {
        "new_us": min(heartbeats[1:]) * 1e6,
        "copy_us": min(copies) * 1e6,
        "alarm_us": min(alarms[1:]) * 1e6,
        "list_ms": min(lists) * 1e3,
    }


async def _cost(line: BleLine, receiver: str, adverts: list[Advert]) -> float:
    """CPU seconds of each packet, with breaks for the loop between messages as a proxy sends them."""
    total = 0.0
    for first in range(0, len(adverts), _TOGETHER):
        together = adverts[first : first + _TOGETHER]
        began = time.process_time()
        line.heard(receiver, together, 0)
        await asyncio.sleep(0)
        total += time.process_time() - began
        while line.statistics()["waiting"]:  # noqa: ASYNC110 - a turn of the loop each
            await asyncio.sleep(0)
    return total / len(adverts)


def _said(beacons: Mapping[int, Beacon], sensor: Sensor, turn: int, *, alarm: bool = False) -> bytes:
    if sensor.kind == "gas":
        return beacons[sensor.number].packet([(bthome.GAS, alarm), (bthome.RAW, b"\x01\x00\x00\x00\x00\x00")])
    return beacons[sensor.number].packet(
        [(0x00, turn), (0x01, 97), (0x02, 21 + turn / 100), (0x15, False), (0x26, False), (0x29, alarm), (0x2B, False)]
    )


def _entries(known: Sequence[Sensor]) -> dict[str, dict[str, Any]]:
    keys = SensorKeys(SITE_KEY)
    return {
        sensor.detector: {
            "address": f"{sensor.address:012X}",
            "product": f"gridpost-{sensor.kind}",
            "sealed_key": keys.seal(f"{sensor.address:012X}", sensor.key),
            "swap_until_ns": 0,
        }
        for sensor in known
    }


def _config(known: Sequence[Sensor]) -> BleConfig:
    return BleConfig.model_validate(
        {
            "id": LINE,
            "driver": "ble",
            "devices": [{"id": "rx1", "adapter": "hci0"}, {"id": "rx2", "adapter": "hci1"}],
            "detectors": {sensor.detector: sensor.kind for sensor in known},
            "credential_key": SITE_KEY.hex(),
        }
    )


if __name__ == "__main__":
    run({"packets": packets})
