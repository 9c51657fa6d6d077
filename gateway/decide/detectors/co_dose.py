"""The dose of carbon monoxide at a detector that measures it: what little of it does in an hour, much does in a minute.

EN 50291-1: 30 ppm give no alarm within 120 min; 50 ppm give one between 60 and 90 min, 100 ppm between 10 and 40, 300 ppm
within 3. The dose rises by dt / T(c), where T is the time to an alarm at that concentration; below 35 ppm it decays by half
in 42 min, as in blood. The alarm stands from a dose of 1 until there are less than 30 ppm, and latches. A detector's own
alarm bit acts beside it, never after it.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from gateway.decide.rules import CO_DOSE
from gateway.model import NANOSECONDS, Outcome, Remember

if TYPE_CHECKING:
    from collections.abc import Mapping

    from drivers.contract import Json
    from gateway.decide.known import Known, KnownDevice
    from gateway.decide.watches import Watches
    from gateway.model import Now

HARMFUL_PPM = 35.0
SAFE_PPM = 30.0
DECAY_MINUTES = 60.0
NEGLIGIBLE = 0.01
"""A dose that is as good as none."""
HELD_NS = 180 * NANOSECONDS
"""For so long a concentration counts on while nothing new is heard."""

_DOSES = "co_doses"

_TIMES = ((50.0, 75.0), (100.0, 25.0), (300.0, 1.5))
"""Concentration in ppm, minutes to an alarm: within the windows of EN 50291-1, straight lines in a log-log picture between
them."""


@dataclass(slots=True)
class _Dose:
    dose: float
    at_ns: int
    ppm: float = 0.0
    sure: bool = False
    heard_ns: int = 0


class CoDoses:
    """The doses of the detectors where there is any."""

    def __init__(self, remembered: Mapping[str, Json], known: Known, watches: Watches, now: Now) -> None:
        self._known = known
        self._watches = watches
        saved = remembered.get(_DOSES) or {}
        # who knows what was there meanwhile: the dose stays as it was until the sensor is heard
        self._doses = {device: _Dose(dose, now.boottime_ns) for device, dose in saved.items()}
        self._written: Json = saved

    def dose(self, device: str) -> float:
        """Where it stands: an alarm at 1."""
        known = self._doses.get(device)
        return 0.0 if known is None else known.dose

    def said(self, device: KnownDevice, ppm: float, *, sure: bool, now: Now) -> list[Outcome]:
        """A detector measures so much from now on. What is not `sure` may raise the dose and never lowers it."""
        known = self._doses.get(device.id)
        if known is None:
            if ppm < HARMFUL_PPM:
                return []
            known = self._doses[device.id] = _Dose(0.0, now.boottime_ns)
        out = self._pass(device, known, now)
        known.ppm, known.sure = ppm, sure
        return out + self._judge(device, known, now)

    def wake(self, now: Now) -> list[Outcome]:
        """Once a second."""
        out: list[Outcome] = []
        for device in list(self._doses):
            known = self._known.devices.get(device)
            if known is None:
                del self._doses[device]
                continue
            out += self._pass(known, self._doses[device], now)
            if self._doses[device].ppm < HARMFUL_PPM and self._doses[device].dose < NEGLIGIBLE:
                del self._doses[device]
        return out

    def forget(self, device: str) -> None:
        """Another sensor hangs there, or none."""
        self._doses.pop(device, None)

    def checkpoint(self) -> list[Outcome]:
        """The doses as they stand, where they changed."""
        doses = {device: round(known.dose, 4) for device, known in self._doses.items()}
        if doses == self._written:
            return []
        self._written = doses
        return [Remember(_DOSES, doses or None)]

    def _pass(self, device: KnownDevice, known: _Dose, now: Now) -> list[Outcome]:
        """Let the time since the last look act; no longer than the concentration is known."""
        until_ns = min(now.boottime_ns, device.groups[0].heard_ns + HELD_NS)
        minutes = max(0, until_ns - known.at_ns) / NANOSECONDS / 60
        known.at_ns = now.boottime_ns
        if not minutes:
            return []
        if known.ppm >= HARMFUL_PPM:
            known.dose = min(1.0, known.dose + minutes / minutes_to_alarm(known.ppm))
        elif known.sure:
            known.dose *= math.exp(-minutes / DECAY_MINUTES)
        return self._judge(device, known, now)

    def _judge(self, device: KnownDevice, known: _Dose, now: Now) -> list[Outcome]:
        stands = self._watches.book.active(f"{CO_DOSE}@{device.id}")
        if not stands and known.dose >= 1.0 and known.ppm >= HARMFUL_PPM:
            return self._say(device, abnormal=True, why=f"{known.ppm:.0f} ppm of CO, for as long as it takes", now=now)
        if stands and known.sure and known.ppm < SAFE_PPM:
            return self._say(device, abnormal=False, why="", now=now)
        return []

    def _say(self, device: KnownDevice, *, abnormal: bool, why: str, now: Now) -> list[Outcome]:
        place = device.rules.place
        return self._watches.say(CO_DOSE, device.id, device.id, place, abnormal=abnormal, why=why, now=now)


def minutes_to_alarm(ppm: float) -> float:
    """How long this concentration takes to an alarm, from none; infinite below 35 ppm."""
    (low, of_low), (middle, of_middle), (high, of_high) = _TIMES
    if ppm < HARMFUL_PPM:
        return math.inf
    if ppm <= low:
        return of_low * (low / ppm) ** 2
    if ppm >= high:
        return of_high * high / ppm
    if ppm <= middle:
        return _between(ppm, low, of_low, middle, of_middle)
    return _between(ppm, middle, of_middle, high, of_high)


def _between(ppm: float, start: float, of_start: float, end: float, of_end: float) -> float:
    way = math.log(ppm / start) / math.log(end / start)
    return of_start * math.pow(of_end / of_start, way)
