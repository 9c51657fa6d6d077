"""Questions of a device, orders to it, and levels that it is to hold."""

from __future__ import annotations

import asyncio
import json
import time
from typing import TYPE_CHECKING, Any

import pytest
from aiomqtt import ProtocolVersion

from drivers.contract import CHARGING_OFF, Answer, Outcome, WantedState
from drivers.mqtt import stay, wanting
from tests.drivers.mqtt.boxes import hand, line, said, speaking, topic
from tests.drivers.recording_post import RecordingPost
from tests.drivers.running import command, quiet, running, until

if TYPE_CHECKING:
    from collections.abc import Mapping

    import aiomqtt

    from drivers.contract import Question
    from drivers.mqtt.driver import MqttLine
    from tests.servers.mosquitto import Mosquitto

PICKUP = {"ask": "pickup", "code": "123456"}
OPENED = {"e": "opened", "c": "c01", "by": "code"}


class Deciding(RecordingPost):
    """Says yes, and which compartment; what it knew of by then is in `knew`."""

    def __init__(self) -> None:
        super().__init__()
        self.knew: list[int] = []
        self.may_answer = asyncio.Event()
        self.may_answer.set()

    async def ask(self, question: Question, /) -> Answer:
        self.questions.append(question)
        self.knew.append(len(self.events()))
        await self.may_answer.wait()
        return Answer(allowed=True, why="", body={"part": "c02"})


class Heard:
    """What was published on a topic."""

    def __init__(self, client: aiomqtt.Client) -> None:
        self.payloads: list[Mapping[str, Any]] = []
        self.properties: list[Any] = []
        self._client = client

    async def run(self) -> None:
        async for message in self._client.messages:
            self.payloads.append(json.loads(bytes(message.payload)))
            self.properties.append(message.properties)


async def connected(driver: MqttLine, client: aiomqtt.Client) -> None:
    await client.publish(topic("d1", "lwt"), b"online", 1, retain=True)
    await until(lambda: driver.statistics()["messages"] >= 1)


# ---------------------------------------------------------------- questions


async def test_a_question_is_answered_with_what_was_decided_after_all_that_came_before_it(broker: Mosquitto) -> None:
    post, driver = Deciding(), line(broker.port, "d1").build()
    async with running(driver, post), hand(broker.port) as client, hand(broker.port) as device:
        await connected(driver, client)
        await device.subscribe(topic("d1", "answer"), 1)
        heard = Heard(device)
        listening = asyncio.create_task(heard.run())
        await client.publish(topic("d1", "event"), said(1, OPENED), 1)
        await client.publish(topic("d1", "ask"), said(2, PICKUP), 1)
        await client.publish(topic("d1", "ask"), said(2, PICKUP), 1)
        await until(lambda: heard.payloads and driver.statistics()["again"])
        await until(lambda: driver.statistics()["owed"] == 0)
        listening.cancel()

    assert heard.payloads == [{"re": "m2", "ok": True, "c": "c02", "why": ""}]
    assert [question.kind for question in post.questions] == ["pickup"]
    assert "123456" not in str(post.questions)
    assert post.knew == [1]
    assert post.cursors["d1"]["seq"] == 2


async def test_a_question_from_before_we_were_connected_opens_nothing(broker: Mosquitto) -> None:
    post, config = Deciding(), line(broker.port, "d1")
    async with hand(broker.port) as client, hand(broker.port) as device:
        first = config.build()
        async with running(first, post):
            await connected(first, client)
        await device.subscribe(topic("d1", "answer"), 1)
        await client.publish(topic("d1", "ask"), said(1, PICKUP, at_utc=time.time() - 30), 1)
        second = config.build()
        async with running(second, post):
            await until(lambda: second.statistics()["late_asks"] and not second.statistics()["owed"])

    assert post.questions == []
    assert len(device.messages) == 0


async def test_a_question_that_was_delivered_before_opens_nothing_again(broker: Mosquitto) -> None:
    post, config = Deciding(), line(broker.port, "d1")
    post.may_answer.clear()
    async with hand(broker.port) as client:
        first = config.build()
        async with running(first, post):
            await connected(first, client)
            await client.publish(topic("d1", "ask"), said(1, PICKUP), 1)
            await until(lambda: post.questions)
        post.may_answer.set()
        second = config.build()
        async with running(second, post):
            await until(lambda: second.statistics()["again"] and not second.statistics()["owed"])

    assert len(post.questions) == 1


