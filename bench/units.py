"""The benchmark's serial bus: door controllers on a pseudo-terminal in true wire time, in a process of their own.

    python -m bench.units --baud 19200 [--units 32]

The first line of output is `{"path": "/dev/pts/7"}`. Then one JSON object per line on stdin is obeyed and answered:

    {"do": "dead", "units": [4, 9]}      these units never answer from now on
    {"do": "mark"}                       a window begins
    {"do": "report"}                     what happened since the mark (see `Stand.report`)

The process ends when stdin closes. It runs on asyncio's own loop: uvloop's clock counts whole milliseconds, and the wire's
time must be truer than that of whoever is measured on it.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
import time
from functools import partial
from typing import TYPE_CHECKING, Any

from simulator.controller import Controller
from simulator.door import RELAY_ON
from simulator.faults import Station
from simulator.rtu import PtyBus
from simulator.serial_wire import SerialSettings

if TYPE_CHECKING:
    from collections.abc import Iterable

DOORS = 2
FIRST_SERIAL = 300_000
"""Unit n has the serial number that is n more."""

STATUS = bytes((4, 0x01, 0x00, 0, 16))
"""The request for the status block, which every master here polls."""

_MAILBOX = bytes((16, 0x04, 0x00))


def boottime_ns() -> int:
    """CLOCK_BOOTTIME, the same in every process."""
    return time.clock_gettime_ns(time.CLOCK_BOOTTIME)


class Watched(Station):
    """A controller that notes when its status was read, and when a command switched one of its relays."""

    def __init__(self, unit: int, now: float) -> None:
        controller = Controller(FIRST_SERIAL + unit, DOORS, now, lambda _now, _mains: (13_650, 13_200, 231))
        super().__init__(f"unit{unit}", controller)
        self.polled_ns: list[int] = []
        self.switched_ns: dict[int, int] = {}
        """By the command's id."""

    def answer(self, request: bytes, now: float) -> bytes | None:
        if request == STATUS:
            self.polled_ns.append(boottime_ns())
        before = self._relays()
        reply = super().answer(request, now)
        if request.startswith(_MAILBOX) and self._relays() & ~before:
            self.switched_ns[int.from_bytes(request[6:8])] = boottime_ns()
        return reply

    def forget(self) -> None:
        """A window begins."""
        self.polled_ns.clear()
        self.switched_ns.clear()

    def _relays(self) -> int:
        return sum(1 << door.number for door in self.controller.doors if door.word & RELAY_ON)


class Stand:
    """The bus with its units, and the window that is being measured."""

    def __init__(self, baud: int, units: int) -> None:
        shift = time.time() - time.clock_gettime(time.CLOCK_BOOTTIME)  # the clock must never jump back
        self._units = {unit: Watched(unit, time.time()) for unit in range(1, units + 1)}
        self.port = PtyBus(
            self._units, lambda: time.clock_gettime(time.CLOCK_BOOTTIME) + shift, SerialSettings(baud=baud)
        )
        self._mark()

    def obey(self, order: dict[str, Any]) -> dict[str, Any]:
        """Do what a line of stdin asks and return the line to print."""
        match order["do"]:
            case "dead":
                self._kill(order["units"])
            case "mark":
                self._mark()
            case "report":
                return self.report()
        return {}

    def report(self) -> dict[str, Any]:
        """When each unit's status was read and each command switched a relay (CLOCK_BOOTTIME in ns), and what the wire bore."""
        bus = self.port.bus
        transactions, hasty, collisions = bus.transactions, bus.hasty, bus.collisions
        return {
            "polled": [unit.polled_ns for unit in self._units.values()],
            "switched": {id_: at for unit in self._units.values() for id_, at in unit.switched_ns.items()},
            "transactions": transactions - self._start[0],
            "hasty": hasty - self._start[1],
            "collisions": collisions - self._start[2],
            "cpu_seconds": time.process_time() - self._start_cpu,
        }

    def _kill(self, units: Iterable[int]) -> None:
        for unit in units:
            self._units[unit].unreachable = True

    def _mark(self) -> None:
        bus = self.port.bus
        self._start = bus.transactions, bus.hasty, bus.collisions
        self._start_cpu = time.process_time()
        for unit in self._units.values():
            unit.forget()


async def serve(baud: int, units: int) -> None:
    """Serve until stdin closes."""
    stand = Stand(baud, units)
    print(json.dumps({"path": stand.port.open()}), flush=True)
    orders = asyncio.StreamReader()
    await asyncio.get_running_loop().connect_read_pipe(partial(asyncio.StreamReaderProtocol, orders), sys.stdin)
    while line := await orders.readline():
        print(json.dumps(stand.obey(json.loads(line))), flush=True)
    stand.port.close()


def main() -> None:
    """Read the arguments and serve."""
    parser = argparse.ArgumentParser(prog="python -m bench.units")
    parser.add_argument("--baud", type=int, required=True)
    parser.add_argument("--units", type=int, default=32)
    given = parser.parse_args()
    asyncio.run(serve(given.baud, given.units))


if __name__ == "__main__":
    main()
