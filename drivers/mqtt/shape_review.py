"""What only the whole file of an MQTT product can show: names that lead nowhere, messages that can never be told apart."""

from __future__ import annotations

from difflib import get_close_matches
from typing import TYPE_CHECKING, Final

from drivers.contract import Kind
from drivers.mqtt.paths import MARKS, marks
from drivers.mqtt.product_parts import group_of, named
from drivers.mqtt.reading_plan import ONLY
from drivers.mqtt.shape import DEVICE
from drivers.mqtt.writing import OF_A_PART, OF_A_WANT, OF_AN_ANSWER, OF_AN_ORDER, OF_PARTS
from drivers.parts import Complaint

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence

    from drivers.findings import Location
    from drivers.mqtt.product_parts import Part
    from drivers.mqtt.shape import MqttProfile
    from drivers.mqtt.shape_messages import Asking, Happening
    from drivers.mqtt.shape_orders import Ordering, Publish
    from drivers.mqtt.shape_values import Heard, Told

CLOCK_WRONG: Final = "clock_wrong"
"""The point by which a product with a time in its envelope says that its clock is not to be believed."""


def review(profile: MqttProfile, parts: Mapping[str, Sequence[Part]]) -> Iterator[Complaint]:
    """Everything that is wrong, in the order of the file."""
    yield from _groups(profile, parts)
    yield from _messages(profile, parts)
    yield from _points(profile, parts)
    for index, event in enumerate(profile.events):
        yield from _said(profile, event, ("events", index))
    for index, ask in enumerate(profile.asks):
        yield from _asked(profile, ask, ("asks", index))
    for index, ack in enumerate(profile.acks):
        yield from _brought(profile, ack.message, ("acks", index))
        if ack.ok.value is None and ack.ok.sort is not Kind.BOOLEAN:
            yield Complaint(
                ("acks", index, "ok"), "is true or false: give it `kind: boolean`, or a `map` to true and false"
            )
    if profile.alive is not None:
        yield from _brought(profile, profile.alive.message, ("alive",))
    keys = {key for point in profile.points for key in (point.key, *_spread(point.key, parts))}
    for name, ordering in profile.commands.items():
        yield from _command(profile, name, ordering, keys)
    yield from _wants(profile, keys)


def _guess(name: str, known: Collection[str]) -> str:
    near = get_close_matches(name, known, n=1)
    guess = f"did you mean {near[0]!r}? " if near else ""
    return f"{guess}known: {', '.join(sorted(known)) or 'none'}"


def _no_group(profile: MqttProfile, group: str) -> str:
    return "" if group in profile.parts else f"there is no group of parts {group!r}; {_guess(group, profile.parts)}"


def _groups(profile: MqttProfile, parts: Mapping[str, Sequence[Part]]) -> Iterator[Complaint]:
    for group in profile.every_seconds:
        if group not in (DEVICE, *parts):
            what = f"there is no group of parts {group!r}; {_guess(group, (DEVICE, *parts))}"
            yield Complaint(("every_seconds", group), what)


def _messages(profile: MqttProfile, parts: Mapping[str, Sequence[Part]]) -> Iterator[Complaint]:
    on_topic: dict[str, str] = {}
    for name, message in profile.messages.items():
        at: Location = ("messages", name)
        if message.part is not None and (wrong := _no_group(profile, message.part.group)):
            yield Complaint((*at, "part", "group"), wrong)
        elif message.part is not None and message.part.path == ONLY and len(parts[message.part.group]) > 1:
            yield Complaint((*at, "part", "path"), f"$only: there are {len(parts[message.part.group])} parts")
        first = on_topic.setdefault(message.topic, name)
        if first == name:
            continue
        before = profile.messages[first]
        if (before.format, before.envelope) != (message.format, message.envelope):
            yield Complaint(at, f"its topic is also that of {first}: they must agree in `format` and `envelope`")
        if not before.when or before.when == message.when:
            yield Complaint(at, f"is never reached: {first} takes every such message of its topic first")


def _brought(profile: MqttProfile, message: str, at: Location) -> Iterator[Complaint]:
    if message not in profile.messages:
        yield Complaint((*at, "from"), f"there is no message {message!r}; {_guess(message, profile.messages)}")


def _points(profile: MqttProfile, parts: Mapping[str, Sequence[Part]]) -> Iterator[Complaint]:
    seen = {CLOCK_WRONG} if profile.envelope.time is not None else set[str]()
    for index, point in enumerate(profile.points):
        at: Location = ("points", index)
        group = group_of(point.key)
        if group and (wrong := _no_group(profile, group)):
            yield Complaint((*at, "key"), wrong)
            continue
        keys = _spread(point.key, parts)
        if keys & seen:
            yield Complaint((*at, "key"), f"there are two points {min(keys & seen)!r}")
        seen |= keys
        for number, each in enumerate((point, *point.also)):
            here = (*at, "also", number - 1) if number else at
            yield from _heard(profile, group, each, here)


def _spread(key: str, parts: Mapping[str, Sequence[Part]]) -> set[str]:
    """The point's key for each part of its group; as it is written for the device as a whole."""
    group = group_of(key)
    return {named(key, part.name) for part in parts.get(group, ())} if group else {key}


