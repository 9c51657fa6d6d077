"""From a message to what it says: pure, and nothing that a device sends makes it raise."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, TypeVar

from drivers.contract import Fault
from drivers.mqtt.envelope import Opened, identity
from drivers.mqtt.paths import MISSING, follow, written
from drivers.mqtt.product_said import NOTHING, AckSaid, AskSaid, EventSaid, Said
from drivers.mqtt.reading_json import MAX_BYTES, Odd, read_json
from drivers.mqtt.reading_plan import KEY, LEVEL, ONLY, POSITION
from drivers.mqtt.reading_value import TEXT_LIMIT, text, whole
from drivers.mqtt.shape_values import word

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from drivers.contract import Json, Value
    from drivers.mqtt.paths import Steps
    from drivers.mqtt.product_parts import Part
    from drivers.mqtt.product_said import Hasher
    from drivers.mqtt.reading_plan import AckPlan, AskPlan, FieldPlan, MessagePlan, PartPlan
    from drivers.mqtt.reading_topics import TopicPlan, Topics

Read = TypeVar("Read")

NUMBER_DIGITS: Final = 6
"""A part's number is no longer, with its zeros in front."""


class Reader:
    """Reads the messages of one product."""

    def __init__(self, topics: Topics) -> None:
        self._topics = topics

    def read(self, topic: str, own: str, payload: bytes, hasher: Hasher) -> Said:
        """What a message says about the device whose own topic is `own`."""
        found = self._topics.find(topic, own)
        if found is None:
            return NOTHING
        plan, level = found
        try:
            return _read(plan, level, own, payload, hasher)
        except Odd as odd:
            return Said(rejected=str(odd))


def _read(plan: TopicPlan, level: str, own: str, payload: bytes, hasher: Hasher) -> Said:
    data = read_json(payload) if plan.json else _read_text(payload)
    opened = plan.opener.open(data) if plan.opener is not None else Opened(data)
    heard = _Heard(opened, own, hasher)
    for message in plan.messages:
        if not message.when or _is(message, opened.data):
            heard.take(message, level)
            break
    return Said(
        tuple(heard.readings),
        tuple(heard.events),
        tuple(heard.asks),
        tuple(heard.acks),
        heard.alive,
        opened.boot,
        opened.seq,
        opened.at_utc,
        opened.estimated,
        opened.clock_wrong,
    )


def _read_text(payload: bytes) -> str:
    if len(payload) > MAX_BYTES:
        raise Odd("is larger than 64 kB")
    if len(payload) > 4 * TEXT_LIMIT:
        raise Odd("is too long a text")
    try:
        return text(payload.decode("utf-8"))
    except UnicodeDecodeError:
        raise Odd("is not UTF-8") from None


def _is(message: MessagePlan, data: Json) -> bool:
    # another kind of message may have another shape where this one is told by
    try:
        return all(word(follow(data, way)) == must for way, must in message.when)
    except Odd:
        return False


