"""The topics on which a product speaks, and how a message's topic leads to what it can say."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from drivers.mqtt.envelope import Opener
    from drivers.mqtt.reading_plan import MessagePlan
    from drivers.mqtt.shape_messages import Message

OWN = "{topic}"


@dataclass(frozen=True, slots=True)
class TopicPlan:
    """The kinds of message on one topic, in the order in which they are tried. `opener` None: without an envelope."""

    json: bool
    opener: Opener | None
    messages: tuple[MessagePlan, ...]


class Topics:
    """All topics of a product, told apart by what stands before and after the device's own."""

    def __init__(self, plans: Mapping[str, TopicPlan]) -> None:
        exact: dict[str, dict[str, TopicPlan]] = {}
        self._wild: list[tuple[str, str, str, TopicPlan]] = []
        for written, plan in plans.items():
            before, after = written.split(OWN)
            if "+" in after:
                first, last = after.split("+")
                self._wild.append((before, first, last, plan))
            else:
                exact.setdefault(before, {})[after] = plan
        self._exact = tuple(exact.items())

    def find(self, topic: str, own: str) -> tuple[TopicPlan, str] | None:
        """The plan of a topic and what stands there for `+`; None for a topic that is not of this device or product."""
        for before, plans in self._exact:
            if topic.startswith(before) and topic.startswith(own, len(before)):
                plan = plans.get(topic[len(before) + len(own) :])
                if plan is not None:
                    return plan, ""
        for before, first, last, plan in self._wild:
            head = before + own + first
            if topic.startswith(head) and topic.endswith(last) and len(topic) > len(head) + len(last):
                level = topic[len(head) : len(topic) - len(last)]
                if "/" not in level:
                    return plan, level
        return None


def filters(messages: Sequence[Message], topic: str) -> tuple[tuple[str, int], ...]:
    """What to subscribe to for the device of that topic: each filter once, with the highest QoS that a message wants."""
    found: dict[str, int] = {}
    for message in messages:
        wanted = message.topic.replace(OWN, topic)
        found[wanted] = max(message.qos, found.get(wanted, 0))
    return tuple(found.items())
