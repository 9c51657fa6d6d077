"""The dead man's switch: it beats while all is well, falls silent when it is not, and is missed aloud."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import pytest
from aiohttp import web
from pydantic import TypeAdapter, ValidationError

from gateway.decide.rules import HEARTBEAT_UNANSWERED
from gateway.deliver.heartbeat import hearts
from gateway.deliver.heartbeat.beating import MISSES
from gateway.deliver.heartbeat.config import HeartbeatConfig
from gateway.deliver.heartbeat.hearts import HeartbeatWiring, Hearts
from tests.deliver.channels.sending import now, until
from tests.deliver.channels.small_server import served
from tests.servers.mosquitto import Mosquitto, listening

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from gateway.model import HouseSaid


class Listening:
    """A monitoring service. `status` is what it answers."""

    def __init__(self) -> None:
        self.heard: list[tuple[str, str, Any]] = []
        self.status = 200

    async def answer(self, request: web.Request) -> web.Response:
        body = await request.json() if request.method == "POST" else None
        self.heard.append((request.method, request.headers.get("Authorization", ""), body))
        return web.Response(status=self.status)


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hearts, "AFTER_A_MISS_SECONDS", 0.01)


def written(**more: Any) -> HeartbeatConfig:
    adapter: TypeAdapter[HeartbeatConfig] = TypeAdapter(HeartbeatConfig)
    config = adapter.validate_python({"id": "watcher", "kind": "http", **more})
    return config.model_copy(update={"every_seconds": 0.02})


@asynccontextmanager
async def beating(
    config: HeartbeatConfig, said: list[HouseSaid], well: list[str] | None = None, *, simulated: bool = False
) -> AsyncIterator[Hearts]:
    wiring = HeartbeatWiring("xfl", simulated, said.append, now, lambda: (well or [""])[0])
    beats = Hearts([config], wiring)
    task = asyncio.create_task(beats.run())
    try:
        yield beats
    finally:
        task.cancel()
        await asyncio.wait([task])


async def test_it_beats_at_its_pace_and_says_who_and_when(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TOKEN", "t")
    service, said = Listening(), list[Any]()
    async with served(service.answer) as url, beating(written(url=url, token={"env": "TOKEN"}), said) as beats:
        await until(lambda: len(service.heard) >= 3)
        standing = next(iter(beats))

    method, authorization, body = service.heard[0]
    assert (method, authorization, body["compound"], body["simulated"]) == ("POST", "Bearer t", "xfl", False)
    assert (standing.missed, standing.why, standing.answered_utc > 0) == (0, "", True)
    assert [(each.rule, each.source, each.abnormal) for each in said] == [(HEARTBEAT_UNANSWERED, "watcher", False)]


async def test_three_misses_are_an_alarm_and_the_next_answer_ends_it() -> None:
    service, said = Listening(), list[Any]()
    service.status = 500
    async with served(service.answer) as url, beating(written(url=url), said) as beats:
        await until(lambda: len(service.heard) == 2)
        early = list(said)
        await until(lambda: said)
        missed = next(iter(beats)).missed
        service.status = 204
        await until(lambda: len(said) == 2)

    assert early == []
    assert missed >= MISSES
    assert [(each.abnormal, each.why) for each in said] == [(True, "the server failed: HTTP 500"), (False, "")]


async def test_one_that_is_never_answered_is_told_once() -> None:
    said = list[Any]()
    async with beating(written(url="http://127.0.0.1:1/", method="GET"), said) as beats:
        await until(lambda: next(iter(beats)).missed > 10)

    assert len(said) == 1
    assert said[0].abnormal


async def test_it_falls_silent_while_the_gateway_cannot_do_what_it_is_for() -> None:
    service, said, well = Listening(), list[Any](), ["the journal failed"]
    async with served(service.answer) as url, beating(written(url=url), said, well) as beats:
        await asyncio.sleep(0.1)
        silent, why = len(service.heard), next(iter(beats)).why
        well[0] = ""
        await until(lambda: service.heard)

    assert (silent, why) == (0, "not sent: the journal failed")
    assert [each.abnormal for each in said] == [False]


async def test_a_broker_is_told_and_its_confirmation_counts(tmp_path: Path) -> None:
    said = list[Any]()
    async with Mosquitto(tmp_path) as broker, listening(broker.port) as listener:
        config = written(kind="mqtt", host="127.0.0.1", port=broker.port, topic="boxes/xfl")
        async with beating(config, said):
            await until(lambda: len(listener.heard) >= 2)
            await broker.kill()
            await until(lambda: len(said) == 2)

    assert listener.heard[0].topic == "boxes/xfl"
    assert listener.heard[0].body["compound"] == "xfl"
    assert [each.abnormal for each in said] == [False, True]


async def test_a_simulated_compound_calls_nobody_outside() -> None:
    said = list[Any]()
    async with beating(written(url="https://hc.example.cn/1"), said, simulated=True) as outside:
        assert list(outside) == []
    service = Listening()
    async with served(service.answer) as url, beating(written(url=url), said, simulated=True):
        await until(lambda: service.heard)

    assert service.heard[0][2]["simulated"] is True


@pytest.mark.parametrize(
    ("wrong", "why"),
    [
        ({"url": "http://hc.example.cn/", "token": {"env": "X"}}, "in clear"),
        ({"url": "hc.example.cn"}, "begins with"),
        ({"url": "https://me:pw@hc.example.cn/"}, "user or a password"),
        ({"kind": "mqtt", "host": "mq.example.cn", "topic": "/x"}, "not a topic"),
        ({"url": "https://hc.example.cn/", "every_seconds": 1}, "greater than or equal to 5"),
    ],
)
def test_what_cannot_be_right_is_refused(wrong: dict[str, Any], why: str) -> None:
    with pytest.raises(ValidationError, match=why):
        written(**wrong)


def test_the_path_of_an_address_may_be_a_secret_and_is_not_shown() -> None:
    assert written(url="https://hc.example.cn/ping/7f3a").target == "https://hc.example.cn"
