"""The benchmark's device simulator: many controllers over Modbus TCP on loopback, in a process of their own.

    python -m bench.devices --controllers 200 [--units 10] [--registers 1000] [--delay-ms 5] [--share 0.1] [--seed 1]

Each controller owns a port, or `--units` of them share one host as unit ids 1, 2, 3 ... A host takes one request at a
time and is `--delay-ms` busy with each; a dead controller takes requests and never answers, at no cost to its host.
With `--registers` they are units of so many holding registers and nothing else.
The first line of output is `{"ports": [...]}`. Then one JSON object per line on stdin is obeyed and answered:

    {"do": "share", "share": 1.0}        this share of the values moves at each poll
    {"do": "dead", "controller": 0}      and {"do": "alive", ...}
    {"do": "mark"}                       a window begins
    {"do": "report", "seconds": 20}      what was asked in so many seconds from the mark, how punctually, every change, and
                                         our own CPU

The process ends when stdin closes.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import random
import sys
import time
from array import array
from collections import deque
from functools import partial
from itertools import product
from typing import TYPE_CHECKING, Any, Protocol, cast

import uvloop

from bench.controller import DISCRETE_INPUTS, DOOR, FORCED, Change, Controller, Meter
from bench.punctuality import punctuality

if TYPE_CHECKING:
    from collections.abc import Mapping

FAST_SECONDS = 0.25
NORMAL_SECONDS = 1.0
DOOR_MOVES_AFTER_SECONDS = (1.0, 3.0)
"""As in the rivals' measurement, so that door figures compare."""

FORCED_PER_SECOND = 1.0
"""Forced doors over the whole compound: twenty moves in twenty seconds; more is a flood that nobody would see in life."""

FORCED_REST_SECONDS = 5.0
"""A forced door stays as it is at least so long: the shipped rule lets an alarm go only 2 s after its cause."""

_HEADER = 7
_READ_REQUEST = 12


def boottime_ns() -> int:
    """CLOCK_BOOTTIME, the clock that the gateway's own times are in."""
    return time.clock_gettime_ns(time.CLOCK_BOOTTIME)


class Unit(Protocol):
    """What stands behind a unit id."""

    @property
    def number(self) -> int:
        """Its own, for the account of what was asked."""

    @property
    def dead(self) -> bool:
        """It takes requests and never answers."""

    def answer(self, function: int, address: int, count: int, now_ns: int, /) -> bytes:
        """The answer PDU of a read."""


class Host(asyncio.Protocol):
    """One connection to a host: one request at a time, each after the processing delay."""

    def __init__(self, units: Mapping[int, Unit], delay_seconds: float, asked: Asked) -> None:
        self._units = units
        self._delay = delay_seconds
        self._asked = asked
        self._loop = asyncio.get_running_loop()
        self._transport: asyncio.WriteTransport | None = None
        self._waiting: deque[bytes] = deque()
        self._busy = False
        self._buffer = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.WriteTransport", transport)  # uvloop's is one, but does not inherit from it

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 - asyncio's signature
        self._transport = None

    def data_received(self, data: bytes) -> None:
        if self._buffer:
            data = self._buffer + data
        while len(data) >= _READ_REQUEST:
            size = 6 + (data[4] << 8 | data[5])
            if len(data) < size:
                break
            self._take(data[:size])
            data = data[size:]
        self._buffer = data

    def _take(self, request: bytes) -> None:
        controller = self._units.get(request[6])
        if controller is None or controller.dead:
            return
        self._asked.note(controller.number, request)
        if self._busy:
            self._waiting.append(request)
        else:
            self._busy = True
            self._loop.call_later(self._delay, self._answer, request)

    def _answer(self, request: bytes) -> None:
        transport = self._transport
        if transport is None:
            return
        controller = self._units[request[6]]
        if not controller.dead:
            pdu = controller.answer(
                request[7], request[8] << 8 | request[9], request[10] << 8 | request[11], boottime_ns()
            )
            transport.write(request[:4] + (len(pdu) + 1).to_bytes(2) + request[6:7] + pdu)
        if self._waiting:
            self._loop.call_later(self._delay, self._answer, self._waiting.popleft())
        else:
            self._busy = False


class Asked:
    """When each read of each controller was asked for."""

    def __init__(self) -> None:
        self.times: dict[tuple[int, bytes], array[int]] = {}

    def note(self, controller: int, request: bytes) -> None:
        key = controller, request[7:12]
        times = self.times.get(key)
        if times is None:
            times = self.times[key] = array("q")
        times.append(boottime_ns())

    def report(self, controllers: int, start_ns: int, end_ns: int) -> list[dict[str, Any]]:
        """One row per controller and read; a read that others were asked and this one was not is a row of zeros."""
        rows = []
        for controller, read in product(range(controllers), sorted({read for _, read in self.times})):
            times = self.times.get((controller, read), ())
            function, address, count = read[0], int.from_bytes(read[1:3]), int.from_bytes(read[3:5])
            fast = function == DISCRETE_INPUTS and address == DOOR
            every = FAST_SECONDS if fast else NORMAL_SECONDS
            expected, met = punctuality([t / 1e9 for t in times], every, start_ns / 1e9, end_ns / 1e9)
            requests = sum(start_ns <= t < end_ns for t in times)
            rows.append(
                {
                    "controller": controller,
                    "fast": fast,
                    "values": count,
                    "requests": requests,
                    "expected": expected,
                    "met": met,
                }
            )
        return rows


