"""Devices that are added, changed and taken away while the line runs."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from drivers.contract import Misconfigured
from tests.drivers.mqtt.boxes import hand, line, said, topic
from tests.drivers.recording_post import RecordingPost
from tests.drivers.running import running, until

if TYPE_CHECKING:
    from tests.servers.mosquitto import Mosquitto

OPENED = {"e": "opened", "c": "c01", "by": "code"}


@pytest.mark.parametrize(
    "more",
    [
        {"client_id": "other"},
        {"version": "3.1.1"},
        {"keepalive_seconds": 60},
        {"credential_key": "11" * 32},
        {"username": "gridpost"},
    ],
)
async def test_another_connection_is_another_line(more: dict[str, str]) -> None:
    driver = line(1, "d1").build()

    assert not await driver.adopt(line(1, "d1", **more))
    assert not await driver.adopt(line(2, "d1"))


async def test_a_product_that_is_not_there_changes_nothing() -> None:
    driver = line(1, "d1").build()

    with pytest.raises(Misconfigured, match=r"d2: .*no product 'no-such-product'"):
        await driver.adopt(line(1, "d2", product="no-such-product"))

    assert [device.id for device in driver.devices] == ["d1"]


async def test_a_device_that_was_taken_away_is_not_heard_and_its_neighbour_keeps_its_place(broker: Mosquitto) -> None:
    post, driver = RecordingPost(), line(broker.port, "d1", "d2").build()
    async with running(driver, post), hand(broker.port) as client:
        await client.publish(topic("d1", "lwt"), b"online", 1, retain=True)
        await client.publish(topic("d2", "lwt"), b"online", 1, retain=True)
        await until(lambda: post.links("d1") and post.links("d2"))
        await client.publish(topic("d2", "event"), said(5, OPENED), 1)
        await until(post.events)

        assert await driver.adopt(line(broker.port, "d2"))
        await client.publish(topic("d1", "event"), said(1, OPENED), 1)
        await client.publish(topic("d2", "event"), said(5, OPENED), 1)
        await client.publish(topic("d2", "event"), said(6, OPENED), 1)
        await until(lambda: len(post.events()) == 2)

        assert await driver.adopt(line(broker.port, "d1", "d2"))
        await client.publish(topic("d1", "event"), said(2, OPENED), 1)
        await until(lambda: len(post.events()) == 3)

    assert [(event.device, event.sequence) for event in post.events()] == [("d2", 5), ("d2", 6), ("d1", 2)]
    assert len(post.links("d2")) == 1