class _Heard:
    """What one message has said so far."""

    __slots__ = ("_hasher", "_opened", "_own", "acks", "alive", "asks", "events", "readings")

    def __init__(self, opened: Opened, own: str, hasher: Hasher) -> None:
        self._opened = opened
        self._own = own
        self._hasher = hasher
        self.readings: list[tuple[int, int, Value | Fault]] = []
        self.events: list[EventSaid] = []
        self.asks: list[AskSaid] = []
        self.acks: list[AckSaid] = []
        self.alive: bool | None = None

    def take(self, message: MessagePlan, level: str) -> None:
        data = self._opened.data
        for group, index, way, convert in message.spots:
            said = follow(data, way)
            if said is not MISSING:
                self.readings.append((group, index, _converted(convert, said, way)))
        if message.part is None:
            self._take_item(message, data, None)
        elif message.each is None:
            self._take_item(message, data, _part_of(message.part, data, level))
        else:
            seen: set[str] = set()
            for part, item in _items(message.part, follow(data, message.each)):
                if part.name in seen:
                    raise Odd("names a part twice")
                seen.add(part.name)
                self._take_item(message, item, part)
        if message.alive is not None:
            alive = message.alive.words.get(word(follow(data, message.alive.way)))
            if alive is None:
                raise Odd("is neither online nor offline")
            self.alive = alive

    def _take_item(self, message: MessagePlan, item: Json, part: Part | None) -> None:
        if part is not None:
            readings, group = self.readings, part.at
            for index, way, convert in message.part_spots:
                said = follow(item, way)
                if said is not MISSING:
                    readings.append((group, index, _converted(convert, said, way)))
        for event in message.events:
            self.events.append(EventSaid(event.kind, self._body(event.fields, item, part), self._opened.at_utc))
        for ask in message.asks:
            self.asks.append(self._ask(ask, item, part))
        for ack in message.acks:
            self.acks.append(self._ack(ack, item, part))

    def _ask(self, ask: AskPlan, item: Json, part: Part | None) -> AskSaid:
        if ask.correlation is not None:
            correlation = identity(follow(item, ask.correlation), ask.correlation)
        else:
            correlation = identity(self._opened.id, ask.id)
        reply = ask.reply.replace("{topic}", self._own)
        return AskSaid(ask.kind, self._body(ask.fields, item, part), reply, correlation, ask.answer)

    def _ack(self, ack: AckPlan, item: Json, part: Part | None) -> AckSaid:
        order = None
        if ack.id is not None:
            order = _converted(_order_number, follow(item, ack.id), ack.id)
        why = follow(item, ack.why) if ack.why is not None else ""
        why = "" if why is MISSING or why is None else text(why)
        return AckSaid(order, self._value(ack.ok, item, part) is True, why, part.name if part is not None else "")

    def _body(self, fields: tuple[FieldPlan, ...], item: Json, part: Part | None) -> dict[str, Json]:
        return {field.name: self._value(field, item, part) for field in fields}

    def _value(self, field: FieldPlan, item: Json, part: Part | None) -> Json:
        if field.way is None:
            return (part.name if part is not None else "") if field.of_part else field.value
        said = follow(item, field.way)
        value = None if said is MISSING else _converted(field.convert, said, field.way)
        if value is None or isinstance(value, Fault):
            if field.default is None:
                raise Odd(f"has no {written(field.way)}" if value is None else f"{written(field.way)}: {value.why}")
            value = field.default
        return self._hasher(field.secret, str(value)) if field.secret and value else value


def _converted(convert: Callable[[Json], Read], said: Json, way: Steps) -> Read:
    try:
        return convert(said)
    except Odd as odd:
        raise Odd(f"{written(way)} {odd}") from None


def _order_number(said: Json) -> int:
    return whole(said, strings=True)


def _part_of(plan: PartPlan, data: Json, level: str) -> Part:
    if plan.how == ONLY:
        return next(iter(plan.parts.values()))
    said = level if plan.how == LEVEL else follow(data, plan.way)
    if said is MISSING or said is None:
        raise Odd("names no part")
    return _known(plan, said)


def _known(plan: PartPlan, said: Json) -> Part:
    key = said
    if plan.by_number and type(said) is str:
        key = int(said) if said.isascii() and said.isdecimal() and len(said) <= NUMBER_DIGITS else said
    part = plan.parts.get(key) if type(key) is str or type(key) is int else None
    if part is None:
        raise Odd("names a part that the product does not have")
    return part


def _items(plan: PartPlan, items: Json) -> Iterator[tuple[Part, Json]]:
    """The items of a list or object, each with its part."""
    if items is MISSING or items is None:
        return
    if isinstance(items, dict):
        keys, each = list(items), list(items.values())
    elif isinstance(items, list) and plan.how != KEY:
        keys, each = [], items
    else:
        raise Odd("has no list of parts where one should be")
    for position, item in enumerate(each):
        if plan.how == KEY:
            yield _known(plan, keys[position]), item
        elif plan.how == POSITION:
            yield _known(plan, position), item
        else:
            yield _part_of(plan, item, ""), item
