"""The floor: the least that asking the same devices for the same values can cost in Python.

    python -m bench.floor PORT PORT ... [--units 10]

A bare asyncio loop on uvloop that polls, unpacks, keeps the latest values and writes every change to stdout as one JSON
line per answer. No configuration, no quality, no decisions, no memory, no history, no restart: not a product.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import struct
import sys
from typing import Any

import uvloop

BLOCKS = (
    ("c", 1, 0, 16, 1.0),
    ("d", 2, 0, 16, 1.0),
    ("h", 3, 0, 10, 1.0),
    ("i", 4, 0, 10, 1.0),
    ("door", 2, 32, 1, 0.25),
)
"""Name, function code, address, count and seconds between polls."""

TIMEOUT_SECONDS = 0.5


class Link(asyncio.Protocol):
    """One connection: one request at a time, matched by its transaction id."""

    def __init__(self) -> None:
        self._turn = asyncio.Lock()
        self._number = 0
        self._reply: asyncio.Future[bytes] | None = None
        self._transport: Any = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        if self._reply is not None and not self._reply.done() and int.from_bytes(data[:2]) == self._number:
            self._reply.set_result(data)

    async def ask(self, unit: int, function: int, address: int, count: int) -> bytes:
        """Return the reply's data; raises TimeoutError."""
        async with self._turn:
            loop = asyncio.get_running_loop()
            self._number = self._number + 1 & 0xFFFF
            reply: asyncio.Future[bytes] = loop.create_future()
            self._reply = reply
            self._transport.write(struct.pack(">HHHBBHH", self._number, 0, 6, unit, function, address, count))
            late = loop.call_later(TIMEOUT_SECONDS, reply.cancel)
            try:
                return (await reply)[9:]
            except asyncio.CancelledError:
                raise TimeoutError from None  # nobody else cancels: the whole process is killed
            finally:
                late.cancel()


async def poll(link: Link, controller: int, unit: int, block: tuple[str, int, int, int, float], offset: float) -> None:
    """Ask for one block at its pace for ever and print what changed."""
    name, function, address, count, every = block
    loop = asyncio.get_running_loop()
    due, latest = loop.time() + offset, (-1,) * count
    while True:
        await asyncio.sleep(due - loop.time())
        due += every
        try:
            data = await link.ask(unit, function, address, count)
        except TimeoutError:
            continue
        if function in (1, 2):
            word = int.from_bytes(data, "little")
            values = tuple(word >> bit & 1 for bit in range(count))
        else:
            values = struct.unpack(f">{count}H", data)
        if values != latest:
            moved = {f"{name}{i}": new for i, (old, new) in enumerate(zip(latest, values, strict=True)) if old != new}
            sys.stdout.write(json.dumps({"controller": controller, "values": moved}) + "\n")
            sys.stdout.flush()
            latest = values


async def run(ports: list[int], units: int) -> None:
    """Connect to every host and poll every unit until killed."""
    loop = asyncio.get_running_loop()
    links = [(await loop.create_connection(Link, "127.0.0.1", port))[1] for port in ports]
    async with asyncio.TaskGroup() as group:
        for controller in range(len(ports) * units):
            share = controller / (len(ports) * units)
            for block in BLOCKS:
                link, unit = links[controller // units], controller % units + 1
                group.create_task(
                    poll(link, controller, unit, block, share * block[4]), name=f"{controller}/{block[0]}"
                )


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m bench.floor")
    parser.add_argument("ports", type=int, nargs="+")
    parser.add_argument("--units", type=int, default=1)
    given = parser.parse_args()
    uvloop.run(run(given.ports, given.units))
