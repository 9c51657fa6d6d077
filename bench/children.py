"""The child processes of a run: started, asked, and always ended."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from asyncio.subprocess import DEVNULL, PIPE, STDOUT, Process
from contextlib import asynccontextmanager
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, Self

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence
    from types import TracebackType

STOP_SECONDS = 10.0
ROOT = Path(__file__).parent.parent


COMPILED = {"PYTHONDONTWRITEBYTECODE": ""}
"""An installed gateway is compiled; one that may not keep what it compiled needs two seconds more at each start."""


class ChildFailed(Exception):
    """A child ended, or said what nobody expected; the sentence says which and where its words are."""


@asynccontextmanager
async def child(
    module: str, *arguments: str, stdout: int | IO[bytes] = PIPE, stderr: int | IO[bytes] | None = None
) -> AsyncIterator[Process]:
    """Run `python -m module` from the checkout; end it on the way out, by force when it takes too long."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", module, *arguments),
        stdin=DEVNULL,
        stdout=stdout,
        stderr=stderr,
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT), **COMPILED},
    )
    try:
        yield process
    finally:
        await end(process)


async def end(process: Process) -> None:
    """Ask a process to end, then make it."""
    if process.returncode is not None:
        return
    process.terminate()
    try:
        async with asyncio.timeout(STOP_SECONDS):
            await process.wait()
    except TimeoutError:
        process.kill()
        await process.wait()


async def say(module: str, *arguments: str) -> str:
    """Run `python -m module` to its end and return what it printed. Raises `ChildFailed`."""
    async with child(module, *arguments, stderr=STDOUT) as process:
        output, _ = await process.communicate()
    if process.returncode:
        command = " ".join(("python -m", module, *arguments))
        raise ChildFailed(f"{command} ended with {process.returncode}: {output.decode()}")
    return output.decode()


class Servant:
    """A child that says a JSON line when it is ready, then obeys a JSON line on stdin and answers with one."""

    def __init__(self, module: str, **given: float | str) -> None:
        self._module = module
        self._arguments = [f"--{name}={value}" for name, value in given.items()]
        self._process: Process | None = None

    async def start(self) -> dict[str, Any]:
        """Start it and return its first line. Raises `ChildFailed`."""
        self._process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", self._module, *self._arguments),
            stdin=PIPE,
            stdout=PIPE,
            cwd=ROOT,
            limit=64 * 1024 * 1024,  # a report is one line
        )
        return await self._line()

    async def __aexit__(
        self, kind: type[BaseException] | None, e: BaseException | None, t: TracebackType | None
    ) -> None:
        if self._process is not None:
            await end(self._process)

    async def do(self, what: str, **more: Any) -> dict[str, Any]:
        """Give an order (see the child's module) and return its answer. Raises `ChildFailed`."""
        if self._process is None or self._process.stdin is None:
            raise ChildFailed(f"{self._module} was not started")
        self._process.stdin.write(json.dumps({"do": what, **more}).encode() + b"\n")
        return await self._line()

    async def _line(self) -> dict[str, Any]:
        if self._process is None or self._process.stdout is None:
            raise ChildFailed(f"{self._module} was not started")
        line = await self._process.stdout.readline()
        if not line:
            await self._process.wait()
            raise ChildFailed(f"{self._module} ended; its words are above")
        answer: dict[str, Any] = json.loads(line)
        return answer


class Piles(Servant):
    """Charge points that dial in as a child (`bench/piles.py`)."""

    def __init__(self, piles: int) -> None:
        super().__init__("bench.piles", piles=piles)

    async def __aenter__(self) -> Self:
        await self.start()
        return self


class Fires(Servant):
    """Charging rooms in which batteries burn as a child (`bench/fires.py`)."""

    def __init__(self, rooms: int, mqtt: int, ocpp: int) -> None:
        super().__init__("bench.fires", rooms=rooms, mqtt=mqtt, ocpp=ocpp)
        self.boards: Sequence[int] = ()

    async def __aenter__(self) -> Self:
        self.boards = (await self.start())["boards"]
        return self


class Proxies(Servant):
    """The sensors on the air and the proxies that hear them as a child (`bench/proxies.py`)."""

    def __init__(self, buildings: int) -> None:
        super().__init__("bench.proxies", buildings=buildings)
        self.ports: Sequence[int] = ()

    async def __aenter__(self) -> Self:
        self.ports = (await self.start())["ports"]
        return self


class Devices(Servant):
    """The device simulator as a child (`bench/devices.py`)."""

    def __init__(self, controllers: int, *, units: int = 1, registers: int = 0, share: float = 0.1) -> None:
        super().__init__("bench.devices", controllers=controllers, units=units, registers=registers, share=share)
        self.controllers = controllers
        self.units = units
        self.registers = registers
        self.ports: Sequence[int] = ()

    async def __aenter__(self) -> Self:
        self.ports = (await self.start())["ports"]
        return self


class ShownDoors(Servant):
    """The doors of the page's benchmark as a child (`bench/page_devices.py`)."""

    def __init__(self, devices: int, buildings: int, moving: float, moving_shown: float) -> None:
        given = {"devices": devices, "buildings": buildings, "moving": moving, "moving-shown": moving_shown}
        super().__init__("bench.page_devices", **given)
        self.ports: Sequence[int] = ()

    async def __aenter__(self) -> Self:
        self.ports = (await self.start())["ports"]
        return self


class Onlookers(Servant):
    """Clients of the stream that only count as a child (`bench/onlookers.py`)."""

    def __init__(self, port: int, token: str, buildings: int) -> None:
        super().__init__("bench.onlookers", port=port, token=token, buildings=buildings)

    async def __aenter__(self) -> Self:
        await self.start()
        return self
