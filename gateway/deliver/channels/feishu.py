"""Feishu's group bot with 签名校验 (open.feishu.cn, custom bots), and the long connection of an application for answers."""

from __future__ import annotations

import asyncio
import base64
import hmac
from typing import TYPE_CHECKING, Final
from urllib.parse import quote
from xml.sax.saxutils import quoteattr

from gateway.deliver.channels import keys
from gateway.deliver.channels.answers import Answers
from gateway.deliver.channels.codes import Codes, Lasting, Passing, judge
from gateway.deliver.channels.contract import Kind, Limits, Receipt
from gateway.deliver.channels.feishu_line import FeishuLine
from gateway.deliver.channels.long_line import keep_open
from gateway.deliver.channels.web import Web, with_link

if TYPE_CHECKING:
    from gateway.deliver.channels.chat_config import FeishuConfig
    from gateway.deliver.channels.contract import ChannelWiring, Inbound, Message

CODES: Final[Codes] = {
    1: Passing("Feishu is busy"),
    9499: Passing("too many messages", 10.0),
    11232: Passing("too many messages, or Feishu is overloaded as at every full hour", 10.0),
    99991400: Passing("too many messages", 60.0),
    19001: Lasting("the `hook` is wrong, or the bot was removed from its group"),
    19002: Lasting("Feishu does not take this message", misconfigured=False),
    19021: Lasting("the signature is refused: a wrong `secret`, or the box's clock is off"),
    19022: Lasting("the bot's list of addresses does not have ours"),
    19024: Lasting("the bot asks for a keyword that is not in the message"),
}


def signature(seconds: int, secret: str) -> str:
    """The `sign` of a request. What is signed is nothing at all; the key holds the time."""
    return base64.b64encode(hmac.digest(f"{seconds}\n{secret}".encode(), b"", "sha256")).decode()


class Feishu:
    """One group bot, and the ear of an application where one is set."""

    kind = Kind.CHAT
    group = True
    limits = Limits(per_minute=75, reserved=25, per_second=4, longest_bytes=16_000)
    """100 a minute and 5 a second are documented, and 20 kB for the whole request."""

    def __init__(self, config: FeishuConfig, wiring: ChannelWiring) -> None:
        self.id = config.id
        self.hears = config.answers is not None
        self._config = config
        self._clock = wiring.clock
        self._web = Web()

    async def send(self, message: Message) -> Receipt:
        """Say it in the group and @ who is meant."""
        mentions = "".join(f"<at user_id={quoteattr(each.to)}></at>" for each in message.to if each.to)
        text = with_link(message, self.limits.longest_bytes)
        seconds = int(self._clock().utc)
        body = {
            "timestamp": str(seconds),
            "sign": signature(seconds, keys.read(self._config.secret)),
            "msg_type": "text",
            "content": {"text": f"{text}\n{mentions}" if mentions else text},
        }
        hook = quote(keys.read(self._config.hook), safe="")
        answer = await self._web.post(f"{self._config.url}/open-apis/bot/v2/hook/{hook}", body)
        judge(answer.json(), "code", CODES)
        return Receipt()

    async def run(self, inbound: Inbound) -> None:
        """Hear what people answer, where an application is set."""
        async with self._web:
            if self._config.answers is None:
                await asyncio.Event().wait()
            else:
                answers = Answers(self.id, inbound, self._clock)
                line = FeishuLine(self._config, self._config.answers, self._web, answers)
                await keep_open(self.id, line.converse)
