"""What must be so before a compartment is told to open, whoever wants it: a person, a code, a courier, two persons for all."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from drivers.contract import Link
from gateway.decide.lockers.compartment import Compartment, elapsed_ns
from gateway.model import NANOSECONDS

if TYPE_CHECKING:
    from gateway.decide.fires.freezing import Freezing
    from gateway.decide.interlocks import Forbidden
    from gateway.decide.lockers.cabinets import Cabinets
    from gateway.model import Now

GAP_NS = 3 * NANOSECONDS
"""A compartment is told to open once in 3 s: a solenoid is made for pulses, not for holding."""

AT_ONCE = 2
"""So many solenoids of a cabinet within `GAP_NS`: its supply feeds no more."""


class Orders:
    """Whether a compartment may be told to open now."""

    def __init__(self, cabinets: Cabinets, freezing: Freezing) -> None:
        self._cabinets = cabinets
        self._freezing = freezing

    def against(self, cabinet: str, *, asks: bool) -> Forbidden | None:
        """Why nothing of a cabinet may be opened now; `asks`: it asks itself, and so is heard before its link is known.

        Lockers are no exits: a fire keeps them as they are, so that nobody is drawn to them.
        """
        device = self._cabinets.device(cabinet)
        if self._freezing.stands(device.rules.place.building, cabinet):
            return "fire", "no locker is opened while there is a fire in the building"
        if device.down or not (asks or device.link is Link.UP):
            return "offline", f"{cabinet} cannot be reached"
        return None

    def against_one(self, c: Compartment, now: Now) -> Forbidden | None:
        """Why this one may not be told to open now, beside what stands against its cabinet."""
        if elapsed_ns(c.ordered, now) < GAP_NS:
            return "too_soon", f"{c.key} was told to open less than 3 s ago"
        if self.pulses(c.cabinet, now) >= AT_ONCE:
            return "busy", f"two compartments of {c.cabinet} are being opened just now"
        return None

    def pulses(self, cabinet: str, now: Now) -> int:
        """How many compartments of a cabinet were told to open just now."""
        return sum(elapsed_ns(c.ordered, now) < GAP_NS for c in self._cabinets.among(cabinet))


def ordered(c: Compartment, now: Now) -> Compartment:
    """It is told to open now. That alone changes no state: its door has to move."""
    return replace(c, ordered=now, awaited=not c.open, worn=c.worn + 1)
