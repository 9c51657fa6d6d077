"""Who comes to a parcel locker: couriers with a trolley, residents with a code, in the rhythm of a day.

An *errand* is what one of them does there, step by step: a generator that yields what it waits for and is sent the time.
"""

from __future__ import annotations

from collections.abc import Generator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from simulator.rhythm import hour_of

if TYPE_CHECKING:
    from random import Random

    from simulator.cabinet import Cabinet

PARCELS_A_DAY: Final = 45
"""Brought to each cabinet, and fetched from it."""

PATIENCE_SECONDS: Final = 12.0
"""How long somebody stands before a terminal that does not answer."""

WRONG_CODES: Final = 0.02
DOORS_LEFT_OPEN: Final = 0.004
LEFT_OPEN_SECONDS: Final = (150.0, 420.0)
_IN_A_TROLLEY: Final = (2, 9)
_SIZES: Final = "sssmml"

# parcels in each hour of a day, from midnight on
_BROUGHT = (0, 0, 0, 0, 0, 0, 0, 1, 4, 8, 9, 6, 2, 4, 8, 9, 6, 4, 2, 1, 0, 0, 0, 0)
_FETCHED = (0.2, 0, 0, 0, 0, 0.1, 0.5, 2, 2, 1.5, 1.5, 2, 3, 2, 1.5, 2, 3, 6, 9, 10, 8, 5, 2, 0.7)


@dataclass(frozen=True, slots=True)
class Wait:
    """So many seconds pass."""

    seconds: float


@dataclass(frozen=True, slots=True)
class Hear:
    """The answer to a question of the terminal, or nobody's patience lasts for ever."""

    question: str


@dataclass(frozen=True, slots=True)
class Moment:
    """What an errand goes on with: the time, and the answer where it waited for one and one came."""

    now: float
    answer: Mapping[str, Any] | None = None


Errand: TypeAlias = Generator[Wait | Hear, Moment, None]


def courier_comes(cabinets: int, at: float, dice: Random) -> float:
    """When the next courier stands before one of so many cabinets, after the time of day `at`."""
    trolley = sum(_IN_A_TROLLEY) / 2
    return _next(_BROUGHT, cabinets * PARCELS_A_DAY / trolley, at, dice)


def resident_comes(cabinets: int, at: float, dice: Random) -> float:
    """When the next resident stands before one of so many cabinets, after the time of day `at`."""
    return _next(_FETCHED, cabinets * PARCELS_A_DAY, at, dice)


def _next(hours: tuple[float, ...], a_day: float, at: float, dice: Random) -> float:
    """The next of `a_day` that come as `hours` says: drawn as if it were always the busiest hour, and thinned out."""
    most = max(hours)
    while True:
        at += dice.expovariate(a_day * most / sum(hours) / 3600)
        if dice.random() * most < hours[int(hour_of(at))]:
            return at


def trolley(cabinet: Cabinet, dice: Random, now: float) -> Errand:
    """A courier brings several parcels, one after the other."""
    for _ in range(dice.randint(*_IN_A_TROLLEY)):
        yield from deliver(cabinet, dice.choice(_SIZES), dice, now)
        now = (yield Wait(dice.uniform(2, 5))).now


def deliver(cabinet: Cabinet, size: str, dice: Random, now: float) -> Errand:
    """A courier asks for a compartment, lays a parcel in and closes the door."""
    order = f"SF{dice.randrange(10**12):012}"
    part, now = yield from _told_which(cabinet, {"ask": "deliver", "size": size, "order": order}, now)
    if part is None:
        return
    now = (yield Wait(dice.uniform(2, 5))).now
    cabinet.put(part, now)  # nothing happens before a door that is jammed
    now = (yield Wait(dice.uniform(1, 2.5))).now
    cabinet.close(part, now)


def pick_up(cabinet: Cabinet, part: str, dice: Random, now: float, wrong_times: int = 0) -> Errand:
    """A resident types the code, after so many wrong ones, takes the parcel and closes the door; most do."""
    compartment = cabinet.compartments[part]
    code, was_told = compartment.code, compartment.told
    for _ in range(wrong_times or int(dice.random() < WRONG_CODES)):
        yield from _told_which(cabinet, {"ask": "pickup", "code": mistyped(code, dice)}, now)
        now = (yield Wait(dice.uniform(2, 5))).now
    opened, now = yield from _told_which(cabinet, {"ask": "pickup", "code": code}, now)
    if opened is None and compartment.told and not was_told:  # only now does anybody know of the parcel
        now = (yield Wait(dice.uniform(3, 6))).now
        opened, now = yield from _told_which(cabinet, {"ask": "pickup", "code": code}, now)
    if opened is None:
        return
    now = (yield Wait(dice.uniform(2, 4))).now
    cabinet.take(opened, now)
    forgot = dice.random() < DOORS_LEFT_OPEN
    now = (yield Wait(dice.uniform(*LEFT_OPEN_SECONDS) if forgot else dice.uniform(1, 3))).now
    cabinet.close(opened, now)


def try_codes(cabinet: Cabinet, times: int, dice: Random, now: float) -> Errand:
    """Somebody tries codes at random."""
    for _ in range(times):
        yield from _told_which(cabinet, {"ask": "pickup", "code": f"{dice.randrange(10**6):06}"}, now)
        now = (yield Wait(dice.uniform(1, 2))).now


def mistyped(code: str, dice: Random) -> str:
    """The code with one digit that is another."""
    at = dice.randrange(len(code))
    other = (int(code[at]) + dice.randint(1, 9)) % 10
    return f"{code[:at]}{other}{code[at + 1 :]}"


def _told_which(
    cabinet: Cabinet, question: Mapping[str, Any], now: float
) -> Generator[Wait | Hear, Moment, tuple[str | None, float]]:
    """Ask at the terminal; returns the compartment that it names, None for none, and the time."""
    asked = cabinet.ask(question, now)
    if not asked:
        return None, now
    heard = yield Hear(asked)
    answer = heard.answer
    if answer is None or answer.get("ok") is not True or answer.get("c") not in cabinet.compartments:
        return None, heard.now
    return str(answer["c"]), heard.now
