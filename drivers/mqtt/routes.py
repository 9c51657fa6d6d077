"""Which device a message is for: by its topic, as the filters of the devices' products have it."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from drivers.mqtt.peer import Peer

_SEEN_LIMIT = 4_096
"""So many topics are remembered with the devices that they are for; a product has a handful of them for each device."""


class Routes:
    """The filters of all devices on the line."""

    def __init__(self, peers: Mapping[str, Peer]) -> None:
        self._exact: dict[str, list[Peer]] = {}
        self._wild: list[tuple[tuple[str, ...], Peer]] = []
        self._orders: list[tuple[tuple[str, ...], Peer]] = []
        self._found: dict[str, tuple[Peer, ...]] = {}
        for peer in peers.values():
            for name in peer.filters:
                if _is_wild(name):
                    self._wild.append((tuple(name.split("/")), peer))
                else:
                    self._exact.setdefault(name, []).append(peer)
            self._orders += [(tuple(name.split("/")), peer) for name in peer.order_topics]

    def find(self, topic: str) -> tuple[Peer, ...]:
        """The devices that a message on this topic is for."""
        found = self._found.get(topic)
        if found is None:
            levels = topic.split("/")
            wild = (peer for name, peer in self._wild if matches(name, levels))
            found = tuple(dict.fromkeys((*self._exact.get(topic, ()), *wild)))
            if len(self._found) < _SEEN_LIMIT:
                self._found[topic] = found
        return found

    def ordered(self, topic: str) -> Peer | None:
        """The device that takes orders on this topic."""
        levels = topic.split("/")
        return next((peer for name, peer in self._orders if matches(name, levels)), None)


def matches(name: tuple[str, ...], levels: list[str]) -> bool:
    """Whether a filter, as its levels, fits a topic (OASIS MQTT Version 5.0, 4.7.1)."""
    if name[-1] == "#":
        return len(levels) >= len(name) - 1 and all(
            one in ("+", other) for one, other in zip(name[:-1], levels, strict=False)
        )
    return len(name) == len(levels) and all(one in ("+", other) for one, other in zip(name, levels, strict=True))


def _is_wild(name: str) -> bool:
    return "+" in name or "#" in name
