"""A gateway as a child process, with somebody who may ask it everything."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import httpx

from bench.children import child, say
from bench.gateway import free_port

if TYPE_CHECKING:
    from asyncio.subprocess import Process
    from collections.abc import AsyncIterator, Callable
    from pathlib import Path

LIMIT_SECONDS = 20.0


@dataclass(slots=True)
class Living:
    """A running gateway."""

    process: Process
    client: httpx.AsyncClient
    config: Path
    said: Path

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
            while words not in self.said.read_text():  # noqa: ASYNC110 - a file has no event
                await asyncio.sleep(0.02)

    def reload(self, config: str) -> None:
        """Write a new configuration and say so."""
        self.config.write_text(config, "utf-8")
        self.process.send_signal(signal.SIGHUP)


@asynccontextmanager
async def living(folder: Path, config: str, *prefix: str, role: str = "manager") -> AsyncIterator[Living]:
    """Run a gateway on a configuration until it serves; `prefix` is a command in front of it."""
    path, data, said = folder / "compound.yaml", folder / "data", folder / "said.txt"
    path.write_text(config, "utf-8")
    if not os.access(data, os.F_OK) or os.access(data / "journal.db", os.W_OK):
        await say("gateway", "users", "remove", "tester", "--data", str(data)) if (
            data / "journal.db"
        ).exists() else None
        (folder / "token").write_text(
            (await say("gateway", "users", "add", "tester", "--role", role, "--data", str(data))).split()[-1]
        )
    address = f"127.0.0.1:{free_port()}"
    with said.open("wb") as out:
        run = ("run", str(path), "--data", str(data), "--http", address)
        started = _prefixed(prefix, run, out) if prefix else child("gateway", *run, stdout=out, stderr=out)
        async with started as process:
            headers = {"Authorization": f"Bearer {(folder / 'token').read_text()}", "Origin": f"http://{address}"}
            async with httpx.AsyncClient(base_url=f"http://{address}", headers=headers, timeout=10) as client:
                await _serving(process, client, said)
                yield Living(process, client, path, said)


async def _serving(process: Process, client: httpx.AsyncClient, said: Path) -> None:
    async with asyncio.timeout(LIMIT_SECONDS):
        while True:
            assert process.returncode is None, said.read_text()  # noqa: ASYNC240 - a small file
            try:
                await client.get("/healthz")
            except httpx.TransportError:
                await asyncio.sleep(0.02)
            else:
                return


@asynccontextmanager
async def _prefixed(prefix: tuple[str, ...], run: tuple[str, ...], out: Any) -> AsyncIterator[Process]:
    process = await asyncio.create_subprocess_exec(
        *prefix, sys.executable, "-m", "gateway", *run, stdout=out, stderr=out
    )
    try:
        yield process
    finally:
        if process.returncode is None:
            process.terminate()
            await process.wait()
