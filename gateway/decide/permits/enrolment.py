"""Enrolment: a card is shown at a chosen door, and its hash is known; no number is typed or shown."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

from gateway.decide.permits.states import Enrolment
from gateway.model import NANOSECONDS, Recorded, Refused

if TYPE_CHECKING:
    from drivers.contract import DeviceEvent
    from gateway.model import Now, Outcome
    from gateway.permit import BeginEnrolment, EndEnrolment

WAIT_NS = 60 * NANOSECONDS
"""How long a card is waited for."""
PICK_NS = 300 * NANOSECONDS
"""How long the card that was shown is kept for a person to be picked."""
EARLIER_SECONDS = 10.0
"""A card that was shown so long before the asking is another one, told late. Controllers' clocks are within 2 s of ours."""

_SHOWN = ("denied_unknown", "card_shown")
_HASH = re.compile(r"[0-9a-f]{16}")


class Enrolling:
    """At most one enrolment at a time. It does not outlive the process."""

    def __init__(self) -> None:
        self.now: Enrolment | None = None
        self._begun_utc = 0.0
        self._by = ""

    @property
    def next_ns(self) -> int | None:
        """When it ends by itself."""
        return self.now.until_ns if self.now else None

    def begin(self, act: BeginEnrolment, now: Now) -> list[Outcome]:
        """Wait for a card; refused while another person waits for one."""
        self.wake(now)
        if self.now is not None and self._by != act.actor.id:
            return [Refused(act, "enrolment_busy", f"{self.now.by} is enrolling a card")]
        self.now = Enrolment(act.device, act.part, act.actor.name, now.boottime_ns + WAIT_NS)
        self._by, self._begun_utc = act.actor.id, now.utc
        return [Recorded("enrolment", f"{act.device}/{act.part}", {"begun": True}, act.actor.name)]

    def end(self, act: EndEnrolment) -> list[Outcome]:
        """Whoever may enrol may also end it."""
        if self.now is None:
            return [Refused(act, "no_enrolment", "nobody is enrolling a card")]
        ended, self.now = self.now, None
        return [Recorded("enrolment", f"{ended.device}/{ended.part}", {"begun": False}, act.actor.name)]

    def see(self, event: DeviceEvent, now: Now) -> list[Outcome]:
        """A card that no controller knows was shown."""
        waited = self.now
        card = event.body.get("card")
        if waited is None or waited.card is not None or waited.until_ns <= now.boottime_ns or event.kind not in _SHOWN:
            return []
        if event.device != waited.device or event.body.get("part", "") not in ("", waited.part):
            return []
        if not isinstance(card, str) or not _HASH.fullmatch(card):
            return []
        if event.measured_utc is not None and now.trusted and event.measured_utc < self._begun_utc - EARLIER_SECONDS:
            return []
        self.now = replace(waited, card=card, until_ns=now.boottime_ns + PICK_NS)
        return [Recorded("enrolment", f"{waited.device}/{waited.part}", {"shown": True}, waited.by)]

    def wake(self, now: Now) -> None:
        """Time passes."""
        if self.now is not None and self.now.until_ns <= now.boottime_ns:
            self.now = None
