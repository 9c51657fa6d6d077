"""What a controller measures of itself: supply, battery, temperature; a function of time, different in every box."""

from __future__ import annotations

from math import pi, sin
from random import Random
from typing import TYPE_CHECKING

from simulator.rhythm import hour_of

if TYPE_CHECKING:
    from simulator.controller import Measure

_SUPPLY_MILLIVOLTS = 13_700  # a 12 V supply that floats its lead battery
_FLOAT_MILLIVOLTS = 13_500
_RESTING_MILLIVOLTS = 12_700
_STEP_SECONDS = 20  # the converters average that long, so that values stand between steps


def climate(seed: int, entrance: str, shift_seconds: float) -> Measure:
    """How this box measures; `shift_seconds` from its time to the hour that people live in."""
    rng = Random(f"climate {seed} {entrance}")
    supply = _SUPPLY_MILLIVOLTS + rng.gauss(0, 60)
    battery_age = rng.uniform(0, 250)
    warmth = rng.gauss(215, 18)
    swing = rng.uniform(20, 45)
    phase = rng.uniform(0, 2 * pi)

    def measure(now: float, mains_failed: bool) -> tuple[int, int, int]:  # noqa: FBT001 - the shape of Measure
        step = now // _STEP_SECONDS * _STEP_SECONDS
        ripple = 12 * sin(step / 211 + phase) + 8 * sin(step / 67 + 3 * phase)
        warm = warmth + swing * sin((hour_of(step + shift_seconds) - 9.5) / 24 * 2 * pi) + 3 * sin(step / 977 + phase)
        temperature = round(warm)
        if mains_failed:
            return 0, round((_RESTING_MILLIVOLTS - battery_age + ripple / 4) / 10) * 10, temperature
        supply_now = round((supply + ripple) / 10) * 10
        return supply_now, round((_FLOAT_MILLIVOLTS - battery_age / 2 + ripple / 3) / 10) * 10, temperature

    return measure
