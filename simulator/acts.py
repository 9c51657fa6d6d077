"""What can happen at a controller, by name: the words of daily life, of stories and of the control port."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import TypeAlias

from simulator.door import INPUTS, Door
from simulator.faults import Station, fault_named
from simulator.rhythm import Passage, Way
from simulator.ring import Event
from simulator.system import INPUTS as SYSTEM_INPUTS

Argument: TypeAlias = str | int | float | bool | None
Arguments: TypeAlias = Mapping[str, Argument]

REBOOT_SILENT_SECONDS = 4.0
_BUTTON_SECONDS = 0.6


class ActRefused(ValueError):
    """An act that makes no sense where it is asked for, as a sentence."""


class At(Enum):
    """Where an act happens."""

    DOOR = "a door"
    CONTROLLER = "a controller"
    EITHER = "a door or a controller"


@dataclass(frozen=True, slots=True)
class Verb:
    """A word: where it happens, its arguments with their types, and what it does.

    `do` returns whether it had an effect: nobody walks through a locked door.
    """

    at: At
    do: Callable[[Station, Door | None, Arguments, float], bool]
    arguments: Mapping[str, tuple[type, ...]] = field(default_factory=dict)


def perform(station: Station, verb: str, door: int, arguments: Arguments, now: float) -> bool:
    """Let it happen; returns whether it had an effect. `door` 0 is the controller as a whole.

    Raises `ActRefused` for a word, a door or an argument that does not exist.
    """
    refuse_nonsense(verb, arguments)
    word = VERBS[verb]
    controller = station.controller
    if word.at is At.DOOR and not 1 <= door <= controller.model:
        raise ActRefused(f"{verb!r} happens at a door, and {station.id} has doors 1 to {controller.model}")
    place = None if word.at is At.CONTROLLER or door == 0 else controller.doors[door - 1]
    controller.advance(now)
    effect = word.do(station, place, arguments, now)
    controller.touched()
    return effect


def refuse_nonsense(verb: str, arguments: Arguments) -> None:
    """Raise `ActRefused` when there is no such word, or it takes no such argument."""
    word = VERBS.get(verb)
    if word is None:
        raise ActRefused(f"nothing is called {verb!r}; there are: {', '.join(VERBS)}")
    for name, value in arguments.items():
        types = word.arguments.get(name)
        if types is None:
            known = ", ".join(word.arguments) or "none"
            raise ActRefused(f"{verb!r} has no argument {name!r}; it takes: {known}")
        if not isinstance(value, types) or (isinstance(value, bool) and bool not in types):
            wanted = " or ".join("nothing" if type_ is type(None) else type_.__name__ for type_ in types)
            raise ActRefused(f"{name!r} of {verb!r} is {value!r}; it must be {wanted}")


def acts_of(passage: Passage) -> tuple[tuple[float, str], ...]:
    """The acts of somebody passing a door, in order of time."""
    opened = passage.at + passage.opens_after
    if passage.way is Way.TURNED_AWAY:
        return ((passage.at, "deny"),)
    walk = ((opened, "open"), (opened + passage.stays_open, "close"))
    if passage.way is Way.IN:
        return ((passage.at, "card"), *walk)
    return ((passage.at, "press_exit"), (passage.at + _BUTTON_SECONDS, "release_exit"), *walk)


def _number(arguments: Arguments, name: str, default: float) -> float:
    value = arguments.get(name, default)
    return float(value) if isinstance(value, int | float) else default


def _door(door: Door | None) -> Door:
    if door is None:
        raise ActRefused("this happens at a door")
    return door


def _card(station: Station, door: Door | None, arguments: Arguments, now: float) -> bool:
    return station.controller.present_card(_door(door), int(_number(arguments, "user", 1)), now)


def _deny(station: Station, door: Door | None, arguments: Arguments, now: float) -> bool:
    station.controller.present_card(_door(door), int(_number(arguments, "user", 0)), now, Event.DENIED_UNKNOWN)
    return True


def _press_exit(_station: Station, door: Door | None, _arguments: Arguments, now: float) -> bool:
    _door(door).press_exit(now)
    return True


def _release_exit(_station: Station, door: Door | None, _arguments: Arguments, now: float) -> bool:
    _door(door).release_exit(now)
    return True


def _open(station: Station, door: Door | None, _arguments: Arguments, now: float) -> bool:
    return station.controller.push_door(_door(door), now)


def _close(_station: Station, door: Door | None, _arguments: Arguments, now: float) -> bool:
    _door(door).close(now)
    return True


def _force(station: Station, door: Door | None, _arguments: Arguments, now: float) -> bool:
    return station.controller.force_door(_door(door), now)


def _input(station: Station, door: Door | None, arguments: Arguments, now: float) -> bool:
    name, known = str(arguments.get("name")), INPUTS if door else SYSTEM_INPUTS
    if name not in known:
        where = "a door" if door else "a controller"
        raise ActRefused(f"{where} has no input {name!r}; it has: {', '.join(known)}")
    station.controller.set_input(name, bool(arguments.get("on", True)), now, door)
    return True


def _fire(station: Station, _door: Door | None, arguments: Arguments, now: float) -> bool:
    station.controller.fire.set_input(bool(arguments.get("on", True)), now)
    return True


def _reboot(station: Station, _door: Door | None, arguments: Arguments, now: float) -> bool:
    station.controller.reboot(now, _number(arguments, "silent_seconds", REBOOT_SILENT_SECONDS))
    return True


def _wipe_ring(station: Station, _door: Door | None, _arguments: Arguments, _now: float) -> bool:
    station.controller.wipe_ring()
    return True


def _fault(station: Station, _door: Door | None, arguments: Arguments, now: float) -> bool:
    kind = arguments.get("fault")
    seconds, code = arguments.get("seconds"), arguments.get("code")
    if kind is None:
        station.break_with(None, now)
        return True
    try:
        fault = fault_named(str(kind), None if seconds is None else float(seconds), None if code is None else int(code))
    except ValueError as error:
        raise ActRefused(str(error)) from None
    station.break_with(fault, now)
    return True


VERBS: dict[str, Verb] = {
    "card": Verb(At.DOOR, _card, {"user": (int,)}),
    "deny": Verb(At.DOOR, _deny, {"user": (int,)}),
    "press_exit": Verb(At.DOOR, _press_exit),
    "release_exit": Verb(At.DOOR, _release_exit),
    "open": Verb(At.DOOR, _open),
    "close": Verb(At.DOOR, _close),
    "force": Verb(At.DOOR, _force),
    "input": Verb(At.EITHER, _input, {"name": (str,), "on": (bool,)}),
    "fire": Verb(At.CONTROLLER, _fire, {"on": (bool,)}),
    "reboot": Verb(At.CONTROLLER, _reboot, {"silent_seconds": (int, float)}),
    "wipe_ring": Verb(At.CONTROLLER, _wipe_ring),
    "fault": Verb(At.CONTROLLER, _fault, {"fault": (str, type(None)), "seconds": (int, float), "code": (int,)}),
}
"""Every word that there is. `fault` without a name repairs."""
