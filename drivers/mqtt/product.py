"""An MQTT product as data: what its messages say, and how it is told to do something.

Its file stands in `drivers/profiles/` or in a folder beside it, with `protocol: mqtt`; docs/add-a-mqtt-device.md shows one.
Everything here is a pure function of a message: no clock, no broker, nothing is remembered.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from drivers.credential import pickup_hash, tag_hash
from drivers.mqtt.product_said import NOTHING, AckSaid, AskSaid, EventSaid, Hasher, Outgoing, Place, Said

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from drivers.contract import Answer, Command, Device, Json, Value

__all__ = [
    "NOTHING",
    "AckSaid",
    "AskSaid",
    "EventSaid",
    "Hasher",
    "MqttProduct",
    "Outgoing",
    "Place",
    "Said",
    "hasher",
    "load_mqtt_product",
    "mqtt_products",
]


class MqttProduct:
    """A product, ready to read and write messages. One object serves all devices of the product."""

    product: str
    title: str
    places: Mapping[str, Place]
    """Where each point stands, by its key."""
    clock_place: Place | None
    """The point (meaning clock_invalid) that the line itself tells from `Said.clock_wrong` and its own clock; None without."""
    sequenced: bool
    """Whether its messages carry `boot` and `seq`."""

    def device(self, id: str, topic: str) -> Device:  # noqa: A002  as the contract calls it
        """The device as it is known before anything is connected: group 0 is the device as a whole, then one for each part."""
        raise NotImplementedError

    def subscriptions(self, topic: str) -> tuple[tuple[str, int], ...]:
        """The filters to which a line subscribes for the device of that topic, each with its QoS."""
        raise NotImplementedError

    def command_topics(self, topic: str) -> tuple[str, ...]:
        """The topics on which that device takes orders (with `+` where a part stands): nothing retained may lie there."""
        raise NotImplementedError

    def read(self, topic: str, own: str, payload: bytes, hasher: Hasher) -> Said:
        """What a message on `topic` says about the device whose own topic is `own`. Never raises."""
        raise NotImplementedError

    def order(self, command: Command, number: int, until_utc: float, topic: str) -> Outgoing:
        """What to publish for a command. Raises ValueError with a sentence for arguments that may not be said."""
        raise NotImplementedError

    def answer(self, ask: AskSaid, answer: Answer) -> Outgoing:
        """What to publish as the answer to a question of the device."""
        raise NotImplementedError

    def want(self, name: str, level: Json, topic: str, number: int) -> tuple[Outgoing, ...]:
        """What to publish for a wanted state, most urgent first; harmless to say again. Level None lifts it.

        Raises ValueError with a sentence for a level that this product cannot reach.
        """
        raise NotImplementedError

    def shown(self, name: str, level: Json) -> Mapping[str, Value]:
        """Point keys and the values that show that a wanted state is reached; empty for a lifted one."""
        raise NotImplementedError

    def again_seconds(self, name: str) -> float:
        """After how long a wanted state that is not shown is said again."""
        raise NotImplementedError


def load_mqtt_product(name: str, folders: Sequence[Path] = ()) -> MqttProduct:
    """Load a product by its name, which is also its file's name.

    Raises ProfileError when there is none, when two folders have one, when it speaks another protocol, or when it is wrong.
    """
    raise NotImplementedError


def mqtt_products(folders: Sequence[Path] = ()) -> Mapping[str, MqttProduct]:
    """All MQTT products in the shipped folder and in `folders`, by name.

    Raises ProfileError with everything that is wrong in any of them, and with the files that nobody can read.
    """
    raise NotImplementedError


def hasher(key: bytes, device: str) -> Hasher:
    """The hasher of one device under the compound's key: a pick-up code counts at its own locker alone."""

    def hashed(what: str, clear: str) -> str:
        return pickup_hash(key, device, clear) if what == "pickup" else tag_hash(key, clear)

    return hashed
