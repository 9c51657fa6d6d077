"""Feishu's long connection: a websocket on which messages to an application's bot arrive, and how they are replied to.

From the official SDKs (github.com/larksuite). The official Python library carries a whole protobuf and its own event loop; the
protocol needs neither. Pings are ours, their rhythm the service's; an event comes again unless it is answered within 3 s.
"""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import parse_qs, quote, urlsplit

from gateway.deliver.channels import keys
from gateway.deliver.channels.address import leads_home
from gateway.deliver.channels.codes import Codes, Lasting, Passing, judge
from gateway.deliver.channels.contract import ChannelDown, ChannelRefused
from gateway.deliver.channels.feishu_frames import CONTROL, DATA, Frame, decoded
from gateway.deliver.channels.feishu_pieces import Pieces
from gateway.deliver.channels.fields import as_mapping, as_number, as_text, read_object
from gateway.deliver.channels.long_line import HEARD_AT_ONCE, Frames, connect, may_be_called, speak

if TYPE_CHECKING:
    from collections.abc import Callable

    import aiohttp

    from gateway.deliver.channels.answers import Answers
    from gateway.deliver.channels.chat_config import FeishuApplication, FeishuConfig
    from gateway.deliver.channels.web import Web

PING_SECONDS: Final = 30.0
"""The service asks for one in 120 s; a dead line is to be found sooner."""

SILENT_PINGS: Final = 3
ENDPOINT_CODES: Final[Codes] = {
    1: Passing("Feishu is busy"),
    1000040343: Passing("Feishu has an error of its own"),
    1000040344: Lasting("Feishu does not know `app_id` and `app_secret`"),
    1000040350: Passing("too many long connections of this application", 60.0),
    403: Lasting("the application may not use a long connection: 事件与回调 > 订阅方式"),
    514: Lasting("Feishu does not know `app_id` and `app_secret`"),
}
TOKEN_CODES: Final[Codes] = {10003: Lasting("wrong `app_id`"), 10014: Lasting("wrong `app_secret`")}
TOKEN_SPARE_SECONDS: Final = 300.0


class FeishuLine:
    """The ear of one application."""

    def __init__(self, config: FeishuConfig, application: FeishuApplication, web: Web, answers: Answers) -> None:
        self._config = config
        self._application = application
        self._web = web
        self._answers = answers
        self._token = ""
        self._token_until = 0.0

    async def converse(self, let_in: Callable[[], None]) -> None:
        """One conversation: until the connection ends. Raises `ChannelDown` or `ChannelRefused`."""
        url = await self._endpoint()
        service = int(as_number((parse_qs(urlsplit(url).query).get("service_id") or ["0"])[0]) or 0)
        socket = await connect(self._web, url)
        let_in()
        ping = Frame(CONTROL, service, {"type": "ping"}).encoded()
        async with socket, asyncio.TaskGroup() as hearing:
            places, pieces, silent = asyncio.Semaphore(HEARD_AT_ONCE), Pieces(), 0
            await speak(socket, ping)
            async for data in Frames(socket, PING_SECONDS):
                silent = silent + 1 if data is None else 0
                if silent >= SILENT_PINGS:
                    return
                if data is None:
                    await speak(socket, ping)
                elif (heard := _whole(data, pieces)) is not None:
                    await places.acquire()
                    task = hearing.create_task(self._answer(socket, *heard), name="a chat answer")
                    task.add_done_callback(lambda _: places.release())

    async def _endpoint(self) -> str:
        asked = {"AppID": self._application.app_id, "AppSecret": keys.read(self._application.app_secret)}
        answer = await self._web.post(f"{self._config.url}/callback/ws/endpoint", asked, {"locale": "zh"})
        said = answer.json()
        judge(said, "code", ENDPOINT_CODES)
        url = as_mapping(said.get("data")).get("URL")
        if not may_be_called(url, home=leads_home(self._config.url)):
            raise ChannelDown("Feishu gave no address to connect to")
        return url

    async def _answer(self, socket: aiohttp.ClientWebSocketResponse, frame: Frame, payload: bytes) -> None:
        event = read_object(payload)
        header, body = as_mapping(event.get("header")), as_mapping(event.get("event"))
        message = as_mapping(body.get("message"))
        sentence = None
        if header.get("event_type") == "im.message.receive_v1" and as_text(header.get("event_id")):
            sentence = await self._hear(header, body, message)
        answer = Frame(DATA, frame.service, frame.headers, b'{"code":200}', frame.seq, frame.log)
        await speak(socket, answer.encoded())
        try:
            if sentence:
                await self._reply(as_text(message.get("message_id")), sentence)
        except (ChannelDown, ChannelRefused):
            return  # what the person did is done; only the sentence about it is lost

    async def _hear(self, header: dict[str, Any], body: dict[str, Any], message: dict[str, Any]) -> str | None:
        sender = as_mapping(body.get("sender"))
        if sender.get("sender_type") != "user":
            return None  # a bot: the group bot that we ourselves speak through is one
        written = as_number(header.get("create_time"))
        return await self._answers.hear(
            as_text(header.get("event_id")),
            None if written is None else written / 1000,
            as_text(as_mapping(sender.get("sender_id")).get(self._config.people_as)),
            as_text(read_object(as_text(message.get("content"))).get("text")),
        )

    async def _reply(self, message_id: str, sentence: str) -> None:
        known = self._token
        try:
            await self._reply_once(message_id, sentence)
        except ChannelRefused:
            self._token = ""  # perhaps it was void before its time
            if not known:
                raise
            await self._reply_once(message_id, sentence)

    async def _reply_once(self, message_id: str, sentence: str) -> None:
        token = await self._tenant_token()
        body = {"msg_type": "text", "content": json.dumps({"text": sentence}, ensure_ascii=False)}
        url = f"{self._config.url}/open-apis/im/v1/messages/{quote(message_id, safe='')}/reply"
        answer = await self._web.post(url, body, {"Authorization": f"Bearer {token}"})
        judge(answer.json(), "code", {})

    async def _tenant_token(self) -> str:
        now = asyncio.get_running_loop().time()
        if not self._token or now > self._token_until:
            asked = {"app_id": self._application.app_id, "app_secret": keys.read(self._application.app_secret)}
            answer = await self._web.post(f"{self._config.url}/open-apis/auth/v3/tenant_access_token/internal", asked)
            said = answer.json()
            judge(said, "code", TOKEN_CODES)
            self._token = as_text(said.get("tenant_access_token"))
            self._token_until = now + (as_number(said.get("expire")) or 0.0) - TOKEN_SPARE_SECONDS
        return self._token


def _whole(data: str | bytes, pieces: Pieces) -> tuple[Frame, bytes] | None:
    """The frame of an event that is complete, and its payload; None for anything else, bad protobuf included."""
    if isinstance(data, str):
        return None
    try:
        frame = decoded(data)
    except ValueError:
        return None
    if frame.method != DATA or frame.headers.get("type") != "event":
        return None
    payload = pieces.put(frame)
    return None if payload is None else (frame, payload)
