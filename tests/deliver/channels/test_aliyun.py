"""Aliyun: the signature of its documents, SMS with receipts, and calls whose keys are asked for."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from aiohttp import web
from pydantic import ValidationError

from gateway.deliver.channels import aliyun_sms, aliyun_voice, receipts
from gateway.deliver.channels.aliyun import refusal, signature
from gateway.deliver.channels.aliyun_config import AliyunSmsConfig, AliyunVoiceConfig
from gateway.deliver.channels.contract import ChannelDown, ChannelRefused
from gateway.notice import Fate
from simulator.services.server import ChatServices
from tests.deliver.channels.sending import TEXT, message, running, until, wiring
from tests.deliver.channels.small_server import served

if TYPE_CHECKING:
    from gateway.deliver.channels.aliyun_sms import AliyunSms
    from gateway.deliver.channels.aliyun_voice import AliyunVoice

DOCUMENTED = {
    "AccessKeyId": "testid",
    "Action": "DescribeRegions",
    "Format": "XML",
    "SignatureMethod": "HMAC-SHA1",
    "SignatureNonce": "3ee8c1b8-83d3-44af-a94f-4e0ad82fd6cf",
    "SignatureVersion": "1.0",
    "Timestamp": "2016-02-23T12:46:24Z",
    "Version": "2014-05-26",
}


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ALIYUN_ID", "simulated-aliyun-key")
    monkeypatch.setenv("ALIYUN_SECRET", "simulated-aliyun-secret")
    monkeypatch.setattr(aliyun_voice, "ASK_SECONDS", 0.01)
    monkeypatch.setattr(aliyun_sms, "ASK_AFTER_SECONDS", 0.01)
    monkeypatch.setattr(receipts, "AFTER_TROUBLE_SECONDS", 0.01)


def sms(url: str, **more: Any) -> AliyunSms:
    written = {"id": "sms", "kind": "aliyun_sms", "sign": "幸福里", "template": "SMS_1", "url": url, **keys(), **more}
    return AliyunSmsConfig.model_validate(written).build(wiring())


def voice(url: str, **more: Any) -> AliyunVoice:
    written = {"id": "voice", "kind": "aliyun_voice", "template": "TTS_1", "url": url, **keys(), **more}
    return AliyunVoiceConfig.model_validate(written).build(wiring())


def keys() -> dict[str, Any]:
    return {"key_id": {"env": "ALIYUN_ID"}, "key_secret": {"env": "ALIYUN_SECRET"}}


def test_the_signature_is_that_of_aliyuns_example() -> None:
    got = signature("GET", DOCUMENTED, "testsecret")

    assert got == "OLeaidS1JvxuMvnyHOwuJ+uX5qY="


def test_what_is_signed_does_not_depend_on_the_order_of_writing() -> None:
    shuffled = dict(reversed(DOCUMENTED.items()))

    assert signature("POST", shuffled, "testsecret") == "MxbnVAM4w6sft9xjVpe/GCKueuk="


async def test_a_short_message_arrives_with_sign_template_and_text_and_its_receipt_comes() -> None:
    async with ChatServices() as services:
        channel = sms(f"{services.url}/aliyun")

        async with running(channel) as heard:
            receipt = await channel.send(message())
            await until(lambda: heard.fates)

    text = services.aliyun.texts[0]
    assert (text.number, text.sign, text.template, text.parameters) == (
        "13800138000",
        "幸福里",
        "SMS_1",
        {"text": TEXT},
    )
    assert heard.fates == [(receipt.reference, Fate.DELIVERED, "")]


async def test_a_receipt_that_takes_its_time_is_waited_for_and_a_failure_is_told() -> None:
    async with ChatServices() as services:
        services.aliyun.delivers = False
        channel = sms(f"{services.url}/aliyun")

        async with running(channel) as heard:
            receipt = await channel.send(message())
            services.aliyun.tell(receipt.reference, delivered=False)
            await until(lambda: heard.fates)

    assert heard.fates[0][:2] == (receipt.reference, Fate.FAILED)
    assert "MOBILE_NOT_ON_SERVICE" in heard.fates[0][2]


async def test_what_is_longer_than_the_template_takes_is_cut_and_stays_on_one_line() -> None:
    async with ChatServices() as services:
        channel = sms(f"{services.url}/aliyun", longest_characters=12)

        async with running(channel):
            await channel.send(message(text="门没开:\n3号楼1单元 3号楼2单元 4号楼1单元"))

    assert services.aliyun.texts[0].parameters == {"text": "门没开: 3号楼1单元…"}


async def test_a_pressed_key_takes_the_alarm() -> None:
    async with ChatServices() as services:
        channel = voice(f"{services.url}/aliyun")

        async with running(channel) as heard:
            receipt = await channel.send(message())
            services.aliyun.press(receipt.reference, "1")
            await until(lambda: heard.answers)

    assert heard.answers == [("voice", "13800138000", 12, "ack")]
    assert heard.fates == [(receipt.reference, Fate.ANSWERED, "")]


async def test_a_key_pressed_in_a_call_about_no_alarm_takes_none() -> None:
    async with ChatServices() as services:
        channel = voice(f"{services.url}/aliyun")

        async with running(channel) as heard:
            receipt = await channel.send(message(subject="test:3", alarm=None))
            services.aliyun.press(receipt.reference, "1")
            await until(lambda: heard.fates)

    assert heard.fates == [(receipt.reference, Fate.ANSWERED, "")]
    assert heard.answers == []


async def test_a_number_that_was_called_too_often_holds_up_no_other() -> None:
    async with ChatServices() as services:
        channel = voice(f"{services.url}/aliyun")
        services.aliyun.fail_with("isv.BUSINESS_LIMIT_CONTROL")

        async with running(channel):
            with pytest.raises(ChannelRefused) as refused:
                await channel.send(message())

    assert not refused.value.misconfigured


async def test_a_link_is_not_read_out() -> None:
    async with ChatServices() as services:
        channel = voice(f"{services.url}/aliyun")

        async with running(channel):
            await channel.send(message(text="火警\n打开 https://x.cn/a/T 确认\n马上去", link="https://x.cn/a/T"))

    assert services.aliyun.calls[0].parameters == {"text": "火警 马上去"}


async def test_another_key_and_a_call_without_one_are_heard_and_not_answered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(aliyun_voice, "KEY_SECONDS", 0.1)
    async with ChatServices() as services:
        channel = voice(f"{services.url}/aliyun")

        async with running(channel) as heard:
            for key in ("", "7"):
                receipt = await channel.send(message())
                services.aliyun.press(receipt.reference, key)
            await until(lambda: len(heard.fates) == 2)

    assert [fate for _, fate, _ in heard.fates] == [Fate.DELIVERED, Fate.DELIVERED]
    assert heard.answers == []


async def test_a_call_that_nobody_takes_has_failed() -> None:
    async with ChatServices() as services:
        channel = voice(f"{services.url}/aliyun")

        async with running(channel) as heard:
            receipt = await channel.send(message())
            services.aliyun.miss(receipt.reference)
            await until(lambda: heard.fates)

    assert heard.fates == [(receipt.reference, Fate.FAILED, "the call was not taken (state 200005)")]


async def test_a_call_of_which_nothing_is_said_has_failed_after_its_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(aliyun_voice, "LONGEST_CALL_SECONDS", 0.1)
    async with ChatServices() as services:
        channel = voice(f"{services.url}/aliyun")

        async with running(channel) as heard:
            await channel.send(message())
            await until(lambda: heard.fates)

    assert heard.fates[0][1:] == (Fate.FAILED, "nothing was said of the call")


async def test_with_a_menu_the_call_is_an_interactive_one() -> None:
    asked: list[dict[str, str]] = []

    async def answer(request: web.Request) -> web.Response:
        asked.append({name: str(value) for name, value in (await request.post()).items()})
        record = json.dumps({"state": "200000", "dtmf": "1"})
        return web.json_response({"Code": "OK", "CallId": "1^2", "Data": record})

    async with served(answer) as url:
        channel = voice(url, menu_template="TTS_2", caller="057112345678")

        async with running(channel) as heard:
            await channel.send(message())
            await until(lambda: heard.answers)

    call, query = asked[0], asked[1]
    assert (call["Action"], call["StartCode"], call["CalledShowNumber"]) == ("IvrCall", "TTS_1", "057112345678")
    assert (call["MenuKeyMap.1.Key"], call["MenuKeyMap.1.Code"]) == ("1", "TTS_2")
    assert (query["Action"], query["ProdId"]) == ("QueryCallDetailByCallId", aliyun_voice.MENU_CALLS)


async def test_a_wrong_secret_is_for_a_person_and_never_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ALIYUN_SECRET", "not-the-secret")
    async with ChatServices() as services:
        channel = sms(f"{services.url}/aliyun")

        async with running(channel):
            with pytest.raises(ChannelRefused) as refused:
                await channel.send(message())

    assert refused.value.misconfigured
    assert str(refused.value) == "Aliyun says SignatureDoesNotMatch"


@pytest.mark.parametrize(
    ("code", "status", "cured", "person"),
    [
        ("isv.BUSINESS_LIMIT_CONTROL", 200, "never", False),
        ("isv.DAY_LIMIT_CONTROL", 200, "time", False),
        ("Throttling.User", 400, "time", False),
        ("isp.GATEWAY_ERROR", 200, "time", False),
        ("InvalidTimeStamp.Expired", 400, "time", False),
        ("isp.RAM_PERMISSION_DENY", 200, "never", True),
        ("", 503, "time", False),
        ("isv.MOBILE_NUMBER_ILLEGAL", 200, "never", False),
        ("isv.AMOUNT_NOT_ENOUGH", 200, "never", True),
        ("InvalidAccessKeyId.NotFound", 404, "never", True),
    ],
)
def test_an_error_inside_http_200_is_an_error(code: str, status: int, cured: str, person: bool) -> None:  # noqa: FBT001
    error = refusal(code, status)

    assert isinstance(error, ChannelDown if cured == "time" else ChannelRefused)
    assert getattr(error, "misconfigured", False) is person


async def test_nonsense_and_no_id_may_pass() -> None:
    said = iter(["<html>", '{"Code": "OK"}'])

    async def answer(_request: web.Request) -> web.Response:
        return web.Response(text=next(said))

    async with served(answer) as url:
        channel = voice(url)

        async with running(channel):
            for _ in range(2):
                with pytest.raises(ChannelDown):
                    await channel.send(message())


def test_numbers_do_not_travel_in_clear_off_the_box() -> None:
    with pytest.raises(ValidationError, match="in clear"):
        sms("http://dysmsapi.aliyuncs.com/")

    assert sms("http://127.0.0.1:1/").id == "sms"
