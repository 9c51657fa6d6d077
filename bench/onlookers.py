"""Many clients of the gateway's stream that only count what they are told, in a process of their own.

    python -m bench.onlookers --port 8080 --token TOKEN --buildings 59

Each watches what a page on a building watches: the overview and that building, dealt out in turn. One JSON object per line on
stdin is obeyed and answered:

    {"do": "open", "count": 50}         open so many streams, and answer when each has its snapshots
    {"do": "mark"}                      a window begins
    {"do": "report"}                    bytes and messages since the mark, and our own CPU

The process ends when stdin closes.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
import time
from functools import partial
from typing import Any, cast

import uvloop

from bench.gateway import HOST

_SNAPSHOT = b"event: snapshot"
_EVENT = b"event: "
OPEN_SECONDS = 30.0


class Onlooker(asyncio.Protocol):
    """One stream: bytes are counted and thrown away."""

    def __init__(self, request: bytes) -> None:
        self._request = request
        self.bytes = 0
        self.messages = 0
        self.open = asyncio.Event()
        self._snapshots = 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Ask."""
        cast("asyncio.WriteTransport", transport).write(self._request)

    def data_received(self, data: bytes) -> None:
        """Count. An event whose name is cut in two is one that is not counted."""
        self.bytes += len(data)
        self.messages += data.count(_EVENT)
        if not self.open.is_set():
            self._snapshots += data.count(_SNAPSHOT)
            if self._snapshots >= 2:
                self.open.set()


class Crowd:
    """All of them."""

    def __init__(self, port: int, token: str, buildings: int) -> None:
        self._port = port
        self._token = token
        self._buildings = buildings
        self._onlookers: list[Onlooker] = []
        self._cpu = time.process_time()

    async def obey(self, order: dict[str, Any]) -> dict[str, Any]:
        """Do what a line of stdin asks and return the line to print."""
        match order["do"]:
            case "open":
                await self._open(order["count"])
            case "mark":
                self._cpu = time.process_time()
                for onlooker in self._onlookers:
                    onlooker.bytes = onlooker.messages = 0
        return {
            "bytes": sum(onlooker.bytes for onlooker in self._onlookers),
            "messages": sum(onlooker.messages for onlooker in self._onlookers),
            "cpu_seconds": time.process_time() - self._cpu,
        }

    async def _open(self, count: int) -> None:
        loop = asyncio.get_running_loop()
        for number in range(count):
            views = f"view=overview&view=building:b{number % self._buildings + 1}"
            head = f"GET /api/v1/stream?{views} HTTP/1.1\r\nHost: {HOST}\r\nAuthorization: Bearer {self._token}\r\n\r\n"
            _, onlooker = await loop.create_connection(partial(Onlooker, head.encode()), HOST, self._port)
            self._onlookers.append(onlooker)
        async with asyncio.timeout(OPEN_SECONDS):
            for onlooker in self._onlookers:
                await onlooker.open.wait()


async def look(crowd: Crowd) -> None:
    """Look on until stdin closes."""
    print("{}", flush=True)
    orders = asyncio.StreamReader()
    await asyncio.get_running_loop().connect_read_pipe(partial(asyncio.StreamReaderProtocol, orders), sys.stdin)
    while line := await orders.readline():
        print(json.dumps(await crowd.obey(json.loads(line))), flush=True)


def main() -> None:
    """Read the arguments and look on."""
    parser = argparse.ArgumentParser(prog="python -m bench.onlookers")
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--token", required=True)
    parser.add_argument("--buildings", type=int, default=1)
    given = parser.parse_args()
    uvloop.run(look(Crowd(given.port, given.token, given.buildings)))


if __name__ == "__main__":
    main()
