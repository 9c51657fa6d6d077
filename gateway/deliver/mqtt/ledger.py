"""What the broker took and what it refused; what it will never take is set aside with its words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from drivers.mqtt.refusals import NOBODY
from gateway.decide.rules import OUTLET_REFUSED
from gateway.model import HouseSaid

if TYPE_CHECKING:
    from collections.abc import Callable

    from gateway.deliver.mqtt.connection import Lane
    from gateway.deliver.mqtt.reasons import Reason
    from gateway.deliver.outlet import Standing, Wiring

HOLD_SECONDS, UNHEARD_SECONDS = 10.0, 0.5
"""How long a lane is quiet after the broker refused one of its messages, and after one that nobody was subscribed to."""

NEVER_TAKEN = {0x90, 0x95, 0x99}
"""Reasons that lie in the message itself: topic name invalid, packet too large, payload format invalid (MQTT 5.0, 2.4)."""


class Ledger:
    """What became of the messages, in the outlet's standing.

    A lane to which the broker says no for a reason that can be cured is on hold, for so many seconds at a time, until one
    of its messages is taken.
    """

    def __init__(
        self,
        standing: Standing,
        wiring: Wiring,
        on_hold: Callable[[Lane, str], None],
        on_taken: Callable[[], None],
    ) -> None:
        self._standing = standing
        self._wiring = wiring
        self._on_hold = on_hold
        self._on_taken = on_taken
        self.on_hold: dict[Lane, float] = {}

    def took(self, lane: Lane, *, points: int = 0, records: int = 0) -> None:
        """The broker has a message of a lane."""
        standing = self._standing
        standing.requests += 1
        standing.points += points
        standing.records += records
        if self.on_hold and lane in self.on_hold:
            del self.on_hold[lane]
            self._on_taken()

    def refused(self, lane: Lane, topic: str, payload: bytes, reason: Reason) -> bool:
        """A message reached nobody. True: the broker will never take it, and it was set aside; False: it may, later."""
        self._standing.requests += 1
        if reason.code in NEVER_TAKEN:
            self._set_aside(topic, payload, str(reason))
            return True
        if reason.code == NOBODY:
            self.on_hold[lane] = UNHEARD_SECONDS
            self._on_hold(lane, "")
            return False
        self.on_hold[lane] = HOLD_SECONDS
        self._on_hold(lane, f"the broker refused a message to {topic}: {reason}")
        return False

    def too_long(self, topic: str, payload: bytes) -> None:
        """The broker said before that it takes none that long."""
        self._set_aside(topic, payload, "longer than the broker takes")

    def unreadable(self, row: int, body: object, wrong: Exception) -> None:
        """A row of the journal cannot be said as a message."""
        self._set_aside(f"row {row} of the journal", str(body).encode(errors="replace"), repr(wrong))

    def _set_aside(self, what: str, payload: bytes, why: str) -> None:
        standing, wiring = self._standing, self._wiring
        standing.refused += 1
        wiring.outbox.quarantine(standing.id, payload, f"{what}: {why}", wiring.clock().utc)
        said = f"{standing.target} will not take a message, which was set aside: {what}: {why}"
        for abnormal in (True, False):  # the rule's own delay lets it pass after an hour without another one
            wiring.say(HouseSaid(OUTLET_REFUSED, standing.id, abnormal, said))
