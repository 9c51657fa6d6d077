"""Who charges where and when: plugged in from six in the evening to two at night, pulled in the morning, some around noon.

Pure: a day is a function of its date, as in `rhythm`, so that a simulator that starts at night finds the sheds full.
"""

from __future__ import annotations

from dataclasses import dataclass
from random import Random
from typing import TYPE_CHECKING

from simulator.battery import car_charge, ebike_charge
from simulator.charging_rooms import CAR, EBIKE
from simulator.rhythm import DAY_SECONDS, midnight

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from simulator.battery import Charge

_HOUR = 3600.0
_EVENINGS = {EBIKE: 0.78, CAR: 0.6}
_NOONS = 0.3
"""Share of the sockets at which somebody charges."""
_EVENING_BELLS = ((19.0, 1.1), (21.6, 1.3), (17.8, 0.7))
_EVENING_WEIGHTS = (6, 4, 2)
_EVENING_HOURS = (17.0, 25.9)
_MORNING_HOURS = (6.0, 9.4)
_STRANGERS = 0.006
_SECOND_BATTERIES = 0.004


@dataclass(frozen=True, slots=True)
class Visit:
    """A battery at a socket, from `plug_at` to `pull_at`, shown with `tag` some seconds after plugging in.

    `more` is a second battery that somebody plugs into the same socket `more_after` seconds later.
    """

    plug_at: float
    pull_at: float
    charge: Charge
    tag: str
    scan_after: float
    more: Charge | None = None
    more_after: float = 0.0


def visits(seed: int, socket: str, kind: str, tags: Sequence[str], start: float) -> Iterator[Visit]:
    """Those who are at this socket at `start` or come later, for ever, one after the other."""
    day = midnight(start) - DAY_SECONDS
    while True:
        yield from (visit for visit in _day(seed, socket, kind, tags, day) if visit.pull_at > start)
        day += DAY_SECONDS


def _day(seed: int, socket: str, kind: str, tags: Sequence[str], day: float) -> Iterator[Visit]:
    rng = Random(f"charging {seed} {socket} {day:.0f}")
    if rng.random() < _NOONS:
        plug = rng.uniform(9.6, 13.5)
        yield _visit(rng, kind, tags, day + plug * _HOUR, day + min(16.9, plug + rng.uniform(1.2, 3.4)) * _HOUR)
    if rng.random() < _EVENINGS[kind]:
        middle, spread = rng.choices(_EVENING_BELLS, _EVENING_WEIGHTS)[0]
        plug = _within(rng.gauss(middle, spread), _EVENING_HOURS)
        pull = 24.0 + _within(rng.gauss(7.5, 0.6), _MORNING_HOURS)
        yield _visit(rng, kind, tags, day + plug * _HOUR, day + pull * _HOUR)


def _visit(rng: Random, kind: str, tags: Sequence[str], plug_at: float, pull_at: float) -> Visit:
    draw = ebike_charge if kind == EBIKE else car_charge
    tag = f"{rng.randrange(16**8):08X}" if rng.random() < _STRANGERS else rng.choice(tags)
    visit = Visit(plug_at, pull_at, draw(rng), tag, rng.uniform(4.0, 18.0))
    if kind == EBIKE and rng.random() < _SECOND_BATTERIES:
        return Visit(plug_at, pull_at, visit.charge, tag, visit.scan_after, ebike_charge(rng), rng.uniform(600, 5_400))
    return visit


def _within(value: float, limits: tuple[float, float]) -> float:
    return max(limits[0], min(limits[1], value))
