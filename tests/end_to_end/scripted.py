"""Devices that a test moves by hand: a door controller that is polled, and a bell that pushes events until they are acked."""

from __future__ import annotations

import asyncio
import json
from contextlib import asynccontextmanager
from functools import partial
from typing import TYPE_CHECKING

from bench.controller import FORCED, Controller
from bench.devices import Asked, Host, boottime_ns

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

DEVICE_DELAY_SECONDS = 0.001


class ScriptedDoor:
    """The controller of `bench/controller.py`, all values at rest, its "forced" bit moved by the test."""

    def __init__(self, port: int, controller: Controller) -> None:
        self.port = port
        self._controller = controller

    def force(self, *, forced: bool) -> None:
        """Force the door, or put it right again."""
        self._controller.change(FORCED, value=forced, now_ns=boottime_ns())


@asynccontextmanager
async def scripted_door() -> AsyncIterator[ScriptedDoor]:
    """Serve the door on a free port of loopback."""
    controller = Controller(0, share=0.0)
    make = partial(Host, {1: controller}, DEVICE_DELAY_SECONDS, Asked())
    server = await asyncio.get_running_loop().create_server(make, "127.0.0.1", 0)
    async with server:
        yield ScriptedDoor(server.sockets[0].getsockname()[1], controller)


class ScriptedBell:
    """Rings reach the gateway as lines `{"sequence": n}` and are sent again, in order, until it answers `n`."""

    def __init__(self) -> None:
        self.port = 0
        self.acked: list[int] = []
        self._rung = 0
        self._unacked: list[int] = []
        self._writers: set[asyncio.StreamWriter] = set()
        self._changed = asyncio.Event()

    def ring(self) -> int:
        """Ring once; returns the sequence number."""
        self._rung += 1
        self._unacked.append(self._rung)
        for writer in self._writers:
            writer.write(_line(self._rung))
        return self._rung

    async def until_acked(self, sequence: int, limit_seconds: float) -> None:
        """Wait for the gateway's answer. Raises TimeoutError."""
        async with asyncio.timeout(limit_seconds):
            while sequence not in self.acked:
                self._changed.clear()
                await self._changed.wait()

    async def talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection of the gateway."""
        self._writers.add(writer)
        try:
            writer.writelines(map(_line, self._unacked))
            while line := await reader.readline():
                sequence = int(line)
                self.acked.append(sequence)
                self._unacked.remove(sequence)
                self._changed.set()
        except ConnectionError:
            pass  # the gateway was killed: that is what the test does
        finally:
            self._writers.discard(writer)
            writer.close()


def _line(sequence: int) -> bytes:
    return json.dumps({"sequence": sequence}).encode() + b"\n"


@asynccontextmanager
async def scripted_bell() -> AsyncIterator[ScriptedBell]:
    """Serve the bell on a free port of loopback."""
    bell = ScriptedBell()
    async with await asyncio.start_server(bell.talk, "127.0.0.1", 0) as server:
        bell.port = server.sockets[0].getsockname()[1]
        yield bell
