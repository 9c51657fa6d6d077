"""Messages into the groups of chat tools: who is meant, what is signed, and what the services' errors mean."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from aiohttp import web
from pydantic import ValidationError

from gateway.deliver.channels import dingtalk as dingtalk_channel
from gateway.deliver.channels import feishu as feishu_channel
from gateway.deliver.channels import web as web_of_channels
from gateway.deliver.channels.chat_config import DingTalkConfig, WeComConfig
from gateway.deliver.channels.contract import Addressee, ChannelDown, ChannelRefused
from simulator.services.record import Manner
from simulator.services.server import ChatServices
from tests.deliver.channels.chatting import SECRETS, dingtalk, feishu, know_the_secrets, secret, wecom
from tests.deliver.channels.sending import TEXT, message
from tests.deliver.channels.small_server import served

if TYPE_CHECKING:
    from gateway.deliver.channels.dingtalk import DingTalk
    from gateway.deliver.channels.feishu import Feishu
    from gateway.deliver.channels.wecom import WeCom

KINDS = ("wecom", "dingtalk", "feishu")


def bot(kind: str, services: ChatServices) -> WeCom | DingTalk | Feishu:
    match kind:
        case "wecom":
            return wecom(services.url)
        case "dingtalk":
            return dingtalk(services)
    return feishu(services)


def test_the_signatures_are_those_of_the_published_vectors() -> None:
    dingtalks = dingtalk_channel.signature(1_700_000_000_000, "SECdemo")
    feishus = feishu_channel.signature(1_700_000_000, "SECdemo")

    assert dingtalks == "lOvVf9TQCVugV68mGbSZCg0gzOl1SVjxWi1MyVZCUuA="
    assert feishus == "U1q8KAchlt+ocM9vRG/rtwroY6XMkyjtyUV9XOpczwI="


@pytest.mark.parametrize("kind", KINDS)
async def test_a_group_message_goes_out_once_and_names_everybody_who_is_meant(
    kind: str, services: ChatServices
) -> None:
    channel = bot(kind, services)
    both = (Addressee("zhang", "13800138000"), Addressee("li", "lisi"))

    async with channel._web:
        receipt = await channel.send(replace(message(), to=both))

    [said] = services.record.of(kind)
    assert (said.what, said.code) == ("message", "")
    assert said.text.startswith(TEXT)
    assert sorted(said.to) == ["13800138000", "lisi"]
    assert not receipt.delivered


async def test_telephone_numbers_and_user_ids_are_mentioned_each_in_their_way(services: ChatServices) -> None:
    ids = ("13800138000", "manager4220", "23800138000", "138001380001")

    async with (channel := dingtalk(services))._web:
        await channel.send(replace(message(), to=tuple(Addressee(to, to) for to in ids)))

    assert services.record.of("dingtalk")[0].to == ids


@pytest.mark.parametrize("kind", KINDS)
async def test_a_link_stands_on_its_own_line_and_a_long_text_is_cut_before_it(
    kind: str, services: ChatServices
) -> None:
    channel = bot(kind, services)
    link = "https://post.example/a/1"

    async with channel._web:
        await channel.send(message(text="火" * 20_000, link=link))
        await channel.send(message(text=f"看 {link}", link=link))

    long, short = services.record.of(kind, "message")
    assert f"…\n{link}" in long.text
    assert len(long.text.partition("\n<at")[0].encode()) in range(
        channel.limits.longest_bytes - 3, channel.limits.longest_bytes + 1
    )
    assert short.text.count(link) == 1


@pytest.mark.parametrize(("kind", "seconds"), [("wecom", 60.0), ("dingtalk", 600.0), ("feishu", 10.0)])
async def test_too_many_messages_are_an_error_inside_http_200_that_says_how_long_to_wait(
    kind: str, seconds: float, services: ChatServices
) -> None:
    channel = bot(kind, services)
    getattr(services, kind).rate.per_minute = 1

    async with channel._web:
        await channel.send(message())
        with pytest.raises(ChannelDown, match=r"too many|more than 20") as down:
            await channel.send(message())

    assert down.value.after_seconds == seconds


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("manner", [Manner.SILENT, Manner.NONSENSE, Manner.BROKEN, Manner.SLOW])
async def test_a_server_that_misbehaves_is_down_and_nothing_worse(
    kind: str, manner: Manner, services: ChatServices, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(web_of_channels, "WHOLE_SECONDS", 0.05)
    getattr(services, kind).manner = manner
    channel = bot(kind, services)

    async with channel._web:
        with pytest.raises(ChannelDown):
            await channel.send(message())


@pytest.mark.parametrize(
    ("kind", "name"),
    [
        ("wecom", "WECOM_KEY"),
        ("dingtalk", "DINGTALK_TOKEN"),
        ("dingtalk", "DINGTALK_SECRET"),
        ("feishu", "FEISHU_HOOK"),
        ("feishu", "FEISHU_SECRET"),
    ],
)
async def test_a_wrong_key_is_for_a_person_to_cure_and_stands_in_no_error(
    kind: str, name: str, services: ChatServices, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(name, "wrong-and-private")
    channel = bot(kind, services)

    async with channel._web:
        with pytest.raises(ChannelRefused) as refused:
            await channel.send(message())

    assert refused.value.misconfigured
    assert "private" not in str(refused.value)


@pytest.mark.parametrize("kind", KINDS)
async def test_a_secret_that_is_missing_is_named_by_its_place(
    kind: str, services: ChatServices, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in SECRETS:
        monkeypatch.delenv(name.upper())
    channel = bot(kind, services)

    with pytest.raises(ChannelRefused, match=f"{kind.upper()}_.* is not set"):
        await channel.send(message())


@pytest.mark.parametrize("kind", ["dingtalk", "feishu"])
async def test_a_box_whose_clock_is_off_by_two_hours_is_refused_and_told_so(
    kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with ChatServices(clock=lambda: 1_000_000_000.0) as services:
        know_the_secrets(monkeypatch, services)
        channel = bot(kind, services)

        async with channel._web:
            with pytest.raises(ChannelRefused, match="clock"):
                await channel.send(message())


@pytest.mark.parametrize(
    "body",
    [
        '{"errcode":"0"}',
        '{"errcode":false}',
        '{"errcode":true}',
        "{}",
        "[0]",
        "null",
        "",
        '{"errcode":0',
        "[" * 60_000,
        '{"errcode":0}' + " " * 70_000,
    ],
)
async def test_an_answer_that_does_not_say_that_all_is_well_is_not_believed(
    body: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WECOM_KEY", "k")

    async def answer(_: web.Request) -> web.Response:
        return web.Response(text=body)

    async with served(answer) as url, (channel := wecom(url))._web:
        with pytest.raises(ChannelDown):
            await channel.send(message())


async def test_what_a_server_says_about_an_unknown_code_is_not_repeated(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WECOM_KEY", "very-private")

    async def answer(request: web.Request) -> web.Response:
        return web.json_response({"errcode": 4711, "errmsg": f"no such key {request.query['key']}"})

    async with served(answer) as url, (channel := wecom(url))._web:
        with pytest.raises(ChannelDown, match=r"^errcode 4711$"):
            await channel.send(message())


async def test_no_server_at_all_is_down(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WECOM_KEY", "very-private")

    async with (channel := wecom("http://127.0.0.1:9"))._web:
        with pytest.raises(ChannelDown) as down:
            await channel.send(message())

    assert "private" not in str(down.value)


async def test_loopback_is_reached_without_the_proxy_of_the_environment(
    services: ChatServices, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    monkeypatch.delenv("NO_PROXY", raising=False)

    async with (channel := wecom(services.url))._web:
        await channel.send(message())

    assert web_of_channels.proxy_for("http://example.com/") == "http://127.0.0.1:9"
    assert web_of_channels.proxy_for("ws://example.com/") == "http://127.0.0.1:9"


@pytest.mark.parametrize("url", ["http://qyapi.weixin.qq.com", "ftp://127.0.0.1", "https://user:pass@host", "nonsense"])
def test_an_address_that_would_carry_keys_in_clear_is_refused(url: str) -> None:
    with pytest.raises(ValidationError, match="url"):
        WeComConfig.model_validate({"id": "g", "kind": "wecom", "key": secret("wecom_key"), "url": url})


def test_a_channel_is_local_only_when_all_of_it_is() -> None:
    written = {"id": "d", "kind": "dingtalk", "token": secret("a"), "secret": secret("b"), "url": "http://127.0.0.1:1"}
    answers = {"client_id": "x", "client_secret": secret("c")}

    assert DingTalkConfig.model_validate(written).local
    assert not DingTalkConfig.model_validate({**written, "answers": answers}).local
    assert (
        DingTalkConfig.model_validate({**written, "url": "https://oapi.dingtalk.com/"}).target
        == "https://oapi.dingtalk.com"
    )
