"""What people and things do at a door."""

from __future__ import annotations

from typing import TYPE_CHECKING

from simulator.admission import present, turn_away
from simulator.card import card_hash, code_hash
from simulator.door import INPUTS, Door
from simulator.system import INPUTS as SYSTEM_INPUTS
from simulator.verb import ActRefused, Arguments, At, Verb, number, the_door

if TYPE_CHECKING:
    from simulator.faults import Station

STRANGERS = 90_000_000
"""Cards from here on belong to nobody in the compound."""

_STRIDE = 7919  # a prime, so that the few who pass a gate come from all over the compound


def _card(station: Station, door: Door | None, arguments: Arguments, now: float) -> bool:
    """While no table was ever committed, everybody's user index is let in; from then on the card's number counts."""
    user = int(number(arguments, "user", 1))
    shown = arguments.get("number")
    if shown is None and station.cards:
        shown = station.cards[user * _STRIDE % len(station.cards)]
    if isinstance(shown, int) and station.controller.table.version:
        return present(station.controller, the_door(door), card_hash(shown), now)
    return station.controller.present_card(the_door(door), user, now)


def _code(station: Station, door: Door | None, arguments: Arguments, now: float) -> bool:
    return present(station.controller, the_door(door), code_hash(str(arguments["digits"])), now)


def _check_code(_door: int, arguments: Arguments) -> None:
    if not str(arguments.get("digits", "")).isdecimal():
        raise ActRefused("'code' needs digits, as text")


def _deny(station: Station, door: Door | None, arguments: Arguments, now: float) -> bool:
    shown = int(number(arguments, "number", STRANGERS + number(arguments, "user", 0)))
    turn_away(station.controller, the_door(door), card_hash(shown), now)
    return True


def _press_exit(_station: Station, door: Door | None, _arguments: Arguments, now: float) -> bool:
    the_door(door).press_exit(now)
    return True


def _release_exit(_station: Station, door: Door | None, _arguments: Arguments, now: float) -> bool:
    the_door(door).release_exit(now)
    return True


def _open(station: Station, door: Door | None, _arguments: Arguments, now: float) -> bool:
    return station.controller.push_door(the_door(door), now)


def _close(_station: Station, door: Door | None, _arguments: Arguments, now: float) -> bool:
    the_door(door).close(now)
    return True


def _force(station: Station, door: Door | None, _arguments: Arguments, now: float) -> bool:
    return station.controller.force_door(the_door(door), now)


def _stick_relay(_station: Station, door: Door | None, arguments: Arguments, now: float) -> bool:
    stuck = arguments.get("on")
    the_door(door).stick_relay(None if stuck is None else bool(stuck), now)
    return True


def _input(station: Station, door: Door | None, arguments: Arguments, now: float) -> bool:
    station.controller.set_input(str(arguments["name"]), bool(arguments.get("on", True)), now, door)
    return True


def _check_input(door: int, arguments: Arguments) -> None:
    name, known = arguments.get("name"), INPUTS if door else SYSTEM_INPUTS
    if name not in known:
        where = "a door" if door else "a controller"
        raise ActRefused(f"{where} has no input {name!r}; it has: {', '.join(known)}")


DOOR_VERBS: dict[str, Verb] = {
    "card": Verb(At.DOOR, _card, {"user": (int,), "number": (int,)}),
    "code": Verb(At.DOOR, _code, {"digits": (str,)}, _check_code),
    "deny": Verb(At.DOOR, _deny, {"user": (int,), "number": (int,)}),
    "press_exit": Verb(At.DOOR, _press_exit),
    "release_exit": Verb(At.DOOR, _release_exit),
    "open": Verb(At.DOOR, _open),
    "close": Verb(At.DOOR, _close),
    "force": Verb(At.DOOR, _force),
    "stick_relay": Verb(At.DOOR, _stick_relay, {"on": (bool, type(None))}),
    "input": Verb(At.EITHER, _input, {"name": (str,), "on": (bool,)}, _check_input),
}
"""`stick_relay` without `on` lets it move again. `deny` shows a card of nobody here; `card` takes a number, or means somebody
who lives there."""
