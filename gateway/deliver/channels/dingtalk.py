"""DingTalk's group bot with 加签 (open.dingtalk.com, custom robots), and the Stream of an application for answers."""

from __future__ import annotations

import asyncio
import base64
import hmac
import re
from typing import TYPE_CHECKING, Final
from urllib.parse import quote

from gateway.deliver.channels import keys
from gateway.deliver.channels.answers import Answers
from gateway.deliver.channels.codes import Codes, Lasting, Passing, judge
from gateway.deliver.channels.contract import Kind, Limits, Receipt
from gateway.deliver.channels.dingtalk_stream import listen
from gateway.deliver.channels.long_line import keep_open
from gateway.deliver.channels.web import Web, with_link

if TYPE_CHECKING:
    from gateway.deliver.channels.chat_config import DingTalkConfig
    from gateway.deliver.channels.contract import ChannelWiring, Inbound, Message

BLOCKED_SECONDS: Final = 600.0
"""How long a bot is blocked after more than 20 messages in a minute."""

CODES: Final[Codes] = {
    -1: Passing("DingTalk is busy"),
    130101: Passing("more than 20 messages in a minute: blocked for 10 minutes", BLOCKED_SECONDS),
    410100: Passing("too many messages in a minute", 60.0),
    430101: Lasting("DingTalk holds a link in the message to be unsafe", misconfigured=False),
    430102: Lasting("DingTalk does not like a word in the message", misconfigured=False),
    430103: Lasting("DingTalk does not like a picture in the message", misconfigured=False),
    430104: Lasting("DingTalk does not like a word in the message", misconfigured=False),
    40035: Lasting("DingTalk does not take this message", misconfigured=False),
    300001: Lasting("the `token` is wrong, or the bot was removed from its group"),
    400013: Lasting("the group was dissolved"),
    400101: Lasting("the `token` is wrong"),
    400102: Lasting("the bot was disabled"),
    310000: Lasting("a safety setting refuses it: a wrong `secret`, a keyword, an address, or the box's clock is off"),
}

MOBILE: Final = re.compile(r"1\d{10}")


def signature(milliseconds: int, secret: str) -> str:
    """The `sign` of a request, before it is percent-encoded."""
    signed = f"{milliseconds}\n{secret}".encode()
    return base64.b64encode(hmac.digest(secret.encode(), signed, "sha256")).decode()


class DingTalk:
    """One group bot, and the ear of an application where one is set."""

    kind = Kind.CHAT
    group = True
    limits = Limits(per_minute=15, reserved=5, longest_bytes=18_000)
    """20 a minute are documented, and 20 kB."""

    def __init__(self, config: DingTalkConfig, wiring: ChannelWiring) -> None:
        self.id = config.id
        self.hears = config.answers is not None
        self._config = config
        self._clock = wiring.clock
        self._web = Web()

    async def send(self, message: Message) -> Receipt:
        """Say it in the group and @ who is meant."""
        whom = [each.to for each in message.to if each.to]
        mobiles = [to for to in whom if MOBILE.fullmatch(to)]
        body = {
            "msgtype": "text",
            "text": {"content": with_link(message, self.limits.longest_bytes)},
            "at": {"atMobiles": mobiles, "atUserIds": [to for to in whom if to not in mobiles], "isAtAll": False},
        }
        milliseconds = int(self._clock().utc * 1000)
        token, sign = keys.read(self._config.token), signature(milliseconds, keys.read(self._config.secret))
        query = f"access_token={quote(token, safe='')}&timestamp={milliseconds}&sign={quote(sign, safe='')}"
        answer = await self._web.post(f"{self._config.url}/robot/send?{query}", body)
        judge(answer.json(), "errcode", CODES)
        return Receipt()

    async def run(self, inbound: Inbound) -> None:
        """Hear what people answer, where an application is set."""
        async with self._web:
            stream = self._config.answers
            if stream is None:
                await asyncio.Event().wait()
            else:
                answers = Answers(self.id, inbound, self._clock)
                await keep_open(self.id, lambda let_in: listen(stream, self._web, answers, let_in))
