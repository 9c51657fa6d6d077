"""What messages of a device become, behind a real broker."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING, Any

import aiomqtt
import pytest

from drivers.contract import Link, Quality
from drivers.credential import pickup_hash
from drivers.mqtt import gaps, inbox
from tests.drivers.mqtt.boxes import KEY, hand, line, said, topic
from tests.drivers.recording_post import RecordingPost
from tests.drivers.running import running, until

if TYPE_CHECKING:
    from drivers.mqtt.driver import MqttLine
    from tests.servers.mosquitto import Mosquitto

STORED = {"e": "stored", "c": "c01", "code": "123456"}
OPENED = {"e": "opened", "c": "c01", "by": "code"}
STATE = {"temp": 20.0, "c": {"c01": [False], "c02": [False]}}


async def heard(driver: MqttLine, messages: int) -> None:
    """Wait until the driver has heard so many messages."""
    await until(lambda: driver.statistics()["messages"] >= messages and not driver.statistics()["waiting"])


async def up(driver: MqttLine, client: aiomqtt.Client) -> None:
    """Wait until the driver is subscribed: the first message of a device comes through."""
    await client.publish(topic("d1", "lwt"), b"online", 1, retain=True)
    await until(lambda: driver.statistics()["messages"] >= 1)


async def test_an_event_is_kept_once_with_its_number_and_without_the_code(broker: Mosquitto) -> None:
    post, driver = RecordingPost(), line(broker.port, "d1").build()
    async with running(driver, post), hand(broker.port) as client:
        await up(driver, client)
        for _ in range(3):
            await client.publish(topic("d1", "event"), said(7, STORED, boot=3), 1)
        await heard(driver, 4)
        await until(post.events)
        await until(lambda: driver.statistics()["owed"] == 0)

    (event,) = post.events()
    assert (event.device, event.epoch, event.sequence, event.kind) == ("d1", "3", 7, "parcel_stored")
    assert event.body == {"part": "c01", "code": pickup_hash(bytes.fromhex(KEY), "d1", "123456")}
    assert event.measured_utc is not None
    assert abs(event.measured_utc - time.time()) < 60
    assert driver.statistics()["again"] == 2
    assert post.cursors["d1"]["seq"] == 7


async def test_what_overtakes_is_taken_and_what_was_overtaken_changes_no_value(broker: Mosquitto) -> None:
    post, driver = RecordingPost(), line(broker.port, "d1").build()
    async with running(driver, post), hand(broker.port) as client:
        await up(driver, client)
        await client.publish(topic("d1", "state"), said(1, STATE), 1)
        await client.publish(topic("d1", "state"), said(4, {"temp": 24.0, "c": {"c01": [True]}}), 1)
        await client.publish(topic("d1", "event"), said(3, OPENED), 1)
        await client.publish(topic("d1", "state"), said(2, {"temp": 22.0, "c": {"c01": [False]}}), 1)
        await heard(driver, 5)
        await until(post.events)

    assert [event.sequence for event in post.events()] == [3]
    assert [sample.values[0] for sample in post.samples("d1", 0)] == [20.0, 24.0]
    assert [sample.values for sample in post.samples("d1", 1)] == [(False,), (True,)]
    assert driver.statistics()["late"] == 2


async def test_a_state_that_telemetry_overtook_is_taken_where_nothing_newer_speaks(broker: Mosquitto) -> None:
    post, driver = RecordingPost(), line(broker.port, "d1").build()
    async with running(driver, post), hand(broker.port) as client:
        await up(driver, client)
        await client.publish(topic("d1", "tele"), said(9, {"temp": 24.0}), 1)
        await client.publish(topic("d1", "state"), said(8, {"temp": 20.0, "c": {"c01": [True]}}), 1)
        await until(lambda: post.samples("d1", 1))

    assert post.samples("d1", 1)[-1].values == (True,)
    assert [sample.values[0] for sample in post.samples("d1", 0)] == [24.0]


async def test_a_value_that_was_not_heard_yet_is_bad_and_stays_so(broker: Mosquitto) -> None:
    post, driver = RecordingPost(), line(broker.port, "d1").build()
    async with running(driver, post), hand(broker.port) as client:
        await up(driver, client)
        await client.publish(topic("d1", "lwt"), b"online", 1)
        await client.publish(topic("d1", "state"), said(1, {"c": {"c02": [True]}}), 1)
        await until(lambda: post.samples("d1", 2))

    assert [sample.values for sample in post.samples("d1", 2)] == [(True,)]
    assert post.samples("d1", 1) == []
    temperature, clock = post.samples("d1", 0)[0].faults or (None, None)
    assert temperature is not None
    assert (temperature.quality, temperature.why, clock) == (Quality.BAD, "not heard yet", None)


async def test_a_last_will_says_lost_and_changes_no_value(broker: Mosquitto) -> None:
    post, driver = RecordingPost(), line(broker.port, "d1").build()
    will = aiomqtt.Will(topic("d1", "lwt"), b"offline", 1, retain=True)
    async with running(driver, post):
        async with hand(broker.port) as client:
            await up(driver, client)
            await client.publish(topic("d1", "state"), said(1, STATE), 1)
            await until(lambda: post.samples("d1", 1))
            samples = len(post.reports)
        async with hand(broker.port, will=will) as dying:
            dying._client._sock_close()
            await until(lambda: post.links("d1")[-1].link is Link.LOST)

    assert [link.link for link in post.links("d1")] == [Link.UP, Link.LOST]
    assert post.links("d1")[-1].why == "the broker lost it (last will)"
    assert len(post.reports) == samples + 1


async def test_a_gap_is_named_once_when_nothing_comes_late(broker: Mosquitto, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gaps, "GRACE_SECONDS", 0.1)
    post, driver = RecordingPost(), line(broker.port, "d1").build()
    async with running(driver, post), hand(broker.port) as client:
        await up(driver, client)
        for number in (1, 9, 4):
            await client.publish(topic("d1", "event"), said(number, OPENED), 1)
        await until(lambda: any(event.kind == "messages_lost" for event in post.events()))
        await until(lambda: not post.cursors["d1"].get("gaps"))

    lost = [event for event in post.events() if event.kind == "messages_lost"]
    assert [event.body for event in lost] == [{"from": 2, "to": 8, "why": "they did not come through"}]
    assert driver.statistics()["lost"] == 7


async def test_what_came_while_we_were_away_and_is_lost_is_named_as_such(
    broker: Mosquitto, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(gaps, "GRACE_SECONDS", 0.1)
    post, config = RecordingPost(), line(broker.port, "d1")
    async with hand(broker.port) as client:
        first = config.build()
        async with running(first, post):
            await up(first, client)
            await client.publish(topic("d1", "event"), said(5, OPENED), 1)
            await until(post.events)
        await client.publish(topic("d1", "tele"), said(6, {"temp": 20.0}), 0)
        await client.publish(topic("d1", "event"), said(7, OPENED), 1)
        second = config.build()
        async with running(second, post):
            await until(lambda: len(post.events()) == 3)

    kinds = [(event.kind, event.sequence) for event in post.events()]
    assert kinds == [("compartment_opened", 5), ("compartment_opened", 7), ("messages_lost", 6)]
    assert post.events()[-1].body == {"from": 6, "to": 6, "why": "they came while we were not connected"}


@pytest.mark.parametrize("version", ["5", "3.1.1"])
async def test_orders_that_lie_at_the_broker_are_told_of_and_left_alone(broker: Mosquitto, version: str) -> None:
    post, driver = RecordingPost(), line(broker.port, "d1", version=version).build()
    async with hand(broker.port) as client:
        await client.publish(topic("d1", "cmd"), b'{"cmd":"open"}', 1, retain=True)
        async with running(driver, post):
            await until(post.events)
        async with hand(broker.port) as other:
            await other.subscribe(topic("d1", "cmd"))
            left = await asyncio.wait_for(anext(aiter(other.messages)), 5)

    assert [(event.device, event.kind, event.body) for event in post.events()] == [
        ("d1", "command_retained", {"topic": topic("d1", "cmd")})
    ]
    assert left.retain


async def test_a_clock_that_is_far_off_is_flagged_and_its_times_are_not_believed(broker: Mosquitto) -> None:
    post, driver = RecordingPost(), line(broker.port, "d1").build()
    async with running(driver, post), hand(broker.port) as client:
        await up(driver, client)
        await client.publish(topic("d1", "state"), said(1, STATE), 1)
        for number, at_utc in ((2, time.time() - 3600), (3, time.time() + 3600), (4, 12.0)):
            await client.publish(topic("d1", "event"), said(number, OPENED, at_utc=at_utc), 1)
            await client.publish(topic("d1", "state"), said(number + 10, STATE, at_utc=at_utc), 1)
        await client.publish(topic("d1", "state"), said(30, STATE), 1)
        await heard(driver, 9)
        await until(lambda: len(post.events()) == 3)

    assert [event.measured_utc for event in post.events()] == [None] * 3
    flags = [sample.values[1] for sample in post.samples("d1", 0)]
    assert flags[0] is False
    assert flags[-1] is False
    assert set(flags[1:-1]) == {True}


async def test_a_time_that_the_device_does_not_vouch_for_is_no_time_of_an_event(broker: Mosquitto) -> None:
    post, driver = RecordingPost(), line(broker.port, "d1").build()
    async with running(driver, post), hand(broker.port) as client:
        await up(driver, client)
        await client.publish(topic("d1", "event"), said(1, OPENED, quality="est"), 1)
        await until(post.events)

    assert post.events()[0].measured_utc is None


async def test_a_state_that_lay_at_the_broker_is_in_doubt_until_the_device_speaks(broker: Mosquitto) -> None:
    post, driver = RecordingPost(), line(broker.port, "d1").build()
    async with hand(broker.port) as client:
        await client.publish(topic("d1", "state"), said(4, STATE), 1, retain=True)
        async with running(driver, post):
            await until(lambda: post.samples("d1", 1))
            before = post.samples("d1", 1)[-1]
            assert post.links("d1") == []
            await client.publish(topic("d1", "state"), said(5, STATE), 1, retain=True)
            await until(lambda: len(post.samples("d1", 1)) == 2)

    after = post.samples("d1", 1)[-1]
    assert before.faults is not None
    assert before.faults[0] is not None
    assert before.faults[0].quality is Quality.UNCERTAIN
    assert after.faults is None
    assert after.values is before.values
    assert [link.link for link in post.links("d1")] == [Link.UP]


async def test_samples_of_a_device_wait_for_its_earlier_events(broker: Mosquitto) -> None:
    class InOrder(RecordingPost):
        def __init__(self) -> None:
            super().__init__()
            self.order: list[str] = []

        def report(self, x: Any, /) -> None:
            self.order.append(type(x).__name__)
            super().report(x)

        async def keep(self, records: Any, cursors: Any, /) -> None:
            self.order += [record.kind for record in records]
            await super().keep(records, cursors)

    post, driver = InOrder(), line(broker.port, "d1").build()
    async with running(driver, post), hand(broker.port) as client:
        await up(driver, client)
        for number in range(1, 9, 2):
            await client.publish(topic("d1", "event"), said(number, OPENED), 1)
            await client.publish(topic("d1", "tele"), said(number + 1, {"temp": number}), 0)
        await until(lambda: len(post.order) >= 10)

    first_also_tells_of_the_clock = ["LinkChanged", "compartment_opened", "Sample", "Sample"]
    assert post.order == [*first_also_tells_of_the_clock, *["compartment_opened", "Sample"] * 3]


async def test_under_overload_telemetry_is_given_up_and_events_never(
    broker: Mosquitto, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(inbox, "SHED_FROM", 3)
    monkeypatch.setattr(inbox, "TURN_SECONDS", 0.0)
    post, driver = RecordingPost(), line(broker.port, "d1").build()
    async with running(driver, post), hand(broker.port) as client:
        await up(driver, client)
        paho = client._client
        for number in range(1, 401):
            stream, data = ("event", OPENED) if number % 2 else ("tele", {"temp": 20.0})
            paho.publish(topic("d1", stream), said(number, data), number % 2)
        await until(lambda: len([event for event in post.events() if event.kind == "compartment_opened"]) == 200)

    assert driver.statistics()["shed_telemetry"] > 0
    assert [event.sequence for event in post.events()] == list(range(1, 401, 2))


async def test_a_device_that_does_not_count_is_counted_here_and_heard_once(broker: Mosquitto) -> None:
    post, driver = RecordingPost(), line(broker.port, "d1", product="test-boxes-plain").build()
    async with running(driver, post), hand(broker.port) as client:
        await up(driver, client)
        for payload in (b'{"e":"rang","t":1}', b'{"e":"rang","t":1}', b'{"e":"rang","t":2}'):
            await client.publish(topic("d1", "event"), payload, 1)
        await until(lambda: len(post.events()) == 3)

    assert [(event.epoch, event.sequence) for event in post.events()] == [("counted here", n) for n in (1, 2, 3)]
    assert post.cursors["d1"]["ours"] == 3
