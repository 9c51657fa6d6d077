"""What happens to a controller as a whole: fire, power, memory, clock, and another one in its place."""

from __future__ import annotations

from math import inf
from typing import TYPE_CHECKING

from simulator.controller import Controller
from simulator.faults import POWER_CUT_SECONDS
from simulator.verb import ActRefused, Arguments, At, Verb, number

if TYPE_CHECKING:
    from simulator.door import Door
    from simulator.faults import Station

REBOOT_SILENT_SECONDS = 4.0
_POWER = 1
_SPARE_SERIALS = 50_000
_FLOOD_EVENTS = 300
_MOST_FLOOD_EVENTS = 100_000


def _fire(station: Station, _door: Door | None, arguments: Arguments, now: float) -> bool:
    station.controller.fire.set_input(bool(arguments.get("on", True)), now)
    return True


def _reboot(station: Station, _door: Door | None, arguments: Arguments, now: float) -> bool:
    station.controller.reboot(now, number(arguments, "silent_seconds", REBOOT_SILENT_SECONDS))
    return True


def _power_cut(station: Station, _door: Door | None, arguments: Arguments, now: float) -> bool:
    steps = arguments.get("after_steps")
    if steps is None:
        station.controller.reboot(now, number(arguments, "silent_seconds", POWER_CUT_SECONDS), _POWER)
    else:
        station.controller.table.power_fails_after = int(number(arguments, "after_steps", inf))
    return True


def _wipe_ring(station: Station, _door: Door | None, _arguments: Arguments, _now: float) -> bool:
    station.controller.wipe_ring()
    return True


def _flood(station: Station, _door: Door | None, arguments: Arguments, now: float) -> bool:
    for event in range(int(number(arguments, "events", _FLOOD_EVENTS))):
        station.controller.set_input("reader_bus_fault", not event % 2, now)
    return True


def _check_flood(_door: int, arguments: Arguments) -> None:
    if not 0 < number(arguments, "events", _FLOOD_EVENTS) <= _MOST_FLOOD_EVENTS:
        raise ActRefused(f"'events' of 'flood' must be 1 to {_MOST_FLOOD_EVENTS:,}")


def _spoil_event(station: Station, _door: Door | None, arguments: Arguments, _now: float) -> bool:
    ring = station.controller.ring
    return ring.spoil(int(number(arguments, "sequence", ring.head - 1)))


def _clock(station: Station, _door: Door | None, arguments: Arguments, now: float) -> bool:
    off = arguments.get("off_seconds")
    station.controller.set_input("clock_invalid", off is None, now)
    if off is not None:
        station.controller.misset_clock(number(arguments, "off_seconds", 0))
    return True


def _swap_controller(station: Station, _door: Door | None, arguments: Arguments, now: float) -> bool:
    old = station.controller
    serial = int(number(arguments, "serial", old.serial + _SPARE_SERIALS))
    new = station.controller = Controller(serial, old.model, now, old.measure)
    new.answers_from = now + number(arguments, "silent_seconds", REBOOT_SILENT_SECONDS)
    return True


CONTROLLER_VERBS: dict[str, Verb] = {
    "fire": Verb(At.CONTROLLER, _fire, {"on": (bool,)}),
    "reboot": Verb(At.CONTROLLER, _reboot, {"silent_seconds": (int, float)}),
    "power_cut": Verb(At.CONTROLLER, _power_cut, {"silent_seconds": (int, float), "after_steps": (int,)}),
    "wipe_ring": Verb(At.CONTROLLER, _wipe_ring),
    "flood": Verb(At.CONTROLLER, _flood, {"events": (int,)}, _check_flood),
    "spoil_event": Verb(At.CONTROLLER, _spoil_event, {"sequence": (int,)}),
    "clock": Verb(At.CONTROLLER, _clock, {"off_seconds": (int, float)}),
    "swap_controller": Verb(At.CONTROLLER, _swap_controller, {"serial": (int,), "silent_seconds": (int, float)}),
}
"""`power_cut` with `after_steps` comes in the middle of a later write: after so many steps of the flash. `flood` writes so
many events into the ring at once, `spoil_event` damages one (the newest), `clock` sets the clock wrong by so much
or, without a number, loses it. `swap_controller` puts a factory-new one in its place."""
