"""WeCom: the group bot's webhook, and the long connection of a smart bot (developer.work.weixin.qq.com 99110 and 101463)."""

from __future__ import annotations

import json
from collections import defaultdict
from itertools import count
from typing import TYPE_CHECKING, Any

from aiohttp import WSMsgType, web

from simulator.services.line import Line
from simulator.services.record import Manner, Rate

if TYPE_CHECKING:
    from collections.abc import Callable

    from simulator.services.keys import Keys
    from simulator.services.record import Record

PER_MINUTE = 20
"""Messages of one group bot."""
CHAT_PER_MINUTE = 30
"""Messages of a smart bot into one chat."""
LONGEST_TEXT, LONGEST_MARKDOWN = 2048, 20480

OK, INVALID_TYPE, INVALID_KEY, TOO_FAST, TOO_LONG = 0, 40008, 93000, 45009, 45002
INVALID_BOT, INVALID_REQUEST, REPEATED_TASK = 853000, 846605, 42045


class WeComService:
    """`POST /cgi-bin/webhook/send` and the websocket `/wecom`."""

    name = "wecom"

    def __init__(self, record: Record, keys: Keys) -> None:
        self.manner = Manner.WELL
        self.line = Line()
        self.pings = 0
        self.deaf = False
        """It reads on and says nothing more over the long connection."""
        self.rate = Rate(record.clock, PER_MINUTE)
        self._record = record
        self._keys = keys
        self._numbers = count(1)
        self._chats = defaultdict[str, Rate](lambda: Rate(record.clock, CHAT_PER_MINUTE))
        self._asked: set[str] = set()
        """`req_id`s of messages that may be responded to."""
        self._pressed: dict[str, str] = {}
        """`req_id`s of pressed buttons, each with the task of its card."""
        self._tasks: set[str] = set()

    def routes(self) -> list[web.RouteDef]:
        """What it serves."""
        return [web.post("/cgi-bin/webhook/send", self._webhook), web.get("/wecom", self._socket)]

    async def say(
        self, user: str, text: str, message_id: str = "", sent_utc: float | None = None, chat: str = ""
    ) -> str:
        """A person writes to the bot, or @s it in a group. Returns the message's id; the same id again is a repetition."""
        message_id = message_id or f"msg-{next(self._numbers)}"
        body: dict[str, Any] = {"msgtype": "text", "text": {"content": text}, "chattype": "group" if chat else "single"}
        if chat:
            body["chatid"] = chat
        await self._call("aibot_msg_callback", user, text, message_id, body, sent_utc, self._asked.add)
        return message_id

    async def press(self, user: str, key: str, task: str, message_id: str = "", sent_utc: float | None = None) -> str:
        """A person presses a card's button. Returns the event's id."""
        message_id = message_id or f"event-{next(self._numbers)}"
        card = {"card_type": "button_interaction", "event_key": key, "task_id": task}
        event = {"eventtype": "template_card_event", "template_card_event": card}
        body: dict[str, Any] = {"msgtype": "event", "event": event}
        sent_utc = self._record.clock() if sent_utc is None else sent_utc
        await self._call(
            "aibot_event_callback",
            user,
            key,
            message_id,
            body,
            sent_utc,
            lambda asked: self._pressed.update({asked: task}),
        )
        return message_id

    async def _call(
        self,
        command: str,
        user: str,
        words: str,
        message_id: str,
        body: dict[str, Any],
        sent_utc: float | None,
        remember: Callable[[str], object],
    ) -> None:
        asked = f"req-{next(self._numbers)}"
        remember(asked)
        body |= {
            "msgid": message_id,
            "aibotid": self._keys.wecom_bot_id,
            "from": {"userid": user},
        }
        if sent_utc is not None:
            body["create_time"] = int(sent_utc)
        frame = {"cmd": command, "headers": {"req_id": asked}, "body": body}
        self._record.note(self.name, "answer", words, (user,), reference=message_id)
        await self.line.send(json.dumps(frame, ensure_ascii=False))

    async def _webhook(self, request: web.Request) -> web.Response:
        code, words = OK, "ok"
        try:
            said = await request.json()
            text = said["text"]["content"]
            mentioned = [*said["text"].get("mentioned_list", []), *said["text"].get("mentioned_mobile_list", [])]
        except (ValueError, KeyError, TypeError, AttributeError):
            code, words, text, mentioned = INVALID_TYPE, "invalid message type", "", []
        if request.query.get("key") != self._keys.wecom_key:
            code, words = INVALID_KEY, "invalid webhook url"
        elif code == OK and len(text.encode()) > LONGEST_TEXT:
            code, words = TOO_LONG, "content size out of limit"
        elif code == OK and not self.rate.take():
            code, words = TOO_FAST, "api freq out of limit"
        what = {OK: "message", TOO_FAST: "limited"}.get(code, "refused")
        self._record.note(self.name, what, text, tuple(mentioned), "" if code == OK else str(code))
        return web.json_response({"errcode": code, "errmsg": words})

    async def _socket(self, request: web.Request) -> web.WebSocketResponse:
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        try:
            async for frame in socket:
                if frame.type is not WSMsgType.TEXT:
                    continue
                if self.deaf:
                    continue
                said = json.loads(frame.data)
                code, words = await self._take(
                    socket, said.get("cmd", ""), said["headers"]["req_id"], said.get("body", {})
                )
                answer = {"headers": {"req_id": said["headers"]["req_id"]}, "errcode": code, "errmsg": words}
                await socket.send_str(json.dumps(answer))
        finally:
            self.line.left_by(socket)
            self._record.note(self.name, "closed")
        return socket

    async def _take(
        self, socket: web.WebSocketResponse, command: str, asked: str, body: dict[str, Any]
    ) -> tuple[int, str]:
        match command:
            case "aibot_subscribe":
                return await self._subscribe(socket, body)
            case "aibot_send_msg":
                return self._send(body)
            case "aibot_respond_msg":
                return self._respond(asked, body)
            case "aibot_respond_update_msg":
                return self._update(asked, body)
            case "ping":
                self.pings += 1
                return OK, "ok"
        return INVALID_TYPE, f"unknown command {command}"

    def _respond(self, asked: str, body: dict[str, Any]) -> tuple[int, str]:
        if asked not in self._asked:
            return INVALID_REQUEST, "invalid req_id"
        if body.get("msgtype") != "stream":
            return INVALID_TYPE, "invalid message type"
        self._record.note(self.name, "reply", body["stream"]["content"], reference=asked)
        return OK, "ok"

    def _update(self, asked: str, body: dict[str, Any]) -> tuple[int, str]:
        card = body.get("template_card", {})
        if self._pressed.pop(asked, None) != card.get("task_id"):
            return INVALID_REQUEST, "invalid req_id"
        users = tuple(body.get("userids", ()))
        self._record.note(self.name, "reply", card["main_title"]["title"], users, reference=asked)
        return OK, "ok"

    async def _subscribe(self, socket: web.WebSocketResponse, body: dict[str, Any]) -> tuple[int, str]:
        if (body.get("bot_id"), body.get("secret")) != (self._keys.wecom_bot_id, self._keys.wecom_bot_secret):
            self._record.note(self.name, "refused", code=str(INVALID_BOT))
            return INVALID_BOT, "invalid bot_id or secret"
        replaced = self.line.taken_by(socket)
        if replaced is not None and replaced is not socket:
            event = {"msgtype": "event", "event": {"eventtype": "disconnected_event"}}
            gone = {"cmd": "aibot_event_callback", "headers": {"req_id": f"req-{next(self._numbers)}"}, "body": event}
            await replaced.send_str(json.dumps(gone))
            await replaced.close()
        self._record.note(self.name, "connected")
        return OK, "ok"

    def _send(self, body: dict[str, Any]) -> tuple[int, str]:
        chat, kind = str(body.get("chatid", "")), body.get("msgtype")
        card = body.get("template_card", {})
        text = body["markdown"]["content"] if kind == "markdown" else str(card.get("sub_title_text", ""))
        if kind not in ("markdown", "template_card") or not chat:
            return INVALID_TYPE, "invalid message type"
        if len(text.encode()) > LONGEST_MARKDOWN:
            return TOO_LONG, "content size out of limit"
        if kind == "template_card" and card["task_id"] in self._tasks:
            return REPEATED_TASK, "repeated task_id"
        if not self._chats[chat].take():
            self._record.note(self.name, "limited", text, (chat,), str(TOO_FAST))
            return TOO_FAST, "api freq out of limit"
        self._tasks.add(card.get("task_id", ""))
        self._record.note(
            self.name, "message", text, (chat,), reference=card.get("task_id", ""), facts={"kind": kind, "card": card}
        )
        return OK, "ok"
