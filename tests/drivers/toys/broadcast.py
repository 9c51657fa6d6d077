"""The broadcast shape: a radio receiver passes on what it hears, also from strangers. Nothing can be asked or told."""

from __future__ import annotations

import asyncio
import json
from collections import defaultdict
from typing import TYPE_CHECKING, Any, Self

from drivers.contract import LineLost, Link, LinkChanged, Outcome, Result, Sample, Stranger
from tests.drivers.running import boottime_ns
from tests.drivers.toys.door import Door, Told, ToyConfig

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from drivers.contract import Command, Device, Post, WantedState

RECEIVER_SILENT_SECONDS = 0.4
DEVICE_SILENT_SECONDS = 0.2
LOOK_SECONDS = 0.02


class BroadcastConfig(ToyConfig):
    def build(self) -> Receiver:
        return Receiver(self)


class Receiver:
    def __init__(self, config: BroadcastConfig) -> None:
        self._config = config
        self._devices = config.described(None, works=False)
        self._told = Told()
        self._steps = 0

    @property
    def devices(self) -> Sequence[Device]:
        return tuple(self._devices.values())

    async def run(self, post: Post) -> None:
        loop = asyncio.get_running_loop()
        ear = _Ear(self, post)
        transport, _ = await loop.create_datagram_endpoint(
            lambda: ear, remote_addr=(self._config.host, self._config.port)
        )
        try:
            ear.alive = loop.time()
            while loop.time() - ear.alive < RECEIVER_SILENT_SECONDS:
                self._steps += 1
                transport.sendto(b"join")
                for device, heard in list(ear.heard.items()):
                    if loop.time() - heard > DEVICE_SILENT_SECONDS:
                        del ear.heard[device]
                        post.report(LinkChanged(device, Link.LOST, "not heard", boottime_ns()))
                await asyncio.sleep(LOOK_SECONDS)
            raise LineLost(f"the receiver at port {self._config.port} is silent")
        finally:
            transport.abort()

    def take(self, ear: _Ear, post: Post, message: dict[str, Any]) -> None:
        device, counter = message["device"], message["counter"]
        if device not in self._devices:
            post.report(Stranger(device, "advertises a door", boottime_ns()))
            return
        if counter <= (post.cursor(device) or 0):
            return  # a replay
        post.note(device, counter)
        if device not in ear.heard:
            post.report(LinkChanged(device, Link.UP, "", boottime_ns()))
        ear.heard[device] = ear.alive
        post.report(Sample(device, 0, self._told.values(device, message), None, boottime_ns()))

    async def perform(self, command: Command) -> Result:
        return Result(Outcome.REFUSED, why=f"{command.device} only sends")

    def want(self, device: str, state: WantedState) -> None:
        """Nothing can be wanted of a device that only sends."""

    def statistics(self) -> Mapping[str, float]:
        return {"steps": self._steps}

    def device_statistics(self) -> Mapping[str, Mapping[str, float]]:
        return {}

    async def adopt(self, config: BroadcastConfig) -> bool:
        if config.line != self._config.line:
            return False
        self._config, self._devices = config, config.described(None, works=False)
        return True


class _Ear(asyncio.DatagramProtocol):
    def __init__(self, receiver: Receiver, post: Post) -> None:
        self.alive = 0.0
        self.heard: dict[str, float] = {}
        self._receiver = receiver
        self._post = post

    def datagram_received(self, data: bytes, _addr: tuple[str | Any, int]) -> None:
        self.alive = asyncio.get_running_loop().time()
        if data != b"alive":
            self._receiver.take(self, self._post, json.loads(data))


class BroadcastPeer(asyncio.DatagramProtocol):
    """A radio receiver: passes adverts to whoever joined last."""

    config_class = BroadcastConfig
    live_loss = True

    def __init__(self) -> None:
        self.doors: defaultdict[str, Door] = defaultdict(Door)
        self.port = 0
        self.connections = 1
        self.counter = 0
        self._joined: Any = None
        self._transport: asyncio.DatagramTransport | None = None
        self._task: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        await self.give_back()
        self._task = asyncio.create_task(self._shout(), name="radio")
        return self

    async def __aexit__(self, *_: object) -> None:
        assert self._task is not None
        self._task.cancel()
        await asyncio.gather(self._task, return_exceptions=True)
        await self.take_away()

    async def give_back(self) -> None:
        transport, _ = await asyncio.get_running_loop().create_datagram_endpoint(
            lambda: self, local_addr=("127.0.0.1", self.port)
        )
        self._transport = transport
        self.port = transport.get_extra_info("sockname")[1]

    async def take_away(self) -> None:
        if self._transport is not None:
            self._transport.abort()
            self._transport, self._joined = None, None
            await asyncio.sleep(0)

    def datagram_received(self, _data: bytes, addr: tuple[str | Any, int]) -> None:
        self._joined = addr

    def advertise(self, device: str, counter: int) -> None:
        self._send(json.dumps({"device": device, "counter": counter, **self.doors[device].state()}).encode())

    def _send(self, data: bytes) -> None:
        if self._joined is not None and self._transport is not None:
            self._transport.sendto(data, self._joined)

    async def _shout(self) -> None:
        while True:
            self._send(b"alive")
            for device, door in list(self.doors.items()):
                if not door.silent:
                    self.counter += 1
                    self.advertise(device, self.counter)
            await asyncio.sleep(0.02)
