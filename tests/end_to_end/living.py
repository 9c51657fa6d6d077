"""A gateway as a child process, with somebody who may ask it everything."""

from __future__ import annotations

import asyncio
import signal
import sys
from asyncio.subprocess import PIPE, STDOUT
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import httpx

from bench.children import end, say
from bench.gateway import free_port

if TYPE_CHECKING:
    from asyncio.subprocess import Process
    from collections.abc import AsyncIterator, Callable
    from pathlib import Path

LIMIT_SECONDS = 40.0


@dataclass(slots=True)
class Living:
    """A running gateway."""

    process: Process
    client: httpx.AsyncClient
    config: Path
    said: bytearray = field(default_factory=bytearray)

    async def get(self, path: str) -> Any:
        """A body of the API."""
        answer = await self.client.get(f"/api/v1/{path}")
        answer.raise_for_status()
        return answer.json()

    async def until(self, path: str, so: Callable[[Any], bool]) -> Any:
        """Wait until a body of the API is as it should be."""
        async with asyncio.timeout(LIMIT_SECONDS):
            while True:
                body = await self.get(path)
                if so(body):
                    return body
                await asyncio.sleep(0.05)

    async def until_said(self, words: str) -> None:
        """Wait until something stands in its log."""
        async with asyncio.timeout(LIMIT_SECONDS):
            while words.encode() not in self.said:
                await asyncio.sleep(0.02)

    def reload(self, config: str) -> None:
        """Write a new configuration and say so."""
        self.config.write_text(config, "utf-8")
        self.process.send_signal(signal.SIGHUP)

    async def listen(self) -> None:
        """Take what it says until it says no more."""
        assert self.process.stdout is not None
        while some := await self.process.stdout.read(4096):
            self.said += some

    async def serves(self) -> None:
        """Wait until it answers."""
        async with asyncio.timeout(LIMIT_SECONDS):
            while True:
                assert self.process.returncode is None, self.said.decode()
                try:
                    await self.client.get("/healthz")
                except httpx.TransportError:
                    await asyncio.sleep(0.02)
                else:
                    return


@asynccontextmanager
async def living(folder: Path, config: str, *prefix: str) -> AsyncIterator[Living]:
    """Run a gateway on a configuration until it serves; `prefix` is a command in front of it.

    In a folder where one ran before, its data and its user are taken over.
    """
    path, data, token = folder / "compound.yaml", folder / "data", folder / "token"
    path.write_text(config, "utf-8")
    if not token.exists():
        token.write_text(
            (await say("gateway", "users", "add", "tester", "--role", "manager", "--data", str(data))).split()[-1]
        )
    address = f"127.0.0.1:{free_port()}"
    command = (*prefix, sys.executable, "-m", "gateway", "run", str(path), "--data", str(data), "--http", address)
    process = await asyncio.create_subprocess_exec(*command, stdout=PIPE, stderr=STDOUT)
    headers = {"Authorization": f"Bearer {token.read_text()}", "Origin": f"http://{address}"}
    async with httpx.AsyncClient(base_url=f"http://{address}", headers=headers, timeout=10) as client:
        gateway = Living(process, client, path)
        listening = asyncio.create_task(gateway.listen())
        try:
            await gateway.serves()
            yield gateway
        finally:
            await end(process)
            await listening
