"""What a message of a device says, and what is to be published to it: the words between a product and its line."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, TypeAlias

if TYPE_CHECKING:
    from drivers.contract import Fault, Json, Value

Place: TypeAlias = tuple[int, int]
"""Where a point stands in `Device.groups`: (group, index)."""

Hasher: TypeAlias = Callable[[str, str], str]
"""("pickup" or "tag", what was said in clear) -> its keyed hash. "" is never given to it."""


@dataclass(frozen=True, slots=True)
class EventSaid:
    """Something happened once. `at_utc` in seconds since 1970, None where the message has no time or one that cannot be."""

    kind: str
    body: Mapping[str, Json]
    at_utc: float | None


@dataclass(frozen=True, slots=True)
class AskSaid:
    """The device asks before it acts. `correlation` is what its answer repeats, as the device wrote it; "" for nothing."""

    kind: str
    body: Mapping[str, Json]
    reply_topic: str
    correlation: str | int
    answer: int
    """Which answer of the profile belongs to it: for `MqttProduct.answer` alone."""


@dataclass(frozen=True, slots=True)
class AckSaid:
    """The device took an order or refused it.

    `id` is the number of the order; None for a product whose acknowledgements name none: then it is for the oldest order that
    waits, of `part` where that is named.
    """

    id: int | None
    ok: bool
    why: str = ""
    part: str = ""


@dataclass(frozen=True, slots=True)
class Said:
    """What one message says. With a reason in `rejected` (a short phrase, nothing of the payload in it) there is nothing else.

    Only points of which the message speaks are in `readings`; a Fault stands where a value cannot be true. `seq` counts the
    messages of one `boot`; None and "" where the product does not count. `clock_wrong`: the message has a time, and it cannot
    be read or lies before 2020: `at_utc` is None. `estimated`: the device itself does not vouch for the time.
    """

    readings: tuple[tuple[int, int, Value | Fault], ...] = ()
    events: tuple[EventSaid, ...] = ()
    asks: tuple[AskSaid, ...] = ()
    acks: tuple[AckSaid, ...] = ()
    alive: bool | None = None
    boot: str = ""
    seq: int | None = None
    at_utc: float | None = None
    estimated: bool = False
    clock_wrong: bool = False
    rejected: str = ""


NOTHING: Final = Said()
"""A message that says nothing of what the product has."""


@dataclass(frozen=True, slots=True)
class Outgoing:
    """One message to publish; never retained.

    `expiry_seconds` is MQTT 5's message expiry, 0 for none; `correlation` its correlation data. With `await_ack` the device
    says by an `AckSaid` whether it took it. `confirm`: point keys and the values that must be read within `within_seconds`
    before the device is believed; empty where no point can show it.
    """

    topic: str
    payload: bytes
    qos: int = 1
    expiry_seconds: int = 0
    correlation: bytes = b""
    await_ack: bool = False
    confirm: Mapping[str, Value] = field(default_factory=dict)
    within_seconds: float = 0.0
