"""DingTalk's Stream: a websocket on which messages to an application's robot arrive (github.com/open-dingtalk, the SDKs).

The connection is asked for by HTTP, and its ticket is good for once. Every frame is answered with its own message id, or it
comes again. Our own code: the official Python library asks with a blocking client and stops its loop with `time.sleep`.
"""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote

from gateway.deliver.channels import keys
from gateway.deliver.channels.address import leads_home
from gateway.deliver.channels.contract import ChannelDown, ChannelRefused
from gateway.deliver.channels.fields import as_mapping, as_number, as_text, read_object
from gateway.deliver.channels.long_line import HEARD_AT_ONCE, Frames, connect, may_be_called, speak

if TYPE_CHECKING:
    from collections.abc import Callable

    import aiohttp

    from gateway.deliver.channels.answers import Answers
    from gateway.deliver.channels.chat_config import DingTalkStream
    from gateway.deliver.channels.web import Web

TOPIC: Final = "/v1.0/im/bot/messages/get"
HEARTBEAT_SECONDS: Final = 30.0
QUIET_SECONDS: Final = 3600.0
"""The heartbeat finds a dead line; without any frame for so long the connection is made anew all the same."""

DOMAIN: Final = "dingtalk.com"
OK, NOT_FOUND = 200, 404


async def listen(config: DingTalkStream, web: Web, answers: Answers, let_in: Callable[[], None]) -> None:
    """One conversation: until the connection ends. Raises `ChannelDown` or `ChannelRefused`."""
    socket = await connect(web, await _ticket(config, web), HEARTBEAT_SECONDS)
    let_in()
    async with socket, asyncio.TaskGroup() as hearing:
        places = asyncio.Semaphore(HEARD_AT_ONCE)
        async for frame in Frames(socket, QUIET_SECONDS):
            said = read_object(frame)
            if frame is None or as_text(as_mapping(said.get("headers")).get("topic")) == "disconnect":
                return
            await places.acquire()
            task = hearing.create_task(
                _answer(socket, web, answers, said, home=leads_home(config.url)), name="a chat answer"
            )
            task.add_done_callback(lambda _: places.release())


async def _ticket(config: DingTalkStream, web: Web) -> str:
    asked = {
        "clientId": config.client_id,
        "clientSecret": keys.read(config.client_secret),
        "subscriptions": [{"type": "CALLBACK", "topic": TOPIC}],
        "ua": "gridpost",
    }
    try:
        answer = await web.post(f"{config.url}/v1.0/gateway/connections/open", asked)
    except ChannelRefused as refused:
        raise ChannelRefused(f"DingTalk does not know `client_id` and `client_secret`: {refused}") from None
    said = answer.json()
    endpoint, ticket = said.get("endpoint"), as_text(said.get("ticket"))
    if not may_be_called(endpoint, home=leads_home(config.url)) or not ticket:
        raise ChannelDown("DingTalk gave no address to connect to")
    return f"{endpoint}?ticket={quote(ticket, safe='')}"


async def _answer(
    socket: aiohttp.ClientWebSocketResponse,
    web: Web,
    answers: Answers,
    said: dict[str, Any],
    *,
    home: bool,
) -> None:
    headers = as_mapping(said.get("headers"))
    topic, message_id = as_text(headers.get("topic")), as_text(headers.get("messageId"))
    if not message_id:
        return
    code, answer = OK, json.dumps({"response": None})
    sentence, hook = None, None
    match said.get("type"), topic:
        case "SYSTEM", _:
            answer = as_text(said.get("data")) if topic == "ping" else "{}"
        case "CALLBACK", "/v1.0/im/bot/messages/get":
            message = read_object(as_text(said.get("data")))
            hook = message.get("sessionWebhook")
            sentence = await _hear(answers, message, message_id)
        case _:
            code = NOT_FOUND
    acknowledgement = {
        "code": code,
        "headers": {"messageId": message_id, "contentType": "application/json"},
        "message": "OK" if code == OK else "not found",
        "data": answer,
    }
    await speak(socket, json.dumps(acknowledgement))
    try:
        if sentence and may_be_called(hook, home=home, within=DOMAIN):
            await web.post(hook, {"msgtype": "text", "text": {"content": sentence}})
    except (ChannelDown, ChannelRefused):
        return  # what the person did is done; only the sentence about it is lost


async def _hear(answers: Answers, message: dict[str, Any], message_id: str) -> str | None:
    sender = as_text(message.get("senderStaffId"))  # absent for whoever is not of the company
    written = as_number(message.get("createAt"))
    return await answers.hear(
        as_text(message.get("msgId")) or message_id,
        None if written is None else written / 1000,
        sender,
        as_text(as_mapping(message.get("text")).get("content")),
    )
