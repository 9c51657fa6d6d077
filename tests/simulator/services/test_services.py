"""The simulated services behave as their vendors document it: limits, signatures, windows, keys that are pressed."""

from __future__ import annotations

import hashlib
import hmac
import json
from base64 import b64encode
from datetime import UTC, datetime
from itertools import count
from typing import TYPE_CHECKING, Any

import aiohttp
import pytest

from simulator.loopback import NotLoopback
from simulator.services.aliyun_signature import signature
from simulator.services.record import KEPT, Manner, Record
from simulator.services.server import ChatServices

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

NOW = 1_700_000_000.0


class Clock:
    """The time of day, as far as a test lets it go."""

    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
async def services(clock: Clock) -> AsyncIterator[ChatServices]:
    async with ChatServices(clock=clock) as services:
        yield services


@pytest.fixture
async def client(services: ChatServices) -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession(services.url) as client:
        yield client


async def posted(client: aiohttp.ClientSession, path: str, body: object) -> dict[str, Any]:
    async with client.post(path, json=body) as response:
        found: dict[str, Any] = await response.json()
        return found


def dingtalk_path(services: ChatServices, at: float = NOW) -> str:
    secret, milliseconds = services.keys.dingtalk_secret, int(at * 1000)
    sign = b64encode(hmac.new(secret.encode(), f"{milliseconds}\n{secret}".encode(), hashlib.sha256).digest()).decode()
    sign = sign.replace("+", "%2B").replace("/", "%2F").replace("=", "%3D")
    return f"/robot/send?access_token={services.keys.dingtalk_token}&timestamp={milliseconds}&sign={sign}"


def feishu_body(services: ChatServices, at: float = NOW) -> dict[str, Any]:
    key = f"{int(at)}\n{services.keys.feishu_secret}".encode()
    sign = b64encode(hmac.new(key, b"", hashlib.sha256).digest()).decode()
    return {"timestamp": str(int(at)), "sign": sign, "msg_type": "text", "content": {"text": "烟感"}}


async def test_wecom_takes_twenty_messages_in_any_minute(
    services: ChatServices, client: aiohttp.ClientSession, clock: Clock
) -> None:
    path, body = f"/cgi-bin/webhook/send?key={services.keys.wecom_key}", {"msgtype": "text", "text": {"content": "火"}}

    codes = [(await posted(client, path, body))["errcode"] for _ in range(21)]
    clock.now += 61
    later = await posted(client, path, body)

    assert codes == [0] * 20 + [45009]
    assert later["errcode"] == 0


async def test_dingtalk_blocks_for_ten_minutes_after_the_twenty_first_message(
    services: ChatServices, client: aiohttp.ClientSession, clock: Clock
) -> None:
    body = {"msgtype": "text", "text": {"content": "火"}}

    codes = [(await posted(client, dingtalk_path(services), body))["errcode"] for _ in range(21)]
    clock.now += 590
    still = await posted(client, dingtalk_path(services), body)
    clock.now += 11
    again = await posted(client, dingtalk_path(services), body)

    assert codes == [0] * 20 + [130101]
    assert (still["errcode"], again["errcode"]) == (130101, 0)


@pytest.mark.parametrize(("away", "fits"), [(0, True), (3599, True), (-3599, True), (3601, False), (-3601, False)])
async def test_signatures_hold_for_an_hour(
    away: float,
    fits: bool,  # noqa: FBT001 - a table
    services: ChatServices,
    client: aiohttp.ClientSession,
) -> None:
    dingtalk = await posted(client, dingtalk_path(services, NOW + away), {"msgtype": "text", "text": {"content": "火"}})
    feishu = await posted(
        client, f"/open-apis/bot/v2/hook/{services.keys.feishu_hook}", feishu_body(services, NOW + away)
    )

    assert (dingtalk["errcode"] == 0) is fits
    assert (feishu["code"] == 0) is fits


async def test_a_signature_of_another_secret_is_refused(services: ChatServices, client: aiohttp.ClientSession) -> None:
    dingtalk = await posted(client, dingtalk_path(services).replace("sign=", "sign=x"), {"text": {"content": "火"}})
    feishu = await posted(
        client, f"/open-apis/bot/v2/hook/{services.keys.feishu_hook}", {**feishu_body(services), "sign": "x"}
    )

    assert (dingtalk["errcode"], feishu["code"]) == (310000, 19021)


