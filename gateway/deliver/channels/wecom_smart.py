"""WeCom's smart bot 智能机器人 over its long connection (developer.work.weixin.qq.com 101463): messages, buttons, answers.

One websocket carries both directions as JSON frames {cmd, headers: {req_id}, body}; whatever we send is answered with an
`errcode` under its `req_id`. A bot has one connection: another that subscribes takes its place.
"""

from __future__ import annotations

import asyncio
import json
import secrets
from typing import TYPE_CHECKING, Any, Final

from gateway.deliver.channels import keys
from gateway.deliver.channels.answers import Answers
from gateway.deliver.channels.codes import Codes, Lasting, Passing, judge
from gateway.deliver.channels.contract import ChannelDown, ChannelRefused, Kind, Limits, Receipt
from gateway.deliver.channels.fields import as_mapping, as_number, as_text, read_object
from gateway.deliver.channels.long_line import HEARD_AT_ONCE, Frames, connect, keep_open, speak
from gateway.deliver.channels.web import Web, with_link
from gateway.deliver.channels.wecom_card import card_of, fits_card, renewed
from gateway.logs import log_of

if TYPE_CHECKING:
    from collections.abc import Callable

    import aiohttp

    from gateway.deliver.channels.chat_config import WeComSmartConfig
    from gateway.deliver.channels.contract import ChannelWiring, Inbound, Message

PING_SECONDS: Final = 30.0
SILENT_PINGS: Final = 2
CONNECTED_SECONDS: Final = 3.0
"""How long a message waits for the connection: at the start both begin at the same moment."""
ANSWER_SECONDS: Final = 5.0
LONGEST_ID: Final = 100
MOST_GROUPS: Final = 20
"""How many groups are told of in the log."""
ALONE, GROUP = 1, 2
"""`chat_type`."""

CODES: Final[Codes] = {
    -1: Passing("WeCom is busy"),
    45009: Passing("too many messages in a minute", 60.0),
    45002: Lasting("the message is too long", misconfigured=False),
    40008: Lasting("WeCom does not take this message", misconfigured=False),
    40003: Lasting("WeCom does not know this user id", misconfigured=False),
    42045: Passing("WeCom has a card of this name"),
    853000: Lasting("wrong `bot_id` or `secret`"),
}

log = log_of("chat")


