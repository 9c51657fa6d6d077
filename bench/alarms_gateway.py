"""The gateway of a compound of alarm panels as a child, whose telemetry has nowhere to go and no more room to wait."""

from __future__ import annotations

import asyncio
import os
import sqlite3
from contextlib import AsyncExitStack, closing
from typing import TYPE_CHECKING, Any, Self

import httpx

from bench import alarms_compound
from bench.children import ChildFailed, child, say
from bench.gateway import HOST, free_port, token_of
from gateway.collect.clock import Clock
from gateway.keep.outbox import Outbox, OutboxSettings

if TYPE_CHECKING:
    from asyncio.subprocess import Process
    from collections.abc import Awaitable, Callable
    from pathlib import Path
    from types import TracebackType

    from bench.alarms_site import Site

START_LIMIT_SECONDS = 60.0
_LOOK_SECONDS = 0.1
_MEGABYTE = 1_000_000
_LINE_BYTES = 400


class AlarmsGateway:
    """A gateway that reads the panels of a site and tells its bots; whoever measures answers P1s as `answer` says."""

    def __init__(self, folder: Path, site: Site) -> None:
        self._folder = folder
        self._site = site
        self._stack = AsyncExitStack()
        self._process: Process | None = None
        self._answering: set[asyncio.Task[None]] = set()

    async def __aenter__(self) -> Self:
        """Fill its outbox, start it and wait until it serves. Raises `ChildFailed`."""
        dead = f"http://{HOST}:{free_port()}"
        written = alarms_compound.write(self._folder, self._site.ports, self._site.chat, dead)
        data = self._folder / "data"
        token = token_of(await say("gateway", "users", "add", "bench", "--role", "manager", "--data", str(data)))
        await fill(data)
        port = free_port()
        log = self._stack.enter_context((self._folder / "gateway.log").open("wb"))
        command = ("gateway", "run", str(written), "--data", str(data), "--http", f"{HOST}:{port}")
        self._process = await self._stack.enter_async_context(child(*command, stdout=log, stderr=log))
        headers = {"Authorization": f"Bearer {token}", "Origin": f"http://{HOST}:{port}"}
        self._http = await self._stack.enter_async_context(
            httpx.AsyncClient(base_url=f"http://{HOST}:{port}", headers=headers, timeout=30)
        )
        try:
            await self._until(START_LIMIT_SECONDS, "was not ready", self._serves)
        except BaseException:
            await self._stack.aclose()
            raise
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for task in self._answering:
            task.cancel()
        await asyncio.gather(*self._answering, return_exceptions=True)
        await self._stack.aclose()

    @property
    def pid(self) -> int:
        """The process id; raises `ChildFailed` when the gateway is not running."""
        if self._process is None or self._process.returncode is not None:
            words = (self._folder / "gateway.log").read_text(errors="replace")[-2000:]
            raise ChildFailed(f"the gateway is not running: {words}")
        return self._process.pid

    def answer(self, number: int) -> None:
        """Somebody takes an alarm, as on the page."""
        task = asyncio.create_task(self._answer(number), name=f"answer {number}")
        self._answering.add(task)
        task.add_done_callback(self._answering.discard)

    async def until_open(self, many: int, seconds: float) -> None:
        """Wait until so many alarms stand in the journal. Raises `ChildFailed`."""
        await self._until(seconds, f"had not recorded {many} alarms", lambda: self._open(many))

    async def dropped(self) -> int:
        """Points of telemetry that found no room."""
        stores = (await self._http.get("/api/v1/stores")).raise_for_status().json()
        lost: dict[str, int] = stores["outbox"]["lost"]
        return sum(lost.values())

    def rows(self, query: str) -> list[Any]:
        """Rows of its journal."""
        with closing(sqlite3.connect(f"file:{self._folder / 'data' / 'journal.db'}?mode=ro", uri=True)) as journal:
            return journal.execute(query).fetchall()

    async def _answer(self, number: int) -> None:
        (await self._http.post(f"/api/v1/alarms/{number}/ack", json={})).raise_for_status()

    async def _until(self, seconds: float, what: str, true: Callable[[], Awaitable[bool]]) -> None:
        try:
            async with asyncio.timeout(seconds):
                while not await true():
                    self.pid  # noqa: B018 - raises when it has ended
                    await asyncio.sleep(_LOOK_SECONDS)
        except TimeoutError:
            words = (self._folder / "gateway.log").read_text(errors="replace")[-2000:]
            raise ChildFailed(f"the gateway {what} within {seconds:g} s: {words}") from None

    async def _serves(self) -> bool:
        try:
            return (await self._http.get("/healthz")).status_code == httpx.codes.OK
        except httpx.TransportError:
            return False

    async def _open(self, many: int) -> bool:
        found: int = self.rows("SELECT count(*) FROM alarms WHERE NOT normal")[0][0]
        return found >= many


async def fill(data: Path) -> None:
    """Put so much telemetry into the outbox that each new reading pushes out an old one. What is in it does not compress."""
    clock = Clock()
    settings = OutboxSettings(16 * _MEGABYTE, 7 * 86_400.0, 16 * _MEGABYTE)
    outbox = Outbox.open(data, settings, [alarms_compound.DEAD], clock())
    outbox.move(alarms_compound.DEAD, "telemetry", 0)
    running = asyncio.create_task(outbox.run(clock))
    while not outbox.lost().get("full"):
        for _ in range(2000):
            now = clock()
            outbox.append(f'filler word="{os.urandom(_LINE_BYTES // 2).hex()}"\n'.encode(), 1, int(now.utc * 1e9))
        await outbox.settled()
    running.cancel()
    await asyncio.wait([running])
    await outbox.close()