async def test_an_answer_that_comes_too_late_is_not_sent(broker: Mosquitto, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("drivers.mqtt.listening.ANSWER_SECONDS", 0.05)
    post, driver = Deciding(), line(broker.port, "d1").build()
    post.may_answer.clear()
    async with running(driver, post), hand(broker.port) as client, hand(broker.port) as device:
        await connected(driver, client)
        await device.subscribe(topic("d1", "answer"), 1)
        await client.publish(topic("d1", "ask"), said(1, PICKUP), 1)
        await until(lambda: post.questions)
        asyncio.get_running_loop().call_later(0.1, post.may_answer.set)
        await until(lambda: driver.statistics()["late_asks"] and not driver.statistics()["owed"])

        assert len(device.messages) == 0


# ---------------------------------------------------------------- orders


async def test_an_order_expires_at_the_broker_and_names_itself(broker: Mosquitto) -> None:
    post, driver = RecordingPost(), line(broker.port, "d1").build()
    async with running(driver, post), hand(broker.port, protocol=ProtocolVersion.V5) as device:
        await connected(driver, device)
        await device.subscribe(topic("d1", "cmd"), 1)
        heard = Heard(device)
        listening = asyncio.create_task(heard.run())
        result = await driver.perform(command("d1", "c01.open", number=9, seconds=2))
        listening.cancel()

    assert result.outcome is Outcome.UNKNOWN
    assert "did not answer within 0.4 s" in result.why
    (order,) = heard.payloads
    assert (order["cmd"], order["c"], order["n"]) == ("open", "c01", 9)
    assert abs(order["until"] - time.time()) < 5
    assert heard.properties[0].MessageExpiryInterval <= 2
    assert heard.properties[0].CorrelationData == b"9"


async def test_an_order_that_is_acknowledged_but_not_shown_is_unknown(broker: Mosquitto) -> None:
    post = RecordingPost()
    async with speaking(broker.port, "d1") as boxes:
        boxes.boxes["d1"].mood = "only says so"
        driver = line(broker.port, "d1").build()
        async with running(driver, post):
            await until(lambda: post.samples("d1", 1))
            unshown = await driver.perform(command("d1", "c01.open"))
            unshowable = await driver.perform(command("d1", "c01.reset"))
            boxes.boxes["d1"].mood = "refuse"
            refused = await driver.perform(command("d1", "c01.reset"))

    assert unshown.outcome is Outcome.UNKNOWN
    assert "did not show c01.open = True" in unshown.why
    assert unshowable.outcome is Outcome.DONE
    assert (refused.outcome, refused.why) == (Outcome.FAILED, "d1 refused: jammed")


async def test_what_was_shown_before_an_order_does_not_prove_it(broker: Mosquitto) -> None:
    post, driver = RecordingPost(), line(broker.port, "d1").build()
    async with running(driver, post), hand(broker.port) as client:
        await connected(driver, client)
        await client.publish(topic("d1", "state"), said(1, {"temp": 20.0, "c": {"c01": [True], "c02": [False]}}), 1)
        await until(lambda: post.samples("d1", 1))
        asked = asyncio.create_task(driver.perform(command("d1", "c01.open", number=5)))
        await until(lambda: driver.statistics()["sent"])
        await client.publish(topic("d1", "ack"), said(2, {"re": 5, "ok": True, "why": ""}), 1)
        result = await asked

    assert result.outcome is Outcome.UNKNOWN
    assert "did not show c01.open = True" in result.why


async def test_an_order_may_not_say_what_the_product_does_not_know(broker: Mosquitto) -> None:
    driver = line(broker.port, "d1").build()
    async with running(driver, RecordingPost()), hand(broker.port) as client:
        await connected(driver, client)
        result = await driver.perform(command("d1", "c01.open", {"force": True}))

    assert (result.outcome, result.why) == (Outcome.REFUSED, "c01.open takes no argument force")


async def test_nothing_is_sent_to_a_broker_that_is_not_there() -> None:
    driver = line(1, "d1").build()

    result = await driver.perform(command("d1", "c01.open"))

    assert result.outcome is Outcome.REFUSED
    assert "not connected" in result.why


# ---------------------------------------------------------------- levels


class Charger:
    """Gridpost's e-bike charger as far as holding goes. `deaf`: it hears nothing."""

    def __init__(self, client: aiomqtt.Client) -> None:
        self.held: set[str] = set()
        self.deaf = False
        self.orders: list[Mapping[str, Any]] = []
        self.boot = 1
        self.seq = 0
        self._client = client

    async def run(self) -> None:
        await self._client.subscribe(topic("d1", "cmd"), 1)
        async for message in self._client.messages:
            order = json.loads(bytes(message.payload))
            self.orders.append(order)
            if not self.deaf:
                parts = set(order["p"])
                self.held = self.held | parts if order["cmd"] == "hold" else self.held - parts
                await self.show()
                await self._say("ack", {"re": order["n"], "ok": True})

    async def show(self) -> None:
        ports = {f"p{n:02}": {"st": "free", "on": int(f"p{n:02}" not in self.held)} for n in range(1, 13)}
        await self._say("state", {"temp": 20.0, "p": ports})

    async def _say(self, stream: str, data: Any) -> None:
        self.seq += 1
        ts = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
        envelope = {"v": 1, "id": f"m{self.seq}", "ts": ts, "seq": self.seq, "boot": self.boot, "q": "ok", "d": data}
        await self._client.publish(topic("d1", stream), json.dumps(envelope), 1)


@pytest.fixture
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stay, "STEP_SECONDS", 0.02)
    monkeypatch.setattr("drivers.mqtt.product.MqttProduct.again_seconds", lambda *_: 0.1)
    monkeypatch.setattr(wanting, "JUST_NOW_SECONDS", 0.0)


