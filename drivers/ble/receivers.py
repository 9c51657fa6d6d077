"""The receivers of a line as devices of their own: whether each of them hears, and how much."""

from __future__ import annotations

from typing import TYPE_CHECKING

from drivers.ble.sources import make_source
from drivers.contract import Link, LinkChanged, Sample

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Iterable, Mapping

    from drivers.ble import config
    from drivers.ble.peer import Peer
    from drivers.ble.source import Clock


class Receiver:
    """One receiver. Raises Misconfigured where the library that it needs is not installed."""

    __slots__ = ("_counted", "_link", "_told", "_why", "config", "heard", "source", "task")

    def __init__(self, receiver: config.Receiver, clock: Clock) -> None:
        self.config = receiver
        self.source = make_source(receiver, clock)
        self.task: asyncio.Task[None] | None = None
        self.heard = 0
        """Packets from anybody."""
        self._counted = 0
        self._link = Link.UNKNOWN
        self._why = ""
        self._told: tuple[float, int] = (0.0, 0)

    def unknown(self) -> None:
        """It begins anew: whatever was said of it, the next word is news."""
        self._link, self._why = Link.UNKNOWN, ""

    def changed(self, link: Link, why: str, now_ns: int) -> LinkChanged | None:
        """Take whether it hears; returns what is to be said of that, None for no news."""
        if (link, why) == (self._link, self._why):
            return None
        self._link, self._why = link, why
        return LinkChanged(self.config.id, link, why, now_ns)

    def sample(self, sensors: int, seconds: float, now_ns: int) -> Sample | None:
        """Packets a second since it was last asked `seconds` ago, and of how many sensors; None of one that is deaf."""
        rate = round((self.heard - self._counted) / seconds, 1)
        self._counted = self.heard
        if self._link is not Link.UP:
            return None
        if self._told != (rate, sensors):
            self._told = (rate, sensors)
        return Sample(self.config.id, 0, self._told, None, now_ns)

    def numbers(self) -> dict[str, float]:
        """Its own numbers, and those of what it is made of."""
        return {**self.source.statistics(), "heard": self.heard}


class Census:
    """How many sensors each receiver hears, counted part by part: all of them at once would hold up the loop."""

    def __init__(self, parts: int) -> None:
        self.sensors: Mapping[str, int] = {}
        """By receiver, as of the last whole count."""
        self._parts = parts
        self._part = 0
        self._peers: tuple[Peer, ...] = ()
        self._counting: dict[str, int] = {}

    def step(self, mounted: Iterable[Peer], now_ns: int) -> bool:
        """Count the next part; whether the count is whole now."""
        if self._part == 0:
            self._peers, self._counting = tuple(mounted), {}
        counting = self._counting
        for peer in self._peers[self._part :: self._parts]:
            for name in peer.signal.heard_by(now_ns):
                counting[name] = counting.get(name, 0) + 1
        self._part = (self._part + 1) % self._parts
        if self._part:
            return False
        self.sensors = counting
        return True
