"""What is not as it should be at one sensor, counted, and told to the house no more than once a minute."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING, Final

from drivers.contract import DeviceEvent

if TYPE_CHECKING:
    from collections.abc import Mapping

    from drivers.ble.source import Advert
    from drivers.contract import Json

RADIO_ATTACK: Final = "radio_attack"
"""Device event: somebody plays tricks on the air. Body: why (replay, downgrade, spoof), count (since it was last told),
receiver and rssi."""
UNVERIFIED_ALARM: Final = "unverified_alarm"
"""Device event: a packet that cannot be believed claims an alarm that does not stand. Body: what (smoke, gas, co, heat), why
(plain, old counter), receiver, rssi."""
BATTERY_CHANGED: Final = "battery_changed"
"""Device event: the counter began anew within the time that was opened for it."""

TOLD_EVERY_NS: Final = 60_000_000_000
SPOOF_AFTER: Final = 5
"""More packets than this in a minute that do not decrypt are no accident of the radio: its own checksum lets none pass."""


class Oddities:
    """Of one sensor: how often each happened, and when the house last heard of it."""

    __slots__ = ("_since", "_told_ns", "counts", "undecrypted_ns")

    def __init__(self) -> None:
        self.counts: dict[str, int] = {}
        """Since the sensor is known, by verdict."""
        self.undecrypted_ns: tuple[int, ...] = ()
        """When the last packets came that did not decrypt."""
        self._since: dict[str, int] = {}
        self._told_ns: dict[str, int] = {}

    def count(self, verdict: str) -> None:
        """It happened once more."""
        self.counts[verdict] = self.counts.get(verdict, 0) + 1

    def spoofed(self, now_ns: int) -> bool:
        """A packet did not decrypt. Whether there were too many of them within the last minute."""
        recent = (*self.undecrypted_ns[-SPOOF_AFTER:], now_ns)
        self.undecrypted_ns = recent
        return len(recent) > SPOOF_AFTER and now_ns - recent[0] < TOLD_EVERY_NS

    def due(self, what: str, now_ns: int) -> int:
        """`what` happened. How often since the house last heard of it, 0 while it is too early to tell again."""
        self._since[what] = self._since.get(what, 0) + 1
        told_ns = self._told_ns.get(what)
        if told_ns is not None and now_ns - told_ns < TOLD_EVERY_NS:
            return 0
        self._told_ns[what] = now_ns
        return self._since.pop(what)


class Events:
    """Makes device events. One sequence for all devices of the line, begun anew under a new epoch with each run."""

    def __init__(self) -> None:
        self._epoch = secrets.token_hex(6)
        self._sequence = 0

    def make(self, device: str, kind: str, body: Mapping[str, Json], received_ns: int) -> DeviceEvent:
        """The next event."""
        self._sequence += 1
        return DeviceEvent(device, self._epoch, self._sequence, kind, body, received_ns)

    def attack(self, device: str, why: str, count: int, receiver: str, advert: Advert) -> DeviceEvent:
        """Somebody plays tricks on the air."""
        body = {"why": why, "count": count, "receiver": receiver, "rssi": advert.rssi}
        return self.make(device, RADIO_ATTACK, body, advert.received_ns)

    def unverified(self, device: str, alarm: str, why: str, receiver: str, advert: Advert) -> DeviceEvent:
        """A packet that cannot be believed claims an alarm."""
        body = {"what": alarm, "why": why, "receiver": receiver, "rssi": advert.rssi}
        return self.make(device, UNVERIFIED_ALARM, body, advert.received_ns)