async def test_feishu_takes_a_hundred_messages_in_any_minute(
    services: ChatServices, client: aiohttp.ClientSession
) -> None:
    path = f"/open-apis/bot/v2/hook/{services.keys.feishu_hook}"

    codes = [(await posted(client, path, feishu_body(services)))["code"] for _ in range(101)]

    assert codes == [0] * 100 + [11232]


CALL = {"CalledNumber": "13800138000", "TtsCode": "TTS_1"}
TEXT = {"PhoneNumbers": "13800138000", "SignName": "幸福里", "TemplateCode": "SMS_1", "TemplateParam": "{}"}
NONCES = count()


def aliyun(services: ChatServices, action: str, given: dict[str, str], at: float = NOW) -> dict[str, str]:
    whole = {
        "Action": action,
        "Version": "2017-05-25",
        "Format": "JSON",
        "AccessKeyId": services.keys.aliyun_key,
        "SignatureMethod": "HMAC-SHA1",
        "SignatureVersion": "1.0",
        "SignatureNonce": f"nonce-{next(NONCES)}",
        "Timestamp": datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        **given,
    }
    return {**whole, "Signature": signature("POST", whole, services.keys.aliyun_secret)}


async def asked(client: aiohttp.ClientSession, given: dict[str, str]) -> dict[str, Any]:
    async with client.post("/aliyun", data=given) as response:
        found: dict[str, Any] = await response.json()
        return found


def test_the_signature_is_that_of_aliyuns_example() -> None:
    given = {
        "AccessKeyId": "testid",
        "Action": "DescribeRegions",
        "Format": "XML",
        "SignatureMethod": "HMAC-SHA1",
        "SignatureNonce": "3ee8c1b8-83d3-44af-a94f-4e0ad82fd6cf",
        "SignatureVersion": "1.0",
        "Timestamp": "2016-02-23T12:46:24Z",
        "Version": "2014-05-26",
    }

    assert signature("GET", given, "testsecret") == "OLeaidS1JvxuMvnyHOwuJ+uX5qY="


async def test_a_call_waits_for_a_key_and_tells_which_one(
    services: ChatServices, client: aiohttp.ClientSession
) -> None:
    call = {"CalledNumber": "13800138000", "TtsCode": "TTS_1", "TtsParam": '{"text":"3号楼烟感"}'}
    made = await asked(client, aliyun(services, "SingleCallByTts", call))
    detail = {"CallId": made["CallId"], "ProdId": "11000000300006", "QueryDate": "1700000000000"}

    ringing = await asked(client, aliyun(services, "QueryCallDetailByCallId", detail))
    services.aliyun.press(made["CallId"], "1")
    pressed = await asked(client, aliyun(services, "QueryCallDetailByCallId", detail))

    assert services.aliyun.calls[0].parameters == {"text": "3号楼烟感"}
    assert ringing["Data"] == ""
    assert json.loads(pressed["Data"])["dtmf"] == "1"
    assert json.loads(pressed["Data"])["state"] == "200000"


async def test_a_call_that_nobody_takes_says_so(services: ChatServices, client: aiohttp.ClientSession) -> None:
    made = await asked(client, aliyun(services, "SingleCallByTts", CALL))
    services.aliyun.miss(made["CallId"])

    detail = {"CallId": made["CallId"], "ProdId": "11000000300006", "QueryDate": "1700000000000"}
    missed = await asked(client, aliyun(services, "QueryCallDetailByCallId", detail))

    assert json.loads(missed["Data"])["state"] == "200005"


async def test_a_short_message_is_waiting_delivered_or_lost(
    services: ChatServices, client: aiohttp.ClientSession
) -> None:
    services.aliyun.delivers = False
    sent = await asked(client, aliyun(services, "SendSms", TEXT))
    detail = {
        "PhoneNumber": "13800138000",
        "BizId": sent["BizId"],
        "SendDate": "20231114",
        "PageSize": "1",
        "CurrentPage": "1",
    }
    states = []

    for delivered in (None, False, True):
        if delivered is not None:
            services.aliyun.tell(sent["BizId"], delivered=delivered)
        found = await asked(client, aliyun(services, "QuerySendDetails", detail))
        states.append(found["SmsSendDetailDTOs"]["SmsSendDetailDTO"][0]["SendStatus"])

    assert states == [1, 2, 3]


async def test_one_number_gets_fifty_notices_a_day(
    services: ChatServices, client: aiohttp.ClientSession, clock: Clock
) -> None:

    codes = [(await asked(client, aliyun(services, "SendSms", TEXT)))["Code"] for _ in range(51)]
    clock.now += 86_400
    tomorrow = await asked(client, aliyun(services, "SendSms", TEXT, clock.now))

    assert codes == ["OK"] * 50 + ["isv.BUSINESS_LIMIT_CONTROL"]
    assert tomorrow["Code"] == "OK"


