"""An MQTT product as data: what its messages say, and how it is told to do something.

Its file stands in `drivers/profiles/` or in a folder beside it, with `protocol: mqtt`; docs/add-a-mqtt-device.md shows one.
Everything here is a pure function of a message: no clock, no broker, nothing is remembered.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import lru_cache
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from pydantic import ValidationError

from drivers.contract import CommandSpec, Device, Group, Kind, Point
from drivers.credential import pickup_hash, tag_hash
from drivers.findings import explain
from drivers.mqtt.envelope import Opener
from drivers.mqtt.product_parts import OddParts, group_of, named, spread_parts
from drivers.mqtt.product_said import NOTHING, AckSaid, AskSaid, EventSaid, Hasher, Outgoing, Place, Said
from drivers.mqtt.reading import Reader
from drivers.mqtt.reading_plan import plan_message
from drivers.mqtt.reading_topics import OWN, TopicPlan, Topics, filters
from drivers.mqtt.shape import DEVICE, MqttProfile
from drivers.mqtt.shape_review import CLOCK_WRONG, review
from drivers.mqtt.writing import Writer
from drivers.profile import ProfileError, product_file, products, read_profile, unreadable

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from drivers.contract import Answer, Command, Json, Value
    from drivers.mqtt.product_parts import Part
    from drivers.mqtt.shape_values import Measured

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


PROTOCOL: Final = "mqtt"


@dataclass(frozen=True, slots=True, eq=False)
class MqttProduct:
    """A product, ready to read and write messages. One object serves all devices of the product."""

    product: str
    title: str
    places: Mapping[str, Place]
    """Where each point stands, by its key."""
    clock_place: Place | None
    """The point (meaning clock_invalid) that the line itself tells, from `Said.clock_wrong` and its own clock; None without."""
    sequenced: bool
    """Whether its messages carry `boot` and `seq`."""
    _profile: MqttProfile = field(repr=False)
    _groups: tuple[Group, ...] = field(repr=False)
    _commands: tuple[CommandSpec, ...] = field(repr=False)
    _parts: Mapping[str, Mapping[str, Json]] = field(repr=False)
    _reader: Reader = field(repr=False)
    _writer: Writer = field(repr=False)

    def device(self, id: str) -> Device:  # noqa: A002  as the contract calls it
        """The device as it is known before anything is connected: group 0 is the device as a whole, then one for each part."""
        return Device(id, self.product, self._groups, self._commands, tuple(self._profile.wants), self._parts)

    def subscriptions(self, topic: str) -> tuple[tuple[str, int], ...]:
        """The filters to which a line subscribes for the device of that topic, each with its QoS."""
        return filters(tuple(self._profile.messages.values()), topic)

    def command_topics(self, topic: str) -> tuple[str, ...]:
        """The topics on which that device takes orders (with `+` where a part stands): nothing retained may lie there."""
        wants = (
            each for want in self._profile.wants.values() for each in (want.hold, want.release) if each is not None
        )
        published = (*(command.publish for command in self._profile.commands.values()), *wants)
        topics = (each.topic.replace("$part", "+").replace("$number", "+").replace(OWN, topic) for each in published)
        return tuple(dict.fromkeys(topics))

    def read(self, topic: str, own: str, payload: bytes, hasher: Hasher) -> Said:
        """What a message on `topic` says about the device whose own topic is `own`. Only `hasher` could raise."""
        return self._reader.read(topic, own, payload, hasher)

    def order(self, command: Command, number: int, until_utc: float, topic: str) -> Outgoing:
        """What to publish for a command. Raises ValueError with a sentence for arguments that may not be said."""
        return self._writer.order(command, number, until_utc, topic)

    def answer(self, ask: AskSaid, answer: Answer) -> Outgoing:
        """What to publish as the answer to a question of the device."""
        return self._writer.answer(ask, answer)

    def want(self, name: str, level: Json, topic: str, number: int) -> tuple[Outgoing, ...]:
        """What to publish for a wanted state, most urgent first; harmless to say again. Level None lifts it.

        Raises ValueError with a sentence for a level that this product cannot reach.
        """
        return self._writer.want(name, level, topic, number)

    def shown(self, name: str, level: Json) -> Mapping[str, Value]:
        """Point keys and the values that show that a wanted state is reached; empty for a lifted one. Raises as `want`."""
        return self._writer.shown(name, level)

    def again_seconds(self, name: str) -> float:
        """After how long a wanted state that is not shown is said again."""
        return self._writer.again_seconds(name)


def load_mqtt_product(name: str, folders: Sequence[Path] = ()) -> MqttProduct:
    """Load a product by its name, which is also its file's name.

    Raises ProfileError when there is none, when two folders have one, when it speaks another protocol, or when it is wrong.
    A file that has not changed is read once: hundreds of devices share one product.
    """
    path = product_file(name, folders, PROTOCOL)
    status = path.stat()
    return _load(path, status.st_mtime_ns, status.st_size)


def mqtt_products(folders: Sequence[Path] = ()) -> Mapping[str, MqttProduct]:
    """All MQTT products in the shipped folder and in `folders`, by name.

    Raises ProfileError with everything that is wrong in any of them, and with the files that nobody can read.
    """
    found: dict[str, MqttProduct] = {}
    findings = list(unreadable(folders))
    for name in products(folders, PROTOCOL):
        try:
            found[name] = load_mqtt_product(name, folders)
        except ProfileError as wrong:
            findings += wrong.findings
    if findings:
        raise ProfileError(findings)
    return MappingProxyType(found)


def hasher(key: bytes, device: str) -> Hasher:
    """The hasher of one device under the compound's key: a pick-up code counts at its own locker alone."""

    def hashed(what: str, clear: str) -> str:
        return pickup_hash(key, device, clear) if what == "pickup" else tag_hash(key, clear)

    return hashed


