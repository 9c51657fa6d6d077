from __future__ import annotations

import asyncio
import json
import time
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest

from simulator.mqtt_device import BrokerAddress, MqttDevice, Stream
from simulator.mqtt_verbs import MQTT_VERBS
from tests.simulator.brokers import HOST, Ear, broker_called, ear_at, until

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping
    from pathlib import Path

TOPIC = "v1/demo/b3/locker/locker2"


@dataclass
class Works:
    """Obeys everything but `jump`."""

    births: int = 0
    orders: list[Mapping[str, Any]] = field(default_factory=list)
    answers: list[Mapping[str, Any]] = field(default_factory=list)
    device: MqttDevice | None = None

    def born(self, now: float) -> None:
        self.births += 1
        assert self.device is not None
        self.device.say(Stream.STATE, {"births": self.births}, now)

    def ordered(self, order: Mapping[str, Any], now: float) -> str | None:  # noqa: ARG002 - as works are called
        self.orders.append(order)
        return {"jump": "cannot jump", "sulk": None}.get(str(order.get("cmd")), "")

    def answered(self, answer: Mapping[str, Any], now: float) -> None:  # noqa: ARG002 - as works are called
        self.answers.append(answer)


@dataclass
class Field:
    device: MqttDevice
    works: Works
    ear: Ear

    def say(self, stream: Stream, body: Mapping[str, Any], at: float | None = None) -> str:
        return self.device.say(stream, body, time.time() if at is None else at)

    async def order(self, body: Mapping[str, Any], *, retain: bool = False) -> None:
        await self.ear.say(f"{TOPIC}/cmd", body, retain=retain)

    def do(self, verb: str, **arguments: float | str | bool) -> None:
        MQTT_VERBS[verb].do(self.device, arguments, time.time())

    def lwt(self) -> list[bytes]:
        return [said for topic, said, _ in self.ear.heard if topic == f"{TOPIC}/lwt"]


@asynccontextmanager
async def alive(broker: BrokerAddress) -> AsyncIterator[Field]:
    works = Works()
    device = works.device = MqttDevice("locker2", TOPIC, works, time.time)
    async with ear_at(broker) as ear:
        running = asyncio.create_task(device.run(broker), name="device")
        try:
            await until(lambda: len(ear.bodies("state")) == 1)
            yield Field(device, works, ear)
        finally:
            running.cancel()
            await asyncio.wait([running])


@pytest.fixture(params=["amqtt", "mosquitto"])
async def place(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Field]:
    async with broker_called(request.param, tmp_path) as broker, alive(broker) as there:
        yield there


@pytest.fixture
async def at_mosquitto(tmp_path: Path) -> AsyncIterator[Field]:
    async with broker_called("mosquitto", tmp_path) as broker, alive(broker) as there:
        yield there


async def test_it_is_born_with_its_state_and_speaks_in_numbered_envelopes(place: Field) -> None:
    at = 1_795_345_200.125

    asked = place.say(Stream.ASK, {"ask": "pickup", "code": "123456"}, at)
    await until(lambda: place.ear.bodies("ask"))

    birth, ask = place.ear.bodies("state")[0], place.ear.bodies("ask")[0]
    assert set(birth) == {"v", "id", "ts", "seq", "boot", "q", "d"}
    assert (birth["seq"], birth["d"]) == (1, {"births": 1})
    assert (ask["v"], ask["id"], ask["seq"], ask["boot"], ask["q"]) == (1, asked, 2, birth["boot"], "ok")
    assert ask["ts"] == "2026-11-22T11:00:00.125Z"
    assert datetime.fromisoformat(ask["ts"]).astimezone(UTC).timestamp() == at
    assert place.lwt() == [b"online"]


async def test_it_obeys_once_and_says_what_became_of_it(place: Field) -> None:
    for order in (
        {"cmd": "open", "n": 1, "until": time.time() + 5},
        {"cmd": "open", "n": 1, "until": time.time() + 5},
        {"cmd": "jump", "n": 2},
        {"cmd": "sulk", "n": 3},
        {"cmd": "open", "n": 4, "until": time.time() - 1},
        {"cmd": "open"},
    ):
        await place.order(order)
    await until(lambda: len(place.works.orders) == 4)
    await until(lambda: len(place.ear.bodies("ack")) == 4)

    assert [order.get("n") for order in place.works.orders] == [1, 2, 3, None]
    assert [ack["d"] for ack in place.ear.bodies("ack")] == [
        {"re": 1, "ok": True, "why": ""},
        {"re": 1, "ok": True, "why": ""},
        {"re": 2, "ok": False, "why": "cannot jump"},
        {"re": 4, "ok": False, "why": "expired"},
    ]


async def test_answers_reach_it_and_nonsense_does_not(place: Field) -> None:
    await place.ear.client.publish(f"{TOPIC}/answer", b"\xff{", qos=1)
    await place.ear.client.publish(f"{TOPIC}/answer", b"[1]", qos=1)
    await place.ear.say(f"{TOPIC}/answer", {"re": "x", "ok": True})

    await until(lambda: place.works.answers)
    assert place.works.answers == [{"re": "x", "ok": True}]


