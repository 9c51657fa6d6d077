"""What happens at the detectors of a compound on an ordinary day: somebody burns a dinner, somebody presses a test button.

Pure: a day is a function of the seed and its date. It is drawn for the whole compound, so that a smaller one has its share.
"""

from __future__ import annotations

from dataclasses import dataclass
from random import Random
from typing import TYPE_CHECKING

from simulator.compound import HOUSEHOLDS
from simulator.detectors import IN_FLATS, SMOKE
from simulator.rhythm import DAY_SECONDS, midnight

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_BURNT_DAILY = (1, 3)
_MEALS = ((7.1, 0.4), (11.8, 0.4), (18.2, 0.6))
_MEALS_WEIGHTS = (1, 3, 5)
_SMOKE_SECONDS = (60.0, 240.0)
_TESTS_DAILY = (0, 2)
_TESTS_HOURS = (9.0, 20.5)


@dataclass(frozen=True, slots=True)
class Mishap:
    """At a time there is smoke at a detector for so many seconds; none: its test button is pressed."""

    at: float
    detector: str
    smoke_seconds: float


def mishaps(seed: int, flats: Sequence[str], start: float) -> Iterator[Mishap]:
    """All that happens from `start` on, for ever, in order of time. `flats` are households in order, such as "b1-1-501"."""
    day = midnight(start)
    while True:
        yield from (mishap for mishap in day_of(seed, flats, day) if mishap.at >= start)
        day += DAY_SECONDS


def day_of(seed: int, flats: Sequence[str], day: float) -> list[Mishap]:
    """What happens on the day that begins at the midnight `day`, in order of time."""
    rng = Random(f"kitchens {seed} {day:.0f}")
    drawn = [_burnt(rng, flats, day) for _ in range(rng.randint(*_BURNT_DAILY))]
    drawn += [_tested(rng, flats, day) for _ in range(rng.randint(*_TESTS_DAILY))]
    return sorted((mishap for mishap in drawn if mishap is not None), key=lambda mishap: mishap.at)


def _burnt(rng: Random, flats: Sequence[str], day: float) -> Mishap | None:
    household, ((hour, spread),) = rng.randrange(HOUSEHOLDS), rng.choices(_MEALS, _MEALS_WEIGHTS)
    at, seconds = day + rng.gauss(hour, spread) * 3600, rng.uniform(*_SMOKE_SECONDS)
    return Mishap(at, f"{flats[household]}-{SMOKE}", seconds) if household < len(flats) else None


def _tested(rng: Random, flats: Sequence[str], day: float) -> Mishap | None:
    household, kind = rng.randrange(HOUSEHOLDS), rng.choice(IN_FLATS)
    at = day + rng.uniform(*_TESTS_HOURS) * 3600
    return Mishap(at, f"{flats[household]}-{kind}", 0.0) if household < len(flats) else None
