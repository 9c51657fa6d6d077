"""A charging socket as the mains see it: its relay, its meter, its warmth, what leaks, and what is plugged into it.

Pure: the time is passed in, and what happened since it was last looked at is worked out then.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import cos, exp, pi
from typing import TYPE_CHECKING, NamedTuple

from simulator.rhythm import hour_of

if TYPE_CHECKING:
    from random import Random

    from simulator.battery import Charge

_WARMS_IN_SECONDS = 240.0
_COOLS_IN_SECONDS = 420.0  # after a fire in it
_HOTTEST_CELSIUS = 240.0  # what such a thermometer still shows
_NOISE = 0.012


class Measured(NamedTuple):
    """What the socket's meter and thermometer say."""

    volts: float
    amperes: float
    watts: float
    kilowatt_hours: float
    celsius: float
    milliamperes: float


@dataclass(slots=True)
class _Load:
    charge: Charge
    seconds: float = 0.0
    """For how long it has drawn current."""

    @property
    def watts(self) -> float:
        return self.charge.watts(self.seconds)

    @property
    def amperes_at_220(self) -> float:
        return self.watts / (220.0 * self.charge.power_factor)


@dataclass(frozen=True, slots=True)
class _Burning:
    """Heat that comes from the battery itself: so many kelvin a second from `since` to `until`, and it goes slowly."""

    kelvin_per_second: float
    since: float
    until: float
    already: float = 0.0

    def at(self, now: float) -> float:
        risen = self.already + self.kelvin_per_second * (min(now, self.until) - self.since)
        return risen * exp(-max(0.0, now - self.until) / _COOLS_IN_SECONDS)


