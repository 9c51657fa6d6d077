"""Batteries at their chargers: what they draw from the mains, from the plug until they are full and after.

Constant current, in which the power rises a little with the voltage, then constant voltage, in which it fades, then what a full
battery still takes. All closed forms of the seconds that current has flowed: a session may be looked at when it suits.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from math import exp, inf, log
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from random import Random

_BEGINS_AT = 0.88  # of its peak power: an empty battery of 48 V stands at 43 V, a full one at 54 V
_MEAN_OF_CONSTANT_CURRENT = (1 + _BEGINS_AT) / 2
_WORN_OUT = 0.06
_BAD_CHARGER = 0.05
_FLOATS_AT = (0.25, 0.4)  # of its peak: what a worn-out lead battery turns into heat for as long as it is let


@dataclass(frozen=True)
class Charge:
    """One battery at its charger, from `start` (0 to 1, of `capacity_wh`) on. `watts`, and all energy, as drawn from the mains.

    From the level `knee` on the power fades towards `tail_watts`; a charger that ends by itself does so at `ends_watts` (0:
    never) and takes `standby_watts` from then on. `residual_milliamperes` leaks to earth through its filter while it works.
    """

    capacity_wh: float
    start: float
    knee: float
    peak_watts: float
    efficiency: float
    power_factor: float
    tail_watts: float = 0.0
    ends_watts: float = 0.0
    standby_watts: float = 0.0
    residual_milliamperes: float = 0.4

    def watts(self, seconds: float) -> float:
        """What it draws after so many seconds of current."""
        fading = seconds - self._knee_after
        if fading < 0:
            return self.peak_watts * (_BEGINS_AT + (1 - _BEGINS_AT) * seconds / self._knee_after)
        if seconds >= self.ends_after:
            return self.standby_watts
        return self.tail_watts + (self.peak_watts - self.tail_watts) * exp(-fading / self._fade)

    def watt_hours(self, seconds: float) -> float:
        """What it has drawn within them."""
        if seconds <= self._knee_after:
            mean = _BEGINS_AT + (1 - _BEGINS_AT) * seconds / (2 * self._knee_after) if seconds else 0.0
            return self.peak_watts * mean * seconds / 3600
        fading = min(seconds, self.ends_after) - self._knee_after
        faded = self.tail_watts * fading + (self.peak_watts - self.tail_watts) * self._fade * (
            1 - exp(-fading / self._fade)
        )
        standby = self.standby_watts * max(0.0, seconds - self.ends_after)
        return (self.peak_watts * _MEAN_OF_CONSTANT_CURRENT * self._knee_after + faded + standby) / 3600

    def level(self, seconds: float) -> float:
        """How full the battery is after them, 0 to 1."""
        fading = min(seconds, self.ends_after) - self._knee_after
        if fading <= 0:
            return min(1.0, self.start + self.watt_hours(seconds) * self.efficiency / self.capacity_wh)
        knee = max(self.knee, self.start)
        return knee + (1 - knee) * (1 - exp(-fading / self._fade))

    @cached_property
    def ends_after(self) -> float:
        """The seconds after which the charger ends by itself; infinite for one that never does."""
        if self.ends_watts <= self.tail_watts:
            return inf
        fading = self._fade * log((self.peak_watts - self.tail_watts) / (self.ends_watts - self.tail_watts))
        return self._knee_after + fading

    @cached_property
    def _knee_after(self) -> float:
        needed = max(0.0, self.knee - self.start) * self.capacity_wh / self.efficiency
        return needed * 3600 / (self.peak_watts * _MEAN_OF_CONSTANT_CURRENT)

    @cached_property
    def _fade(self) -> float:
        """The time constant with which the rest of the battery is filled."""
        rest = (1 - max(self.knee, self.start)) * self.capacity_wh / self.efficiency
        return max(60.0, rest * 3600 / (self.peak_watts - self.tail_watts))


def ebike_charge(rng: Random) -> Charge:
    """The battery of somebody's e-bike: 48 V, 12 to 20 Ah, of lead or lithium, some worn out, some at a bad charger."""
    lithium = rng.random() < 0.45  # noqa: PLR2004 - the share of it
    volts, hours = 48.0, rng.choice((12.0, 12.0, 15.0, 20.0))
    amperes = rng.choice((3.0, 5.0)) if lithium else hours * 0.15
    efficiency = rng.uniform(0.84, 0.9) if lithium else rng.uniform(0.74, 0.82)
    peak = (54.0 if lithium else 57.0) * amperes / efficiency
    charge = Charge(
        capacity_wh=volts * hours,
        start=rng.triangular(0.05, 0.85, 0.35),
        knee=0.9 if lithium else 0.8,
        peak_watts=peak,
        efficiency=efficiency,
        power_factor=rng.uniform(0.88, 0.97) if lithium else rng.uniform(0.58, 0.7),
        tail_watts=0.0 if lithium else 0.02 * peak,
        ends_watts=0.08 * peak,
        standby_watts=rng.uniform(2.0, 5.0) if lithium else 0.045 * peak,
        residual_milliamperes=rng.uniform(0.2, 0.9),
    )
    if not lithium and rng.random() < _WORN_OUT:
        charge = worn_out(charge, rng.uniform(*_FLOATS_AT))
    if rng.random() < _BAD_CHARGER:
        charge = replace(charge, power_factor=0.52, residual_milliamperes=rng.uniform(6.0, 14.0))
    return charge


def car_charge(rng: Random) -> Charge:
    """A car at a pile of 7 kW: its charger takes 16 or 32 A of one phase, and ends by itself."""
    peak = rng.choice((3_400.0, 6_600.0, 6_900.0, 6_900.0))
    return Charge(
        capacity_wh=rng.choice((38_000.0, 50_000.0, 60_000.0, 77_000.0)),
        start=rng.triangular(0.1, 0.85, 0.45),
        knee=0.96,
        peak_watts=peak,
        efficiency=rng.uniform(0.88, 0.92),
        power_factor=rng.uniform(0.98, 0.995),
        ends_watts=0.12 * peak,
        standby_watts=rng.uniform(0.0, 12.0),
        residual_milliamperes=rng.uniform(1.0, 4.0),
    )


def worn_out(charge: Charge, share: float = 0.3) -> Charge:
    """The same battery when it never gets full: it goes on taking that share of its peak power."""
    return replace(charge, tail_watts=share * charge.peak_watts, ends_watts=0.0)