@lru_cache(maxsize=64)
def _load(path: Path, _mtime_ns: int, _size: int) -> MqttProduct:
    written = read_profile(path, PROTOCOL)
    try:
        profile = MqttProfile.model_validate(written.data)
    except ValidationError as error:
        raise ProfileError(explain(error, MqttProfile, written)) from None
    try:
        parts = spread_parts(profile)
    except OddParts as odd:
        raise ProfileError([written.finding(odd.at, odd.what)]) from None
    findings = [written.finding(complaint.at, complaint.what) for complaint in review(profile, parts)]
    if profile.product != path.stem:
        findings.append(written.finding(("product",), f"must be the file's name, {path.stem!r}"))
    if findings:
        raise ProfileError(dict.fromkeys(findings))
    return _ready(profile, parts)


def _ready(profile: MqttProfile, parts: Mapping[str, tuple[Part, ...]]) -> MqttProduct:
    groups = _groups(profile, parts)
    places = {
        point.key: (number, index) for number, group in enumerate(groups) for index, point in enumerate(group.points)
    }
    opener = Opener(profile.envelope, strings=profile.strings)
    on_topic: dict[str, list[str]] = {}
    for name, message in profile.messages.items():
        on_topic.setdefault(message.topic, []).append(name)
    topics = {}
    for topic, names in on_topic.items():
        first = profile.messages[names[0]]
        is_json = first.format == "json"
        plans = tuple(plan_message(profile, name, parts, places) for name in names)
        topics[topic] = TopicPlan(is_json, opener if is_json and first.envelope else None, plans)
    return MqttProduct(
        product=profile.product,
        title=profile.title,
        places=MappingProxyType(places),
        clock_place=places[CLOCK_WRONG] if profile.envelope.time is not None else None,
        sequenced=bool(profile.envelope.seq),
        _profile=profile,
        _groups=groups,
        _commands=tuple(_commands(profile, parts)),
        _parts=MappingProxyType({part.name: dict(part.facts) for members in parts.values() for part in members}),
        _reader=Reader(Topics(topics)),
        _writer=Writer(profile, parts),
    )


def _groups(profile: MqttProfile, parts: Mapping[str, tuple[Part, ...]]) -> tuple[Group, ...]:
    whole = [_point(each, "") for each in profile.points if not group_of(each.key)]
    if profile.envelope.time is not None:
        whole.append(Point(CLOCK_WRONG, Kind.BOOLEAN, meaning="clock_invalid"))
    groups = [Group(tuple(whole), profile.every_seconds.get(DEVICE))]
    for group, members in parts.items():
        of_part = [each for each in profile.points if group_of(each.key) == group]
        every_seconds = profile.every_seconds.get(group)
        groups += [Group(tuple(_point(each, part.name) for each in of_part), every_seconds) for part in members]
    return tuple(groups)


def _point(of: Measured, part: str) -> Point:
    return Point(
        key=named(of.key, part),
        kind=of.sort,
        unit=of.unit,
        meaning=of.meaning,
        low=of.low,
        high=of.high,
        place=part,
        deadband=of.deadband,
    )


def _commands(profile: MqttProfile, parts: Mapping[str, tuple[Part, ...]]) -> list[CommandSpec]:
    found: list[CommandSpec] = []
    for name, ordering in profile.commands.items():
        group = group_of(name)
        units = {word: said.unit if said.kind == "number" else said.kind for word, said in ordering.arguments.items()}
        found += [
            CommandSpec(named(name, part), units, ordering.idempotent, ordering.acts_as, part)
            for part in ([each.name for each in parts[group]] if group else [""])
        ]
    return found
