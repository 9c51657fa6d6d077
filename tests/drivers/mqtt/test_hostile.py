"""What strangers and broken devices may say: counted, kept for a person, never data, and the line lives on."""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING, Any

import pytest

from drivers.contract import Link
from tests.drivers.mqtt.boxes import burst, hand, line, said, speaking, topic
from tests.drivers.recording_post import RecordingPost
from tests.drivers.running import running, until

if TYPE_CHECKING:
    from tests.servers.mosquitto import Mosquitto

STATE = {"temp": 20.0, "c": {"c01": [False], "c02": [False]}}
STREAMS = ("state", "event", "ask", "ack", "tele")


def envelope(**instead: Any) -> bytes:
    whole = {"v": 1, "id": "m1", "boot": 1, "seq": 1, "ts": time.time(), "q": "ok", "d": STATE}
    return json.dumps({**whole, **instead}).encode()


HOSTILE = [
    b"",
    b"\xff\xfe",
    b"not JSON",
    b"[]",
    b'"x"',
    b"{" * 60_000,
    b"[" * 100 + b"]" * 100,
    b"x" * 70_000,
    b'{"v":1,"v":1}',
    b'{"v":NaN}',
    b'{"v":1e999}',
    envelope(v=2),
    envelope(seq="one"),
    envelope(seq=-1),
    envelope(seq=1.5),
    envelope(seq=2**70),
    envelope(boot=[1]),
    envelope(d=None),
    envelope(d=[[[[]]]]),
    envelope(d={"e": "stored", "c": {"c": 1}, "code": 7}),
    envelope(d={"e": "stored", "c": "c01", "code": "\ud800"}),
    envelope(d={"ask": "pickup", "code": ["1"]}),
    envelope(d={"re": "x", "ok": "y"}),
    envelope(d={"temp": "hot", "c": {"c01": "open", "c99": [1]}}),
]


@pytest.mark.parametrize("version", ["5", "3.1.1"])
async def test_nonsense_on_every_topic_is_counted_and_kept_and_the_neighbour_goes_on(
    broker: Mosquitto, version: str
) -> None:
    post, driver = RecordingPost(), line(broker.port, "d1", "d2", version=version).build()
    async with speaking(broker.port, "d2"), running(driver, post) as task, hand(broker.port) as client:
        await until(lambda: post.samples("d2", 1))
        for stream in (*STREAMS, "lwt"):
            await burst(client, topic("d1", stream), *HOSTILE)
        await until(lambda: driver.statistics()["messages"] >= len(HOSTILE) * (len(STREAMS) + 1))
        heard = len(post.samples("d2", 1))
        await until(lambda: len(post.samples("d2", 1)) > heard)
        await until(lambda: driver.statistics()["owed"] == 0)
        assert not task.done()
        kept = driver.rejected()
        rejected = driver.statistics()["rejected"]

    assert rejected >= 100
    assert driver.device_statistics()["d1"]["rejected"] == rejected
    assert "d2" not in driver.device_statistics()
    assert 10 <= len(kept) <= 50
    assert all(one.why and len(one.excerpt) <= 1_000 and one.source.startswith("v1/c1/b1/locker/d1/") for one in kept)
    assert any(one.size == 70_000 for one in kept)
    assert [event.kind for event in post.events()] == []
    assert all(point is None or point == 20.0 for sample in post.samples("d1", 0) for point in sample.values[:1])


async def test_topics_with_odd_levels_are_nobodys(broker: Mosquitto) -> None:
    post, driver = RecordingPost(), line(broker.port, "d1").build()
    async with running(driver, post), hand(broker.port) as client:
        await client.publish(topic("d1", "lwt"), b"online", 1, retain=True)
        await until(lambda: post.links("d1"))
        for odd in ("state/", "/state", "state/x", "STATE", "stat e", "\N{ZERO WIDTH SPACE}state"):
            await client.publish(topic("d1", odd), said(1, STATE), 1)
        await client.publish(topic("d1", "state"), said(2, STATE), 1)
        await until(lambda: post.samples("d1", 1))

    assert driver.statistics()["messages"] == 2
    assert [sample.values for sample in post.samples("d1", 1)] == [(False,)]


async def test_a_device_cannot_speak_for_another(broker: Mosquitto) -> None:
    post, driver = RecordingPost(), line(broker.port, "d1", "d2").build()
    async with running(driver, post), hand(broker.port) as client:
        await client.publish(topic("d1", "lwt"), b"online", 1, retain=True)
        await until(lambda: post.links("d1"))
        await client.publish(topic("d1", "event"), said(1, {"e": "opened", "c": "c01", "by": "key", "device": "d2"}), 1)
        await until(post.events)

    assert {event.device for event in post.events()} == {"d1"}
    assert post.links("d2") == []


async def test_a_hundred_reboots_in_a_second_break_nothing(broker: Mosquitto) -> None:
    post, driver = RecordingPost(), line(broker.port, "d1").build()
    async with running(driver, post), hand(broker.port) as client:
        await client.publish(topic("d1", "lwt"), b"online", 1, retain=True)
        await until(lambda: post.links("d1"))
        states = [said(1, STATE, boot=boot) for boot in range(1, 101)]
        await burst(client, topic("d1", "state"), *states)
        await until(lambda: len(post.samples("d1", 1)) == 100)

    assert [link.link for link in post.links("d1")] == [Link.UP]
    assert driver.statistics()["lost"] == 0
