"""The polled shape: one question at a time, an answer or silence."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING, Any

from drivers.contract import LineLost, Link, LinkChanged, Outcome, Result, Sample
from tests.drivers.running import boottime_ns
from tests.drivers.toys.door import ANSWER_SECONDS, Told, ToyConfig, messages, send
from tests.drivers.toys.peer import TcpPeer

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from drivers.contract import Command, Device, Post, WantedState

POLL_SECONDS = 0.02
MISSES_TO_BE_LOST = 2


class BusConfig(ToyConfig):
    def build(self) -> Bus:
        return Bus(self)


class Silent(Exception):
    """No answer in time."""


class Bus:
    def __init__(self, config: BusConfig) -> None:
        self._config = config
        self._devices = config.described(POLL_SECONDS)
        self._levels: dict[str, WantedState] = {}
        self._told = Told()
        self._line = asyncio.Lock()
        self._streams: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None
        self._number = 0
        self._steps = 0

    @property
    def devices(self) -> Sequence[Device]:
        return tuple(self._devices.values())

    async def run(self, post: Post) -> None:
        try:
            self._streams = await asyncio.open_connection(self._config.host, self._config.port)
        except OSError as error:
            raise LineLost(f"the bus at port {self._config.port} cannot be reached ({error.strerror})") from None
        misses: dict[str, int] = {}
        links: dict[str, Link] = {}
        try:
            while True:
                self._steps += 1
                for device in list(self._devices):
                    link = await self._visit(post, device, misses)
                    if link is not None and links.get(device) is not link:
                        links[device] = link
                        post.report(LinkChanged(device, link, "", boottime_ns()))
                await asyncio.sleep(POLL_SECONDS)
        finally:
            self._streams[1].close()
            self._streams = None

    async def _visit(self, post: Post, device: str, misses: dict[str, int]) -> Link | None:
        try:
            if device in self._levels:
                await self._ask(device, release=True)
            state = await self._ask(device)
        except Silent:
            misses[device] = misses.get(device, 0) + 1
            return Link.LOST if misses[device] >= MISSES_TO_BE_LOST else None
        misses[device] = 0
        if device in self._devices:
            post.report(Sample(device, 0, self._told.values(device, state), None, boottime_ns()))
        return Link.UP

    async def _ask(self, device: str, **more: Any) -> dict[str, Any]:
        async with self._line:
            if self._streams is None:
                raise LineLost("the bus is not connected")
            reader, writer = self._streams
            self._number += 1
            send(writer, number=self._number, device=device, **more)
            try:
                async with asyncio.timeout(ANSWER_SECONDS):
                    while line := await reader.readline():
                        answer: dict[str, Any] = json.loads(line)
                        if answer["number"] == self._number:
                            return answer
            except TimeoutError:
                raise Silent from None
            except OSError as error:
                raise LineLost(f"the bus broke the connection ({error})") from None
            raise LineLost("the bus closed the connection")

    async def perform(self, command: Command) -> Result:
        if command.device not in self._devices or command.name != "pulse":
            return Result(Outcome.REFUSED, why="takes no such command")
        if boottime_ns() >= command.expires_ns:
            return Result(Outcome.REFUSED, why="expired")
        try:
            answer = await self._ask(command.device, pulse=command.id)
        except (Silent, LineLost) as error:
            return Result(Outcome.UNKNOWN, why=str(error) or "no answer")
        return Result(Outcome.DONE, {"open": answer["open"]}) if answer["did"] else Result(Outcome.FAILED, why="no")

    def want(self, device: str, state: WantedState) -> None:
        if state.name == "fire_release" and device in self._devices:
            self._levels.pop(device, None)
            if state.level is not None:
                self._levels[device] = state

    def statistics(self) -> Mapping[str, float]:
        return {"steps": self._steps}

    def device_statistics(self) -> Mapping[str, Mapping[str, float]]:
        return {}

    async def adopt(self, config: BusConfig) -> bool:
        if config.line != self._config.line:
            return False
        self._config, self._devices = config, config.described(POLL_SECONDS)
        return True


class BusPeer(TcpPeer):
    config_class = BusConfig

    async def talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        async for asked in messages(reader):
            door = self.doors[asked["device"]]
            if door.silent:
                continue
            did: bool | None = True
            if "pulse" in asked:
                did = door.do(asked["pulse"])
            if "release" in asked:
                door.released = True
            if did is not None:
                send(writer, number=asked["number"], did=did, **door.state())
