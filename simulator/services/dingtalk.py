"""DingTalk: the signed group bot, and the Stream of an application (open.dingtalk.com, custom robots; open-dingtalk SDKs)."""

from __future__ import annotations

import hashlib
import hmac
import json
from base64 import b64encode
from itertools import count
from typing import TYPE_CHECKING, Any

from aiohttp import WSMsgType, web

from simulator.services.line import Line
from simulator.services.record import Manner, Rate

if TYPE_CHECKING:
    from simulator.services.keys import Keys
    from simulator.services.record import Record

PER_MINUTE, BLOCKED_SECONDS = 20, 600.0
TIMESTAMP_WINDOW_SECONDS = 3600
OK, TOO_FAST, NO_TOKEN, SIGN_WRONG, INVALID = 0, 130101, 300001, 310000, 40035
BOT_TOPIC = "/v1.0/im/bot/messages/get"


class DingTalkService:
    """`POST /robot/send`, `POST /v1.0/gateway/connections/open`, the websocket `/dingtalk` and its replies."""

    name = "dingtalk"

    def __init__(self, record: Record, keys: Keys) -> None:
        self.manner = Manner.WELL
        self.line = Line()
        self.rate = Rate(record.clock, PER_MINUTE, BLOCKED_SECONDS)
        self.acknowledged: dict[str, Any] = {}
        """What the client answered to each frame, by message id."""
        self._record = record
        self._keys = keys
        self._numbers = count(1)
        self._tickets: set[str] = set()
        self._origin = ""

    def routes(self) -> list[web.RouteDef]:
        """What it serves."""
        return [
            web.post("/robot/send", self._webhook),
            web.post("/robot/sendBySession", self._reply),
            web.post("/v1.0/gateway/connections/open", self._open),
            web.get("/dingtalk", self._socket),
        ]

    async def say(self, user: str, text: str, message_id: str = "", sent_utc: float | None = None) -> str:
        """A person @s the bot. Returns the message's id; the same id again is a repetition."""
        message_id = message_id or f"msg-{next(self._numbers)}"
        sent_utc = self._record.clock() if sent_utc is None else sent_utc
        data = {
            "msgId": message_id,
            "msgtype": "text",
            "text": {"content": f" {text}"},
            "senderStaffId": user,
            "senderNick": "",
            "createAt": int(sent_utc * 1000),
            "conversationType": "2",
            "sessionWebhook": f"{self._origin}/robot/sendBySession?session={message_id}",
        }
        self._record.note(self.name, "answer", text, (user,), reference=message_id)
        await self._frame("CALLBACK", BOT_TOPIC, data, message_id)
        return message_id

    async def ask_for_life(self) -> str:
        """The service's own ping, which is to be answered with what it carries. Returns its id."""
        message_id = f"ping-{next(self._numbers)}"
        await self._frame("SYSTEM", "ping", {"opaque": message_id}, message_id)
        return message_id

    async def ask_to_leave(self) -> None:
        """The service is about to close this connection: the client shall open another."""
        await self._frame(
            "SYSTEM", "disconnect", {"reason": "persistent connection is timeout"}, f"bye-{next(self._numbers)}"
        )

    async def _frame(self, kind: str, topic: str, data: dict[str, Any], message_id: str) -> None:
        headers = {
            "messageId": message_id,
            "topic": topic,
            "contentType": "application/json",
            "time": str(int(self._record.clock() * 1000)),
        }
        frame = {"specVersion": "1.0", "type": kind, "headers": headers, "data": json.dumps(data, ensure_ascii=False)}
        await self.line.send(json.dumps(frame, ensure_ascii=False))

    async def _webhook(self, request: web.Request) -> web.Response:
        code, words = self._admit(request.query.get("timestamp", ""), request.query.get("sign", ""))
        text, mentioned = "", []
        try:
            said = await request.json()
            text, at = said["text"]["content"], said.get("at", {})
            mentioned = [*at.get("atMobiles", []), *at.get("atUserIds", [])]
        except (ValueError, KeyError, TypeError, AttributeError):
            code, words = INVALID, "缺少参数 json"
        if request.query.get("access_token") != self._keys.dingtalk_token:
            code, words = NO_TOKEN, "token is not exist"
        if code == OK and not self.rate.take():
            code, words = TOO_FAST, "send too fast, exceed 20 times per minute"
        what = {OK: "message", TOO_FAST: "limited"}.get(code, "refused")
        self._record.note(self.name, what, text, tuple(mentioned), "" if code == OK else str(code))
        return web.json_response({"errcode": code, "errmsg": words})

    def _admit(self, milliseconds: str, sign: str) -> tuple[int, str]:
        signed = f"{milliseconds}\n{self._keys.dingtalk_secret}".encode()
        expected = b64encode(hmac.new(self._keys.dingtalk_secret.encode(), signed, hashlib.sha256).digest()).decode()
        if sign != expected:
            return SIGN_WRONG, "sign not match"
        if abs(int(milliseconds) / 1000 - self._record.clock()) > TIMESTAMP_WINDOW_SECONDS:
            return SIGN_WRONG, "invalid timestamp"
        return OK, "ok"

    async def _reply(self, request: web.Request) -> web.Response:
        said = await request.json()
        self._record.note(self.name, "reply", said["text"]["content"], reference=request.query.get("session", ""))
        return web.json_response({"errcode": OK, "errmsg": "ok"})

    async def _open(self, request: web.Request) -> web.Response:
        said = await request.json()
        known = (self._keys.dingtalk_client_id, self._keys.dingtalk_client_secret)
        if (said.get("clientId"), said.get("clientSecret")) != known:
            self._record.note(self.name, "refused", code="authFailed")
            return web.json_response({"code": "authFailed", "message": "鉴权失败", "requestid": "SIM"}, status=401)
        if {"type": "CALLBACK", "topic": BOT_TOPIC} not in said.get("subscriptions", []):
            return web.json_response(
                {"code": "invalidParameter", "message": "subscriptions", "requestid": "SIM"}, status=400
            )
        ticket = f"ticket-{next(self._numbers)}"
        self._tickets.add(ticket)
        self._origin = f"http://{request.host}"
        return web.json_response({"endpoint": f"ws://{request.host}/dingtalk", "ticket": ticket})

    async def _socket(self, request: web.Request) -> web.StreamResponse:
        ticket = request.query.get("ticket", "")
        if ticket not in self._tickets:
            return web.Response(status=401)
        self._tickets.remove(ticket)
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        self.line.taken_by(socket)
        self._record.note(self.name, "connected")
        try:
            async for frame in socket:
                if frame.type is WSMsgType.TEXT:
                    said = json.loads(frame.data)
                    self.acknowledged[said["headers"]["messageId"]] = said
                    self._record.note(self.name, "acknowledged", reference=said["headers"]["messageId"])
        finally:
            self.line.left_by(socket)
            self._record.note(self.name, "closed")
        return socket
