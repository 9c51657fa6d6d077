"""Aliyun's voice calls and SMS: the RPC interface with signature version 1.0, from Aliyun's documents.

Errors of the interface itself come with HTTP 4xx, those of the business with HTTP 200 and a `Code` that is not OK. What people
do with a call is decided by the test or the person at the demo: `press`, `hang_up`, `miss`; a message is delivered at once
unless `delivers` is False.
"""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from itertools import count
from typing import TYPE_CHECKING
from urllib.parse import unquote

from aiohttp import web

from simulator.services.aliyun_signature import signature
from simulator.services.record import Manner

if TYPE_CHECKING:
    from collections.abc import Mapping

    from simulator.services.keys import Keys
    from simulator.services.record import Record

TIMESTAMP_WINDOW_SECONDS = 15 * 60
NOTICES_A_DAY = 50
"""Of one signature, template and number (Aliyun SMS, frequency limits of notice messages)."""
VOICE_PRODUCT = "11000000300006"
"""`ProdId` of voice notices."""

ANSWERED, MISSED, REFUSED = "200000", "200005", "200003"
"""States of a call: answered, nobody took it, the number was busy or refused it."""


@dataclass(frozen=True, slots=True)
class Call:
    """A call that was made. `state` is "" while it rings or is being listened to; `key` is what was pressed."""

    id: str
    number: str
    template: str
    parameters: Mapping[str, object]
    at: float
    state: str = ""
    key: str = ""


@dataclass(frozen=True, slots=True)
class Text:
    """A short message that was taken."""

    id: str
    number: str
    sign: str
    template: str
    parameters: Mapping[str, object]
    at: float
    delivered: bool | None = None


class Trouble(Exception):
    """What is answered instead."""

    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.code = code


