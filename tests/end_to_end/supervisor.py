"""systemd's part, played for tests: reads a service file and treats a child as systemd.service(5) says it is treated.

Played: Type=notify, NotifyAccess, Restart, RestartSec, StartLimitIntervalSec and StartLimitBurst, WatchdogSec (from READY=1
on, fed by WATCHDOG=1, ended by SIGABRT and SIGCONT), TimeoutAbortSec.
"""

from __future__ import annotations

import asyncio
import os
import re
import signal
import socket
import struct
from collections import deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from asyncio.subprocess import Process
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path
    from types import TracebackType

_SPANS = {"": 1.0, "s": 1.0, "ms": 0.001, "min": 60.0, "h": 3600.0}
_CREDENTIALS = struct.Struct("3i")  # pid, uid, gid: unix(7), SCM_CREDENTIALS


def read_unit(text: str) -> dict[str, list[str]]:
    """The settings of a unit file by name; an empty assignment forgets what stood before it, as systemd.syntax(7) says."""
    settings: dict[str, list[str]] = {}
    for line in text.splitlines():
        if line.strip() and not line.startswith(("#", ";", "[")):
            name, _, value = line.partition("=")
            settings[name] = [*settings.get(name, []), value] if value else []
    return settings


def seconds(span: str) -> float:
    """A time span such as 30, 500ms or 15min (systemd.time(7))."""
    parts = re.fullmatch(r"(\d+)\s*(s|ms|min|h|)", span)
    if parts is None:
        raise ValueError(f"not a time span: {span}")
    return int(parts[1]) * _SPANS[parts[2]]


@dataclass(frozen=True, slots=True)
class Rules:
    """What a service file says about keeping its process alive. `watchdog_seconds` 0 means nobody watches."""

    notify_access: str
    restart: str
    restart_seconds: float
    start_limit_interval_seconds: float
    start_limit_burst: int
    watchdog_seconds: float
    timeout_abort_seconds: float

    @classmethod
    def of(cls, settings: Mapping[str, Sequence[str]]) -> Self:
        """Read the settings; what is left out is as systemd has it."""

        def said(name: str, otherwise: str) -> str:
            return (settings.get(name) or [otherwise])[-1]

        return cls(
            notify_access=said("NotifyAccess", "main"),
            restart=said("Restart", "no"),
            restart_seconds=seconds(said("RestartSec", "100ms")),
            start_limit_interval_seconds=seconds(said("StartLimitIntervalSec", "10s")),
            start_limit_burst=int(said("StartLimitBurst", "5")),
            watchdog_seconds=seconds(said("WatchdogSec", "0")),
            timeout_abort_seconds=seconds(said("TimeoutAbortSec", "90s")),
        )


@dataclass(slots=True)
class Life:
    """One start of the process: what it said, and how it ended (`Process.returncode`; None while it lives)."""

    pid: int
    ready: bool = False
    said: list[str] = field(default_factory=list)
    watchdog_expired: bool = False
    returncode: int | None = None


class Supervisor:
    """Keeps one command alive by the rules until left."""

    def __init__(self, rules: Rules, command: Sequence[str], folder: Path, environment: Mapping[str, str]) -> None:
        self.rules = rules
        self.lives: list[Life] = []
        self.gave_up = False
        """The start limit was hit: the unit is "failed", and only a person starts it again."""
        self._command = command
        self._address = folder / "notify"
        self._environment = environment
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._changed = asyncio.Event()
        self._leaving = False
        self._process: Process | None = None
        self._expiry: asyncio.TimerHandle | None = None
        self._task: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_PASSCRED, 1)
        self._socket.setblocking(False)
        self._socket.bind(str(self._address))
        asyncio.get_running_loop().add_reader(self._socket, self._read)
        self._task = asyncio.create_task(self._keep_alive(), name="supervisor")
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._leaving = True
        if self._process is not None and self._process.returncode is None:
            self._process.kill()
        if self._task is not None:
            await self._task
        asyncio.get_running_loop().remove_reader(self._socket)
        self._socket.close()

    @property
    def life(self) -> Life:
        """The present life, or the last."""
        return self.lives[-1]

    async def until(self, condition: Callable[[], bool], limit_seconds: float) -> None:
        """Wait for something that a start, an end or a word of the process brings about. Raises TimeoutError."""
        async with asyncio.timeout(limit_seconds):
            while not condition():
                self._changed.clear()
                await self._changed.wait()

    async def until_ready(self, lives: int, limit_seconds: float = 40) -> Life:
        """Wait until the process is ready in its `lives`-th life (from 1)."""
        await self.until(lambda: len(self.lives) >= lives and self.lives[lives - 1].ready, limit_seconds)
        return self.lives[lives - 1]

    async def _keep_alive(self) -> None:
        loop = asyncio.get_running_loop()
        starts: deque[float] = deque(maxlen=self.rules.start_limit_burst)
        while not self._leaving:
            now, interval = loop.time(), self.rules.start_limit_interval_seconds
            if interval and len(starts) == starts.maxlen and now - starts[0] < interval:
                self.gave_up = True
                self._changed.set()
                return
            starts.append(now)
            returncode = await self._live()
            if not (self.rules.restart == "always" or (self.rules.restart == "on-failure" and returncode)):
                return
            await asyncio.sleep(0 if self._leaving else self.rules.restart_seconds)

    async def _live(self) -> int:
        watchdog = (
            {"WATCHDOG_USEC": str(round(self.rules.watchdog_seconds * 1e6))} if self.rules.watchdog_seconds else {}
        )
        self._process = await asyncio.create_subprocess_exec(
            *self._command, env={**self._environment, **watchdog, "NOTIFY_SOCKET": str(self._address)}
        )
        if self._leaving:
            self._process.kill()
        life = Life(self._process.pid)
        self.lives.append(life)
        self._changed.set()
        life.returncode = await self._process.wait()
        self._stop_watching()
        self._changed.set()
        return life.returncode

    def _read(self) -> None:
        while True:
            try:
                data, ancillary, _, _ = self._socket.recvmsg(4096, socket.CMSG_SPACE(_CREDENTIALS.size))
            except BlockingIOError:
                return
            sender = next(_CREDENTIALS.unpack(d)[0] for _, kind, d in ancillary if kind == socket.SCM_CREDENTIALS)
            life = self.lives[-1] if self.lives else None
            if life is None or (self.rules.notify_access == "main" and sender != life.pid):
                continue
            for line in data.decode().splitlines():
                self._take(life, line)
            self._changed.set()

    def _take(self, life: Life, line: str) -> None:
        life.said.append(line)
        if line == "READY=1":
            life.ready = True
        if line in ("READY=1", "WATCHDOG=1") and life.ready and self.rules.watchdog_seconds:
            self._stop_watching()
            self._expiry = asyncio.get_running_loop().call_later(self.rules.watchdog_seconds, self._expire, life)

    def _stop_watching(self) -> None:
        if self._expiry is not None:
            self._expiry.cancel()

    def _expire(self, life: Life) -> None:
        life.watchdog_expired = True
        os.kill(life.pid, signal.SIGABRT)
        os.kill(life.pid, signal.SIGCONT)
        loop = asyncio.get_running_loop()
        self._expiry = loop.call_later(self.rules.timeout_abort_seconds, os.kill, life.pid, signal.SIGKILL)
