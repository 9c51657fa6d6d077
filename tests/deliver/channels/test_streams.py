"""What is particular about the long connections of DingTalk and Feishu."""

from __future__ import annotations

import json
from functools import partial
from typing import TYPE_CHECKING

import aiohttp
import pytest

from gateway.deliver.channels import dingtalk_stream
from gateway.deliver.channels.answers import Answers
from gateway.deliver.channels.long_line import may_be_called
from gateway.deliver.channels.web import Answer, Web
from tests.deliver.channels.chatting import dingtalk, feishu
from tests.deliver.channels.sending import Heard, now, running, until

if TYPE_CHECKING:
    from collections.abc import Mapping

    from simulator.services.server import ChatServices


async def test_dingtalk_has_every_frame_acknowledged_and_its_ping_given_back(services: ChatServices) -> None:
    async with running(dingtalk(services)):
        await until(lambda: services.dingtalk.line.connected)
        ping = await services.dingtalk.ask_for_life()
        said = await services.dingtalk.say("zhang", "收到 12")
        await until(lambda: len(services.dingtalk.acknowledged) == 2)

    assert json.loads(services.dingtalk.acknowledged[ping]["data"]) == {"opaque": ping}
    assert services.dingtalk.acknowledged[said]["code"] == 200


async def test_dingtalk_may_ask_it_to_come_again(services: ChatServices) -> None:
    async with running(dingtalk(services)):
        await until(lambda: services.dingtalk.line.connected)
        await services.dingtalk.ask_to_leave()
        await until(lambda: len(services.record.of("dingtalk", "connected")) == 2)


async def test_feishus_events_are_put_together_when_they_come_in_pieces(services: ChatServices) -> None:
    async with running(feishu(services, people_as="open_id")) as heard:
        await until(lambda: services.feishu.line.connected)
        await services.feishu.say("zhang", "收到 12", pieces=5)
        await until(lambda: services.feishu.acknowledged)

    assert heard.answers == [("lark", "ou_zhang", 12, "ack")]


async def test_another_bot_in_feishus_group_is_not_talked_to(services: ChatServices) -> None:
    async with running(feishu(services)) as heard:
        await until(lambda: services.feishu.line.connected)
        await services.feishu.say("guards-bot", "收到 12", sender="app")
        await until(lambda: services.feishu.acknowledged)

    assert heard.answers == []
    assert services.record.of("feishu", "reply") == []


@pytest.mark.parametrize(("seconds", "tokens"), [(7200, 1), (60, 3)])
async def test_feishus_token_is_used_until_shortly_before_its_end(
    seconds: int, tokens: int, services: ChatServices
) -> None:
    services.feishu.token_seconds = seconds

    async with running(feishu(services)):
        await until(lambda: services.feishu.line.connected)
        for number in range(3):
            await services.feishu.say("zhang", f"收到 {number}")
            await until(partial(_replied, services, number + 1))

    assert services.feishu.tokens_given == tokens


def _replied(services: ChatServices, times: int) -> bool:
    return len(services.record.of("feishu", "reply")) == times


async def test_a_reply_to_feishu_gets_a_new_token_when_that_of_before_is_void(services: ChatServices) -> None:
    async with running(feishu(services)):
        await until(lambda: services.feishu.line.connected)
        await services.feishu.say("zhang", "收到 12")
        await until(lambda: len(services.record.of("feishu", "reply")) == 1)
        services.feishu.forget_tokens()
        await services.feishu.say("zhang", "收到 13")
        await until(lambda: len(services.record.of("feishu", "reply")) == 2)

    assert services.feishu.tokens_given == 2


@pytest.mark.parametrize(
    ("hook", "posted"),
    [
        ("https://oapi.dingtalk.com/robot/sendBySession?session=1", True),
        ("https://evil.example/robot/sendBySession", False),
        ("http://oapi.dingtalk.com/robot/sendBySession", False),
        (None, False),
    ],
)
async def test_dingtalks_replies_go_to_dingtalk_alone_whatever_address_a_message_names(
    hook: str | None,
    posted: bool,  # noqa: FBT001 - a table
) -> None:
    written: list[str] = []
    message = json.dumps({"msgId": "1", "senderStaffId": "z", "text": {"content": "收到 1"}, "sessionWebhook": hook})
    said = {"type": "CALLBACK", "headers": {"topic": dingtalk_stream.TOPIC, "messageId": "1"}, "data": message}
    answers = Answers("ding", Heard(), now)

    await dingtalk_stream._answer(_NoSocket(), _Notes(written), answers, said, home=False)

    assert written == ([hook] if posted else [])


class _NoSocket(aiohttp.ClientWebSocketResponse):
    def __init__(self) -> None:
        pass

    async def send_str(self, data: str, compress: int | None = None) -> None:
        pass


class _Notes(Web):
    """A way to servers that writes down where it was to go: the Internet is not reached."""

    def __init__(self, written: list[str]) -> None:
        super().__init__()
        self._written = written

    async def post(self, url: str, _body: object, _headers: Mapping[str, str] | None = None) -> Answer:
        self._written.append(url)
        return Answer(200, b"{}")


@pytest.mark.parametrize(
    ("url", "home", "within", "may"),
    [
        ("wss://x.dingtalk.com/c", False, "", True),
        ("ws://x.dingtalk.com/c", False, "", False),
        ("https://oapi.dingtalk.com/robot", False, "dingtalk.com", True),
        ("https://dingtalk.com/robot", False, "dingtalk.com", True),
        ("https://evildingtalk.com/robot", False, "dingtalk.com", False),
        ("https://dingtalk.com.evil.example/", False, "dingtalk.com", False),
        ("http://127.0.0.1:8080/", False, "dingtalk.com", False),
        ("https://[::1", False, "", False),
        ("ws://127.0.0.1:1/", True, "", True),
        ("wss://evil.example/", True, "", False),
        (None, True, "", False),
        ({}, False, "", False),
    ],
)
def test_an_address_that_a_service_gives_is_used_only_where_it_may_lead(
    url: object,
    home: bool,  # noqa: FBT001 - a table
    within: str,
    may: bool,  # noqa: FBT001 - a table
) -> None:
    assert may_be_called(url, home=home, within=within) is may
