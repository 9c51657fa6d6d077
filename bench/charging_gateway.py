"""The gateway of a compound full of chargers: a child that may be killed and started again, and how its loop feels."""

from __future__ import annotations

import asyncio
import json
import sqlite3
import time
from contextlib import AsyncExitStack, closing
from typing import TYPE_CHECKING, Any, Self

import httpx

from bench.children import ChildFailed, child, say
from bench.gateway import HOST, free_port, token_of

if TYPE_CHECKING:
    from asyncio.subprocess import Process
    from collections.abc import Iterator
    from pathlib import Path
    from types import TracebackType

START_LIMIT_SECONDS = 60.0
LOOK_SECONDS = 0.02
"""How often the page's port is asked whether it is there: what comes on top of the usual answer is the loop, held."""
_TRY_AGAIN_SECONDS = 0.05


class ChargingGateway:
    """A gateway with that configuration. `port` is the one of its page."""

    def __init__(self, folder: Path, written: str) -> None:
        self._folder = folder
        self._written = written
        self._stack = AsyncExitStack()
        self._process: Process | None = None
        self.port = free_port()
        self.data = folder / "data"

    async def __aenter__(self) -> Self:
        """Start it. Raises `ChildFailed`."""
        config = self._folder / "compound.yaml"
        config.write_text(self._written, "utf-8")
        said = await say("gateway", "users", "add", "bench", "--role", "administrator", "--data", str(self.data))
        headers = {"Authorization": f"Bearer {token_of(said)}"}
        self.http = await self._stack.enter_async_context(
            httpx.AsyncClient(base_url=f"http://{HOST}:{self.port}", headers=headers, timeout=30)
        )
        self._log = self._stack.enter_context((self._folder / "gateway.log").open("ab"))
        try:
            await self.start()
        except BaseException:
            await self._stack.aclose()
            raise
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._stack.aclose()

    async def start(self) -> None:
        """Start it, at first or again."""
        config = str(self._folder / "compound.yaml")
        command = ("gateway", "run", config, "--data", str(self.data), "--http", f"{HOST}:{self.port}")
        self._process = await self._stack.enter_async_context(child(*command, stdout=self._log, stderr=self._log))
        try:
            async with asyncio.timeout(START_LIMIT_SECONDS):
                while not await self._answers():
                    self.pid  # noqa: B018 - raises when it has ended
                    await asyncio.sleep(_TRY_AGAIN_SECONDS)
        except TimeoutError:
            raise ChildFailed(f"the gateway was not ready within {START_LIMIT_SECONDS} s: {self._words()}") from None

    async def kill(self) -> None:
        """End it as a power cut would, but for what the kernel still writes."""
        if self._process is not None:
            self._process.kill()
            await self._process.wait()

    @property
    def pid(self) -> int:
        """The process id; raises `ChildFailed` when the gateway is not running."""
        if self._process is None or self._process.returncode is not None:
            raise ChildFailed(f"the gateway is not running: {self._words()}")
        return self._process.pid

    def events(self, *kinds: str) -> Iterator[tuple[str, str, dict[str, Any]]]:
        """Device, kind and body of every event of these kinds that is in the journal, oldest first."""
        marks = ", ".join("?" * len(kinds))
        with closing(self._journal()) as journal:
            for device, kind, body in journal.execute(
                f"SELECT device, kind, body FROM events WHERE kind IN ({marks}) ORDER BY seq",  # noqa: S608
                kinds,
            ):
                yield device, kind, json.loads(body)

    def counted(self, *kinds: str) -> int:
        """How many events of these kinds are in the journal."""
        marks = ", ".join("?" * len(kinds))
        with closing(self._journal()) as journal:
            (found,) = journal.execute(f"SELECT count(*) FROM events WHERE kind IN ({marks})", kinds).fetchone()  # noqa: S608
        return int(found)

    async def numbers(self, line: str) -> dict[str, float]:
        """What a line counted so far."""
        lines = (await self.http.get("/api/v1/lines")).raise_for_status().json()["lines"]
        statistics: dict[str, float] = next(one["statistics"] for one in lines if one["id"] == line)
        return statistics

    def recorded(self, kind: str) -> Iterator[tuple[int, dict[str, Any]]]:
        """Every row of that kind in the journal, oldest first: CLOCK_BOOTTIME at which it was judged, in ns, and its body."""
        with closing(self._journal()) as journal:
            for boottime_ns, body in journal.execute(
                "SELECT boottime, body FROM log WHERE kind = ? ORDER BY seq", (kind,)
            ):
                yield boottime_ns, json.loads(body)

    async def rooms(self) -> dict[str, dict[str, Any]]:
        """The charging rooms in numbers, as the page shows them, by their names."""
        rooms = (await self.http.get("/api/v1/rooms", params={"limit": 200})).raise_for_status().json()["rooms"]
        return {room["id"]: room for room in rooms}

    async def held(self, until: asyncio.Event) -> list[float]:
        """Look every `LOOK_SECONDS` whether it is there; returns how long after each look was due its answer came, in seconds.

        A look that had to wait for the answer to the one before counts from when it was due: a loop that stands still for a
        second is late for all who come within that second, not for one of them.
        """
        times = []
        due = time.monotonic()
        while not until.is_set():
            await asyncio.sleep(due - time.monotonic())
            await self._answers()
            answered = time.monotonic()
            while due < answered:
                times.append(answered - due)
                due += LOOK_SECONDS
        return times

    def _journal(self) -> sqlite3.Connection:
        return sqlite3.connect(f"file:{self.data / 'journal.db'}?mode=ro", uri=True)

    async def _answers(self) -> bool:
        try:
            return (await self.http.get("/healthz")).status_code == httpx.codes.OK
        except httpx.TransportError:
            return False

    def _words(self) -> str:
        return (self._folder / "gateway.log").read_text(errors="replace")[-2000:]