class AliyunService:
    """`POST /aliyun` or `GET /aliyun`, for both products."""

    name = "aliyun"

    def __init__(self, record: Record, keys: Keys) -> None:
        self.manner = Manner.WELL
        self.delivers = True
        self._keys = keys
        self._record = record
        self._calls: dict[str, Call] = {}
        self._texts: dict[str, Text] = {}
        self._nonces: set[str] = set()
        self._numbers = count(1)
        self._today: Counter[tuple[str, str, str, str]] = Counter()
        self._fails = ""
        self._actions = {
            "SingleCallByTts": self._call,
            "QueryCallDetailByCallId": self._call_detail,
            "SendSms": self._send,
            "QuerySendDetails": self._send_details,
        }

    @property
    def calls(self) -> tuple[Call, ...]:
        """All calls, oldest first."""
        return tuple(self._calls.values())

    @property
    def texts(self) -> tuple[Text, ...]:
        """All short messages, oldest first."""
        return tuple(self._texts.values())

    def routes(self) -> list[web.RouteDef]:
        """What it serves."""
        return [web.post("/aliyun", self._serve), web.get("/aliyun", self._serve)]

    def press(self, call_id: str, key: str) -> None:
        """The person who was called presses a key and hangs up."""
        self._end(call_id, ANSWERED, key)

    def hang_up(self, call_id: str) -> None:
        """The person listens and presses nothing."""
        self._end(call_id, ANSWERED, "")

    def miss(self, call_id: str) -> None:
        """Nobody takes the call."""
        self._end(call_id, MISSED, "")

    def fail_with(self, code: str) -> None:
        """Answer calls and messages with this business code from here on; "" for OK again."""
        self._fails = code

    def tell(self, message_id: str, *, delivered: bool) -> None:
        """A short message reached its telephone, or is given up by the network."""
        self._texts[message_id] = replace(self._texts[message_id], delivered=delivered)

    async def _serve(self, request: web.Request) -> web.Response:
        given = {**request.query, **{name: str(value) for name, value in (await request.post()).items()}}
        reference = f"SIM-{next(self._numbers):08d}"
        try:
            self._admit(request.method, given)
            answer = self._actions[given["Action"]](given)
        except Trouble as trouble:
            self._record.note(self.name, "refused", code=trouble.code, text=given.get("Action", ""))
            body = {"RequestId": reference, "Code": trouble.code, "Message": str(trouble)}
            return web.json_response(body, status=trouble.status)
        return web.json_response({"RequestId": reference, "Code": "OK", "Message": "OK", **answer})

    def _admit(self, method: str, given: Mapping[str, str]) -> None:
        if given.get("Action") not in self._actions or given.get("Version") != "2017-05-25":
            raise Trouble(
                404, "InvalidAction.NotFound", "Specified api is not found, please check your url and method."
            )
        if given.get("AccessKeyId") != self._keys.aliyun_key:
            raise Trouble(404, "InvalidAccessKeyId.NotFound", "Specified access key is not found.")
        if given.get("SignatureMethod") != "HMAC-SHA1" or given.get("SignatureVersion") != "1.0":
            raise Trouble(400, "InvalidSignatureMethod", "Specified signature method is not valid.")
        if given.get("Signature") != signature(method, given, self._keys.aliyun_secret):
            raise Trouble(400, "SignatureDoesNotMatch", "Specified signature is not matched with our calculation.")
        try:
            said = datetime.strptime(given.get("Timestamp", ""), "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC).timestamp()
        except ValueError:
            raise Trouble(
                400, "InvalidTimeStamp.Format", "Specified time stamp or date value is not well formatted."
            ) from None
        if abs(said - self._record.clock()) > TIMESTAMP_WINDOW_SECONDS:
            raise Trouble(400, "InvalidTimeStamp.Expired", "Specified time stamp or date value is expired.")
        nonce = given.get("SignatureNonce", "")
        if not nonce or nonce in self._nonces:
            raise Trouble(400, "SignatureNonceUsed", "Specified signature nonce was used already.")
        self._nonces.add(nonce)

    def _call(self, given: Mapping[str, str]) -> dict[str, object]:
        number, template = _needed(given, "CalledNumber"), _needed(given, "TtsCode")
        parameters = _parameters(given.get("TtsParam", "{}"))
        self._business(number)
        call = Call(f"{next(self._numbers)}^10281427", number, template, parameters, self._record.clock())
        self._calls[call.id] = call
        self._record.note(self.name, "call", _spoken(parameters), (number,), reference=call.id)
        return {"CallId": call.id}

    def _call_detail(self, given: Mapping[str, str]) -> dict[str, object]:
        call = self._calls.get(unquote(_needed(given, "CallId")))
        _needed(given, "ProdId"), _needed(given, "QueryDate")
        if call is None:
            raise Trouble(200, "isv.INVALID_PARAMETERS", "参数异常")
        if not call.state:
            return {"Data": ""}
        told = {
            "callee": call.number,
            "state": call.state,
            "stateDesc": "用户接听" if call.state == ANSWERED else "无应答",
            "duration": 12 if call.state == ANSWERED else 0,
            "dtmf": call.key,
        }
        return {"Data": json.dumps(told, ensure_ascii=False)}

    def _send(self, given: Mapping[str, str]) -> dict[str, object]:
        numbers, sign = _needed(given, "PhoneNumbers"), _needed(given, "SignName")
        template = _needed(given, "TemplateCode")
        parameters = _parameters(given.get("TemplateParam", "{}"))
        day = datetime.fromtimestamp(self._record.clock(), UTC).strftime("%Y%m%d")
        reference = f"{next(self._numbers)}^0"
        for number in numbers.split(","):
            self._business(number)
            self._today[sign, template, number, day] += 1
            if self._today[sign, template, number, day] > NOTICES_A_DAY:
                raise Trouble(200, "isv.BUSINESS_LIMIT_CONTROL", "触发天级流控Permits:50")
            delivered = True if self.delivers else None
            self._texts[reference] = Text(
                reference, number, sign, template, parameters, self._record.clock(), delivered
            )
            self._record.note(self.name, "sms", _spoken(parameters), (number,), reference=reference)
        return {"BizId": reference}

    def _send_details(self, given: Mapping[str, str]) -> dict[str, object]:
        number = _needed(given, "PhoneNumber")
        for name in ("SendDate", "PageSize", "CurrentPage"):
            _needed(given, name)
        text = self._texts.get(given.get("BizId", ""))
        if text is None or text.number != number:
            return {"TotalCount": 0, "SmsSendDetailDTOs": {"SmsSendDetailDTO": []}}
        status, code = {None: (1, ""), False: (2, "MOBILE_NOT_ON_SERVICE"), True: (3, "DELIVERED")}[text.delivered]
        told = {"PhoneNum": number, "SendStatus": status, "ErrCode": code, "TemplateCode": text.template}
        return {"TotalCount": 1, "SmsSendDetailDTOs": {"SmsSendDetailDTO": [told]}}

    def _business(self, number: str) -> None:
        if self._fails:
            raise Trouble(200, self._fails, "the simulated service was told to say so")
        if not number.lstrip("+").isdecimal() or not 8 <= len(number) <= 20:  # noqa: PLR2004 - an E.164 number
            raise Trouble(200, "isv.MOBILE_NUMBER_ILLEGAL", "非法手机号")

    def _end(self, call_id: str, state: str, key: str) -> None:
        self._calls[call_id] = replace(self._calls[call_id], state=state, key=key)
        self._record.note(self.name, "answer", key, (self._calls[call_id].number,), reference=call_id)


def _needed(given: Mapping[str, str], name: str) -> str:
    if not given.get(name):
        raise Trouble(400, f"Missing{name}", f"{name} is mandatory for this action.")
    return given[name]


def _parameters(text: str) -> Mapping[str, object]:
    try:
        found = json.loads(text)
    except ValueError:
        found = None
    if not isinstance(found, dict):
        raise Trouble(200, "isv.INVALID_JSON_PARAM", "JSON参数不合法,只接受字符串值")
    return found


def _spoken(parameters: Mapping[str, object]) -> str:
    return " ".join(str(value) for value in parameters.values())
