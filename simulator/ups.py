"""An uninterruptible power supply as a machine: mains, a battery that runs down and is charged, and what it tells. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

LASTS_MINUTES: Final = 240.0
"""A full battery at the load of the box, as it should be for an outage that people sleep through."""

CHARGES_PERCENT_PER_MINUTE: Final = 10.0
"""Faster than a real one: nobody waits half a day for the end of a story."""

LOW_PERCENT: Final = 20.0

_LOAD_PERCENT, _RATED_VOLTS, _FULL_VOLTS, _EMPTY_VOLTS = 14.0, 230.0, 27.3, 21.0


class Ups:
    """A supply from `now` on, charged. `stale`: whoever reads it has lost it."""

    def __init__(self, now: float) -> None:
        self.mains = True
        self.stale = False
        self.lasts_minutes = LASTS_MINUTES
        self._percent = 100.0
        self._at = now

    def feed(self, now: float, *, mains: bool) -> None:
        """The mains come or go."""
        self.percent(now)
        self.mains = mains

    def wear(self, minutes: float, now: float) -> None:
        """From now on a full battery lasts so long."""
        self.percent(now)
        self.lasts_minutes = minutes

    def set_percent(self, percent: float, now: float) -> None:
        """So much is left in it."""
        self._percent, self._at = percent, now

    def percent(self, now: float) -> float:
        """What is left in the battery."""
        rate = CHARGES_PERCENT_PER_MINUTE if self.mains else -100.0 / self.lasts_minutes
        self._percent = min(100.0, max(0.0, self._percent + rate * max(0.0, now - self._at) / 60))
        self._at = max(self._at, now)
        return self._percent

    def status(self, now: float) -> str:
        """The words of `ups.status`."""
        percent = self.percent(now)
        words = ["OL"] if self.mains else ["OB", "DISCHRG"]
        if self.mains and percent < 100:  # noqa: PLR2004 - per cent
            words.append("CHRG")
        if percent <= LOW_PERCENT:
            words.append("LB")
        return " ".join(words)

    def variables(self, now: float) -> Mapping[str, str]:
        """What it tells, by NUT's names."""
        percent = self.percent(now)
        return {
            "battery.charge": f"{percent:.0f}",
            "battery.charge.low": f"{LOW_PERCENT:.0f}",
            "battery.runtime": f"{percent / 100 * self.lasts_minutes * 60:.0f}",
            "battery.voltage": f"{_EMPTY_VOLTS + (_FULL_VOLTS - _EMPTY_VOLTS) * percent / 100:.1f}",
            "device.mfr": "Gridpost",
            "device.model": "simulated",
            "input.voltage": f"{_RATED_VOLTS if self.mains else 0:.1f}",
            "ups.load": f"{_LOAD_PERCENT:.0f}",
            "ups.status": self.status(now),
            "ups.temperature": "27.5",
        }
