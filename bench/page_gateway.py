"""The gateway of the page's benchmark as a child process: its memory, its CPU, and a way in for a browser."""

from __future__ import annotations

import asyncio
import re
from contextlib import AsyncExitStack
from typing import TYPE_CHECKING, Self

import httpx

from bench import page_compound, processes
from bench.children import ChildFailed, child, say
from bench.gateway import HOST, free_port, token_of

if TYPE_CHECKING:
    from asyncio.subprocess import Process
    from collections.abc import Sequence
    from pathlib import Path
    from types import TracebackType

USER = "bench"
START_LIMIT_SECONDS = 180.0
_TRY_AGAIN_SECONDS = 0.2


class PageGateway:
    """A gateway that reads all doors; `read` waits until it has read each of them once."""

    def __init__(self, folder: Path, ports: Sequence[int], devices: int, buildings: int, every_seconds: float) -> None:
        self._folder = folder
        self._written = page_compound.write(folder, ports, devices, buildings, every_seconds)
        self._stack = AsyncExitStack()
        self._process: Process | None = None
        self.port = 0
        self.token = ""

    async def __aenter__(self) -> Self:
        """Start it. Raises `ChildFailed`."""
        data = str(self._folder / "data")
        self.token = token_of(await say("gateway", "users", "add", USER, "--role", "manager", "--data", data))
        self.port = free_port()
        log = self._stack.enter_context((self._folder / "gateway.log").open("wb"))
        command = ("gateway", "run", str(self._written), "--data", data, "--http", f"{HOST}:{self.port}")
        self._process = await self._stack.enter_async_context(child(*command, stdout=log, stderr=log))
        self._http = await self._stack.enter_async_context(
            httpx.AsyncClient(base_url=self.address, headers={"Authorization": f"Bearer {self.token}"}, timeout=60)
        )
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._stack.aclose()

    @property
    def address(self) -> str:
        """Where the page is."""
        return f"http://{HOST}:{self.port}"

    @property
    def pid(self) -> int:
        """The process id; raises `ChildFailed` when the gateway is not running."""
        if self._process is None or self._process.returncode is not None:
            raise ChildFailed(f"the gateway is not running: {self._words()}")
        return self._process.pid

    async def read(self) -> None:
        """Wait until every door was read. Raises `ChildFailed` when that takes too long."""
        try:
            async with asyncio.timeout(START_LIMIT_SECONDS):
                while await self._unheard() != 0:  # noqa: ASYNC110 - another process
                    await asyncio.sleep(_TRY_AGAIN_SECONDS)
        except TimeoutError:
            raise ChildFailed(f"not every door was read within {START_LIMIT_SECONDS:g} s: {self._words()}") from None

    async def session(self) -> str:
        """A session's cookie for a browser."""
        data = str(self._folder / "data")
        link = await say("gateway", "users", "link", USER, "--page", self.address, "--data", data)
        found = re.search(r"#code=([A-Za-z0-9_-]+)", link)
        if found is None:
            raise ChildFailed(f"gridpost users link printed no link: {link}")
        body, headers = {"code": found[1]}, {"Origin": self.address, "Authorization": ""}
        answer = await self._http.post("/api/v1/session", json=body, headers=headers)
        return answer.raise_for_status().cookies["gridpost_session"]

    async def first_visit_bytes(self) -> int:
        """The bytes, compressed, of what a first visit loads before it shows anything: page, style, script, worker, sign."""
        sizes: dict[str, int] = {}
        waiting = ["/"]
        while waiting:
            address = waiting.pop()
            answer = await self._http.get(address, headers={"Accept-Encoding": "gzip"})
            sizes[address] = int(answer.raise_for_status().headers["content-length"])
            waiting += [
                found for found in _loaded_by(address, answer.text) if found not in sizes and found not in waiting
            ]
        return sum(sizes.values())

    def cpu_seconds(self) -> float:
        """CPU that it has used."""
        return processes.cpu_seconds(self.pid)

    def resident_bytes(self) -> int:
        """Memory that it holds now."""
        return processes.resident_bytes(self.pid)

    async def _unheard(self) -> int | None:
        """How many doors were not read yet; None while nobody answers."""
        self.pid  # noqa: B018 - raises when it has ended
        try:
            overview = (await self._http.get("/api/v1/overview")).raise_for_status().json()
        except (httpx.TransportError, httpx.HTTPStatusError):
            return None
        unheard: int = overview["verdict"]["unheard"]
        return unheard

    def _words(self) -> str:
        return (self._folder / "gateway.log").read_text(errors="replace")[-2000:]


def _loaded_by(address: str, text: str) -> list[str]:
    """What a file loads at once: what HTML names, what a script imports, and the worker; not what it imports when asked."""
    if address == "/":
        return [found for found in re.findall(r'(?:src|href)="(/[^"]+)"', text) if found.startswith("/assets/")]
    if not address.endswith(".js"):
        return []
    imported = re.findall(r'(?:from|import)\s*"\./([\w.-]+\.js)"', text)
    return [f"/assets/{name}" for name in imported] + re.findall(r'"(/assets/live-[\w-]+\.js)"', text)
