"""Notices over MQTT, against mosquitto."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest
from pydantic import ValidationError

from gateway.deliver import broker_once
from gateway.deliver.channels.contract import ChannelDown, ChannelRefused
from gateway.deliver.channels.topic_config import TopicConfig
from tests.deliver.channels.sending import TEXT, message, until, wiring
from tests.servers.mosquitto import Mosquitto, listening

if TYPE_CHECKING:
    from pathlib import Path


def config(port: int, **more: Any) -> TopicConfig:
    written = {"id": "mq", "kind": "mqtt", "host": "127.0.0.1", "port": port, "topic": "xfl/notices", **more}
    return TopicConfig.model_validate(written)


async def test_a_notice_is_published_whole_and_a_broker_that_went_is_found_again(tmp_path: Path) -> None:
    async with Mosquitto(tmp_path) as broker, listening(broker.port) as listener:
        channel = config(broker.port).build(wiring(simulated=True))

        await channel.send(message(to="", title="烟感"))
        await until(lambda: listener.heard)
        await broker.stop()
        with pytest.raises(ChannelDown):
            await channel.send(message(to=""))
        await broker.start()
        await channel.send(message(to=""))
        await until(lambda: len(listener.heard) == 2)

    heard = listener.heard[0]
    assert (heard.topic, heard.retained) == ("xfl/notices", False)
    assert heard.body == {
        "subject": "alarm:12",
        "priority": 1,
        "title": "烟感",
        "text": TEXT,
        "numbers": [7],
        "simulated": True,
    }


async def test_a_broker_that_does_not_know_us_is_for_a_person(tmp_path: Path) -> None:
    async with Mosquitto(tmp_path, "allow_anonymous false") as broker:
        channel = config(broker.port).build(wiring())

        with pytest.raises(ChannelRefused, match="refused the connection"):
            await channel.send(message(to=""))


async def test_a_silent_broker_is_given_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(broker_once, "ANSWER_SECONDS", 0.5)
    async with Mosquitto(tmp_path) as broker:
        channel = config(broker.port).build(wiring())
        broker.freeze()

        with pytest.raises(ChannelDown, match="no answer"):
            await channel.send(message(to=""))


async def test_what_a_broker_does_not_confirm_did_not_go_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(broker_once, "ANSWER_SECONDS", 0.5)

    async def welcome_and_say_no_more(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(100)
        writer.write(b"\x20\x02\x00\x00")  # CONNACK of MQTT 3.1.1
        while await reader.read(1000):
            pass
        writer.close()

    server = await asyncio.start_server(welcome_and_say_no_more, "127.0.0.1", 0)
    async with server:
        channel = config(server.sockets[0].getsockname()[1]).build(wiring())
        with pytest.raises(ChannelDown, match="no answer"):
            await channel.send(message(to=""))


@pytest.mark.parametrize(
    ("wrong", "why"),
    [
        ({"topic": "a/#"}, "not a topic"),
        ({"ca_file": "x.pem"}, "needs tls"),
        ({"password": {"env": "X"}}, "needs a username"),
        ({"host": "mq.example.com", "username": "a", "password": {"env": "X"}}, "in clear"),
    ],
)
def test_what_cannot_be_right_is_refused(wrong: dict[str, Any], why: str) -> None:
    with pytest.raises(ValidationError, match=why):
        config(1883, **wrong)
