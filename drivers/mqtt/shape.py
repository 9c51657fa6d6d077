"""The file of an MQTT product: its shape (docs/add-a-mqtt-device.md)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import Field, field_validator

from drivers.entry import Entry
from drivers.mqtt.shape_messages import Acknowledging, Alive, Asking, Envelope, Happening, Message, Word
from drivers.mqtt.shape_orders import Holding, Ordering
from drivers.mqtt.shape_values import Measured, Scalar

DEVICE = "device"
"""The word for the device as a whole, beside its groups of parts."""


class MqttProfile(Entry):
    """A product as its file has it."""

    product: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]{0,39}$")]
    title: str
    protocol: Literal["mqtt"]
    source: Annotated[str, Field(min_length=1)]
    """The document from which this was taken."""
    strings: bool = False
    """Whether the maker writes numbers and switches as text too: "312.5", "1"."""
    parts: Mapping[Word, Mapping[str, Mapping[str, Scalar]]] = {}
    """Groups of like parts with what is known of each: `port: {p01..p12: {amperes: 10}}`. A part's `number` is that at the
    end of its name, unless it is given."""
    every_seconds: Mapping[str, Annotated[float, Field(gt=0, le=86_400)] | None] = {}
    """How often the device (`device`) and each part of a group is to be heard; null or left out: only on a change."""
    envelope: Envelope = Envelope()
    messages: Mapping[Word, Message]
    points: tuple[Measured, ...]
    events: tuple[Happening, ...] = ()
    asks: tuple[Asking, ...] = ()
    acks: tuple[Acknowledging, ...] = ()
    alive: Alive | None = None
    commands: Mapping[str, Ordering] = {}
    wants: Mapping[Literal["charging_off"], Holding] = {}

    @field_validator("parts", mode="before")
    @classmethod
    def _nothing_known_of_a_part(cls, parts: Any) -> Any:
        if not isinstance(parts, Mapping):
            return parts
        return {
            group: {part: {} if facts is None else facts for part, facts in members.items()}
            if isinstance(members, Mapping)
            else members
            for group, members in parts.items()
        }
