"""A server as a child process on a fixed port: started, killed without warning, started again on the same data."""

from __future__ import annotations

import asyncio
import shutil
from abc import ABC, abstractmethod
from asyncio.subprocess import DEVNULL, STDOUT
from typing import IO, TYPE_CHECKING, Self

import httpx

from bench.children import end
from bench.gateway import free_port

if TYPE_CHECKING:
    from asyncio.subprocess import Process
    from collections.abc import Sequence
    from pathlib import Path
    from types import TracebackType

START_SECONDS = 30.0
TRY_AGAIN_SECONDS = 0.02


class ServerMissing(Exception):
    """The server is not installed; the sentence says how it gets installed."""


class HttpServer(ABC):
    """A server that is there once a path of it answers. Its words are in `log` in its folder."""

    program: str
    package: str
    path_when_up: str

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.port = free_port()
        self._process: Process | None = None
        self._log: IO[bytes] | None = None
        self._client = httpx.AsyncClient(verify=False, timeout=60, trust_env=False)  # noqa: S501 - a certificate of the test's own

    @property
    def url(self) -> str:
        """Where it answers."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def pid(self) -> int:
        """The running process."""
        assert self._process is not None, f"{self.program} was not started"
        return self._process.pid

    async def __aenter__(self) -> Self:
        self.folder.mkdir(parents=True, exist_ok=True)
        self._log = (self.folder / "log").open("ab")
        try:
            await self.start()
        except BaseException:
            await self.__aexit__(None, None, None)
            raise
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._process is not None:
            await end(self._process)
        await self._client.aclose()
        if self._log is not None:
            self._log.close()

    @abstractmethod
    def command(self) -> Sequence[str]:
        """What follows the program's name."""

    async def start(self) -> None:
        """Start it and wait until it answers: the first time, or again after `kill`."""
        program = shutil.which(self.program)
        if program is None:
            raise ServerMissing(f"{self.program} is not installed: apt-get install {self.package}")
        self._process = await asyncio.create_subprocess_exec(
            program, *self.command(), stdin=DEVNULL, stdout=self._log, stderr=STDOUT
        )
        async with asyncio.timeout(START_SECONDS):
            while True:
                assert self._process.returncode is None, (self.folder / "log").read_text("utf-8", "replace")
                try:
                    answer = await self._client.get(self.url + self.path_when_up)
                except httpx.TransportError:
                    pass
                else:
                    if answer.is_success:
                        return
                await asyncio.sleep(TRY_AGAIN_SECONDS)

    async def kill(self) -> None:
        """SIGKILL: nothing is written any more, the port is closed."""
        if self._process is not None:
            self._process.kill()
            await self._process.wait()
