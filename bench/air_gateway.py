"""The gateway of a compound full of sensors as a child, and a page that is told of its alarms."""

from __future__ import annotations

import asyncio
import sqlite3
import time
from contextlib import AsyncExitStack, closing
from typing import TYPE_CHECKING, Any, Self

import httpx

from bench import air_compound
from bench.children import ChildFailed, child, say
from bench.gateway import HOST, free_port, token_of
from bench.stream import StreamRefused, stream

if TYPE_CHECKING:
    from asyncio.subprocess import Process
    from collections.abc import Sequence
    from pathlib import Path
    from types import TracebackType

START_LIMIT_SECONDS = 60.0
_TRY_AGAIN_SECONDS = 0.1


class AirGateway:
    """A gateway that reaches proxies, with every sensor of the supplier's list mounted and one page open."""

    def __init__(self, folder: Path, ports: Sequence[int], buildings: int) -> None:
        self._folder = folder
        self._ports = ports
        self._buildings = buildings
        self._stack = AsyncExitStack()
        self._process: Process | None = None
        self.told: dict[str, tuple[int, int]] = {}
        """Of each detector when its smoke alarm came to the page, and the journal row that it named."""
        self.import_seconds = 0.0

    async def __aenter__(self) -> Self:
        """Start it and bring the list in. Raises `ChildFailed`."""
        written = air_compound.write(self._folder, self._ports, self._buildings)
        data = self._folder / "data"
        token = token_of(await say("gateway", "users", "add", "bench", "--role", "manager", "--data", str(data)))
        port = free_port()
        log = self._stack.enter_context((self._folder / "gateway.log").open("wb"))
        command = ("gateway", "run", str(written), "--data", str(data), "--http", f"{HOST}:{port}")
        self._process = await self._stack.enter_async_context(child(*command, stdout=log, stderr=log))
        try:
            self._http = await self._stack.enter_async_context(
                httpx.AsyncClient(
                    base_url=f"http://{HOST}:{port}", headers={"Authorization": f"Bearer {token}"}, timeout=30
                )
            )
            await self._ready()
            await self._bring_in()
            page = asyncio.create_task(self._watch(port, token), name="page")
            self._stack.push_async_callback(_ended, page)
        except BaseException:
            await self._stack.aclose()
            raise
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._stack.aclose()

    @property
    def pid(self) -> int:
        """The process id; raises `ChildFailed` when the gateway is not running."""
        if self._process is None or self._process.returncode is not None:
            raise ChildFailed(f"the gateway is not running: {self._words()}")
        return self._process.pid

    async def numbers(self) -> dict[str, float]:
        """The line's own numbers."""
        lines = (await self._http.get("/api/v1/lines")).raise_for_status().json()["lines"]
        statistics: dict[str, float] = next(line["statistics"] for line in lines if line["id"] == air_compound.LINE)
        return statistics

    def rows(self) -> dict[int, int]:
        """The rows of the journal that are alarms: CLOCK_BOOTTIME at which each was judged, by its number."""
        with closing(sqlite3.connect(f"file:{self._folder / 'data' / 'journal.db'}?mode=ro", uri=True)) as journal:
            return dict(journal.execute("SELECT seq, boottime FROM log WHERE kind = 'alarm'"))

    async def _bring_in(self) -> None:
        began = time.monotonic()
        body = air_compound.supplier_list(self._buildings)
        answer = await self._http.post("/api/v1/sensors/import", content=body, headers={"Content-Type": "text/csv"})
        self.import_seconds = time.monotonic() - began
        if answer.status_code != httpx.codes.OK:
            raise ChildFailed(f"the list was not taken: {answer.text[:1000]}")

    async def _ready(self) -> None:
        try:
            async with asyncio.timeout(START_LIMIT_SECONDS):
                while not await self._answers():
                    self.pid  # noqa: B018 - raises when it has ended
                    await asyncio.sleep(_TRY_AGAIN_SECONDS)
        except TimeoutError:
            raise ChildFailed(f"the gateway was not ready within {START_LIMIT_SECONDS} s: {self._words()}") from None

    async def _answers(self) -> bool:
        try:
            return (await self._http.get("/healthz")).status_code == httpx.codes.OK
        except httpx.TransportError:
            return False

    def _words(self) -> str:
        return (self._folder / "gateway.log").read_text(errors="replace")[-2000:]

    async def _watch(self, port: int, token: str) -> None:
        while True:
            try:
                async with stream(HOST, port, token, ["overview"]) as events:
                    async for event in events:
                        if event.name == "alarm":
                            self._take(event.json(), event.received_ns)
            except (OSError, StreamRefused):
                await asyncio.sleep(_TRY_AGAIN_SECONDS)

    def _take(self, said: dict[str, Any], received_ns: int) -> None:
        alarm = said["alarm"]
        if alarm["rule"] == "smoke" and alarm["active"]:
            self.told.setdefault(alarm["device"], (received_ns, said["seq"]))


async def _ended(task: asyncio.Task[None]) -> None:
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
