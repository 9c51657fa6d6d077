"""How fast it grows warm: a fire shows by its rise before it meets the threshold of a heat detector (EN 54-5, class R).

8 K in a minute are one. Two readings in a row must show it: a single one may be a sensor's stumble.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from gateway.decide.rules import TEMPERATURE_RISE
from gateway.model import NANOSECONDS

if TYPE_CHECKING:
    from gateway.decide.known import KnownDevice
    from gateway.decide.watches import Watches
    from gateway.model import Now, Outcome

KELVIN_PER_MINUTE = 8.0
SPAN_NS = 60 * NANOSECONDS
"""A rise is measured from a reading that is up to two of these old: a heartbeat a minute is enough to see it."""
STIRRED_KELVIN = 0.1
"""Less is noise."""


@dataclass(slots=True)
class _Rise:
    """What it was measured at, and a later reading that takes its place when that is too old."""

    base: float
    base_ns: int
    next: float
    next_ns: int
    fast: int = 0
    """How many readings in a row showed it."""


class TemperatureRises:
    """The rises that go on, by detector."""

    def __init__(self, watches: Watches) -> None:
        self._watches = watches
        self._rising: dict[str, _Rise] = {}

    def said(self, device: KnownDevice, before: float, before_ns: int, celsius: float, now: Now) -> list[Outcome]:
        """A reading, and the one before it, which held until `before_ns`."""
        now_ns = now.boottime_ns
        rise = self._rising.get(device.id)
        if rise is None:
            if celsius - before < STIRRED_KELVIN:
                return []
            rise = self._rising[device.id] = _Rise(before, before_ns, before, before_ns)
        if now_ns - rise.base_ns > 2 * SPAN_NS:
            rise.base, rise.base_ns = rise.next, rise.next_ns
        if rise.base_ns == rise.next_ns or now_ns - rise.next_ns > SPAN_NS:
            rise.next, rise.next_ns = before, before_ns
        if celsius <= rise.base:
            del self._rising[device.id]
            return self._say(device, abnormal=False, why="", now=now)
        minutes = max(1.0, (now_ns - rise.base_ns) / NANOSECONDS / 60)
        kelvin = celsius - rise.base
        rise.fast = rise.fast + 1 if kelvin >= KELVIN_PER_MINUTE * minutes else 0
        why = f"{kelvin:.0f} K warmer within {minutes:.0f} min, {celsius:.0f} degrees now"
        return self._say(device, abnormal=rise.fast > 1, why=why, now=now)

    def forget(self, device: str) -> None:
        """Another sensor hangs there, or none."""
        self._rising.pop(device, None)

    def _say(self, device: KnownDevice, *, abnormal: bool, why: str, now: Now) -> list[Outcome]:
        place = device.rules.place
        return self._watches.say(TEMPERATURE_RISE, device.id, device.id, place, abnormal=abnormal, why=why, now=now)
