"""What can happen at a controller, by name: the words of daily life, of stories and of the control port."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import TypeAlias

from simulator.door import INPUTS, Door
from simulator.faults import Fault, Station, fault_named
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

    `do` returns whether it had an effect: nobody walks through a locked door. `check` refuses, for a door number or 0,
    arguments of the right type that name nothing.
    """

    at: At
    do: Callable[[Station, Door | None, Arguments, float], bool]
    arguments: Mapping[str, tuple[type, ...]] = field(default_factory=dict)
    check: Callable[[int, Arguments], None] | None = None


def perform(station: Station, verb: str, door: int, arguments: Arguments, now: float) -> bool:
    """Let it happen; returns whether it had an effect. `door` 0 is the controller as a whole.

    Raises `ActRefused` for a word, a door or an argument that does not exist.
    """
    refuse_nonsense(verb, door, arguments)
    if door > station.controller.model:
        raise ActRefused(f"{station.id} has doors 1 to {station.controller.model}, and none of number {door}")
    return happen(station, verb, door, arguments, now)


def happen(station: Station, verb: str, door: int, arguments: Arguments, now: float) -> bool:
    """`perform` for what is known to make sense, such as daily life."""
    controller, word = station.controller, VERBS[verb]
    controller.advance(now)
    place = controller.doors[door - 1] if door and word.at is not At.CONTROLLER else None
    effect = word.do(station, place, arguments, now)
    controller.touched()
    return effect


def refuse_nonsense(verb: str, door: int, arguments: Arguments) -> None:
    """Raise `ActRefused` when there is no such word, it needs a door (and 0 is none), or its arguments mean nothing."""
    word = VERBS.get(verb)
    if word is None:
        raise ActRefused(f"nothing is called {verb!r}; there are: {', '.join(VERBS)}")
    if word.at is At.DOOR and not door:
        raise ActRefused(f"{verb!r} happens at a door, such as b3u1/door1")
    for name, value in arguments.items():
        types = word.arguments.get(name)
        if types is None:
            known = ", ".join(word.arguments) or "none"
            raise ActRefused(f"{verb!r} has no argument {name!r}; it takes: {known}")
        if not isinstance(value, types) or (isinstance(value, bool) and bool not in types):
            wanted = " or ".join("nothing" if type_ is type(None) else type_.__name__ for type_ in types)
            raise ActRefused(f"{name!r} of {verb!r} is {value!r}; it must be {wanted}")
    if word.check is not None:
        word.check(door, arguments)


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
    station.controller.set_input(str(arguments["name"]), bool(arguments.get("on", True)), now, door)
    return True


def _check_input(door: int, arguments: Arguments) -> None:
    name, known = arguments.get("name"), INPUTS if door else SYSTEM_INPUTS
    if name not in known:
        where = "a door" if door else "a controller"
        raise ActRefused(f"{where} has no input {name!r}; it has: {', '.join(known)}")


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
    station.break_with(_fault_of(arguments), now)
    return True


def _fault_of(arguments: Arguments) -> Fault | None:
    kind, seconds, code = (arguments.get(name) for name in ("fault", "seconds", "code"))
    if kind is None:
        return None
    return fault_named(str(kind), None if seconds is None else float(seconds), None if code is None else int(code))


def _check_fault(_door: int, arguments: Arguments) -> None:
    try:
        _fault_of(arguments)
    except ValueError as error:
        raise ActRefused(str(error)) from None


VERBS: dict[str, Verb] = {
    "card": Verb(At.DOOR, _card, {"user": (int,)}),
    "deny": Verb(At.DOOR, _deny, {"user": (int,)}),
    "press_exit": Verb(At.DOOR, _press_exit),
    "release_exit": Verb(At.DOOR, _release_exit),
    "open": Verb(At.DOOR, _open),
    "close": Verb(At.DOOR, _close),
    "force": Verb(At.DOOR, _force),
    "input": Verb(At.EITHER, _input, {"name": (str,), "on": (bool,)}, _check_input),
    "fire": Verb(At.CONTROLLER, _fire, {"on": (bool,)}),
    "reboot": Verb(At.CONTROLLER, _reboot, {"silent_seconds": (int, float)}),
    "wipe_ring": Verb(At.CONTROLLER, _wipe_ring),
    "fault": Verb(
        At.CONTROLLER,
        _fault,
        {"fault": (str, type(None)), "seconds": (int, float), "code": (int,)},
        _check_fault,
    ),
}
"""Every word that there is. `fault` without a name repairs."""
