"""The benchmark's air: thousands of sensors, heard by simulated ESPHome proxies on loopback, in a process of its own.

    python -m bench.proxies --buildings 16 [--seed 1]

Each sensor sends a heartbeat every 60 s: three copies of one packet within 300 ms, each heard by two proxies. The first line
of output is `{"ports": [...]}`. Then one JSON object per line on stdin is obeyed and answered:

    {"do": "live"}                          the heartbeats begin, spread evenly over their minute
    {"do": "storm", "count": 500}           so many smoke sensors alarm within one second, each with ten new packets a second
    {"do": "mark"}                          a window begins
    {"do": "report"}                        what was sent since the mark, our own CPU, and of each alarming sensor when its
                                            first packet was in the air and when a proxy wrote it to its connection

The process ends when stdin closes.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import random
import sys
import time
from functools import partial
from heapq import heappop, heappush
from itertools import count
from typing import TYPE_CHECKING, Any

from bench.air_compound import RECEIVERS, UNITS, Sensor, receiver_id, sensors
from bench.devices import boottime_ns
from simulator import bthome
from simulator.bthome import Beacon, advertisement
from simulator.proxy import Heard, Proxy

if TYPE_CHECKING:
    from collections.abc import Callable

HEARTBEAT_SECONDS = 60.0
COPIES_AFTER_SECONDS = (0.0, 0.1, 0.2)
ALARM_SECONDS = 0.1
STORM_BEGINS_WITHIN_SECONDS = 1.0


class TimedProxy(Proxy):
    """A proxy that writes down when the first packet of an alarm went to its connection."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.first: list[int] = []
        """Sensors whose first alarm packet waits for the next message."""
        self.written_ns: dict[int, int] = {}

    def _flush_now(self) -> None:
        super()._flush_now()
        for number in self.first:
            self.written_ns.setdefault(number, boottime_ns())
        self.first.clear()


class Air:
    """All sensors and what they send when."""

    def __init__(self, buildings: int, seed: int) -> None:
        self.proxies = [TimedProxy(receiver_id(number)) for number in range(buildings * UNITS * RECEIVERS)]
        self._sensors = list(sensors(buildings))
        self._beacons = [Beacon(f"{sensor.address:012X}", sensor.key, 1) for sensor in self._sensors]
        self._random = random.Random(seed)
        self._loop = asyncio.get_running_loop()
        self._due: list[tuple[float, int, Callable[[], None]]] = []
        self._order = count()
        self._alarming: set[int] = set()
        self._began_ns: dict[int, int] = {}
        self._packets = 0
        self._adverts = 0
        self._start_cpu = time.process_time()

    def obey(self, order: dict[str, Any]) -> dict[str, Any]:
        """Do what a line of stdin asks and return the line to print."""
        match order["do"]:
            case "live":
                self._live()
            case "storm":
                self._storm(order["count"])
            case "mark":
                self._packets, self._adverts, self._start_cpu = 0, 0, time.process_time()
            case "report":
                return self._report()
        return {}

    def _live(self) -> None:
        now = self._loop.time()
        for sensor in self._sensors:
            self._at(now + HEARTBEAT_SECONDS * self._random.random(), partial(self._beat, sensor))
        self._work()

    def _storm(self, size: int) -> None:
        now = self._loop.time()
        for sensor in self._random.sample([sensor for sensor in self._sensors if sensor.kind == "smoke"], size):
            self._alarming.add(sensor.number)
            self._at(now + STORM_BEGINS_WITHIN_SECONDS * self._random.random(), partial(self._cry, sensor))

    def _beat(self, sensor: Sensor) -> None:
        now = self._loop.time()
        self._at(now + HEARTBEAT_SECONDS, partial(self._beat, sensor))
        if sensor.number in self._alarming:
            return
        data = self._packet(sensor)
        for after in COPIES_AFTER_SECONDS:
            self._at(now + after, partial(self._send, sensor, data))

    def _cry(self, sensor: Sensor) -> None:
        self._at(self._loop.time() + ALARM_SECONDS, partial(self._cry, sensor))
        data = self._packet(sensor)
        if sensor.number not in self._began_ns:
            self._began_ns[sensor.number] = boottime_ns()
            for receiver in sensor.receivers:
                self.proxies[receiver].first.append(sensor.number)
        self._send(sensor, data)

    def _packet(self, sensor: Sensor) -> bytes:
        self._packets += 1
        alarm = sensor.number in self._alarming
        if sensor.kind == "smoke":
            objects: list[bthome.Object] = [
                (bthome.PACKET_ID, self._packets & 0xFF),
                (bthome.BATTERY, 97),
                (bthome.TEMPERATURE, 21 + self._random.randrange(40) / 100),
                (bthome.LOW_BATTERY, False),
                (bthome.PROBLEM, False),
                (bthome.SMOKE, alarm),
                (bthome.TAMPER, False),
            ]
        else:
            objects = [(bthome.GAS, False), (bthome.RAW, b"\x01\x00\x00\x00\x00\x00")]
        return advertisement(self._beacons[sensor.number].packet(objects))

    def _send(self, sensor: Sensor, data: bytes) -> None:
        for nearness, receiver in enumerate(sensor.receivers):
            self._adverts += 1
            self.proxies[receiver].send((Heard(sensor.address, -60 - 12 * nearness, data),))

    def _at(self, when: float, do: Callable[[], None]) -> None:
        heappush(self._due, (when, next(self._order), do))

    def _work(self) -> None:
        now = self._loop.time()
        while self._due and self._due[0][0] <= now:
            heappop(self._due)[2]()
        self._loop.call_at(self._due[0][0] if self._due else now + 0.01, self._work)

    def _report(self) -> dict[str, Any]:
        first = {}
        for number, began_ns in self._began_ns.items():
            sensor = self._sensors[number]
            written = [
                written_ns
                for receiver in sensor.receivers
                if (written_ns := self.proxies[receiver].written_ns.get(number)) is not None
            ]
            first[sensor.detector] = [began_ns, min(written, default=began_ns)]
        return {
            "packets": self._packets,
            "adverts": self._adverts,
            "dropped": sum(proxy.dropped for proxy in self.proxies),
            "unsubscribed": sum(proxy.subscriber is None for proxy in self.proxies),
            "cpu_seconds": time.process_time() - self._start_cpu,
            "first": first,
        }


async def serve(buildings: int, seed: int) -> None:
    """Serve until stdin closes."""
    loop = asyncio.get_running_loop()
    air = Air(buildings, seed)
    print(json.dumps({"ports": [await proxy.open() for proxy in air.proxies]}), flush=True)
    orders = asyncio.StreamReader()
    await loop.connect_read_pipe(partial(asyncio.StreamReaderProtocol, orders), sys.stdin)
    while line := await orders.readline():
        print(json.dumps(air.obey(json.loads(line))), flush=True)


def main() -> None:
    """Read the arguments and serve."""
    parser = argparse.ArgumentParser(prog="python -m bench.proxies")
    parser.add_argument("--buildings", type=int, default=1)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    asyncio.run(serve(given.buildings, given.seed))


if __name__ == "__main__":
    main()
