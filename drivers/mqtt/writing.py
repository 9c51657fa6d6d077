"""What is published to a device: orders, answers to its questions, and wanted states."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from drivers.mqtt.product_parts import group_of, named
from drivers.mqtt.product_said import Outgoing
from drivers.mqtt.template import fill, fill_text

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from drivers.contract import Answer, Command, Json, Value
    from drivers.mqtt.product_parts import Part
    from drivers.mqtt.product_said import AskSaid
    from drivers.mqtt.shape import MqttProfile
    from drivers.mqtt.shape_orders import Holding, Ordering, Publish

WHY_LIMIT: Final = 200

OF_A_PART: Final = frozenset({"part", "number", "index"})
"""Fillers of one part."""

OF_PARTS: Final = frozenset({"parts", "numbers"})
"""Fillers of all parts that are meant."""

OF_AN_ORDER: Final = frozenset({"id", "until", "until_ms"})
OF_AN_ANSWER: Final = frozenset({"id", "ok", "why", *OF_A_PART})
OF_A_WANT: Final = frozenset({"id", *OF_A_PART, *OF_PARTS})


class Writer:
    """Writes the messages of one product."""

    def __init__(self, profile: MqttProfile, parts: Mapping[str, Sequence[Part]]) -> None:
        self._profile = profile
        self._groups = parts
        self._parts = {part.name: part for members in parts.values() for part in members}
        self._wants: dict[str, Holding] = {str(name): holding for name, holding in profile.wants.items()}
        self._orders: dict[str, tuple[Ordering, Part | None]] = {}
        for name, ordering in profile.commands.items():
            for part in parts[group_of(name)] if group_of(name) else (None,):
                self._orders[named(name, part.name if part else "")] = ordering, part

    def order(self, command: Command, number: int, until_utc: float, topic: str) -> Outgoing:
        """What to publish for a command. Raises ValueError with a sentence for what may not be said."""
        known = self._orders.get(command.name)
        if known is None:
            raise ValueError(f"{self._profile.product} takes no command {command.name}")
        ordering, part = known
        values: dict[str, Json] = {"id": number, "until": int(until_utc), "until_ms": int(until_utc * 1000)}
        strange = command.arguments.keys() - ordering.arguments.keys()
        if strange:
            raise ValueError(f"{command.name} takes no argument {min(strange)}")
        for name, argument in ordering.arguments.items():
            try:
                values[name] = argument.checked(command.arguments.get(name))
            except ValueError as error:
                raise ValueError(f"{name} {error}") from None
        published = _outgoing(ordering.publish, topic, values | _of(part), number)
        shown = ordering.confirm
        if shown is None:
            return replace(published, await_ack=ordering.acknowledged)
        confirm: dict[str, Value] = {}
        for key, value in shown.points.items():
            at = named(key, part.name if part is not None else "")
            confirm[at] = values[value[1:]] if isinstance(value, str) and value.startswith("$") else value
        within_seconds = shown.within_seconds
        return replace(published, await_ack=ordering.acknowledged, confirm=confirm, within_seconds=within_seconds)

    def answer(self, ask: AskSaid, answer: Answer) -> Outgoing:
        """What to publish as the answer to a question."""
        asking = self._profile.asks[ask.answer]
        part = self._parts.get(str(answer.body.get("part", ask.body.get("part", ""))))
        why = str(answer.body.get("code") or answer.why)  # a fixed word for machines, where there is one
        values = {"id": ask.correlation, "ok": answer.allowed, "why": why[:WHY_LIMIT], **_of(part)}
        publish = asking.answer if answer.allowed or asking.refusal is None else asking.refusal
        return Outgoing(
            topic=ask.reply_topic,
            payload=_payload(publish, values),
            qos=publish.qos,
            expiry_seconds=publish.expires_seconds,
            correlation=str(ask.correlation).encode(),
        )

    def want(self, name: str, level: Json, topic: str, number: int) -> tuple[Outgoing, ...]:
        """What to publish for a wanted state: what is to be off first. Raises ValueError for an impossible level."""
        holding, meant = self._meant(name, level)
        rest = [part for part in self._groups[holding.parts] if part not in meant]
        out = _for_parts(holding.hold, meant, topic, number)
        if holding.release is not None:
            out += _for_parts(holding.release, rest, topic, number)
        return tuple(out)

    def shown(self, name: str, level: Json) -> dict[str, Value]:
        """What shows that a wanted state is reached."""
        holding, meant = self._meant(name, level)
        return {named(key, part.name): value for part in meant for key, value in holding.shown_by.items()}

    def again_seconds(self, name: str) -> float:
        """After how long it is said again."""
        return self._holding(name).again_seconds

    def _holding(self, name: str) -> Holding:
        if name not in self._wants:
            raise ValueError(f"{self._profile.product} cannot hold {name}")
        return self._wants[name]

    def _meant(self, name: str, level: Json) -> tuple[Holding, list[Part]]:
        """The parts of a level: {"parts": [...]}, true for all, None for none."""
        holding = self._holding(name)
        members = self._groups[holding.parts]
        if level is None or level is True:
            return holding, list(members) if level else []
        wanted = level.get("parts") if isinstance(level, dict) else None
        if not isinstance(wanted, list | tuple):
            raise ValueError(f'{name} takes {{"parts": [...]}} or true, and not {level!r}')  # noqa: TRY004  as for all levels
        strange = set(wanted) - {part.name for part in members}
        if strange:
            raise ValueError(f"{self._profile.product} has no part {min(strange)!r}")
        return holding, [part for part in members if part.name in wanted]


def _for_parts(publish: Publish, parts: Sequence[Part], topic: str, number: int) -> list[Outgoing]:
    """One message for each part, or one for all where the template names no single one."""
    if not parts:
        return []
    if publish.fillers & OF_A_PART:
        return [_outgoing(publish, topic, {"id": number, **_of(part)}, number) for part in parts]
    values = {"id": number, "parts": [part.name for part in parts], "numbers": [part.number for part in parts]}
    return [_outgoing(publish, topic, values, number)]


def _outgoing(
    publish: Publish,
    topic: str,
    values: Mapping[str, Json],
    number: int,
) -> Outgoing:
    # the device's own topic last: a dollar sign in it is no filler
    return Outgoing(
        topic=fill_text(publish.topic, values).replace("{topic}", topic),
        payload=_payload(publish, values),
        qos=publish.qos,
        expiry_seconds=publish.expires_seconds,
        correlation=str(number).encode(),
    )


def _payload(publish: Publish, values: Mapping[str, Json]) -> bytes:
    return publish.text.encode() if publish.text is not None else fill(publish.data, values)


def _of(part: Part | None) -> dict[str, Json]:
    if part is None:
        return {"part": "", "number": None, "index": None}
    return {"part": part.name, "number": part.number, "index": part.index}
