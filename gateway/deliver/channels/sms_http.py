"""Short messages by any service that takes one HTTP request for each."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlencode

from gateway.deliver.channels import keys
from gateway.deliver.channels.contract import ChannelDown, ChannelRefused, Kind, Limits, Receipt
from gateway.deliver.channels.web import Web, cut

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from gateway.deliver.channels.contract import ChannelWiring, Inbound, Message
    from gateway.deliver.channels.sms_http_config import SmsHttpConfig, Success
    from gateway.deliver.channels.web import Answer


class SmsHttp:
    """The channel. It has no receipts: each service has its own."""

    kind = Kind.SMS
    group = False

    def __init__(self, config: SmsHttpConfig, _wiring: ChannelWiring) -> None:
        self.id = config.id
        self.limits = Limits(config.per_minute, config.per_minute / 3, longest_bytes=config.longest_bytes)
        self._config = config
        self._web = Web()

    async def send(self, message: Message) -> Receipt:
        """Hand over one message."""
        config = self._config
        words = {
            "{to}": message.to[0].to,
            "{text}": cut(message.text, config.longest_bytes),
            "{secret}": keys.read(config.secret),
        }

        def plain(text: str) -> str:
            return filled(text, words, str)

        url = filled(config.url, words, lambda word: quote(word, safe=""))
        headers = {name: plain(value) for name, value in config.headers.items()}
        body = _deep(config.body, plain)
        if config.method == "GET":
            answer = await self._web.request("GET", url, headers=headers)
        elif config.form:
            form = {"Content-Type": "application/x-www-form-urlencoded"}
            answer = await self._web.request("POST", url, urlencode(body).encode(), {**form, **headers})
        else:
            answer = await self._web.post(url, body, headers)
        if config.success is not None:
            _judge(config.success, answer)
        return Receipt()

    async def run(self, inbound: Inbound) -> None:  # noqa: ARG002 - nothing comes back
        """Nothing goes on beside sending."""
        try:
            await asyncio.Event().wait()
        finally:
            await self._web.close()


def filled(text: str, words: Mapping[str, str], put: Callable[[str], str]) -> str:
    """The text with each word in its place, once: what stands in a message is no place for another word."""
    found = [(place, name) for name in words if (place := text.find(name)) >= 0]
    if not found:
        return text
    place, name = min(found)
    return text[:place] + put(words[name]) + filled(text[place + len(name) :], words, put)


def _deep(body: Any, fill: Callable[[str], str]) -> Any:
    if isinstance(body, str):
        return fill(body)
    if isinstance(body, dict):
        return {name: _deep(value, fill) for name, value in body.items()}
    if isinstance(body, list | tuple):
        return [_deep(value, fill) for value in body]
    return body


def _judge(success: Success, answer: Answer) -> None:
    """Raises `ChannelDown` for an answer that says neither yes nor no, `ChannelRefused` for a no."""
    found: Any = answer.json()
    for step in success.key.split("."):
        if not isinstance(found, dict) or step not in found:
            raise ChannelDown(f"the answer has no {success.key}")
        found = found[step]
    if str(found) != str(success.equals):
        raise ChannelRefused(f"the service says {success.key} = {str(found)[:40]!r}")