class ChargingSocket:
    """A socket with its relay. `kelvin` is how much warmer it gets at its `amperes`, by the resistance of its contacts."""

    __slots__ = (
        "_burning",
        "_celsius",
        "_dice",
        "_kelvin_per_square",
        "_loads",
        "_looked_at",
        "_shift_seconds",
        "amperes",
        "leak_milliamperes",
        "mains",
        "meter_watt_hours",
        "on",
        "welded",
    )

    def __init__(self, rng: Random, amperes: float, kelvin: float, now: float, shift_seconds: float = 0.0) -> None:
        self.amperes = amperes
        self.on = False
        """What its relay is told."""
        self.welded = False
        """Its relay stays closed whatever it is told."""
        self.mains = True
        self.leak_milliamperes = 0.0
        """On top of what the chargers leak."""
        self.meter_watt_hours = rng.uniform(50_000.0, 900_000.0)
        self._dice = rng
        self._loads: list[_Load] = []
        self._kelvin_per_square = kelvin * rng.uniform(0.7, 1.4) / amperes**2
        self._burning: _Burning | None = None
        self._shift_seconds = shift_seconds
        self._looked_at = now
        self._celsius = self.ambient(now)

    @property
    def closed(self) -> bool:
        """Whether the contact of its relay is closed, and the mains are behind it."""
        return self.mains and (self.on or self.welded)

    @property
    def taken(self) -> bool:
        """Whether something is plugged in."""
        return bool(self._loads)

    @property
    def flows(self) -> bool:
        """Whether current can flow into something."""
        return self.closed and bool(self._loads)

    @property
    def watts(self) -> float:
        """What is drawn, as of the last look."""
        return sum(load.watts for load in self._loads) if self.closed else 0.0

    @property
    def level(self) -> float:
        """How full the first battery is, 0 to 1."""
        return self._loads[0].charge.level(self._loads[0].seconds) if self._loads else 0.0

    @property
    def burns(self) -> bool:
        """Whether heat comes from what is plugged in."""
        return self._burning is not None

    def ambient(self, now: float) -> float:
        """The air of the room, in Celsius: warmest in the afternoon."""
        return 24.0 - 4.0 * cos((hour_of(now + self._shift_seconds) - 3.0) / 12 * pi)

    def plug(self, charge: Charge, now: float, seconds: float = 0.0) -> None:
        """A battery more, which has charged for so many seconds already."""
        self.look(now)
        self._loads.append(_Load(charge, seconds))

    def change(self, charge: Charge, now: float) -> None:
        """The first battery turns out to be this one."""
        self.look(now)
        self._loads[0] = _Load(charge, self._loads[0].seconds)

    @property
    def charge(self) -> Charge | None:
        """The first battery that is plugged in."""
        return self._loads[0].charge if self._loads else None

    def pull(self, now: float) -> None:
        """Everything is unplugged, and takes its fire with it."""
        self.look(now)
        self._loads.clear()
        self.burn(0.0, 0.0, 0.0, now)

    def switch(self, now: float, *, on: bool) -> None:
        """Tell the relay."""
        self.look(now)
        self.on = on

    def weld(self, now: float, *, welded: bool) -> None:
        """Its contacts burn together, or it is replaced."""
        self.look(now)
        self.welded = welded

    def feed(self, now: float, *, mains: bool) -> None:
        """The mains come or go."""
        self.look(now)
        self.mains = mains

    def burn(self, kelvin_per_minute: float, seconds: float, spark_kelvin: float, now: float) -> None:
        """Let heat come from the battery, first a spark of it, then so much a minute; 0 ends it, and it cools."""
        already = 0.0 if self._burning is None else self._burning.at(now)
        if kelvin_per_minute:
            self._burning = _Burning(kelvin_per_minute / 60, now, now + seconds, already + spark_kelvin)
        elif already > 1.0:
            self._burning = _Burning(0.0, now, now, already)
        else:
            self._burning = None

    def look(self, now: float) -> None:
        """Work out what happened since the last look: energy and warmth."""
        elapsed = now - self._looked_at
        if elapsed <= 0:
            return
        amperes = 0.0
        if self.closed:
            for load in self._loads:
                before = load.charge.watt_hours(load.seconds)
                load.seconds += elapsed
                self.meter_watt_hours += load.charge.watt_hours(load.seconds) - before
                amperes += load.amperes_at_220
        warm = self.ambient(now) + self._kelvin_per_square * amperes * amperes
        self._celsius = warm + (self._celsius - warm) * exp(-elapsed / _WARMS_IN_SECONDS)
        if self._burning is not None and self._burning.kelvin_per_second == 0 and self._burning.at(now) < 1.0:
            self._burning = None
        self._looked_at = now

    def settle(self, now: float) -> None:
        """It has been as it is for long: it is as warm as it gets."""
        self.look(now)
        amperes = sum(load.amperes_at_220 for load in self._loads) if self.closed else 0.0
        self._celsius = self.ambient(now) + self._kelvin_per_square * amperes * amperes

    def celsius(self, now: float) -> float:
        """How warm the socket is."""
        burning = 0.0 if self._burning is None else self._burning.at(now)
        return min(_HOTTEST_CELSIUS, self._celsius + burning)

    def measure(self, now: float) -> Measured:
        """Look, and read all instruments, each with its noise."""
        self.look(now)
        roll = self._dice.random
        hour = hour_of(now + self._shift_seconds)
        volts = 0.0
        if self.mains:
            volts = 224.0 - 4.0 * cos((hour - 9.0) / 12 * pi) + 1.6 * roll()
        watts = amperes = milliamperes = 0.0
        if self.closed:
            milliamperes = self.leak_milliamperes
            for load in self._loads:
                drawn = load.watts * (1 + _NOISE * (roll() - 0.5))
                watts += drawn
                amperes += drawn / (volts * load.charge.power_factor)
                milliamperes += load.charge.residual_milliamperes
        celsius = self.celsius(now) + 0.2 * (roll() - 0.5)
        return Measured(volts, amperes, watts, self.meter_watt_hours / 1000, celsius, milliamperes)
