"""Notices over MQTT, as JSON; docs/channels.md has the shape."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING

from gateway.deliver.broker_once import BrokerAway, BrokerRefused, publish_once
from gateway.deliver.channels import keys
from gateway.deliver.channels.contract import ChannelDown, ChannelRefused, Kind, Limits, Receipt

if TYPE_CHECKING:
    from gateway.deliver.channels.contract import ChannelWiring, Inbound, Message
    from gateway.deliver.channels.topic_config import TopicConfig


class Topic:
    """The channel. It is nobody's own, so one message is for everybody."""

    kind = Kind.OTHER
    group = True
    limits = Limits(600, 200, longest_bytes=8192)

    def __init__(self, config: TopicConfig, wiring: ChannelWiring) -> None:
        self.id = config.id
        self._config = config
        self._client_id = f"gridpost-{wiring.compound}-{config.id}"
        self._simulated = wiring.simulated
        self._one_at_a_time = asyncio.Lock()

    async def send(self, message: Message) -> Receipt:
        """Hand over one message."""
        body = {
            "subject": message.subject,
            "priority": int(message.priority),
            "title": message.title,
            "text": message.text,
            "numbers": list(message.numbers),
            "simulated": self._simulated,
        }
        payload = json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode()
        password = keys.read(self._config.password)
        try:
            async with self._one_at_a_time:  # a second connection under the same name would end the first
                await publish_once(self._config, password, self._client_id, payload)
        except BrokerAway as away:
            raise ChannelDown(str(away)) from None
        except BrokerRefused as refused:
            raise ChannelRefused(str(refused)) from None
        return Receipt()

    async def run(self, inbound: Inbound) -> None:  # noqa: ARG002 - nothing comes back
        """Nothing goes on beside sending."""
        await asyncio.Event().wait()
