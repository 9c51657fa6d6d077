"""The gateway as a child process, and a page that watches it: what a user of the box would see, with times."""

from __future__ import annotations

import asyncio
import re
import socket
import sqlite3
import time
from contextlib import AsyncExitStack, closing
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Self

from bench import compound
from bench.children import ChildFailed, child, say
from bench.stream import StreamRefused, stream

if TYPE_CHECKING:
    from asyncio.subprocess import Process
    from pathlib import Path
    from types import TracebackType

    from bench.children import Devices
    from bench.stream import Event

HOST = "127.0.0.1"
START_LIMIT_SECONDS = 30.0
_TRY_AGAIN_SECONDS = 0.01


@dataclass(slots=True)
class Shown:
    """What the page was told: doors by controller, and the alarms of forced doors, each with its time of arrival."""

    doors: dict[int, list[tuple[bool | None, int]]] = field(default_factory=dict)
    forced: dict[int, list[tuple[bool | None, int]]] = field(default_factory=dict)
    """When an active alarm of the controller's forced door came in."""
    alarm_rows: list[int] = field(default_factory=list)
    """The journal rows that these alarms named."""


class Gateway:
    """A gateway that polls the devices of a simulator, with one page open on all of them."""

    def __init__(self, folder: Path, devices: Devices) -> None:
        self._folder = folder
        self._devices = devices
        self._stack = AsyncExitStack()
        self._process: Process | None = None
        self._first_value: asyncio.Event = asyncio.Event()
        self._page: asyncio.Task[None] | None = None
        self._reached = (0, "")
        self.shown = Shown()
        self.first_value_seconds = 0.0

    async def __aenter__(self) -> Self:
        """Start it and wait for the first value. Raises `ChildFailed` with its last words when none comes."""
        devices = self._devices
        written = compound.write(self._folder, devices.ports, devices.controllers, devices.units, devices.registers)
        data = self._folder / "data"
        token = token_of(await say("gateway", "users", "add", "bench", "--role", "viewer", "--data", str(data)))
        port = free_port()
        log = self._stack.enter_context((self._folder / "gateway.log").open("wb"))
        started = time.monotonic()
        self._process = await self._stack.enter_async_context(
            child(
                *("gateway", "run", str(written), "--data", str(data), "--http", f"{HOST}:{port}"),
                stdout=log,
                stderr=log,
            )
        )
        self._reached = port, token
        self._page = asyncio.create_task(self._watch(port, token), name="page")
        waiting = [asyncio.create_task(self._first_value.wait()), asyncio.create_task(self._process.wait())]
        await asyncio.wait(waiting, timeout=START_LIMIT_SECONDS, return_when=asyncio.FIRST_COMPLETED)
        self.first_value_seconds = time.monotonic() - started
        for task in waiting:
            task.cancel()
        if not self._first_value.is_set():
            await self.__aexit__(None, None, None)
            raise ChildFailed(f"the gateway ended or showed no value within {START_LIMIT_SECONDS} s: {self._words()}")
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close_page()
        await self._stack.aclose()

    async def open_page(self) -> None:
        """Open a page on all buildings and wait until it shows values; what it is told is noted in `shown`."""
        self._first_value.clear()
        self._page = asyncio.create_task(self._watch(*self._reached), name="page")
        async with asyncio.timeout(START_LIMIT_SECONDS):
            await self._first_value.wait()

    async def close_page(self) -> None:
        """Close it again."""
        if self._page is not None:
            self._page.cancel()
            await asyncio.gather(self._page, return_exceptions=True)
            self._page = None

    @property
    def pid(self) -> int:
        """The process id; raises `ChildFailed` when the gateway is not running."""
        if self._process is None or self._process.returncode is not None:
            raise ChildFailed(f"the gateway is not running: {self._words()}")
        return self._process.pid

    def missing_rows(self) -> int:
        """How many of the alarms that were told stand in no row of the journal. It must be 0."""
        rows = set(self.shown.alarm_rows)
        with closing(sqlite3.connect(f"file:{self._folder / 'data' / 'journal.db'}?mode=ro", uri=True)) as journal:
            kept = {row for (row,) in journal.execute("SELECT seq FROM log WHERE kind = 'alarm'")}
        return len(rows - kept)

    def _words(self) -> str:
        return (self._folder / "gateway.log").read_text(errors="replace")[-2000:]

    async def _watch(self, port: int, token: str) -> None:
        views = [f"building:{compound.building_id(i)}" for i in range(compound.BUILDINGS)]
        while True:
            try:
                async with stream(HOST, port, token, views) as events:
                    async for event in events:
                        self._take(event)
            except (OSError, StreamRefused):
                await asyncio.sleep(_TRY_AGAIN_SECONDS)

    def _take(self, event: Event) -> None:
        if event.name == "delta" and (compound.DOOR_KEY in event.data or not self._first_value.is_set()):
            for device, changed in (event.json().get("devices") or {}).items():
                self._take_points(compound.controller_of(device), changed.get("points", {}), event.received_ns)
        elif event.name == "alarm":
            self._take_alarm(event.json(), event.received_ns)
        elif event.name == "snapshot":
            for device in event.json()["devices"]:
                points = {key: [point["value"]] for key, point in device["points"].items()}
                self._take_points(compound.controller_of(device["id"]), points, event.received_ns)

    def _take_points(self, controller: int, points: dict[str, list[Any]], received_ns: int) -> None:
        if any(point[0] is not None for point in points.values()):
            self._first_value.set()
        if compound.DOOR_KEY in points:
            self.shown.doors.setdefault(controller, []).append((points[compound.DOOR_KEY][0], received_ns))

    def _take_alarm(self, said: dict[str, Any], received_ns: int) -> None:
        alarm = said["alarm"]
        if alarm["rule"] == "door_forced" and alarm["active"]:
            self.shown.forced.setdefault(compound.controller_of(alarm["device"]), []).append((True, received_ns))
            self.shown.alarm_rows.append(said["seq"])


def free_port() -> int:
    """A port that nobody listens on just now."""
    with socket.create_server((HOST, 0)) as taken:
        port: int = taken.getsockname()[1]
        return port


def token_of(output: str) -> str:
    """The token in what `gridpost users add` printed. Raises `ChildFailed`."""
    words: list[str] = re.findall(r"[A-Za-z0-9_-]{43}", output)  # 32 bytes, URL-safe base64
    if len(words) != 1:
        raise ChildFailed(f"gridpost users add printed no token: {output}")
    return words[0]
