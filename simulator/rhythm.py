"""Who passes which door when: the day of an entrance, drawn from the seed, the date and the habits of its people.

Pure: a day is a function of its date, so that the past day of the history and the present one of the live doors are the
same life. Times are seconds since 1970; a day begins at midnight in Shanghai.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from functools import cache, lru_cache
from itertools import accumulate
from math import exp
from random import Random
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from simulator.compound import Compound, Entrance

DAY_SECONDS = 86_400
SHANGHAI_SECONDS = 8 * 3600
"""Asia/Shanghai is UTC+8 all year; China has had no summer time since 1991."""

_QUARTER_SECONDS = 900
_QUARTERS = DAY_SECONDS // _QUARTER_SECONDS

# (hour, spread in hours, weight) of the bells that a day is made of
_LEAVING = ((7.5, 0.45, 10.0), (13.6, 0.7, 2.2), (18.9, 0.9, 2.0), (10.0, 2.5, 3.0))
_COMING = ((18.1, 0.7, 10.0), (12.1, 0.6, 2.6), (16.6, 0.5, 2.4), (21.5, 1.3, 2.0), (10.5, 2.0, 2.2))
_VISITING = ((12.0, 0.5, 5.0), (19.0, 0.6, 6.0), (10.5, 1.5, 1.5), (15.5, 1.5, 1.5))
_WEEKEND_LATER_HOURS = 1.4
_WEEKEND_SHARE = 0.75
_SATURDAY = 5

_UNKNOWN_CARDS = 0.006
_PROPPED_PER_DAY = (2, 4)
_PROPPED_HOURS = (7.0, 21.0)
_PROPPED_SECONDS = (120.0, 1500.0)
_MOST_WAITING_SECONDS = 60.0


class Way(Enum):
    """How somebody passes a door."""

    IN = "in"
    OUT = "out"
    TURNED_AWAY = "turned away"


@dataclass(frozen=True, slots=True)
class Passage:
    """Somebody at a door: opens it `opens_after` seconds after card or button, and it stays open for `stays_open`."""

    at: float
    door: int
    way: Way
    user: int
    opens_after: float
    stays_open: float

    @property
    def over(self) -> float:
        """When the next one can pass."""
        return self.at + self.opens_after + self.stays_open + 1.0


def midnight(at: float) -> float:
    """The midnight in Shanghai that begins the day of `at`."""
    return at - (at + SHANGHAI_SECONDS) % DAY_SECONDS


def hour_of(at: float) -> float:
    """The hour of the day in Shanghai, 0 to 24."""
    return (at + SHANGHAI_SECONDS) % DAY_SECONDS / 3600


def passages(compound: Compound, entrance: Entrance, start: float) -> Iterator[Passage]:
    """Everybody who comes to this entrance from `start` on, for ever, in order of time for each door."""
    day = midnight(start)
    while True:
        yield from (passage for passage in day_of(compound, entrance, day) if passage.at >= start)
        day += DAY_SECONDS


def day_of(compound: Compound, entrance: Entrance, day: float) -> list[Passage]:
    """The passages of one day, which begins at the midnight `day`, in order of time."""
    rng = Random(f"day {compound.seed} {entrance.id} {day:.0f}")
    drawn = _drawn(rng, entrance, day)
    drawn += [_propped(rng, at) for id_, at in _propped_doors(compound, day) if id_ == entrance.id]
    drawn.sort(key=_time_of)
    free_at = [0.0, 0.0, 0.0]
    kept = []
    for passage in drawn:
        waits = free_at[passage.door] - passage.at
        if waits > _MOST_WAITING_SECONDS:
            continue  # the door stands propped: one walks through
        if waits > 0:
            passage = _later(passage, waits)  # noqa: PLW2901 - the one who waits is the same one
        free_at[passage.door] = passage.over
        kept.append(passage)
    kept.sort(key=_time_of)
    return kept


def _time_of(passage: Passage) -> float:
    return passage.at


def _later(passage: Passage, seconds: float) -> Passage:
    at = passage.at + seconds
    return Passage(at, passage.door, passage.way, passage.user, passage.opens_after, passage.stays_open)


def _drawn(rng: Random, entrance: Entrance, day: float) -> list[Passage]:
    habits = entrance.habits
    weekend = weekday(day) >= _SATURDAY
    share = _WEEKEND_SHARE if weekend else 1.0
    outings = _about(rng, entrance.households * habits.outings * share)
    visits = _about(rng, entrance.households * habits.visitors)
    later = habits.late_minutes * 60
    users = max(1, round(entrance.households * 3))
    drawn = []
    for bells, count, way in (
        (_LEAVING, outings, Way.OUT),
        (_COMING, outings, Way.IN),
        (_VISITING, visits, Way.IN),
    ):
        for quarter in rng.choices(range(_QUARTERS), cum_weights=_weights(bells, weekend), k=count):
            at = day + ((quarter + rng.random()) * _QUARTER_SECONDS + later) % DAY_SECONDS
            door = 2 if rng.random() < habits.cellar_share else 1
            drawn.append(_passage(rng, at, door, way, users))
            if bells is _VISITING:
                drawn.append(_passage(rng, at + rng.uniform(90, 420), 1, Way.OUT, users))
    return drawn


def _passage(rng: Random, at: float, door: int, way: Way, users: int) -> Passage:
    if way is Way.IN and rng.random() < _UNKNOWN_CARDS:
        way = Way.TURNED_AWAY
    random = rng.random
    return Passage(at, door, way, 1 + int(random() * users), 0.8 + 1.4 * random(), 3.5 + 5.5 * random())


def _propped(rng: Random, at: float) -> Passage:
    """A door propped open: somebody moves house, airs the hall, or waits for a delivery."""
    return Passage(at, 1, Way.OUT, 0, 1.0, rng.uniform(*_PROPPED_SECONDS))


@lru_cache(maxsize=4)
def _propped_doors(compound: Compound, day: float) -> tuple[tuple[str, float], ...]:
    rng = Random(f"propped {compound.seed} {day:.0f}")
    low, high = _PROPPED_HOURS
    return tuple(
        (entrance.id, day + rng.uniform(low, high) * 3600)
        for entrance in rng.sample(compound.entrances, min(rng.randint(*_PROPPED_PER_DAY), len(compound.entrances)))
    )


def weekday(day: float) -> int:
    """0 for a Monday in Shanghai; 1 January 1970 was a Thursday."""
    return int((day + SHANGHAI_SECONDS) // DAY_SECONDS + 3) % 7


def _about(rng: Random, mean: float) -> int:
    return max(0, round(rng.gauss(mean, mean**0.5)))


@cache
def _weights(bells: tuple[tuple[float, float, float], ...], weekend: bool) -> tuple[float, ...]:  # noqa: FBT001 - a day is one or not
    shift = _WEEKEND_LATER_HOURS if weekend else 0.0
    quarters = []
    for quarter in range(_QUARTERS):
        hour = (quarter + 0.5) / 4
        bell = sum(
            weight * exp(-(((hour - middle - shift) / spread) ** 2) / 2) / spread for middle, spread, weight in bells
        )
        quarters.append(bell + 0.02)  # somebody is always awake
    return tuple(accumulate(quarters))
