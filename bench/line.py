"""Our line alone, in a process of its own: the real driver on a serial port, and nothing of the gateway behind it.

    python -m bench.line --path=/dev/pts/7 --baud=19200 --product=acp1-2door [--units=32]

The first line of output is `{}`, once every unit was read. Then one JSON object per line on stdin is obeyed and answered:

    {"do": "cpu"}                                    what we spent since the last time this was asked
    {"do": "unlock", "times": 100, "units": [1, 2]}  so many doors of these units, one after the other at random moments
"""

from __future__ import annotations

import argparse
import asyncio
import json
import random
import sys
import time
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import uvloop

from bench.units import DOORS, FIRST_SERIAL, boottime_ns
from drivers.contract import Answer, Command, Outcome, Sample
from drivers.modbus.config import ModbusConfig, ModbusDevice, SerialLine

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from drivers.contract import Json, Kept, Question, Report
    from drivers.modbus.driver import ModbusLine

PULSE_SECONDS = 3.0
"""Long enough to be read back, and over before the door's next turn."""

LONGEST_PAUSE_SECONDS = 0.5
_EXPIRY_NS = 5_000_000_000


def line_of(path: str, baud: int, product: str, units: int) -> ModbusLine:
    """The driver as an installer would write it: every serial number expected, all else as it comes."""
    devices = [
        ModbusDevice(id=f"unit{unit}", product=product, unit=unit, serial=FIRST_SERIAL + unit)
        for unit in range(1, units + 1)
    ]
    return ModbusConfig(
        id="bus",
        serial=SerialLine(path=path, baud=baud),
        profile_folders=(Path(__file__).parent / "profiles",),
        devices=tuple(devices),
    ).build()


class Sink:
    """The `Post` of a gateway that keeps nothing but the last sample and cursor of each device, so many of them."""

    def __init__(self, devices: int) -> None:
        self.latest: dict[str, Sample] = {}
        self.all_read = asyncio.Event()
        """Each device was read."""
        self._devices = devices
        self._cursors: dict[str, Json] = {}

    def report(self, x: Report, /) -> None:
        if isinstance(x, Sample) and not x.group:
            self.latest[x.device] = x
            if len(self.latest) == self._devices:
                self.all_read.set()

    async def keep(self, _records: Sequence[Kept], cursors: Mapping[str, Json], /) -> None:
        self._cursors.update(cursors)

    def note(self, device: str, cursor: Json, /) -> None:
        self._cursors[device] = cursor

    async def ask(self, _question: Question, /) -> Answer:
        return Answer(allowed=False, why="nobody is asked here")

    def cursor(self, device: str, /) -> Json:
        return self._cursors.get(device)


class Asked:
    """A line that runs, and the orders of stdin."""

    def __init__(self, line: ModbusLine) -> None:
        self._line = line
        self._random = random.Random(1)
        self._cpu = time.process_time()
        self._ids = 0

    async def obey(self, order: dict[str, Any]) -> dict[str, Any]:
        """Do what a line asks and return the line to print."""
        if order["do"] == "unlock":
            return {"unlocks": await self._unlock(order["times"], order["units"])}
        before, self._cpu = self._cpu, time.process_time()
        return {"cpu_seconds": self._cpu - before}

    async def _unlock(self, times: int, units: Sequence[int]) -> list[dict[str, Any]]:
        """By command: when it was given to the driver (CLOCK_BOOTTIME in ns), and how it ended."""
        doors = [(unit, door) for unit in units for door in range(1, DOORS + 1)]
        self._random.shuffle(doors)
        unlocks = []
        for number in range(times):
            await asyncio.sleep(self._random.uniform(0, LONGEST_PAUSE_SECONDS))
            unit, door = doors[number % len(doors)]
            self._ids += 1
            began = boottime_ns()
            unlock = Command(
                self._ids, f"unit{unit}", f"door{door}.unlock", {"seconds": PULSE_SECONDS}, began + _EXPIRY_NS
            )
            result = await self._line.perform(unlock)
            if result.outcome is not Outcome.DONE:
                print(f"{unlock.device}/{unlock.name}: {result.outcome.value}: {result.why}", file=sys.stderr)
            unlocks.append(
                {"id": unlock.id, "began_ns": began, "outcome": result.outcome.value, "took_ns": boottime_ns() - began}
            )
        return unlocks


async def serve(path: str, baud: int, product: str, units: int) -> None:
    """Run the line until stdin closes."""
    line, sink = line_of(path, baud, product, units), Sink(units)
    running = asyncio.create_task(line.run(sink))
    running.add_done_callback(lambda _: sink.all_read.set())
    await sink.all_read.wait()
    print("{}", flush=True)
    asked = Asked(line)
    orders = asyncio.StreamReader()
    await asyncio.get_running_loop().connect_read_pipe(partial(asyncio.StreamReaderProtocol, orders), sys.stdin)
    while not running.done() and (order := await orders.readline()):
        print(json.dumps(await asked.obey(json.loads(order))), flush=True)
    if running.done():
        running.result()
    running.cancel()


def main() -> None:
    """Read the arguments and run."""
    parser = argparse.ArgumentParser(prog="python -m bench.line")
    parser.add_argument("--path", required=True)
    parser.add_argument("--baud", type=int, required=True)
    parser.add_argument("--product", required=True)
    parser.add_argument("--units", type=int, default=32)
    given = parser.parse_args()
    uvloop.run(serve(given.path, given.baud, given.product, given.units))


if __name__ == "__main__":
    main()