async def test_aliyun_lets_in_nobody_who_is_wrong_late_or_repeats_himself(
    services: ChatServices, client: aiohttp.ClientSession
) -> None:
    good = aliyun(services, "SendSms", TEXT)

    answers = [
        await asked(client, good),
        await asked(client, good),
        await asked(client, {**aliyun(services, "SendSms", TEXT), "PhoneNumbers": "13900139000"}),
        await asked(client, aliyun(services, "SendSms", TEXT, NOW - 901)),
        await asked(client, {**aliyun(services, "SendSms", TEXT), "AccessKeyId": "else"}),
    ]

    assert [answer["Code"] for answer in answers] == [
        "OK",
        "SignatureNonceUsed",
        "SignatureDoesNotMatch",
        "InvalidTimeStamp.Expired",
        "InvalidAccessKeyId.NotFound",
    ]


async def test_aliyun_fails_with_whatever_code_it_is_told(
    services: ChatServices, client: aiohttp.ClientSession
) -> None:
    services.aliyun.fail_with("isv.AMOUNT_NOT_ENOUGH")
    failed = await asked(client, aliyun(services, "SingleCallByTts", CALL))
    services.aliyun.fail_with("")
    made = await asked(client, aliyun(services, "SingleCallByTts", CALL))

    assert (failed["Code"], made["Code"]) == ("isv.AMOUNT_NOT_ENOUGH", "OK")
    assert len(services.aliyun.calls) == 1


@pytest.mark.parametrize("manner", [Manner.NONSENSE, Manner.BROKEN, Manner.SILENT])
async def test_one_service_misbehaves_and_the_others_do_not(
    manner: Manner, services: ChatServices, client: aiohttp.ClientSession
) -> None:
    services.wecom.manner = manner
    body = {"msgtype": "text", "text": {"content": "火"}}

    try:
        async with client.post(
            "/cgi-bin/webhook/send", json=body, timeout=aiohttp.ClientTimeout(total=0.05)
        ) as response:
            said = (response.status, (await response.text())[:6])
    except TimeoutError:
        said = (0, "")

    expected = {Manner.NONSENSE: (200, "<html>"), Manner.BROKEN: (500, "panic:"), Manner.SILENT: (0, "")}
    assert said == expected[manner]
    assert (await posted(client, dingtalk_path(services), body))["errcode"] == 0


async def test_the_page_shows_what_came_and_its_button_answers_it(
    services: ChatServices, client: aiohttp.ClientSession
) -> None:
    path = f"/cgi-bin/webhook/send?key={services.keys.wecom_key}"
    text = {"content": "<b>3号楼</b> 烟感 回复 收到 12", "mentioned_list": ["zhang"]}
    await posted(client, path, {"msgtype": "text", "text": text})
    async with client.ws_connect("/wecom") as line:
        body = {"bot_id": services.keys.wecom_bot_id, "secret": services.keys.wecom_bot_secret}
        await line.send_json({"cmd": "aibot_subscribe", "headers": {"req_id": "1"}, "body": body})
        await line.receive_json()

        async with client.get("/") as shown:
            page = await shown.text()
        async with client.post(
            "/answer", data={"service": "wecom", "user": "zhang", "text": "收到 12"}, allow_redirects=False
        ) as answered:
            status = answered.status
        heard = await line.receive_json()

    assert "&lt;b&gt;3号楼" in page
    assert "<button>收到 12</button>" in page
    assert (status, heard["body"]["text"]["content"], heard["body"]["from"]["userid"]) == (303, "收到 12", "zhang")


async def test_an_answer_that_no_gateway_hears_says_so(client: aiohttp.ClientSession) -> None:
    statuses = []

    for told in ({"service": "feishu", "user": "z", "text": "收到"}, {"service": "x"}, {"service": "aliyun"}):
        async with client.post("/answer", data=told) as response:
            statuses.append(response.status)

    assert statuses == [409, 404, 404]


def test_the_services_are_on_loopback_or_not_at_all() -> None:
    with pytest.raises(NotLoopback):
        ChatServices(host="0.0.0.0")


def test_the_record_keeps_the_newest() -> None:
    record = Record(lambda: NOW)

    for number in range(KEPT + 5):
        record.note("wecom", "message", str(number))

    kept = list(record)
    assert len(kept) == KEPT
    assert (kept[0].text, kept[-1].number) == ("5", KEPT + 5)