async def test_without_a_network_its_events_wait_and_its_will_is_published(place: Field) -> None:
    old = time.time() - 30

    place.do("lose_network", seconds=0.3)
    said = [place.say(stream, {"n": 1}, old) for stream in (Stream.EVENT, Stream.TELE, Stream.ASK, Stream.STATE)]
    await until(lambda: len(place.ear.bodies("state")) == 2)

    assert [bool(id_) for id_ in said] == [True, False, False, False]
    assert [(one["seq"], one["d"]) for one in place.ear.bodies("event")] == [(2, {"n": 1})]
    assert place.ear.bodies("event")[0]["ts"] == datetime.fromtimestamp(old, UTC).strftime("%Y-%m-%dT%H:%M:%S.") + (
        f"{int(old % 1 * 1000):03}Z"
    )
    assert place.ear.bodies("state")[1]["seq"] == 3
    assert place.lwt() == [b"online", b"offline", b"online"]


async def test_a_restart_begins_a_new_boot_and_forgets(at_mosquitto: Field) -> None:
    place, boot = at_mosquitto, at_mosquitto.device.boot

    place.do("lose_network", seconds=60)
    place.say(Stream.EVENT, {"n": 1})
    place.do("restart", seconds=0.1)
    await until(lambda: len(place.ear.bodies("state")) == 2)

    assert place.ear.bodies("event") == []
    assert (place.ear.bodies("state")[1]["boot"], place.ear.bodies("state")[1]["seq"]) == (boot + 1, 1)


async def test_troubles_of_the_network_happen_on_demand(at_mosquitto: Field) -> None:
    place = at_mosquitto

    place.do("duplicate")
    place.say(Stream.EVENT, {"n": 1})
    await until(lambda: len(place.ear.bodies("event")) == 2)
    place.do("duplicate", on=False)
    place.do("disorder")
    for number in (2, 3, 4):
        place.say(Stream.EVENT, {"n": number})
    await until(lambda: len(place.ear.bodies("event")) == 5)
    place.do("disorder", on=False)
    place.do("hang")
    silent = place.say(Stream.EVENT, {"n": 5})
    place.do("hang", on=False)
    place.do("clock_off", seconds=3600)
    place.say(Stream.EVENT, {"n": 6}, 1_795_345_200.0)
    await until(lambda: len(place.ear.bodies("event")) == 6)

    events = place.ear.bodies("event")
    assert [one["d"]["n"] for one in events] == [1, 1, 3, 2, 4, 6]
    assert [one["seq"] for one in events] == [2, 2, 4, 3, 5, 6]
    assert silent == ""
    assert events[-1]["ts"] == "2026-11-22T12:00:00.000Z"


async def test_a_retained_order_is_obeyed_by_nobody(at_mosquitto: Field) -> None:
    place = at_mosquitto

    place.do("retain_command")
    await until(lambda: place.ear.bodies("cmd"))
    place.do("lose_network", seconds=0.1)
    await until(lambda: place.works.births == 2)
    async with ear_at(BrokerAddress(HOST, place.ear.client._port), name="late") as late:
        await until(lambda: late.bodies("cmd"))
    await place.order({"cmd": "open", "n": 9})
    await until(lambda: place.works.orders)

    assert [order["n"] for order in place.works.orders] == [9]
    assert [retained for topic, _, retained in late.heard if topic.endswith("/cmd")] == [True]


async def test_garbage_is_what_it_is_called(at_mosquitto: Field) -> None:
    place = at_mosquitto

    for how in ("not_json", "huge", "deep", "types", "epoch"):
        place.do("garble", how=how)
    await until(lambda: len(place.ear.heard) == 7)

    said = [payload for topic, payload, _ in place.ear.heard if topic.endswith("/event")]
    with pytest.raises(ValueError, match=r"."):
        json.loads(said[0])
    assert len(said[1]) > 64 * 1024
    assert said[2].count(b"{") > 16
    assert json.loads(said[3])["d"] == "warm"
    assert json.loads(said[4])["ts"].startswith("1970")


async def test_it_comes_back_to_a_broker_that_was_away(tmp_path: Path) -> None:
    from tests.servers.mosquitto import Mosquitto

    works = Works()
    async with Mosquitto(tmp_path) as real:
        broker = BrokerAddress(HOST, real.port)
        device = works.device = MqttDevice("locker2", TOPIC, works, time.time)
        running = asyncio.create_task(device.run(broker), name="device")
        await until(lambda: works.births == 1)
        await real.kill()
        await until(lambda: not device.connected)
        device.say(Stream.EVENT, {"n": 1}, time.time())
        await real.start()
        await until(lambda: works.births == 2)
        running.cancel()
        await asyncio.wait([running])

    assert running.cancelled()
