"""The shape that devices dial into: the line is our own port, and a device asks before it opens."""

from __future__ import annotations

import asyncio
import socket
from collections import defaultdict
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Self

from drivers.contract import LineLost, Link, LinkChanged, Outcome, Question, Result, Sample, Stranger
from tests.drivers.running import boottime_ns
from tests.drivers.toys.door import ANSWER_SECONDS, Door, Told, ToyConfig, messages, send

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from drivers.contract import Command, Device, Post, WantedState


class DialInConfig(ToyConfig):
    def build(self) -> DialIn:
        return DialIn(self)


class DialIn:
    def __init__(self, config: DialInConfig) -> None:
        self._config = config
        self._devices = config.described(None)
        self._levels: dict[str, WantedState] = {}
        self._told = Told()
        self._here: dict[str, asyncio.StreamWriter] = {}
        self._waiting: dict[int, asyncio.Future[bool]] = {}
        self._steps = 0

    @property
    def devices(self) -> Sequence[Device]:
        return tuple(self._devices.values())

    async def run(self, post: Post) -> None:
        self._here.clear()
        calls: set[asyncio.Task[None]] = set()

        async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            task = asyncio.current_task()
            assert task is not None
            calls.add(task)
            try:
                await self._call(post, reader, writer)
            finally:
                calls.discard(task)
                writer.transport.abort()

        try:
            server = await asyncio.start_server(answer, self._config.host, self._config.port)
        except OSError as error:
            raise LineLost(f"port {self._config.port} cannot be opened ({error.strerror})") from None
        try:
            while True:
                self._steps += 1
                await asyncio.sleep(0.05)
        finally:
            server.close()
            for call in calls:
                call.cancel()
            await asyncio.gather(*calls, return_exceptions=True)

    async def _call(self, post: Post, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        device = ""
        async for message in messages(reader):
            device = message["device"]
            if device not in self._devices:
                post.report(Stranger(device, "dialled in", boottime_ns()))
                return
            if device not in self._here:
                self._here[device] = writer
                post.report(LinkChanged(device, Link.UP, "", boottime_ns()))
                if device in self._levels:
                    send(writer, release=True)
            await self._take(post, device, message, writer)
        if self._here.get(device) is writer:
            del self._here[device]
            post.report(LinkChanged(device, Link.LOST, "hung up", boottime_ns()))

    async def _take(self, post: Post, device: str, message: dict[str, Any], writer: asyncio.StreamWriter) -> None:
        if "did" in message:
            if (waiting := self._waiting.get(message["id"])) is not None:
                waiting.set_result(message["did"])
        elif "may" in message:
            answer = await post.ask(Question(device, "may_open", {"card": message["may"]}, boottime_ns()))
            send(writer, may=answer.allowed)
        else:
            post.report(Sample(device, 0, self._told.values(device, message), None, boottime_ns()))

    async def perform(self, command: Command) -> Result:
        if command.device not in self._devices or command.name != "pulse":
            return Result(Outcome.REFUSED, why="takes no such command")
        if boottime_ns() >= command.expires_ns:
            return Result(Outcome.REFUSED, why="expired")
        if command.device not in self._here:
            return Result(Outcome.REFUSED, why="not sent: it has not dialled in")
        did: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
        self._waiting[command.id] = did
        send(self._here[command.device], pulse=command.id)
        done, _ = await asyncio.wait([did], timeout=ANSWER_SECONDS)
        del self._waiting[command.id]
        if not done:
            return Result(Outcome.UNKNOWN, why="no confirmation")
        return Result(Outcome.DONE) if did.result() else Result(Outcome.FAILED, why="no")

    def want(self, device: str, state: WantedState) -> None:
        if state.name == "fire_release" and device in self._devices:
            self._levels.pop(device, None)
            if state.level is not None:
                self._levels[device] = state
                if device in self._here:
                    send(self._here[device], release=True)

    def statistics(self) -> Mapping[str, float]:
        return {"steps": self._steps}

    def device_statistics(self) -> Mapping[str, Mapping[str, float]]:
        return {}

    async def adopt(self, config: DialInConfig) -> bool:
        if config.line != self._config.line:
            return False
        self._config, self._devices = config, config.described(None)
        return True


class DialInPeer:
    """Doors that dial in and dial again when nobody answers. The line is lost when somebody else has the port."""

    config_class = DialInConfig
    live_loss = False

    def __init__(self) -> None:
        self.doors: defaultdict[str, Door] = defaultdict(Door)
        self.connections = 0
        self.answers: list[bool] = []
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port: int = free.getsockname()[1]
        self._occupied: asyncio.Server | None = None
        self._tasks: dict[str, asyncio.Task[None]] = {}

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        for task in self._tasks.values():
            task.cancel()
        await asyncio.gather(*self._tasks.values(), return_exceptions=True)
        await self.give_back()

    async def take_away(self) -> None:
        self._occupied = await asyncio.start_server(lambda _, writer: writer.close(), "127.0.0.1", self.port)

    async def give_back(self) -> None:
        if self._occupied is not None:
            self._occupied.close()
            await self._occupied.wait_closed()
            self._occupied = None

    def power(self, device: str) -> None:
        """A door is switched on: it dials in from now on."""
        if device not in self._tasks:
            self._tasks[device] = asyncio.create_task(self._live(device), name=f"door {device}")

    async def _live(self, device: str) -> None:
        while True:
            with suppress(OSError):
                await self._dial(device)
            await asyncio.sleep(0.02)

    async def _dial(self, device: str) -> None:
        door = self.doors[device]
        while door.silent:
            await asyncio.sleep(0.005)
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        self.connections += 1
        listening = asyncio.create_task(self._listen(device, reader, writer))
        try:
            send(writer, device=device, may="h4sh")
            while not door.silent and not listening.done():
                send(writer, device=device, **door.state())
                await asyncio.sleep(0.02)
        finally:
            listening.cancel()
            writer.transport.abort()

    async def _listen(self, device: str, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        door = self.doors[device]
        async for message in messages(reader):
            if "may" in message:
                self.answers.append(message["may"])
            elif "release" in message:
                door.released = True
            elif (did := door.do(message["pulse"])) is not None:
                send(writer, device=device, id=message["pulse"], did=did)
