"""What can happen to a parcel locker and to one of its compartments, by name."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Final

from simulator.parcels import deliver, pick_up, try_codes
from simulator.verb import ActRefused, Arguments, At, number

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from simulator.cabinet import Cabinet
    from simulator.lockers import Lockers

_OVERDUE_HOURS = 26.0
_TRIES = 6  # one more than is allowed
_NUMBER = (int, float)


@dataclass(frozen=True, slots=True)
class LockerVerb:
    """A word for a cabinet as a whole, or for its people."""

    do: Callable[[Lockers, Cabinet, Arguments, float], bool]
    arguments: Mapping[str, tuple[type, ...]] = field(default_factory=dict)
    check: Callable[[int, Arguments], None] | None = None
    at: At = At.LOCKER


@dataclass(frozen=True, slots=True)
class CompartmentVerb:
    """A word for a compartment, by its name."""

    do: Callable[[Cabinet, str, Arguments, float], bool]
    arguments: Mapping[str, tuple[type, ...]] = field(default_factory=dict)
    check: Callable[[int, Arguments], None] | None = None
    at: At = At.COMPARTMENT


def _deliver(lockers: Lockers, cabinet: Cabinet, arguments: Arguments, now: float) -> bool:
    lockers.send(cabinet, partial(deliver, cabinet, str(arguments.get("size", "m")), lockers.dice), now)
    return True


def _check_size(_door: int, arguments: Arguments) -> None:
    if arguments.get("size", "m") not in ("s", "m", "l"):
        raise ActRefused("'size' is s, m or l")


def _pick_up(lockers: Lockers, cabinet: Cabinet, arguments: Arguments, now: float) -> bool:
    """Fetch the parcel that was brought last."""
    parts = lockers.waiting_in(cabinet, now)
    if not parts:
        return False
    last = max(parts, key=lambda part: cabinet.compartments[part].stored_at)
    wrong = int(number(arguments, "wrong", 0))
    lockers.send(cabinet, partial(pick_up, cabinet, last, lockers.dice, wrong_times=wrong), now)
    return True


def _try_codes(lockers: Lockers, cabinet: Cabinet, arguments: Arguments, now: float) -> bool:
    times = int(number(arguments, "tries", _TRIES))
    lockers.send(cabinet, partial(try_codes, cabinet, times, lockers.dice), now)
    return True


def _check_tries(_door: int, arguments: Arguments) -> None:
    if number(arguments, "tries", 1) < 1 or number(arguments, "wrong", 0) < 0:
        raise ActRefused("'tries' is 1 or more, 'wrong' 0 or more")


def _power(_lockers: Lockers, cabinet: Cabinet, arguments: Arguments, now: float) -> bool:
    cabinet.mains = bool(arguments.get("on", True))
    cabinet.changed(now)
    return True


def _water(_lockers: Lockers, cabinet: Cabinet, arguments: Arguments, now: float) -> bool:
    cabinet.water = bool(arguments.get("on", True))
    cabinet.changed(now)
    return True


def _pry(cabinet: Cabinet, part: str, _arguments: Arguments, now: float) -> bool:
    return cabinet.swing_open(part, "force", now)


def _leave_open(cabinet: Cabinet, part: str, _arguments: Arguments, now: float) -> bool:
    return cabinet.swing_open(part, "key", now)


def _shut(cabinet: Cabinet, part: str, _arguments: Arguments, now: float) -> bool:
    return cabinet.close(part, now)


def _jam(cabinet: Cabinet, part: str, arguments: Arguments, _now: float) -> bool:
    cabinet.compartments[part].jammed = bool(arguments.get("on", True))
    return True


def _soil(cabinet: Cabinet, part: str, arguments: Arguments, now: float) -> bool:
    compartment = cabinet.compartments[part]
    compartment.fault = bool(arguments.get("on", True))
    compartment.occupied = compartment.fault or bool(compartment.code)
    cabinet.changed(now)
    return True


def _overdue(cabinet: Cabinet, part: str, arguments: Arguments, now: float) -> bool:
    if cabinet.compartments[part].open:
        return False
    cabinet.stock(part, now - number(arguments, "hours", _OVERDUE_HOURS) * 3600)
    cabinet.tell_stock(part, now)
    return True


def _check_hours(_door: int, arguments: Arguments) -> None:
    if number(arguments, "hours", 1) <= 0:
        raise ActRefused("'hours' is more than 0")


_ON: Final[Mapping[str, tuple[type, ...]]] = {"on": (bool,)}

LOCKER_VERBS: Final[Mapping[str, LockerVerb]] = {
    "deliver": LockerVerb(_deliver, {"size": (str,)}, _check_size),
    "pick_up": LockerVerb(_pick_up, {"wrong": (int,)}, _check_tries),
    "try_codes": LockerVerb(_try_codes, {"tries": (int,)}, _check_tries),
    "power": LockerVerb(_power, _ON),
    "water": LockerVerb(_water, _ON),
}
"""`pick_up` fetches the parcel that was brought last, after `wrong` wrong codes. `try_codes` is somebody who guesses."""

COMPARTMENT_VERBS: Final[Mapping[str, CompartmentVerb]] = {
    "pry": CompartmentVerb(_pry),
    "leave_open": CompartmentVerb(_leave_open),
    "shut": CompartmentVerb(_shut),
    "jam": CompartmentVerb(_jam, _ON),
    "soil": CompartmentVerb(_soil, _ON),
    "overdue": CompartmentVerb(_overdue, {"hours": _NUMBER}, _check_hours),
}
"""`pry` breaks a door open, `leave_open` opens it with the key and goes away, `shut` closes it. A door with `jam` does not move
when its solenoid is pulsed. `soil` is dirt on the light barrier, which then always sees something and says that it is broken.
`overdue` puts a parcel there that was brought `hours` ago."""
