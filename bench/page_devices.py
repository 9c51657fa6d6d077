"""The doors of the page's benchmark over Modbus TCP on loopback, in a process of their own.

    python -m bench.page_devices --devices 10000 --buildings 59 --moving 0.02 --moving-shown 0.5

Every unit has two holding registers: the milliseconds of this machine's clock at the reading, below 65,536 and with the last
bit saying whether the door moved with it; and the door itself in bit 0. So each reading changes a value, and whoever sees the
value knows when it was read. A closed door opens at a reading with the probability `--moving` (in the building that is shown
`--moving-shown`), and an open one closes at the next. The probe's door moves at two readings of four.

The first line of output is `{"ports": [...]}`, the probe's first. Then one JSON object per line on stdin is obeyed:

    {"do": "mark"}                       a window begins
    {"do": "report"}                     readings since the mark, our own CPU, and every move of a door in the shown building:
                                         [device, open, ns since 1970 of its reading]

The process ends when stdin closes.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import random
import struct
import sys
import time
from functools import partial
from typing import Any

import uvloop

from bench.controller import ILLEGAL_ADDRESS
from bench.devices import Asked, Host
from bench.page_compound import HOLDING, PROBE, SHOWN_BUILDING, UNITS_OF_A_HOST, building_id, device_id

_MILLISECOND_NS = 1_000_000
_REQUEST = struct.Struct(">BHH")


class Uncounted(Asked):
    """Here nobody asks how punctually each unit was asked."""

    def note(self, controller: int, request: bytes) -> None:
        """Forget it."""


class Door:
    """One unit. `moves` gets the moves of a door that is shown."""

    dead = False

    def __init__(self, number: int, name: str, moving: float, moves: list[tuple[str, bool, int]] | None) -> None:
        self.number = number
        self.readings = 0
        self._name = name
        self.moving = moving
        self._moves = moves
        self.open = False

    def answer(self, function: int, address: int, count: int, now_ns: int) -> bytes:  # noqa: ARG002 - as any unit of a host
        """The answer PDU of the one read that the profile makes; an exception response for any other."""
        if (function, address, count) != (HOLDING, 0, 2):
            return bytes((function | 0x80, ILLEGAL_ADDRESS))
        self.readings += 1
        moved = self.open or random.random() < self.moving
        epoch_ns = time.time_ns()
        if moved:
            self.open = not self.open
            if self._moves is not None:
                self._moves.append((self._name, self.open, epoch_ns))
        stamp = (epoch_ns // _MILLISECOND_NS & 0xFFFE) | moved
        return struct.pack(">BBHH", HOLDING, 4, stamp, self.open)


class Probe(Door):
    """The door that is read often: it opens at the first of four readings, closes at the second, and stays so."""

    def answer(self, function: int, address: int, count: int, now_ns: int) -> bytes:
        """The answer PDU."""
        self.moving = float(not self.open and self.readings % 4 == 0)
        return super().answer(function, address, count, now_ns)


class Compound:
    """All doors."""

    def __init__(self, devices: int, buildings: int, moving: float, moving_shown: float) -> None:
        self.moves: list[tuple[str, bool, int]] = []
        self.doors: list[Door] = [Probe(0, PROBE, 0.0, None)]
        for number in range(devices):
            shown = building_id(number, buildings) == SHOWN_BUILDING
            share, moves = (moving_shown, self.moves) if shown else (moving, None)
            self.doors.append(Door(number, device_id(number), share, moves))
        self._cpu = time.process_time()

    def obey(self, order: dict[str, Any]) -> dict[str, Any]:
        """Do what a line of stdin asks and return the line to print."""
        if order["do"] == "mark":
            self._cpu = time.process_time()
            self.moves.clear()
            for door in self.doors:
                door.readings = 0
            return {}
        readings = sum(door.readings for door in self.doors)
        return {"readings": readings, "cpu_seconds": time.process_time() - self._cpu, "moves": self.moves}


async def serve(compound: Compound, delay_seconds: float) -> None:
    """Serve until stdin closes."""
    loop = asyncio.get_running_loop()
    hosts = [compound.doors[:1]]
    hosts += [compound.doors[at : at + UNITS_OF_A_HOST] for at in range(1, len(compound.doors), UNITS_OF_A_HOST)]
    servers = []
    for doors in hosts:
        make = partial(Host, dict(enumerate(doors, start=1)), delay_seconds, Uncounted())
        servers.append(await loop.create_server(make, "127.0.0.1", 0))
    print(json.dumps({"ports": [server.sockets[0].getsockname()[1] for server in servers]}), flush=True)

    orders = asyncio.StreamReader()
    await loop.connect_read_pipe(partial(asyncio.StreamReaderProtocol, orders), sys.stdin)
    while line := await orders.readline():
        print(json.dumps(compound.obey(json.loads(line))), flush=True)


def main() -> None:
    """Read the arguments and serve."""
    parser = argparse.ArgumentParser(prog="python -m bench.page_devices")
    parser.add_argument("--devices", type=int, default=1000)
    parser.add_argument("--buildings", type=int, default=10)
    parser.add_argument("--moving", type=float, default=0.02)
    parser.add_argument("--moving-shown", type=float, default=0.2)
    parser.add_argument("--delay-ms", type=float, default=1.0)
    given = parser.parse_args()
    compound = Compound(given.devices, given.buildings, given.moving, given.moving_shown)
    uvloop.run(serve(compound, given.delay_ms / 1000))


if __name__ == "__main__":
    main()