@pytest.mark.usefixtures("_quick")
async def test_charging_is_held_off_until_it_is_shown_and_again_whenever_the_charger_returns(broker: Mosquitto) -> None:
    post, driver = RecordingPost(), line(broker.port, "d1", product="gridpost-ebike-12").build()
    off = WantedState(CHARGING_OFF, {"parts": ["p01", "p02"]})
    async with hand(broker.port) as client, asyncio.TaskGroup() as tasks:
        charger = Charger(client)
        obeying = tasks.create_task(charger.run())
        async with running(driver, post):
            await connected(driver, client)
            charger.deaf = True
            driver.want("d1", off)
            await until(lambda: [order["cmd"] for order in charger.orders].count("hold") >= 3)
            charger.deaf = False
            await until(lambda: charger.held == {"p01", "p02"})
            await until(lambda: driver.statistics()["messages"] >= 3)
            await until(lambda: post.samples("d1", 1) and post.samples("d1", 1)[-1].values[1] is False)
            await quiet(lambda: driver.statistics()["wants_said"])

            charger.held, charger.boot, charger.seq = set(), 2, 0
            await charger.show()
            await until(lambda: charger.held == {"p01", "p02"})

            driver.want("d1", WantedState(CHARGING_OFF, {"parts": ["p02"]}))
            await until(lambda: charger.held == {"p02"})
            driver.want("d1", WantedState(CHARGING_OFF, None))
            await until(lambda: charger.held == set())
            await quiet(lambda: len(charger.orders))
        obeying.cancel()

    assert len({order["n"] for order in charger.orders}) >= 6


@pytest.mark.usefixtures("_quick")
async def test_a_level_is_said_to_a_broker_that_comes_back(broker: Mosquitto) -> None:
    post, driver = RecordingPost(), line(broker.port, "d1", product="gridpost-ebike-12").build()
    driver.want("d1", WantedState(CHARGING_OFF, level=True))
    async with hand(broker.port) as client:
        await client.subscribe(topic("d1", "cmd"), 1)
        for _ in range(2):
            async with running(driver, post):
                message = await asyncio.wait_for(anext(aiter(client.messages)), 5)
                assert json.loads(bytes(message.payload))["cmd"] == "hold"


async def test_a_level_that_the_product_cannot_reach_is_counted_and_breaks_nothing(broker: Mosquitto) -> None:
    post, driver = RecordingPost(), line(broker.port, "d1", product="gridpost-ebike-12").build()
    async with running(driver, post), hand(broker.port) as client:
        await connected(driver, client)
        driver.want("d1", WantedState(CHARGING_OFF, {"parts": ["p99"]}))
        driver.want("d1", WantedState("fire_release", level=True))
        driver.want("d9", WantedState(CHARGING_OFF, level=True))

        assert driver.statistics()["wants_refused"] == 1
