"""A profile's messages, worked out beforehand: what has to be looked at in each, and which point it belongs to."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, TypeAlias

from drivers.mqtt.paths import Steps, marks, steps
from drivers.mqtt.product_parts import group_of, named
from drivers.mqtt.reading_value import converter
from drivers.mqtt.shape_values import word

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from drivers.contract import Json
    from drivers.mqtt.product_parts import Part
    from drivers.mqtt.product_said import Place
    from drivers.mqtt.reading_value import Convert
    from drivers.mqtt.shape import MqttProfile
    from drivers.mqtt.shape_messages import Message
    from drivers.mqtt.shape_values import Heard, Told

KEY: Final = "$key"
POSITION: Final = "$position"
LEVEL: Final = "$level"
ONLY: Final = "$only"
PART: Final = "$part"

Spot: TypeAlias = "tuple[int, int, Steps, Convert]"
"""(group, index, way from the data, how it is read): a point that a message without parts tells."""

PartSpot: TypeAlias = "tuple[int, Steps, Convert]"
"""(index, way from the part's item, how it is read): a point of whichever part the message or item names."""


@dataclass(frozen=True, slots=True)
class FieldPlan:
    """A field of an event or question: what stands at `way`, or `value`, or (`of_part`) the name of the part."""

    name: str
    way: Steps | None
    convert: Convert
    secret: str
    value: Json
    of_part: bool
    default: Json
    """None: a message without it is refused."""


@dataclass(frozen=True, slots=True)
class EventPlan:
    """Something that happened."""

    kind: str
    fields: tuple[FieldPlan, ...]


@dataclass(frozen=True, slots=True)
class AskPlan:
    """A question. `correlation` None: the envelope's id, which stands at `id`. `answer` counts the questions of the profile."""

    kind: str
    fields: tuple[FieldPlan, ...]
    correlation: Steps | None
    id: Steps
    reply: str
    answer: int


@dataclass(frozen=True, slots=True)
class AckPlan:
    """An acknowledgement. `id` None: it names no order."""

    id: Steps | None
    ok: FieldPlan
    why: Steps | None


@dataclass(frozen=True, slots=True)
class AlivePlan:
    """The words by which a device is there or gone."""

    way: Steps
    words: Mapping[str, bool]


@dataclass(frozen=True, slots=True)
class PartPlan:
    """How a message, or each item of a list in it, names its part: by one of the `$` words or by what stands at `way`."""

    how: str
    way: Steps
    parts: Mapping[str | int, Part]
    """By name, by position, or by number."""
    by_number: bool


@dataclass(frozen=True, slots=True)
class MessagePlan:
    """Everything that one kind of message can say."""

    when: tuple[tuple[Steps, str], ...]
    each: Steps | None
    part: PartPlan | None
    spots: tuple[Spot, ...]
    part_spots: tuple[PartSpot, ...]
    events: tuple[EventPlan, ...]
    asks: tuple[AskPlan, ...]
    acks: tuple[AckPlan, ...]
    alive: AlivePlan | None


def plan_message(
    profile: MqttProfile, name: str, parts: Mapping[str, Sequence[Part]], places: Mapping[str, Place]
) -> MessagePlan:
    """Work out one message of a checked profile."""
    message = profile.messages[name]
    heard = [(point.key, each) for point in profile.points for each in (point, *point.also) if each.message == name]
    own_group = message.part.group if message.part is not None else ""
    of_part: list[PartSpot] = []
    spots: list[Spot] = []
    for key, each in heard:
        group = group_of(key)
        if not group:
            spots.append((*places[key], steps(each.path), converter(each, strings=profile.strings)))
        elif group == own_group:
            index = places[named(key, parts[group][0].name)][1]
            of_part.append((index, steps(each.path), converter(each, strings=profile.strings)))
        else:
            spots += _of_each_part(profile, key, each, parts[group], places)
    return MessagePlan(
        when=tuple((steps(path), word(must)) for path, must in message.when.items()),
        each=steps(message.each) if message.each is not None else None,
        part=_part(message, parts),
        spots=tuple(spots),
        part_spots=tuple(of_part),
        events=tuple(
            EventPlan(event.kind, _fields(profile, event.body)) for event in profile.events if event.message == name
        ),
        asks=tuple(
            AskPlan(
                ask.kind,
                _fields(profile, ask.body),
                steps(ask.correlation) if ask.correlation else None,
                steps(profile.envelope.id),
                ask.answer.topic,
                number,
            )
            for number, ask in enumerate(profile.asks)
            if ask.message == name
        ),
        acks=tuple(
            AckPlan(
                steps(ack.id) if ack.id else None, _field(profile, "ok", ack.ok), steps(ack.why) if ack.why else None
            )
            for ack in profile.acks
            if ack.message == name
        ),
        alive=_alive(profile) if profile.alive is not None and profile.alive.message == name else None,
    )


def _of_each_part(
    profile: MqttProfile, key: str, heard: Heard, parts: Sequence[Part], places: Mapping[str, Place]
) -> Iterator[Spot]:
    """A message that speaks of all parts at once: each has its own path, bit or character."""
    for part in parts:
        path = heard.path
        for mark in marks(path):
            own = part.number if mark == "number" else part.index if mark == "index" else part.name
            path = path.replace(f"{{{mark}}}", str(own))
        convert = converter(heard, strings=profile.strings, number=part.number, index=part.index)
        yield (*places[named(key, part.name)], steps(path), convert)


def _part(message: Message, parts: Mapping[str, Sequence[Part]]) -> PartPlan | None:
    named_by = message.part
    if named_by is None:
        return None
    how = named_by.path if named_by.path in (KEY, POSITION, LEVEL, ONLY) else ""
    by_number = named_by.by == "number"
    table: dict[str | int, Part] = {}
    for part in parts[named_by.group]:
        table[part.index if how == POSITION else part.number if by_number else part.name] = part
    return PartPlan(how, () if how else steps(named_by.path), table, by_number)


def _alive(profile: MqttProfile) -> AlivePlan:
    assert profile.alive is not None  # noqa: S101  for mypy: the caller has looked
    online = {word(said): True for said in profile.alive.online}
    return AlivePlan(steps(profile.alive.path), online | {word(said): False for said in profile.alive.offline})


def _fields(profile: MqttProfile, body: Mapping[str, Told]) -> tuple[FieldPlan, ...]:
    return tuple(_field(profile, name, told) for name, told in body.items())


def _field(profile: MqttProfile, name: str, told: Told) -> FieldPlan:
    return FieldPlan(
        name=name,
        way=None if told.value is not None else steps(told.path),
        convert=converter(told, strings=profile.strings),
        secret=told.secret or "",
        value=told.value,
        of_part=told.value == PART,
        default=told.default,
    )
