"""The smart bot of WeCom: its messages, its buttons, and the one connection that it has."""

from __future__ import annotations

import asyncio
import json
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from gateway.deliver.channels import long_line, wecom_smart
from gateway.deliver.channels.contract import ChannelDown, ChannelRefused
from simulator.services.record import Manner
from tests.deliver.channels.chatting import wecom_smart as smart
from tests.deliver.channels.sending import message, running, until

if TYPE_CHECKING:
    from simulator.services.server import ChatServices


async def test_another_program_with_the_same_wecom_bot_is_left_alone_for_a_while(
    services: ChatServices, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(long_line, "REFUSED_SECONDS", (60.0, 60.0))

    async with running(smart(services)), running(smart(services)):
        await until(lambda: len(services.record.of("wecom", "connected")) == 2)
        await until(lambda: services.record.of("wecom", "closed"))

        await asyncio.sleep(0.1)  # long enough for the two to throw each other out again

    assert "another program" in repr([vars(record) for record in caplog.records])
    assert len(services.record.of("wecom", "connected")) == 2


async def test_a_message_of_the_smart_bot_waits_for_the_connection_and_is_down_without(
    services: ChatServices, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(wecom_smart, "CONNECTED_SECONDS", 0.05)
    channel = smart(services)
    services.wecom.manner = Manner.BROKEN

    async with running(channel):
        with pytest.raises(ChannelDown, match="long connection is down"):
            await channel.send(message("zhang"))


async def test_the_smart_bot_writes_to_one_person_with_a_button_that_takes_the_alarm(services: ChatServices) -> None:
    channel = smart(services)

    async with running(channel) as heard:
        await channel.send(message("zhang", answers=True))
        [sent] = services.record.of("wecom", "message")
        key = sent.facts["card"]["button_list"][0]["key"]
        await services.wecom.press("zhang", key, sent.reference)
        await until(lambda: services.record.of("wecom", "reply"))

    assert sent.to == ("zhang",)
    assert sent.text == message().text
    assert heard.answers == [("smart", "zhang", 12, "ack")]
    [shown] = services.record.of("wecom", "reply")
    assert (shown.text, shown.to) == ("已有人收到", ("zhang",)), "the others keep their button"


async def test_a_text_that_no_card_shows_whole_goes_out_before_its_button(services: ChatServices) -> None:
    channel = smart(services)

    async with running(channel):
        await channel.send(message("zhang", text="很长" * 100, answers=True))
        await channel.send(message("zhang", text="很长" * 100))

    kinds = [(each.facts["kind"], each.text) for each in services.record.of("wecom", "message")]
    assert [kind for kind, _ in kinds] == ["markdown", "template_card", "markdown"]
    assert kinds[0][1] == "很长" * 100


async def test_the_smart_bot_in_a_group_names_who_is_meant(services: ChatServices) -> None:
    channel = smart(services, chat="guards")

    async with running(channel):
        await channel.send(message("zhang"))

    [sent] = services.record.of("wecom", "message")
    assert sent.to == ("guards",)
    assert sent.text.endswith("<@zhang>")


async def test_the_id_of_a_group_is_told_once_so_that_it_can_be_written_down(
    services: ChatServices, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO")
    channel = smart(services, chat="guards")

    async with running(channel):
        await until(lambda: services.wecom.line.connected)
        for chat in ("others", "others", "guards", ""):
            await services.wecom.say("zhang", "收到", chat=chat)
        await until(lambda: len(services.record.of("wecom", "reply")) == 4)

    told = [vars(record)["facts"] for record in caplog.records if "spoken to" in record.getMessage()]
    assert told == [{"channel": "smart", "chat": "others"}]


async def test_an_answer_that_is_spoken_counts_and_a_picture_says_nothing(services: ChatServices) -> None:
    channel = smart(services)
    picture = {"msgid": "p", "from": {"userid": "zhang"}, "msgtype": "image", "image": {"url": "x"}}
    spoken = {"msgid": "v", "from": {"userid": "zhang"}, "msgtype": "voice", "voice": {"content": "收到。"}}

    async with running(channel) as heard:
        await until(lambda: services.wecom.line.connected)
        for body in (picture, spoken):
            frame = {"cmd": "aibot_msg_callback", "headers": {"req_id": body["msgid"]}, "body": body}
            await services.wecom.line.send(json.dumps(frame))
        await until(lambda: heard.answers)

    assert heard.answers == [("smart", "zhang", None, "ack")]


async def test_errors_of_the_smart_bot_are_told_apart(services: ChatServices) -> None:
    channel = smart(services)

    async with running(channel):
        for _ in range(30):
            await channel.send(message("zhang"))
        with pytest.raises(ChannelDown) as down:
            await channel.send(message("zhang"))
        with pytest.raises(ChannelRefused, match="nobody") as nobody:
            await channel.send(message(""))

    assert down.value.after_seconds == 60.0
    assert not nobody.value.misconfigured


async def test_a_message_that_gets_no_answer_is_down(services: ChatServices, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(wecom_smart, "ANSWER_SECONDS", 0.05)
    channel = smart(services)

    async with running(channel):
        await until(lambda: services.wecom.line.connected)
        services.wecom.deaf = True
        with pytest.raises(ChannelDown, match="no answer"):
            await channel.send(message("zhang"))


async def test_a_message_under_way_is_down_when_the_connection_breaks(services: ChatServices) -> None:
    channel = smart(services)

    async with running(channel):
        await until(lambda: services.wecom.line.connected)
        services.wecom.deaf = True
        sending = asyncio.create_task(channel.send(message("zhang")))
        await until(lambda: channel._waiting)
        await services.wecom.line.drop()
        with pytest.raises(ChannelDown, match="broke"):
            await sending


async def test_a_message_right_after_a_break_goes_out_over_the_next_connection(services: ChatServices) -> None:
    channel = smart(services)

    async with running(channel):
        await until(lambda: services.wecom.line.connected)
        await services.wecom.line.drop()
        await until(lambda: channel._socket is None)
        await channel.send(message("zhang"))

    assert len(services.record.of("wecom", "message")) == 1


async def test_a_message_that_is_tried_twice_has_a_card_of_its_own_each_time(services: ChatServices) -> None:
    channel = smart(services)
    same = replace(message("zhang"), answers=True)

    async with running(channel):
        await channel.send(same)
        await channel.send(same)

    assert len({each.reference for each in services.record.of("wecom", "message")}) == 2
