"""Feishu: the signed group bot, and the long connection of an application (open.feishu.cn; larksuite SDKs)."""

from __future__ import annotations

import hashlib
import hmac
import json
import re
from base64 import b64encode
from itertools import count
from typing import TYPE_CHECKING, Any

from aiohttp import WSMsgType, web

from simulator.services.feishu_frames import CONTROL, DATA, Frame, frame_of
from simulator.services.line import Line
from simulator.services.record import Manner, Rate

if TYPE_CHECKING:
    from simulator.services.keys import Keys
    from simulator.services.record import Record

PER_MINUTE = 100
TIMESTAMP_WINDOW_SECONDS = 3600
LONGEST_BODY = 20 * 1024
PING_SECONDS = 120
OK, TOO_LONG, TOO_FAST, INVALID, NO_HOOK, SIGN_WRONG = 0, 9499, 11232, 19002, 19001, 19021
WRONG_SECRET, NO_APP, TOKEN_WRONG = 10014, 1000040344, 99991663

MENTIONED = re.compile(r'<at user_id="([^"]*)">')


class FeishuService:
    """`POST /open-apis/bot/v2/hook/ID`, `POST /callback/ws/endpoint`, the websocket `/feishu`, a token and replies."""

    name = "feishu"

    def __init__(self, record: Record, keys: Keys) -> None:
        self.manner = Manner.WELL
        self.line = Line()
        self.deaf = False
        """It reads on and says nothing more over the long connection."""
        self.rate = Rate(record.clock, PER_MINUTE)
        self.acknowledged: dict[str, Any] = {}
        """What the client answered to each frame, by message id."""
        self.pings = 0
        self._record = record
        self._keys = keys
        self._numbers = count(1)
        self.token_seconds = 7200
        self.tokens_given = 0
        self._tokens: set[str] = set()

    def routes(self) -> list[web.RouteDef]:
        """What it serves."""
        return [
            web.post("/open-apis/bot/v2/hook/{hook}", self._webhook),
            web.post("/open-apis/auth/v3/tenant_access_token/internal", self._token),
            web.post("/open-apis/im/v1/messages/{message}/reply", self._reply),
            web.post("/callback/ws/endpoint", self._endpoint),
            web.get("/feishu", self._socket),
        ]

    async def say(
        self,
        user: str,
        text: str,
        message_id: str = "",
        sent_utc: float | None = None,
        pieces: int = 1,
        sender: str = "user",
    ) -> str:
        """A person @s the bot, or (`sender` app) another bot does; in so many pieces. Returns the event's id.

        The same id again is a repetition.
        """
        message_id = message_id or f"om_{next(self._numbers)}"
        sent_utc = self._record.clock() if sent_utc is None else sent_utc
        event = {
            "schema": "2.0",
            "header": {
                "event_id": message_id,
                "event_type": "im.message.receive_v1",
                "create_time": str(int(sent_utc * 1000)),
                "app_id": self._keys.feishu_app_id,
            },
            "event": {
                "sender": {"sender_id": {"open_id": f"ou_{user}", "user_id": user}, "sender_type": sender},
                "message": {
                    "message_id": message_id,
                    "message_type": "text",
                    "chat_type": "group",
                    "content": json.dumps({"text": f"@_user_1 {text}"}, ensure_ascii=False),
                    "mentions": [{"key": "@_user_1", "name": "值班", "id": {"open_id": "ou_bot"}}],
                },
            },
        }
        self._record.note(self.name, "answer", text, (user,), reference=message_id)
        payload = json.dumps(event, ensure_ascii=False).encode()
        size = -(-len(payload) // pieces)
        for piece in range(pieces):
            headers = {
                "type": "event",
                "message_id": message_id,
                "sum": str(pieces),
                "seq": str(piece),
                "trace_id": "t",
            }
            await self.line.send(Frame(DATA, headers, payload[piece * size : (piece + 1) * size]).bytes())
        return message_id

    async def _webhook(self, request: web.Request) -> web.Response:
        body = await request.read()
        code, words, text = OK, "success", ""
        try:
            said = json.loads(body)
            text = said["content"]["text"]
            code, words = self._admit(said)
        except (ValueError, KeyError, TypeError):
            code, words = INVALID, "params error"
        if request.match_info["hook"] != self._keys.feishu_hook:
            code, words = NO_HOOK, "param invalid: incoming webhook access token invalid"
        elif code == OK and len(body) > LONGEST_BODY:
            code, words = TOO_LONG, "Bad Request"
        elif code == OK and not self.rate.take():
            code, words = TOO_FAST, "frequency limited psm[lark.oapi.app_platform_runtime]appID[1500]"
        what = {OK: "message", TOO_FAST: "limited"}.get(code, "refused")
        self._record.note(self.name, what, text, tuple(MENTIONED.findall(text)), "" if code == OK else str(code))
        return web.json_response({"code": code, "msg": words, "data": {}})

    def _admit(self, said: dict[str, Any]) -> tuple[int, str]:
        key = f"{said['timestamp']}\n{self._keys.feishu_secret}".encode()
        expected = b64encode(hmac.new(key, b"", hashlib.sha256).digest()).decode()
        away = abs(int(said["timestamp"]) - self._record.clock())
        if said["sign"] != expected or away > TIMESTAMP_WINDOW_SECONDS:
            return SIGN_WRONG, "sign match fail or timestamp is not within one hour from current time"
        return OK, "success"

    async def _token(self, request: web.Request) -> web.Response:
        said = await request.json()
        if (said.get("app_id"), said.get("app_secret")) != (self._keys.feishu_app_id, self._keys.feishu_app_secret):
            return web.json_response({"code": WRONG_SECRET, "msg": "app secret invalid"})
        token = f"t-{next(self._numbers)}"
        self._tokens.add(token)
        self.tokens_given += 1
        return web.json_response({"code": OK, "msg": "ok", "tenant_access_token": token, "expire": self.token_seconds})

    def forget_tokens(self) -> None:
        """All tokens are void from here on."""
        self._tokens.clear()

    async def _reply(self, request: web.Request) -> web.Response:
        if request.headers.get("Authorization", "").removeprefix("Bearer ") not in self._tokens:
            return web.json_response({"code": TOKEN_WRONG, "msg": "Invalid access token"}, status=400)
        said = await request.json()
        self._record.note(
            self.name, "reply", json.loads(said["content"])["text"], reference=request.match_info["message"]
        )
        return web.json_response({"code": OK, "msg": "success", "data": {}})

    async def _endpoint(self, request: web.Request) -> web.Response:
        said = await request.json()
        if (said.get("AppID"), said.get("AppSecret")) != (self._keys.feishu_app_id, self._keys.feishu_app_secret):
            self._record.note(self.name, "refused", code=str(NO_APP))
            return web.json_response({"code": NO_APP, "msg": "app_id or app_secret is invalid"})
        url = f"ws://{request.host}/feishu?device_id=7&service_id=42"
        client = {"ReconnectCount": -1, "ReconnectInterval": 120, "ReconnectNonce": 30, "PingInterval": PING_SECONDS}
        return web.json_response({"code": OK, "msg": "", "data": {"URL": url, "ClientConfig": client}})

    async def _socket(self, request: web.Request) -> web.WebSocketResponse:
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        self.line.taken_by(socket)
        self._record.note(self.name, "connected")
        try:
            async for message in socket:
                if self.deaf or message.type is not WSMsgType.BINARY:
                    continue
                frame = frame_of(message.data)
                if frame.method == CONTROL and frame.headers.get("type") == "ping":
                    self.pings += 1
                    self._record.note(self.name, "ping")
                    config = json.dumps({"PingInterval": PING_SECONDS}).encode()
                    await socket.send_bytes(Frame(CONTROL, {"type": "pong"}, config).bytes())
                elif frame.method == DATA:
                    self.acknowledged[frame.headers["message_id"]] = json.loads(frame.payload)
                    self._record.note(self.name, "acknowledged", reference=frame.headers["message_id"])
        finally:
            self.line.left_by(socket)
            self._record.note(self.name, "closed")
        return socket
