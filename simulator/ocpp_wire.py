"""A charge point's WebSocket: it dials in to the gateway on loopback, again and again, with its password if it has one."""

from __future__ import annotations

import asyncio
import base64
import contextlib
from math import inf
from random import Random
from typing import TYPE_CHECKING

from simulator.loopback import loopback_only
from simulator.ocpp_frames import SUBPROTOCOL

if TYPE_CHECKING:
    from collections.abc import Callable

    from websockets.asyncio.client import ClientConnection

    from simulator.bus import Clock
    from simulator.ocpp_station import OcppStation

PATH = "/ocpp"
AGAIN_SECONDS = (1.0, 1.5)
"""It tries again after a random time between these, twice as long each time,"""
MOST_SECONDS = 20.0
"""but never longer: a gateway that was away meets them all within so long."""

OPEN_SECONDS = 10.0
_CLOSE_SECONDS = 1.0


class OcppWire:
    """The network side of a charge point called `identity`; `stirred` is called when something was heard."""

    def __init__(self, identity: str, station: OcppStation, clock: Clock, stirred: Callable[[], None]) -> None:
        self.identity = identity
        self.connected = False
        self._station = station
        self._clock = clock
        self._stirred = stirred
        self._dice = Random(f"ocpp {identity}")
        self._away_until = 0.0
        self._moved = asyncio.Event()
        """Set when `_away_until` became another."""
        self._pause = 0.0
        self._connection: ClientConnection | None = None

    def drop(self, seconds: float) -> None:
        """Lose the connection without a word, and come back so many seconds later; infinity: not before `restore`."""
        self._away_until = _loop_time() + seconds
        self._moved.set()
        self._pause = 0.0
        if self._connection is not None:
            self._connection.transport.abort()

    def restore(self, seconds: float) -> None:
        """Come back so many seconds from now."""
        self._away_until = _loop_time() + seconds
        self._moved.set()

    async def run(self, host: str, port: int, password: str) -> None:
        """Dial in until cancelled. Raises `NotLoopback` for a host that is not loopback."""
        from websockets.exceptions import WebSocketException  # it takes its time to load, as aiomqtt does

        number = loopback_only(host)
        url = f"ws://{f'[{number}]' if ':' in number else number}:{port}{PATH}/{self.identity}"
        headers = {}
        if password:
            credentials = base64.b64encode(f"{self.identity}:{password}".encode()).decode()
            headers["Authorization"] = f"Basic {credentials}"
        while True:
            await self._stay_away()
            with contextlib.suppress(OSError, WebSocketException, TimeoutError):  # the gateway is away, or refuses
                await self._live(url, headers)
            self._pause = min(MOST_SECONDS, max(self._dice.uniform(*AGAIN_SECONDS), 2 * self._pause))
            if self._away_until <= _loop_time():
                await asyncio.sleep(self._pause * self._dice.uniform(0.5, 1.0))

    async def _stay_away(self) -> None:
        while (rest := self._away_until - _loop_time()) > 0:
            self._moved.clear()
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(None if rest == inf else rest):
                    await self._moved.wait()

    async def _live(self, url: str, headers: dict[str, str]) -> None:
        from websockets.asyncio.client import connect

        async with connect(
            url,
            subprotocols=[SUBPROTOCOL],  # type: ignore[list-item]  # websockets has a NewType for a string
            additional_headers=headers,
            compression=None,
            proxy=None,
            open_timeout=OPEN_SECONDS,
            close_timeout=_CLOSE_SECONDS,
            ping_interval=None,  # the gateway pings
        ) as connection:
            out: asyncio.Queue[str] = asyncio.Queue()
            self._connection, self.connected, self._pause = connection, True, 0.0
            try:
                async with asyncio.TaskGroup() as both:
                    saying = both.create_task(_say(connection, out), name=f"simulator: {self.identity} says")
                    self._station.opened(out.put_nowait, self._clock())
                    await self._listen(connection)
                    saying.cancel()
            finally:
                self._connection, self.connected = None, False
                self._station.closed()

    async def _listen(self, connection: ClientConnection) -> None:
        from websockets.exceptions import ConnectionClosed

        with contextlib.suppress(ConnectionClosed):  # in whatever way
            async for text in connection:
                self._station.received(text, self._clock())
                self._stirred()


async def _say(connection: ClientConnection, out: asyncio.Queue[str]) -> None:
    from websockets.exceptions import ConnectionClosed

    with contextlib.suppress(ConnectionClosed):  # the listener sees the end too
        while True:
            await connection.send(await out.get())


def _loop_time() -> float:
    return asyncio.get_running_loop().time()
