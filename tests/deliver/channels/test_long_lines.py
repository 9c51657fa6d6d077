"""Answers over the long connections of WeCom, DingTalk and Feishu: the same promises for all three."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from gateway.deliver.channels import dingtalk_stream, feishu_line, wecom_smart
from gateway.deliver.channels.answers import HELP, TOO_OLD
from simulator.services.record import Manner
from tests.deliver.channels.chatting import dingtalk, feishu
from tests.deliver.channels.chatting import wecom_smart as smart
from tests.deliver.channels.sending import running, until

if TYPE_CHECKING:
    from gateway.deliver.channels.dingtalk import DingTalk
    from gateway.deliver.channels.feishu import Feishu
    from gateway.deliver.channels.wecom_smart import WeComSmart
    from simulator.services.dingtalk import DingTalkService
    from simulator.services.feishu import FeishuService
    from simulator.services.server import ChatServices
    from simulator.services.wecom import WeComService

KINDS = ("wecom", "dingtalk", "feishu")
NAMES = {"wecom": "smart", "dingtalk": "ding", "feishu": "lark"}
APPLICATION_SECRETS = {
    "wecom": "WECOM_BOT_SECRET",
    "dingtalk": "DINGTALK_CLIENT_SECRET",
    "feishu": "FEISHU_APP_SECRET",
}

HOSTILE: list[str | bytes] = [
    "",
    "no json",
    "[]",
    "null",
    "0",
    "[" * 60_000,
    '{"headers": 7, "type": [], "data": {}, "cmd": {}, "body": "x"}',
    json.dumps({"type": "CALLBACK", "headers": {"topic": dingtalk_stream.TOPIC, "messageId": "h1"}, "data": "[[["}),
    json.dumps({"type": "CALLBACK", "headers": {"topic": dingtalk_stream.TOPIC, "messageId": "h2"}, "data": {"a": 1}}),
    json.dumps({"type": "SYSTEM", "headers": {"topic": "ping", "messageId": "h3"}, "data": 12}),
    json.dumps({"type": "EVENT", "headers": {"topic": "*", "messageId": "h4"}}),
    json.dumps(
        {"cmd": "aibot_msg_callback", "headers": {"req_id": "r"}, "body": {"msgid": "h", "from": [], "text": 1}}
    ),
    json.dumps({"cmd": "aibot_msg_callback", "headers": {"req_id": "r"}, "body": {"msgid": "h", "create_time": 1e400}}),
    json.dumps({"cmd": "aibot_event_callback", "headers": {"req_id": "r"}, "body": {"msgid": "h", "event": "x"}}),
    b"",
    b"\x00",
    b"\xff" * 200,
    b"\x08\x00\x10\x00\x18\x01\x20\x01",
    b"\x08\x00\x10\x00\x18\x01\x20\x01\x2a\x7f\x00",
    b"\x08\x00\x10\x00\x18\x01\x20\x01\x2a\x04\x0a\x02\xff\xfe",
]


def channel_of(kind: str, services: ChatServices) -> WeComSmart | DingTalk | Feishu:
    match kind:
        case "wecom":
            return smart(services)
        case "dingtalk":
            return dingtalk(services)
    return feishu(services)


def service_of(kind: str, services: ChatServices) -> WeComService | DingTalkService | FeishuService:
    found: WeComService | DingTalkService | FeishuService = getattr(services, kind)
    return found


@pytest.mark.parametrize("kind", KINDS)
async def test_whoever_writes_an_answer_is_heard_and_told_what_came_of_it(kind: str, services: ChatServices) -> None:
    service = service_of(kind, services)

    async with running(channel_of(kind, services)) as heard:
        await until(lambda: service.line.connected)
        await service.say("zhang", "收到 12")
        await services.record.until(lambda: len(services.record.of(kind, "reply")) == 1)

    assert heard.answers == [(NAMES[kind], "zhang", 12, "ack")]
    assert services.record.of(kind, "reply")[0].text == "已有人收到"


@pytest.mark.parametrize("kind", KINDS)
async def test_an_event_that_is_delivered_twice_is_acted_upon_once(kind: str, services: ChatServices) -> None:
    service = service_of(kind, services)

    async with running(channel_of(kind, services)) as heard:
        await until(lambda: service.line.connected)
        for _ in range(3):
            await service.say("zhang", "收到 12", "the-same")
        await service.say("li", "核实 13", "another")
        await until(lambda: len(services.record.of(kind, "reply")) == 2)

    assert [answer[1:] for answer in heard.answers] == [("zhang", 12, "ack"), ("li", 13, "real")]


@pytest.mark.parametrize("kind", KINDS)
async def test_an_answer_of_eleven_minutes_ago_is_not_acted_upon(kind: str, services: ChatServices) -> None:
    service = service_of(kind, services)

    async with running(channel_of(kind, services)) as heard:
        await until(lambda: service.line.connected)
        await service.say("zhang", "收到 12", sent_utc=services.record.clock() - 660)
        await until(lambda: services.record.of(kind, "reply"))

    assert heard.answers == []
    assert services.record.of(kind, "reply")[0].text == TOO_OLD


@pytest.mark.parametrize("kind", KINDS)
async def test_a_connection_that_breaks_comes_back_and_knows_what_it_heard_before(
    kind: str, services: ChatServices
) -> None:
    service = service_of(kind, services)

    async with running(channel_of(kind, services)) as heard:
        await until(lambda: service.line.connected)
        await service.say("zhang", "收到 12", "the-same")
        await until(lambda: heard.answers)
        await service.line.drop()
        await until(lambda: len(services.record.of(kind, "connected")) == 2)
        await service.say("zhang", "收到 12", "the-same")
        await service.say("zhang", "收到 13")
        await until(lambda: len(heard.answers) == 2)

    assert [answer[2] for answer in heard.answers] == [12, 13]


@pytest.mark.parametrize("kind", KINDS)
async def test_hostile_frames_are_passed_over(kind: str, services: ChatServices) -> None:
    service = service_of(kind, services)

    async with running(channel_of(kind, services)) as heard:
        await until(lambda: service.line.connected)
        for frame in HOSTILE:
            await service.line.send(frame)
        await service.say("zhang", "收到 12")
        await until(lambda: heard.answers)

    assert len(services.record.of(kind, "connected")) == 1
    assert [answer[1:] for answer in heard.answers] == [("zhang", 12, "ack")]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("frame", ["x" * 70_000, b"x" * 70_000])
async def test_a_frame_that_is_too_large_costs_the_connection_and_nothing_else(
    kind: str, frame: str | bytes, services: ChatServices
) -> None:
    service = service_of(kind, services)

    async with running(channel_of(kind, services)) as heard:
        await until(lambda: service.line.connected)
        await service.line.send(frame)
        await until(lambda: len(services.record.of(kind, "connected")) == 2)
        await service.say("zhang", "收到 12")
        await until(lambda: heard.answers)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("manner", [Manner.NONSENSE, Manner.BROKEN])
async def test_a_service_that_does_not_let_it_in_is_tried_until_it_does(
    kind: str, manner: Manner, services: ChatServices, caplog: pytest.LogCaptureFixture
) -> None:
    service = service_of(kind, services)
    service.manner = manner

    async with running(channel_of(kind, services)) as heard:
        await until(lambda: caplog.records)
        service.manner = Manner.WELL
        await until(lambda: service.line.connected)
        await service.say("zhang", "收到 12")
        await until(lambda: heard.answers)

    assert not any(record.exc_info for record in caplog.records), "a traceback names the address"


@pytest.mark.parametrize("kind", KINDS)
async def test_a_wrong_secret_is_told_once_without_the_secret_and_taken_up_when_it_is_put_right(
    kind: str, services: ChatServices, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO", "gridpost.chat")
    name = APPLICATION_SECRETS[kind]
    service = service_of(kind, services)
    monkeypatch.setenv(name, "wrong-and-private")

    async with running(channel_of(kind, services)) as heard:
        await until(lambda: len(services.record.of(kind, "refused")) >= 3)
        monkeypatch.setenv(name, getattr(services.keys, name.lower()))
        await until(lambda: service.line.connected)
        await service.say("zhang", "收到 12")
        await until(lambda: heard.answers)

    told = [record.getMessage().rpartition(" ")[2] for record in caplog.records]
    assert told == ["down", "back"]
    assert "private" not in repr([vars(record) for record in caplog.records])


@pytest.mark.parametrize("kind", KINDS)
async def test_talk_is_answered_with_how_to_answer(kind: str, services: ChatServices) -> None:
    service = service_of(kind, services)

    async with running(channel_of(kind, services)) as heard:
        await until(lambda: service.line.connected)
        await service.say("zhang", "吃饭了吗")
        await until(lambda: services.record.of(kind, "reply"))

    assert heard.answers == []
    assert services.record.of(kind, "reply")[0].text == HELP


async def test_wecom_and_feishu_are_pinged_and_a_line_that_says_nothing_is_given_up(
    services: ChatServices, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(feishu_line, "PING_SECONDS", 0.02)
    monkeypatch.setattr(wecom_smart, "PING_SECONDS", 0.02)

    async with running(feishu(services)), running(smart(services)):
        await until(lambda: services.feishu.pings > 3)
        await until(lambda: services.wecom.pings > 3)
        assert len(services.record.of("feishu", "connected")) == len(services.record.of("wecom", "connected")) == 1
        services.feishu.deaf = services.wecom.deaf = True
        await until(lambda: services.record.of("feishu", "closed"))
        await until(lambda: services.record.of("wecom", "closed"))
