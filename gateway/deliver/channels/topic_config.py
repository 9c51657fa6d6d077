"""What the installer writes for notices over MQTT: to a display, a speaker, or an automation of the house."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from pydantic import Field

from gateway.deliver.broker import Broker
from gateway.deliver.channels.contract import ChannelConfig

if TYPE_CHECKING:
    from gateway.deliver.channels.contract import ChannelWiring
    from gateway.deliver.channels.topic import Topic


class TopicConfig(Broker, ChannelConfig):
    """Each notice as JSON to one topic of a broker."""

    kind: Literal["mqtt"] = Field(description="Always `mqtt`.")

    def build(self, wiring: ChannelWiring) -> Topic:
        """Make the channel."""
        from gateway.deliver.channels.topic import Topic

        return Topic(self, wiring)