class Compound:
    """All controllers, their doors in motion, and the window that is being measured."""

    def __init__(self, controllers: int, registers: int, share: float, seed: int) -> None:
        numbers = range(controllers)
        self.controllers: list[Controller | Meter] = [
            Meter(number, share, registers) if registers else Controller(number, share) for number in numbers
        ]
        self.asked = Asked()
        self._random = random.Random(seed)
        self._loop = asyncio.get_running_loop()
        self._changes: list[Change] = []
        self._forced_turn = 0
        self._force_after_seconds = max(1 / FORCED_PER_SECOND, FORCED_REST_SECONDS / controllers)
        self._start_ns = boottime_ns()
        self._start_cpu = time.process_time()

    def set_in_motion(self) -> None:
        """From now on doors open and close at random, and doors are forced one after the other."""
        for controller in self.controllers:
            self._loop.call_later(self._random.uniform(0, DOOR_MOVES_AFTER_SECONDS[1]), self._move_door, controller)
        self._loop.call_later(self._force_after_seconds, self._force_next)

    def _move_door(self, controller: Controller | Meter) -> None:
        self._changes.append(controller.change(DOOR, value=not controller.door, now_ns=boottime_ns()))
        self._loop.call_later(self._random.uniform(*DOOR_MOVES_AFTER_SECONDS), self._move_door, controller)

    def _force_next(self) -> None:
        number, turn = self._forced_turn % len(self.controllers), self._forced_turn // len(self.controllers)
        self._forced_turn += 1
        value = turn % 2 == 0
        self._changes.append(self.controllers[number].change(FORCED, value=value, now_ns=boottime_ns()))
        self._loop.call_later(self._force_after_seconds, self._force_next)

    def obey(self, order: dict[str, Any]) -> dict[str, Any]:
        """Do what a line of stdin asks and return the line to print."""
        match order["do"]:
            case "share":
                for controller in self.controllers:
                    controller.let_move(order["share"])
            case "dead" | "alive":
                self.controllers[order["controller"]].dead = order["do"] == "dead"
            case "mark":
                self._start_ns, self._start_cpu = boottime_ns(), time.process_time()
                self._changes.clear()
                self.asked.times.clear()
            case "report":
                return self._report(order["seconds"])
        return {}

    def _report(self, seconds: float) -> dict[str, Any]:
        """Exactly so many seconds, although the order came later: pollers ask in bursts, and one more burst would count."""
        end_ns = self._start_ns + round(seconds * 1e9)
        return {
            "seconds": seconds,
            "cpu_seconds": time.process_time() - self._start_cpu,
            "reads": self.asked.report(len(self.controllers), self._start_ns, end_ns),
            "changes": [
                [c.controller, c.bit, c.value, c.changed_ns, c.answered_ns]
                for c in self._changes
                if c.answered_ns < end_ns
            ],
        }


async def serve(controllers: int, units: int, registers: int, delay_seconds: float, share: float, seed: int) -> None:
    """Serve until stdin closes."""
    loop = asyncio.get_running_loop()
    compound = Compound(controllers, registers, share, seed)
    servers = []
    for first in range(0, controllers, units):
        behind = dict(enumerate(compound.controllers[first : first + units], start=1))
        make = partial(Host, behind, delay_seconds, compound.asked)
        servers.append(await loop.create_server(make, "127.0.0.1", 0))
    print(json.dumps({"ports": [server.sockets[0].getsockname()[1] for server in servers]}), flush=True)
    compound.set_in_motion()

    orders = asyncio.StreamReader()
    await loop.connect_read_pipe(partial(asyncio.StreamReaderProtocol, orders), sys.stdin)
    while line := await orders.readline():
        print(json.dumps(compound.obey(json.loads(line))), flush=True)


def main() -> None:
    """Read the arguments and serve."""
    parser = argparse.ArgumentParser(prog="python -m bench.devices")
    parser.add_argument("--controllers", type=int, default=50)
    parser.add_argument("--units", type=int, default=1)
    parser.add_argument("--registers", type=int, default=0)
    parser.add_argument("--delay-ms", type=float, default=5.0)
    parser.add_argument("--share", type=float, default=0.1)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    uvloop.run(serve(given.controllers, given.units, given.registers, given.delay_ms / 1000, given.share, given.seed))


if __name__ == "__main__":
    main()