class WeComSmart:
    """One smart bot. `to` of a person is a user id."""

    kind = Kind.CHAT
    hears = True

    def __init__(self, config: WeComSmartConfig, wiring: ChannelWiring) -> None:
        self.id = config.id
        self.group = bool(config.chat)
        # Documented are 30 a minute and 1,000 an hour in one chat, replies included; a long message with a button is two.
        self.limits = Limits(12, 4, longest_bytes=4096) if config.chat else Limits(60, 20, longest_bytes=4096)
        self._config = config
        self._clock = wiring.clock
        self._web = Web()
        self._socket: aiohttp.ClientWebSocketResponse | None = None
        self._connected = asyncio.Event()
        self._waiting: dict[str, asyncio.Future[dict[str, Any]]] = {}
        self._told_groups: set[str] = set()

    async def send(self, message: Message) -> Receipt:
        """Write it into the group or to the one person, with a button where it can be answered."""
        text = with_link(message, self.limits.longest_bytes)
        whom = [each.to for each in message.to if each.to]
        if not self.group and not whom:
            raise ChannelRefused("nobody to write to", misconfigured=False)
        chat = (
            {"chatid": self._config.chat, "chat_type": GROUP} if self.group else {"chatid": whom[0], "chat_type": ALONE}
        )
        mentions = "".join(f"<@{to}>" for to in whom) if self.group else ""
        card = card_of(message, text) if message.answers and message.alarm is not None else None
        if card is None or mentions or not fits_card(text):
            content = f"{text}\n{mentions}" if mentions else text
            await self._ask("aibot_send_msg", {**chat, "msgtype": "markdown", "markdown": {"content": content}})
            if card is not None:
                await self._add_card(chat, card)
        else:
            await self._ask("aibot_send_msg", {**chat, "msgtype": "template_card", "template_card": card})
        return Receipt()

    async def _add_card(self, chat: dict[str, Any], card: dict[str, Any]) -> None:
        try:
            await self._ask("aibot_send_msg", {**chat, "msgtype": "template_card", "template_card": card})
        except (ChannelDown, ChannelRefused):
            return  # the message itself went out, and says how it is answered without a button

    async def run(self, inbound: Inbound) -> None:
        """Keep the connection and hear what people answer."""
        answers = Answers(self.id, inbound, self._clock)
        async with self._web:
            await keep_open(self.id, lambda let_in: self._converse(answers, let_in))

    async def _converse(self, answers: Answers, let_in: Callable[[], None]) -> None:
        socket = await connect(self._web, self._config.url)
        try:
            async with socket, asyncio.TaskGroup() as hearing:
                self._socket = socket
                subscribing = hearing.create_task(self._subscribe(socket, let_in), name="wecom subscribes")
                ended = await self._read(socket, hearing, answers)
                subscribing.cancel()
                self._lost()  # at once, not when the last answer was judged: a message that waits is tried elsewhere
        finally:
            self._lost()
        raise (None if subscribing.cancelled() else subscribing.result()) or ended

    def _lost(self) -> None:
        self._socket = None
        self._connected.clear()
        for waiting in self._waiting.values():
            if not waiting.done():
                waiting.set_exception(ChannelDown("the long connection broke"))
        self._waiting.clear()

    async def _subscribe(
        self, socket: aiohttp.ClientWebSocketResponse, let_in: Callable[[], None]
    ) -> ChannelDown | ChannelRefused | None:
        """Say who we are; what went wrong is returned and the socket closed, so that the reading ends."""
        try:
            body = {"bot_id": self._config.bot_id, "secret": keys.read(self._config.secret)}
            await self._request(socket, "aibot_subscribe", body)
        except (ChannelDown, ChannelRefused) as wrong:
            await socket.close()
            return wrong
        self._connected.set()
        let_in()
        return None

    async def _read(
        self, socket: aiohttp.ClientWebSocketResponse, hearing: asyncio.TaskGroup, answers: Answers
    ) -> ChannelDown | ChannelRefused:
        """Read until the end and say why it came."""
        places, silent = asyncio.Semaphore(HEARD_AT_ONCE), 0
        async for frame in Frames(socket, PING_SECONDS):
            silent = silent + 1 if frame is None else 0
            if silent > SILENT_PINGS:
                return ChannelDown("WeCom says nothing any more")
            if frame is None:
                await self._write(socket, "ping", f"ping-{secrets.token_hex(8)}", None)
                continue
            said = read_object(frame)
            body = as_mapping(said.get("body"))
            if as_mapping(body.get("event")).get("eventtype") == "disconnected_event":
                # Taking the bot back at once would have the two throw each other out for ever.
                return ChannelRefused("another program uses the same bot and took its connection")
            if "cmd" not in said:
                self._answered(said)
                continue
            await places.acquire()
            task = hearing.create_task(self._hear(socket, answers, said), name="a chat answer")
            task.add_done_callback(lambda _: places.release())
        return ChannelDown("WeCom ended it")

    def _answered(self, said: dict[str, Any]) -> None:
        waiting = self._waiting.pop(as_text(as_mapping(said.get("headers")).get("req_id")), None)
        if waiting is not None and not waiting.done():
            waiting.set_result(said)

    async def _hear(self, socket: aiohttp.ClientWebSocketResponse, answers: Answers, said: dict[str, Any]) -> None:
        asked = as_text(as_mapping(said.get("headers")).get("req_id"))
        body = as_mapping(said.get("body"))
        event_id, sender = as_text(body.get("msgid")), as_text(as_mapping(body.get("from")).get("userid"))
        written = as_number(body.get("create_time"))
        if not asked or not event_id:
            return
        self._tell_group(as_text(body.get("chatid")))
        match said.get("cmd"):
            case "aibot_msg_callback" if body.get("msgtype") in ("text", "voice"):
                # What is spoken comes written down: whoever is running up a staircase may answer by voice.
                text = as_text(as_mapping(body.get(body["msgtype"])).get("content"))
                sentence = await answers.hear(event_id, written, sender, text)
                reply, shown = "aibot_respond_msg", _said(sentence or "")
            case "aibot_event_callback":
                pressed = as_mapping(as_mapping(body.get("event")).get("template_card_event"))
                key = as_text(pressed.get("event_key"))
                if not key:
                    return
                sentence = await answers.pressed(event_id, written, sender, key)
                reply, shown = (
                    "aibot_respond_update_msg",
                    renewed(as_text(pressed.get("task_id")), key, sentence or "", sender),
                )
            case _:
                return
        if sentence is not None:
            await self._write(socket, reply, asked, shown)

    def _tell_group(self, chat: str) -> None:
        """The id of a group is shown nowhere else: an installer finds it here, for `chat`."""
        if (
            chat
            and chat != self._config.chat
            and chat not in self._told_groups
            and len(self._told_groups) < MOST_GROUPS
        ):
            self._told_groups.add(chat)
            log.info("the bot was spoken to in a group", channel=self.id, chat=chat[:LONGEST_ID])

    async def _ask(self, command: str, body: dict[str, Any]) -> None:
        try:
            async with asyncio.timeout(CONNECTED_SECONDS):
                await self._connected.wait()
        except TimeoutError:
            raise ChannelDown("the long connection is down") from None
        if self._socket is None:
            raise ChannelDown("the long connection is down")
        await self._request(self._socket, command, body)

    async def _request(self, socket: aiohttp.ClientWebSocketResponse, command: str, body: dict[str, Any]) -> None:
        asked = f"{command}-{secrets.token_hex(8)}"
        waiting = self._waiting[asked] = asyncio.get_running_loop().create_future()
        try:
            async with asyncio.timeout(ANSWER_SECONDS):
                await self._write(socket, command, asked, body)
                said = await waiting
        except TimeoutError:
            raise ChannelDown(f"no answer within {ANSWER_SECONDS:.0f} s") from None
        finally:
            self._waiting.pop(asked, None)
        judge(said, "errcode", CODES)

    @staticmethod
    async def _write(
        socket: aiohttp.ClientWebSocketResponse, command: str, asked: str, body: dict[str, Any] | None
    ) -> None:
        frame: dict[str, Any] = {"cmd": command, "headers": {"req_id": asked}}
        if body is not None:
            frame["body"] = body
        await speak(socket, json.dumps(frame, ensure_ascii=False))


def _said(sentence: str) -> dict[str, Any]:
    return {"msgtype": "stream", "stream": {"id": secrets.token_hex(8), "finish": True, "content": sentence}}
