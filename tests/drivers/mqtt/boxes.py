"""Parcel lockers of two compartments that speak to a broker, worked like puppets. They share one connection."""

from __future__ import annotations

import asyncio
import json
import socket
import time
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import aiomqtt

from drivers.mqtt.config import MqttLineConfig

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

PROFILES = Path(__file__).with_name("profiles")
KEY = "00" * 32
EVERY_SECONDS = 0.02


def said(seq: int, data: Any, *, boot: int = 1, at_utc: float | None = None, quality: str = "ok") -> bytes:
    """A message in its envelope, as of now."""
    ts = time.time() if at_utc is None else at_utc
    return json.dumps({"v": 1, "id": f"m{seq}", "boot": boot, "seq": seq, "ts": ts, "q": quality, "d": data}).encode()


def topic(device: str, stream: str) -> str:
    """Where a device speaks or listens."""
    return f"v1/c1/b1/locker/{device}/{stream}"


def line(port: int, *devices: str, product: str = "test-boxes-2", **more: Any) -> MqttLineConfig:
    """A line to a broker on loopback with lockers on it."""
    written = [{"id": device, "product": product, "topic": topic(device, "")[:-1]} for device in devices]
    settings = {"id": "line", "driver": "mqtt", "host": "127.0.0.1", "port": port, "credential_key": KEY}
    return MqttLineConfig.model_validate({**settings, "devices": written, "profile_folders": [PROFILES], **more})


@dataclass(slots=True)
class Box:
    """One locker."""

    id: str
    mood: str = "obey"
    silent: bool = False
    open: bool = False
    seq: int = 0
    boot: int = 1
    executed: list[dict[str, Any]] = field(default_factory=list)

    def next(self, data: Any, **more: Any) -> bytes:
        """Its next message."""
        self.seq += 1
        return said(self.seq, data, boot=self.boot, **more)

    def state(self) -> bytes:
        """How it stands."""
        return self.next({"temp": 21.5, "c": {"c01": [self.open], "c02": [False]}})


class Boxes:
    """Lockers behind one connection that comes back by itself. Each says its state every 20 ms while it is not silent."""

    def __init__(self, port: int, *devices: str) -> None:
        self.port = port
        self.boxes = {device: Box(device) for device in devices}
        self.up = asyncio.Event()
        self._said_silent: dict[str, bool] = {}

    async def run(self) -> None:
        """Until cancelled."""
        while not _cancelled():
            try:
                async with aiomqtt.Client("127.0.0.1", self.port, timeout=2) as client:
                    self._said_silent.clear()
                    await client.subscribe("v1/c1/b1/locker/+/cmd", qos=1)
                    async with asyncio.TaskGroup() as tasks:
                        obeying = tasks.create_task(self._obey(client))
                        try:
                            while not _cancelled():
                                await self._speak(client)
                                await asyncio.sleep(EVERY_SECONDS)
                                self.up.set()
                        finally:
                            obeying.cancel()
            except* aiomqtt.MqttError:
                await asyncio.sleep(0.02)

    async def _speak(self, client: aiomqtt.Client) -> None:
        for box in self.boxes.values():
            if self._said_silent.get(box.id) is not box.silent:
                self._said_silent[box.id] = box.silent
                await client.publish(topic(box.id, "lwt"), b"offline" if box.silent else b"online", 1, retain=True)
            if not box.silent:
                await client.publish(topic(box.id, "state"), box.state(), 1)

    async def _obey(self, client: aiomqtt.Client) -> None:
        async for message in client.messages:
            box = self.boxes[str(message.topic).split("/")[4]]
            order = json.loads(bytes(message.payload))
            box.executed.append(order)
            if box.mood == "mute":
                continue
            box.open = box.open or (box.mood == "obey" and order["cmd"] == "open")
            ack = {"re": order["n"], "ok": box.mood != "refuse", "why": "jammed" if box.mood == "refuse" else ""}
            await client.publish(topic(box.id, "ack"), box.next(ack), 1)


def _cancelled() -> bool:
    """aiomqtt waits by `asyncio.wait_for`, which in Python 3.11 swallows a cancellation that comes with the answer."""
    task = asyncio.current_task()
    return task is not None and task.cancelling() > 0


@asynccontextmanager
async def speaking(port: int, *devices: str) -> AsyncIterator[Boxes]:
    """Lockers that speak while the block runs."""
    boxes = Boxes(port, *devices)
    task = asyncio.create_task(boxes.run(), name="boxes")
    try:
        await boxes.up.wait()
        yield boxes
    finally:
        task.cancel()
        await asyncio.wait([task])


@asynccontextmanager
async def hand(port: int, **more: Any) -> AsyncIterator[aiomqtt.Client]:
    """A client by which a test says what it likes."""
    at_once = [(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)]
    async with aiomqtt.Client("127.0.0.1", port, timeout=5, socket_options=at_once, **more) as client:
        yield client


async def burst(client: aiomqtt.Client, on: str, *payloads: bytes) -> None:
    """Publish all of them at QoS 1 without waiting for each; the broker has them when this returns."""
    *first, last = payloads
    for payload in first:
        client._client.publish(on, payload, 1)
    await client.publish(on, last, 1)
