"""Packets that have to wait because more come than can be judged: what is given up first, and what never."""

from __future__ import annotations

from collections import OrderedDict
from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from drivers.ble.peer import Peer
    from drivers.ble.source import Advert

WAITING_OF_ONE: Final = 4
"""So many packets of a sensor wait that could be its first alarm: twice what an alarm burst brings in a tenth of a second."""


class Heard(NamedTuple):
    """A packet of a known sensor, and the receiver that heard it."""

    peer: Peer
    receiver: str
    advert: Advert


class Inbox:
    """Packets of known sensors, in the order in which they came.

    Copies of what is known or waits already are given up first, then all but the newest packet of a sensor whose alarm stands.
    A packet that could be a sensor's first alarm is never given up: it waits before all others, and where too many of one
    sensor wait, the oldest is handed back to be judged at once. So a sensor has never more than five packets here.
    """

    def __init__(self) -> None:
        self.shed_repeats = 0
        self.shed_heartbeats = 0
        self.waiting_most = 0
        self._first: OrderedDict[int, Heard] = OrderedDict()
        """What could be a first alarm, by a number that rises."""
        self._first_of: dict[Peer, list[int]] = {}
        self._newest: OrderedDict[Peer, Heard] = OrderedDict()
        """The newest packet of each sensor whose alarm stands."""
        self._number = 0

    def __len__(self) -> int:
        return len(self._first) + len(self._newest)

    def put(self, heard: Heard) -> Heard | None:
        """Let a packet wait. Returns an older one of the same sensor where that one cannot wait any longer."""
        peer, _, advert = heard
        if peer.gate.is_copy(advert.data) or self._waits(peer, advert.data):
            self.shed_repeats += 1
            return None
        if peer.readings.alarming:
            self.shed_heartbeats += peer in self._newest
            self._newest[peer] = heard
            oldest = None
        else:
            if (before := self._newest.pop(peer, None)) is not None:  # its alarm stood, and no longer does
                self._put_first(before)
            oldest = self._put_first(heard)
        self.waiting_most = max(self.waiting_most, len(self))
        return oldest

    def take(self) -> Heard | None:
        """The packet that is to be judged next; None when nothing waits."""
        if self._first:
            number, heard = self._first.popitem(last=False)
            numbers = self._first_of[heard.peer]
            numbers.remove(number)
            if not numbers:
                del self._first_of[heard.peer]
            return heard
        return self._newest.popitem(last=False)[1] if self._newest else None

    def clear(self) -> None:
        """Forget all that waits: the run ends."""
        self._first.clear()
        self._first_of.clear()
        self._newest.clear()

    def _put_first(self, heard: Heard) -> Heard | None:
        self._number += 1
        self._first[self._number] = heard
        numbers = self._first_of.setdefault(heard.peer, [])
        numbers.append(self._number)
        return self._first.pop(numbers.pop(0)) if len(numbers) > WAITING_OF_ONE else None

    def _waits(self, peer: Peer, data: bytes) -> bool:
        newest = self._newest.get(peer)
        if newest is not None and newest.advert.data == data:
            return True
        return any(self._first[number].advert.data == data for number in self._first_of.get(peer, ()))