def _heard(profile: MqttProfile, group: str, heard: Heard, at: Location) -> Iterator[Complaint]:
    message = profile.messages.get(heard.message)
    if message is None:
        yield from _brought(profile, heard.message, at)
        return
    strange = marks(heard.path) - ({group} | MARKS if group else set())
    if strange:
        yield Complaint((*at, "path"), f"{{{min(strange)}}} is no part of this point")
    own_item = group and message.part is not None and message.part.group == group
    each_own = marks(heard.path) or isinstance(heard.bit, str) or isinstance(heard.char, str)
    if own_item and each_own:
        yield Complaint((*at, "path"), f"begins at the {group} that {heard.message} names: leave out the braces")
    if group and not own_item and not each_own:
        what = (
            f"{heard.message} names no {group}: write {{{group}}}, {{number}} or {{index}} in it, or give it a `part`"
        )
        yield Complaint((*at, "path"), what)
    if not group and each_own and not strange:
        yield Complaint(at, "is of the device as a whole, which has no number and no position")
    if message.format == "text" and heard.path:
        yield Complaint((*at, "path"), f"{heard.message} is one text: leave out the path")


def _said(profile: MqttProfile, of: Happening | Asking, at: Location) -> Iterator[Complaint]:
    yield from _brought(profile, of.message, at)
    message = profile.messages.get(of.message)
    for name, told in of.body.items():
        yield from _field(told, (*at, "body", name), has_part=message is None or message.part is not None)


def _field(told: Told, at: Location, *, has_part: bool) -> Iterator[Complaint]:
    if marks(told.path) or isinstance(told.bit, str) or isinstance(told.char, str):
        yield Complaint(at, "begins at the part of which the message speaks: leave out the braces")
    if told.value == "$part" and not has_part:
        yield Complaint(at, "the message names no part")
    if told.value is None and told.default is None and told.sort is Kind.TEXT and not told.path:
        yield Complaint(at, "give a `path` or a `value`")


def _asked(profile: MqttProfile, ask: Asking, at: Location) -> Iterator[Complaint]:
    yield from _said(profile, ask, at)
    if not ask.correlation and not profile.envelope.id:
        what = "give the path of what its answer repeats, or the envelope's `id`"
        yield Complaint((*at, "correlation"), what)
    for key, publish in (("answer", ask.answer), ("refusal", ask.refusal)):
        if publish is None:
            continue
        yield from _fillers(publish, OF_AN_ANSWER, (*at, key))
        if "$" in publish.topic or publish.topic != ask.answer.topic:
            yield Complaint((*at, key, "topic"), "answers go to one topic, without fillers")


def _fillers(publish: Publish, allowed: Collection[str], at: Location) -> Iterator[Complaint]:
    for name in sorted(publish.fillers - set(allowed)):
        known = ", ".join(f"${each}" for each in sorted(allowed))
        yield Complaint((*at, "json"), f"nothing fills ${name}; known here: {known}")


def _command(profile: MqttProfile, name: str, ordering: Ordering, keys: Collection[str]) -> Iterator[Complaint]:
    at: Location = ("commands", name)
    group = group_of(name)
    if group and (wrong := _no_group(profile, group)):
        yield Complaint(at, wrong)
    own = {*OF_AN_ORDER, *(OF_A_PART if group else ())}
    yield from _fillers(ordering.publish, own | ordering.arguments.keys(), (*at, "publish"))
    for word in sorted(ordering.arguments.keys() & (own | OF_PARTS)):
        yield Complaint((*at, "arguments", word), f"${word} has a meaning of its own: name the argument otherwise")
    if ordering.acknowledged and not profile.acks:
        yield Complaint((*at, "acknowledged"), "nothing under `acks` says so")
    if ordering.confirm is None:
        return
    for key, value in ordering.confirm.points.items():
        here = (*at, "confirm", "points", key)
        if key not in keys or group_of(key) not in ("", group):
            yield Complaint(here, f"there is no such point here; {_guess(key, keys)}")
        if isinstance(value, str) and value.startswith("$") and value[1:] not in ordering.arguments:
            yield Complaint(here, f"there is no argument {value[1:]!r}")


def _wants(profile: MqttProfile, keys: Collection[str]) -> Iterator[Complaint]:
    for name, holding in profile.wants.items():
        at: Location = ("wants", name)
        if wrong := _no_group(profile, holding.parts):
            yield Complaint((*at, "parts"), wrong)
        for key, publish in (("hold", holding.hold), ("release", holding.release)):
            if publish is None:
                continue
            yield from _fillers(publish, OF_A_WANT, (*at, key))
            if publish.fillers & OF_A_PART and publish.fillers & OF_PARTS:
                yield Complaint((*at, key), "speaks of one part and of all: use $part or $parts")
        if not holding.shown_by:
            yield Complaint((*at, "shown_by"), "nothing would show that no current flows")
        for key in holding.shown_by:
            if key not in keys or group_of(key) != holding.parts:
                yield Complaint(
                    (*at, "shown_by", key), f"there is no such point of each {holding.parts}; {_guess(key, keys)}"
                )
