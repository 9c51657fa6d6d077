"""What a listener heard, checked: nothing is missing, and each topic by itself is in order."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from tests.servers.mosquitto import Heard


def numbers(heard: Iterable[Heard]) -> dict[str, list[int]]:
    """The numbers that came on each telemetry topic, each where it came first."""
    by_topic: dict[str, dict[int, None]] = defaultdict(dict)
    for message in heard:
        if "/telemetry/" in message.topic and "number" in message.body["v"]:
            by_topic[message.topic].setdefault(message.body["v"]["number"])
    return {topic: list(found) for topic, found in by_topic.items()}


def missing(heard: Iterable[Heard], devices: Sequence[str], told: int) -> dict[str, list[int]]:
    """The numbers of each device that came on neither of its topics."""
    came: dict[str, set[int]] = {device: set() for device in devices}
    for topic, found in numbers(heard).items():
        came[_device(topic)].update(found)
    return {device: lost for device, found in came.items() if (lost := sorted(set(range(told)) - found))}


def reordered(heard: Iterable[Heard]) -> dict[str, list[int]]:
    """Topics whose numbers did not only rise, told by when each came first."""
    return {topic: found for topic, found in numbers(heard).items() if found != sorted(found)}


def twice(heard: Iterable[Heard]) -> int:
    """How many readings came more than once."""
    came: dict[str, list[int]] = defaultdict(list)
    for message in heard:
        if "/telemetry/" in message.topic and "number" in message.body["v"]:
            came[_device(message.topic)].append(message.body["v"]["number"])
    return sum(len(found) - len(set(found)) for found in came.values())


def late(heard: Iterable[Heard]) -> int:
    """How many messages came late."""
    return sum(message.topic.endswith("/late") for message in heard)


def _device(topic: str) -> str:
    return topic.split("/telemetry/")[1].removesuffix("/late")
