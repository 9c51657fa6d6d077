"""A parcel locker of the simulator in real time, and whoever stands before it: couriers and code-holders."""

from __future__ import annotations

import asyncio
import time
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

from simulator.agenda import Agenda
from simulator.cabinet import Cabinet
from simulator.mqtt_device import BrokerAddress, MqttDevice
from tests.end_to_end.living import LIMIT_SECONDS

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping

LOCKER = "b1-locker"
TOPIC = f"v1/c1/b1/locker/{LOCKER}"
_TURN_SECONDS = 0.01
_NOT_NOW = frozenset({"too_soon", "busy"})


class Terminal:
    """The cabinet with its terminal."""

    def __init__(self) -> None:
        self.agenda = Agenda()
        self.cabinet = Cabinet(LOCKER, 6, self.agenda, time.time())
        self.device = MqttDevice(LOCKER, TOPIC, self.cabinet, time.time)
        self.codes: list[str] = []
        """All that it has given out."""
        self._answers: dict[str, Mapping[str, Any]] = {}
        self.cabinet.fit(self.device, self._answered)

    def open(self) -> set[str]:
        """The compartments that stand open."""
        return {part for part, one in self.cabinet.compartments.items() if one.open}

    async def ask(self, **question: str) -> Mapping[str, Any]:
        """Type something; returns the answer. Whoever is told to wait a moment types it again."""
        async with asyncio.timeout(LIMIT_SECONDS):
            while True:
                answer = await self._once(question)
                if answer["why"] not in _NOT_NOW:
                    return answer
                await asyncio.sleep(0.1)

    async def deliver(self, order: str) -> tuple[str, str]:
        """A courier lays a parcel down; returns the compartment and the code that opens it."""
        part = str((await self.ask(ask="deliver", size="s", order=order))["c"])
        await self.until_open(part)
        self.cabinet.put(part, time.time())
        self.cabinet.close(part, time.time())
        self.codes.append(self.cabinet.compartments[part].code)
        return part, self.codes[-1]

    def empty(self, part: str) -> None:
        """Take what lies in an open compartment, and close it."""
        self.cabinet.take(part, time.time())
        self.cabinet.close(part, time.time())

    async def until_open(self, part: str) -> None:
        """Wait until a door stands open."""
        async with asyncio.timeout(LIMIT_SECONDS):
            while part not in self.open():
                await asyncio.sleep(_TURN_SECONDS)

    async def _once(self, question: Mapping[str, str]) -> Mapping[str, Any]:
        while not (name := self.cabinet.ask(question, time.time())):  # the terminal shows that the network is away
            await asyncio.sleep(_TURN_SECONDS)
        while name not in self._answers:
            await asyncio.sleep(_TURN_SECONDS)
        return self._answers.pop(name)

    def _answered(self, question: str, answer: Mapping[str, Any], _now: float) -> None:
        self._answers[question] = answer

    async def run(self, port: int) -> None:
        """Live at the broker until cancelled."""
        async with asyncio.TaskGroup() as lives:
            lives.create_task(self.device.run(BrokerAddress("127.0.0.1", port)))
            while True:
                self.agenda.advance(time.time())
                await asyncio.sleep(_TURN_SECONDS)


@asynccontextmanager
async def switched_on(terminal: Terminal, port: int) -> AsyncIterator[None]:
    """Let it live at a broker."""
    task = asyncio.create_task(terminal.run(port), name="terminal")
    try:
        yield
    finally:
        task.cancel()
        await asyncio.wait([task])
        if not task.cancelled():
            task.result()
