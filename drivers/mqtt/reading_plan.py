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
    from drivers.mqtt.shape_messages import Acknowledging, Alive, Asking, Happening, PartNamed
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
    message, alive = profile.messages[name], profile.alive
    spots, part_spots = _spots(profile, name, parts, places)
    return MessagePlan(
        when=tuple((steps(path), word(must)) for path, must in message.when.items()),
        each=steps(message.each) if message.each is not None else None,
        part=_part(message.part, parts) if message.part is not None else None,
        spots=spots,
        part_spots=part_spots,
        events=tuple(EventPlan(each.kind, _fields(profile, each)) for each in profile.events if each.message == name),
        asks=tuple(_ask(profile, number) for number, each in enumerate(profile.asks) if each.message == name),
        acks=tuple(_ack(profile, each) for each in profile.acks if each.message == name),
        alive=_alive(alive) if alive is not None and alive.message == name else None,
    )


def _spots(
    profile: MqttProfile, name: str, parts: Mapping[str, Sequence[Part]], places: Mapping[str, Place]
) -> tuple[tuple[Spot, ...], tuple[PartSpot, ...]]:
    """The points of a message: those that it tells by itself, and those of whichever part it names."""
    named_part = profile.messages[name].part
    own_group = named_part.group if named_part is not None else ""
    spots: list[Spot] = []
    part_spots: list[PartSpot] = []
    heard = [(point.key, each) for point in profile.points for each in (point, *point.also) if each.message == name]
    for key, each in heard:
        group = group_of(key)
        if not group:
            spots.append((*places[key], steps(each.path), converter(each, strings=profile.strings)))
        elif group == own_group:
            index = places[named(key, parts[group][0].name)][1]
            part_spots.append((index, steps(each.path), converter(each, strings=profile.strings)))
        else:
            spots += _of_each_part(profile, key, each, parts[group], places)
    return tuple(spots), tuple(part_spots)


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


def _part(named_by: PartNamed, parts: Mapping[str, Sequence[Part]]) -> PartPlan:
    how = named_by.path if named_by.path in (KEY, POSITION, LEVEL, ONLY) else ""
    by_number = named_by.by == "number"
    table: dict[str | int, Part] = {}
    for part in parts[named_by.group]:
        table[part.index if how == POSITION else part.number if by_number else part.name] = part
    return PartPlan(how, () if how else steps(named_by.path), table, by_number)


def _ask(profile: MqttProfile, number: int) -> AskPlan:
    ask = profile.asks[number]
    correlation = steps(ask.correlation) if ask.correlation else None
    return AskPlan(ask.kind, _fields(profile, ask), correlation, steps(profile.envelope.id), ask.answer.topic, number)


def _ack(profile: MqttProfile, ack: Acknowledging) -> AckPlan:
    why = steps(ack.why) if ack.why else None
    return AckPlan(steps(ack.id) if ack.id else None, _field(profile, "ok", ack.ok), why)


def _alive(alive: Alive) -> AlivePlan:
    words = {word(said): True for said in alive.online} | {word(said): False for said in alive.offline}
    return AlivePlan(steps(alive.path), words)


def _fields(profile: MqttProfile, of: Happening | Asking) -> tuple[FieldPlan, ...]:
    return tuple(_field(profile, name, told) for name, told in of.body.items())


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
