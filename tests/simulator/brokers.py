"""Both brokers that the simulator may meet, and an ear that hears what is said there."""

from __future__ import annotations

import asyncio
import json
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import aiomqtt

from simulator.broker import OWN, broker_at
from tests.servers.mosquitto import Mosquitto

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable
    from pathlib import Path

    from simulator.mqtt_device import BrokerAddress

LIMIT_SECONDS = 10.0
HOST = "127.0.0.1"


@asynccontextmanager
async def broker_called(name: str, folder: Path) -> AsyncIterator[BrokerAddress]:
    """amqtt, which the simulator brings, or mosquitto."""
    if name == "amqtt":
        async with broker_at(OWN, HOST) as own:
            yield await own()
        return
    async with Mosquitto(folder) as real, broker_at(f"{HOST}:{real.port}", HOST) as found:
        yield await found()


@dataclass
class Ear:
    """What was said, in order: topic, payload, retained."""

    client: aiomqtt.Client
    heard: list[tuple[str, bytes, bool]] = field(default_factory=list)

    def bodies(self, stream: str) -> list[dict[str, Any]]:
        """The envelopes of a stream, those that are JSON."""
        return [json.loads(said) for topic, said, _ in self.heard if topic.endswith(f"/{stream}")]

    async def listen(self) -> None:
        async for message in self.client.messages:
            assert isinstance(message.payload, bytes)
            self.heard.append((str(message.topic), message.payload, bool(message.retain)))

    async def say(self, topic: str, body: object, *, retain: bool = False) -> None:
        await self.client.publish(topic, json.dumps(body), qos=1, retain=retain)


@asynccontextmanager
async def ear_at(broker: BrokerAddress, topic: str = "v1/#", name: str = "ear") -> AsyncIterator[Ear]:
    """Listen to a broker."""
    client = aiomqtt.Client(
        broker.host,
        broker.port,
        username=broker.username or None,
        password=broker.password or None,
        identifier=name,
        protocol=aiomqtt.ProtocolVersion.V311,
        clean_session=True,
        timeout=LIMIT_SECONDS,
    )
    async with client:
        ear = Ear(client)
        await client.subscribe(topic, qos=1)
        listening = asyncio.create_task(ear.listen(), name=name)
        try:
            yield ear
        finally:
            listening.cancel()
            await asyncio.wait([listening])


async def until(true: Callable[[], object]) -> None:
    """Wait until something is so."""
    async with asyncio.timeout(LIMIT_SECONDS):
        while not true():
            await asyncio.sleep(0.01)
