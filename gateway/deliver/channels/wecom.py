"""WeCom's group bot 消息推送 (developer.work.weixin.qq.com 99110): a webhook into one group, without a signature."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Final
from urllib.parse import quote

from gateway.deliver.channels import keys
from gateway.deliver.channels.codes import Codes, Lasting, Passing, judge
from gateway.deliver.channels.contract import Kind, Limits, Receipt
from gateway.deliver.channels.web import Web, with_link

if TYPE_CHECKING:
    from gateway.deliver.channels.chat_config import WeComConfig
    from gateway.deliver.channels.contract import ChannelWiring, Inbound, Message

CODES: Final[Codes] = {
    -1: Passing("WeCom is busy"),
    45009: Passing("too many messages in a minute", 60.0),
    45033: Passing("too many messages at once", 5.0),
    40058: Lasting("WeCom does not take this message", misconfigured=False),
    44004: Lasting("the message is empty", misconfigured=False),
    45002: Lasting("the message is too long", misconfigured=False),
    93000: Lasting("the `key` is wrong, or the bot was removed from its group"),
    93008: Lasting("the bot is no longer in its group"),
    93004: Lasting("the bot was disabled"),
}


class WeCom:
    """One group bot. `to` of a person is a telephone number, or a user id."""

    kind = Kind.CHAT
    group = True
    limits = Limits(per_minute=15, reserved=5, longest_bytes=2048)
    """20 a minute are documented, and text of 2,048 bytes."""

    def __init__(self, config: WeComConfig, wiring: ChannelWiring) -> None:  # noqa: ARG002 - every channel is built alike
        self.id = config.id
        self._config = config
        self._web = Web()

    async def send(self, message: Message) -> Receipt:
        """Say it in the group and @ who is meant."""
        whom = [each.to for each in message.to if each.to]
        text = {
            "content": with_link(message, self.limits.longest_bytes),
            "mentioned_mobile_list": [to for to in whom if to.isdecimal()],
            "mentioned_list": [to for to in whom if not to.isdecimal()],
        }
        url = f"{self._config.url}/cgi-bin/webhook/send?key={quote(keys.read(self._config.key), safe='')}"
        answer = await self._web.post(url, {"msgtype": "text", "text": text})
        judge(answer.json(), "errcode", CODES)
        return Receipt()

    async def run(self, inbound: Inbound) -> None:  # noqa: ARG002 - of the contract
        """Nothing comes back by a webhook."""
        async with self._web:
            await asyncio.Event().wait()
