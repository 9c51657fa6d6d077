"""The pushed shape: a broker keeps what was not acknowledged, and is acknowledged only after it is on disk."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from drivers.contract import DeviceEvent, Kept, LineLost, Link, LinkChanged, Outcome, Result, Sample
from tests.drivers.running import boottime_ns
from tests.drivers.toys.door import ANSWER_SECONDS, Told, ToyConfig, messages, send
from tests.drivers.toys.peer import TcpPeer

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from drivers.contract import Command, Device, Post, WantedState


class BrokerConfig(ToyConfig):
    def build(self) -> BrokerClient:
        return BrokerClient(self)


class BrokerClient:
    def __init__(self, config: BrokerConfig) -> None:
        self._config = config
        self._devices = config.described(None)
        self._levels: dict[str, WantedState] = {}
        self._told = Told()
        self._writer: asyncio.StreamWriter | None = None
        self._waiting: dict[int, asyncio.Future[bool]] = {}
        self._links: dict[str, Link] = {}
        self._steps = 0

    @property
    def devices(self) -> Sequence[Device]:
        return tuple(self._devices.values())

    async def run(self, post: Post) -> None:
        try:
            reader, self._writer = await asyncio.open_connection(self._config.host, self._config.port)
        except OSError as error:
            raise LineLost(f"the broker at port {self._config.port} cannot be reached ({error.strerror})") from None
        self._links.clear()
        try:
            send(self._writer, seen={device: post.cursor(device) or 0 for device in self._devices})
            for device in self._levels:
                send(self._writer, device=device, release=True)
            async for message in messages(reader):
                self._steps += 1
                await self._take(post, message)
            raise LineLost("the broker closed the connection")
        finally:
            self._writer.close()
            self._writer = None
            for waiting in self._waiting.values():
                waiting.cancel()

    async def _take(self, post: Post, message: dict[str, Any]) -> None:
        device = message["device"]
        if device not in self._devices:
            return
        if "did" in message:
            if (waiting := self._waiting.get(message["id"])) is not None and not waiting.done():
                waiting.set_result(message["did"])
            return
        link = Link.UP if message["here"] else Link.LOST
        if self._links.get(device) is not link:
            self._links[device] = link
            post.report(LinkChanged(device, link, "", boottime_ns()))
        if link is Link.LOST:
            return
        sample = Sample(device, 0, self._told.values(device, message), None, boottime_ns())
        post.report(sample)
        if "sequence" in message:
            sequence = message["sequence"]
            kept: list[Kept] = [DeviceEvent(device, "1", sequence, "rang", {}, sample.received_ns), sample]
            await post.keep(kept, {device: sequence})
            assert self._writer is not None
            send(self._writer, ack=sequence, device=device)

    async def perform(self, command: Command) -> Result:
        if command.device not in self._devices or command.name != "pulse":
            return Result(Outcome.REFUSED, why="takes no such command")
        if boottime_ns() >= command.expires_ns:
            return Result(Outcome.REFUSED, why="expired")
        if self._writer is None:
            return Result(Outcome.REFUSED, why="not sent: the broker is not connected")
        did: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
        self._waiting[command.id] = did
        send(self._writer, device=command.device, pulse=command.id)
        done, _ = await asyncio.wait([did], timeout=ANSWER_SECONDS)
        del self._waiting[command.id]
        if not done or did.cancelled():
            return Result(Outcome.UNKNOWN, why="no confirmation")
        return Result(Outcome.DONE) if did.result() else Result(Outcome.FAILED, why="no")

    def want(self, device: str, state: WantedState) -> None:
        if state.name == "fire_release" and device in self._devices:
            self._levels.pop(device, None)
            if state.level is not None:
                self._levels[device] = state
                if self._writer is not None:
                    send(self._writer, device=device, release=True)

    def statistics(self) -> Mapping[str, float]:
        return {"steps": self._steps}

    def device_statistics(self) -> Mapping[str, Mapping[str, float]]:
        return {}

    async def adopt(self, config: BrokerConfig) -> bool:
        if config.line != self._config.line:
            return False
        added = config.devices
        self._config, self._devices = config, config.described(None)
        if self._writer is not None:
            send(self._writer, seen=dict.fromkeys(added, 0))
        return True


class BrokerPeer(TcpPeer):
    """Publishes every door every 20 ms, and every ring until it is acknowledged. `asked_from` is what clients said."""

    config_class = BrokerConfig

    def __init__(self) -> None:
        super().__init__()
        self.asked_from: list[dict[str, int]] = []
        self.acknowledged: list[int] = []
        self.owed: dict[str, list[int]] = {}

    def ring(self, device: str, sequence: int) -> None:
        self.owed.setdefault(device, []).append(sequence)

    async def talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        subscribed: set[str] = set()
        sent: set[tuple[str, int]] = set()
        async with asyncio.TaskGroup() as tasks:
            publishing = tasks.create_task(self._publish(writer, subscribed, sent))
            async for message in messages(reader):
                if "seen" in message:
                    self.asked_from.append(message["seen"])
                    subscribed.update(message["seen"])
                elif "ack" in message:
                    self.acknowledged.append(message["ack"])
                    self.owed[message["device"]].remove(message["ack"])
                elif "release" in message:
                    self.doors[message["device"]].released = True
                elif (did := self.doors[message["device"]].do(message["pulse"])) is not None:
                    send(writer, device=message["device"], id=message["pulse"], did=did)
            publishing.cancel()

    async def _publish(self, writer: asyncio.StreamWriter, subscribed: set[str], sent: set[tuple[str, int]]) -> None:
        while True:
            for device in subscribed:
                door = self.doors[device]
                send(writer, device=device, here=not door.silent, **door.state())
                for sequence in self.owed.get(device, []):
                    if (device, sequence) not in sent:
                        sent.add((device, sequence))
                        send(writer, device=device, here=True, sequence=sequence, **door.state())
            await asyncio.sleep(0.02)
