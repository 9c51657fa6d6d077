"""How many polls came on time, seen from the device: the only place where nobody can flatter himself."""

from __future__ import annotations

import cmath
import math
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Sequence


class Punctuality(NamedTuple):
    """Beats of the cadence that fell into a window, and those that were met."""

    expected: int
    met: int


def punctuality(times: Sequence[float], every: float, start: float, end: float) -> Punctuality:
    """Count the beats between `start` and `end` that a request met within a quarter of the interval.

    The cadence is fitted to the requests themselves (their circular mean), because a poller may choose its phase but not
    change it: a request that drifts, is skipped or bunches with another leaves a beat unmet. All in one unit of time.
    """
    within = [time for time in times if start <= time < end]
    if not within:
        return Punctuality(int((end - start) / every), 0)
    turn = 2j * math.pi / every
    phase = cmath.phase(sum(cmath.exp(turn * (time - start)) for time in within)) / (2 * math.pi) * every
    first = math.ceil((every / 4 - phase) / every)
    last = math.floor((end - start - every / 4 - phase) / every)
    met = {
        beat
        for time in within
        if abs(time - start - phase - (beat := round((time - start - phase) / every)) * every) <= every / 4
    }
    return Punctuality(last - first + 1, sum(first <= beat <= last for beat in met))
