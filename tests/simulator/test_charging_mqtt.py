"""A shed on a real broker."""

from __future__ import annotations

import asyncio
import time
from contextlib import asynccontextmanager
from random import Random
from typing import TYPE_CHECKING

from simulator import ebike_pile
from simulator.agenda import Agenda
from simulator.ebike_pile import EbikePile
from simulator.mqtt_device import MqttDevice
from tests.simulator.brokers import Ear, broker_called, ear_at, until
from tests.simulator.sheds import LEAD

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable
    from pathlib import Path

    import pytest

TOPIC = "v1/demo/b1/charger/shed1-pile"


class Shed:
    def __init__(self, ear: Ear) -> None:
        self.ear = ear
        self.agenda = Agenda()
        self.pile = EbikePile("shed1-pile", Random(1), self.agenda, time.time(), sturdy=False)
        self.device = self.pile.telling.network = MqttDevice("shed1-pile", TOPIC, self.pile, time.time)

    async def until(self, true: Callable[[], object]) -> None:
        def passes() -> object:
            self.agenda.advance(time.time())
            return true()

        await until(passes)

    def events(self) -> list[str]:
        return [body["d"]["e"] + "/" + body["d"].get("why", "") for body in self.ear.bodies("event")]

    async def charge(self) -> None:
        """Somebody charges at port 1, let in over the broker."""
        self.pile.plug("p01", LEAD, "04A1B2C3", time.time(), scan_after=0.05)
        await self.until(lambda: self.ear.bodies("ask"))
        await self.ear.say(f"{TOPIC}/answer", {"re": self.ear.bodies("ask")[-1]["id"], "ok": True, "why": ""})
        await self.until(lambda: self.events() == ["begin/"])


@asynccontextmanager
async def shed(folder: Path) -> AsyncIterator[Shed]:
    async with broker_called("mosquitto", folder) as broker, ear_at(broker) as ear:
        one = Shed(ear)
        running = asyncio.create_task(one.device.run(broker), name="shed")
        try:
            await one.until(lambda: ear.bodies("state"))
            yield one
        finally:
            running.cancel()
            await asyncio.wait([running])


async def test_a_held_port_is_acknowledged_and_shows_that_nothing_flows(tmp_path: Path) -> None:
    async with shed(tmp_path) as one:
        await one.charge()

        await one.ear.say(f"{TOPIC}/cmd", {"cmd": "hold", "p": ["p01"], "n": 7, "until": time.time() + 10})
        await one.until(lambda: one.ear.bodies("ack"))

        assert one.ear.bodies("ack")[0]["d"] == {"re": 7, "ok": True, "why": ""}
        await one.until(lambda: one.events() == ["begin/", "end/held"])
        await one.until(lambda: one.ear.bodies("state")[-1]["d"]["p"]["p01"]["on"] == 0)
        await one.until(lambda: [body["d"]["a"] for body in one.ear.bodies("tele") if body["d"]["p"] == "p01"][-1] == 0)


async def test_without_mains_it_is_gone_with_its_will_and_back_as_another_boot(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ebike_pile, "BOOT_SECONDS", 0.1)

    def wills() -> list[bytes]:
        return [said for topic, said, _ in one.ear.heard if topic == f"{TOPIC}/lwt"]

    async with shed(tmp_path) as one:
        await one.charge()
        boot = one.device.boot

        one.pile.feed(time.time(), mains=False)
        await one.until(lambda: wills()[-1] == b"offline")
        one.pile.feed(time.time(), mains=True)
        await one.until(lambda: wills()[-1] == b"online")
        await one.until(lambda: one.events() == ["begin/", "end/mains"])

        assert one.ear.bodies("event")[-1]["boot"] == boot + 1
        await one.until(lambda: one.ear.bodies("state")[-1]["d"]["p"]["p01"]["st"] == "finishing")
