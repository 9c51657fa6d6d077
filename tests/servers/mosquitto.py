"""Eclipse Mosquitto, a real broker, and a listener with a session of its own that misses nothing while it is up."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import signal
import socket
from asyncio.subprocess import DEVNULL
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Self

import aiomqtt
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties

from bench.children import end
from bench.gateway import free_port
from tests.servers.child import ServerMissing

if TYPE_CHECKING:
    from asyncio.subprocess import Process
    from collections.abc import AsyncIterator, Mapping
    from pathlib import Path
    from types import TracebackType

START_SECONDS = 10.0
SBIN = "/usr/sbin"
"""Where Debian puts it, outside of most people's PATH."""


class Mosquitto:
    """A broker on a free loopback port that keeps its sessions on disk. `settings` are more lines of its configuration."""

    def __init__(self, folder: Path, settings: str = "allow_anonymous true") -> None:
        self.folder = folder
        self.port = free_port()
        self.settings = settings
        self._process: Process | None = None

    @property
    def pid(self) -> int:
        """The running process."""
        assert self._process is not None, "mosquitto was not started"
        return self._process.pid

    async def __aenter__(self) -> Self:
        (self.folder / "kept").mkdir(parents=True, exist_ok=True)
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
            with suppress(ProcessLookupError):
                self.thaw()
            await end(self._process)

    async def start(self) -> None:
        """Start it and wait until it listens: the first time, or again with the same port and data."""
        program = shutil.which("mosquitto", path=f"{os.environ.get('PATH', '')}:{SBIN}")
        if program is None:
            raise ServerMissing("mosquitto is not installed: apt-get install mosquitto")
        config = self.folder / "mosquitto.conf"
        config.write_text(
            f"listener {self.port} 127.0.0.1\nuser root\nset_tcp_nodelay true\n"
            f"persistence true\npersistence_location {self.folder}/kept/\n"
            f"max_queued_messages 0\nmax_inflight_messages 0\n"
            f"log_dest file {self.folder}/log\nlog_type error\nlog_type warning\n{self.settings}\n",
            "utf-8",
        )
        self._process = await asyncio.create_subprocess_exec(
            program, "-c", str(config), stdin=DEVNULL, stdout=DEVNULL, stderr=DEVNULL
        )
        async with asyncio.timeout(START_SECONDS):
            while not _listens(self.port):
                assert self._process.returncode is None, (self.folder / "log").read_text("utf-8", "replace")
                await asyncio.sleep(0.01)

    async def stop(self) -> None:
        """SIGTERM: sessions and what waits for them go to disk."""
        if self._process is not None:
            self._process.terminate()
            await self._process.wait()

    async def kill(self) -> None:
        """SIGKILL: what was not written is lost."""
        if self._process is not None:
            self._process.kill()
            await self._process.wait()

    def reload(self) -> None:
        """SIGHUP: password and access files are read again."""
        os.kill(self.pid, signal.SIGHUP)

    def freeze(self) -> None:
        """SIGSTOP: connections stay, nobody answers."""
        os.kill(self.pid, signal.SIGSTOP)

    def thaw(self) -> None:
        """Go on."""
        os.kill(self.pid, signal.SIGCONT)


@dataclass(frozen=True, slots=True)
class Heard:
    """A message as it came."""

    topic: str
    payload: bytes
    retained: bool
    at: float
    """By the loop's clock."""

    @property
    def body(self) -> Any:
        """The JSON in it. Raises ValueError for what RFC 8259 does not know, such as NaN."""
        return json.loads(self.payload, parse_constant=_refuse)


class Listener:
    """A subscriber whose session outlives its connection and the broker's stop. It comes back by itself."""

    def __init__(self, port: int, topic: str = "#", **login: str) -> None:
        self.heard: list[Heard] = []
        self._port = port
        self._topic = topic
        self._login = login
        self._up = asyncio.Event()

    def on(self, part: str) -> list[Heard]:
        """What came on topics that have this in them."""
        return [heard for heard in self.heard if part in heard.topic]

    async def run(self) -> None:
        """Listen until cancelled."""
        loop = asyncio.get_running_loop()
        kept = Properties(PacketTypes.CONNECT)  # type: ignore[no-untyped-call]
        kept.SessionExpiryInterval = 3600
        while True:
            client = aiomqtt.Client(
                "127.0.0.1",
                self._port,
                identifier="listener",
                protocol=aiomqtt.ProtocolVersion.V5,
                clean_start=False,
                properties=kept,
                timeout=3,
                **self._login,  # type: ignore[arg-type]  # user name and password
            )
            try:
                async with client:
                    await client.subscribe(self._topic, qos=1)
                    self._up.set()
                    async for message in client.messages:
                        payload = bytes(message.payload)
                        self.heard.append(Heard(str(message.topic), payload, bool(message.retain), loop.time()))
            except aiomqtt.MqttError:
                await asyncio.sleep(0.02)

    async def up(self) -> None:
        """Wait until it listens."""
        async with asyncio.timeout(START_SECONDS):
            await self._up.wait()


@asynccontextmanager
async def listening(port: int, topic: str = "#", **login: str) -> AsyncIterator[Listener]:
    """Listen to a broker."""
    listener = Listener(port, topic, **login)
    task = asyncio.create_task(listener.run(), name="listener")
    try:
        await listener.up()
        yield listener
    finally:
        task.cancel()
        await asyncio.wait([task])


def _listens(port: int) -> bool:
    with socket.socket() as probe:
        probe.settimeout(1)
        return probe.connect_ex(("127.0.0.1", port)) == 0


def _refuse(constant: str) -> Mapping[str, Any]:
    raise ValueError(f"{constant} is no JSON")
