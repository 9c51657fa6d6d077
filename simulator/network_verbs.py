"""What goes wrong between a gateway and its controllers: faults of a station, unit ids of a bus, quirks of a box."""

from __future__ import annotations

from typing import TYPE_CHECKING

from simulator.faults import Fault, fault_named
from simulator.gateway import Ids, Late, Silence
from simulator.verb import ActRefused, Arguments, At, Verb, number

if TYPE_CHECKING:
    from simulator.door import Door
    from simulator.faults import Station

_LAST_UNIT = 247
_WORDS = {"ids": Ids, "silence": Silence, "late": Late}
_SIZES = ("masters", "queue", "timeout_seconds")


def _fault(station: Station, _door: Door | None, arguments: Arguments, now: float) -> bool:
    station.break_with(_fault_of(arguments), now)
    return True


def _fault_of(arguments: Arguments) -> Fault | None:
    kind, seconds, code = (arguments.get(name) for name in ("fault", "seconds", "code"))
    if kind is None:
        return None
    share = number(arguments, "share", 1.0)
    return fault_named(
        str(kind), None if seconds is None else float(seconds), None if code is None else int(code), share
    )


def _check_fault(_door: int, arguments: Arguments) -> None:
    try:
        _fault_of(arguments)
    except ValueError as error:
        raise ActRefused(str(error)) from None


def _unreachable(station: Station, _door: Door | None, arguments: Arguments, _now: float) -> bool:
    station.unreachable = bool(arguments.get("on", True))
    return True


def _unit(station: Station, _door: Door | None, arguments: Arguments, _now: float) -> bool:
    if station.bus is None:
        return False
    station.bus.address(station, int(number(arguments, "unit", 1)))
    return True


def _check_unit(_door: int, arguments: Arguments) -> None:
    if not 1 <= number(arguments, "unit", 0) <= _LAST_UNIT:
        raise ActRefused(f"'unit' needs a unit id, 1 to {_LAST_UNIT}")


def _swap_units(station: Station, _door: Door | None, arguments: Arguments, _now: float) -> bool:
    bus = station.bus
    other = bus.named(str(arguments.get("with"))) if bus else None
    if bus is None or other is None:
        return False
    bus.swap(station, other)
    return True


def _gateway(station: Station, _door: Door | None, arguments: Arguments, _now: float) -> bool:
    if station.gateway is None:
        return False
    quirks = station.gateway.quirks
    for name, value in arguments.items():
        words = _WORDS.get(name)
        setattr(quirks, name, words(value) if words else value)
    return True


def _check_gateway(_door: int, arguments: Arguments) -> None:
    for name, words in _WORDS.items():
        known = [word.value for word in words]
        if name in arguments and arguments[name] not in known:
            raise ActRefused(f"{name!r} of 'gateway' is {arguments[name]!r}; it can be: {', '.join(known)}")
    for name in _SIZES:
        if number(arguments, name, 1) <= 0:
            raise ActRefused(f"{name!r} of 'gateway' must be more than 0")


def _unplug(station: Station, _door: Door | None, arguments: Arguments, _now: float) -> bool:
    if station.gateway is None:
        return False
    station.gateway.drop_masters(silently=bool(arguments.get("silently", False)))
    return True


_FAULT_ARGUMENTS: dict[str, tuple[type, ...]] = {
    "fault": (str, type(None)),
    "seconds": (int, float),
    "code": (int,),
    "share": (int, float),
}
_GATEWAY_ARGUMENTS: dict[str, tuple[type, ...]] = {
    "ids": (str,),
    "silence": (str,),
    "late": (str,),
    "masters": (int,),
    "queue": (int,),
    "timeout_seconds": (int, float),
}

NETWORK_VERBS: dict[str, Verb] = {
    "fault": Verb(At.CONTROLLER, _fault, _FAULT_ARGUMENTS, _check_fault),
    "unreachable": Verb(At.CONTROLLER, _unreachable, {"on": (bool,)}),
    "unit": Verb(At.CONTROLLER, _unit, {"unit": (int,)}, _check_unit),
    "swap_units": Verb(At.CONTROLLER, _swap_units, {"with": (str,)}),
    "gateway": Verb(At.CONTROLLER, _gateway, _GATEWAY_ARGUMENTS, _check_gateway),
    "unplug": Verb(At.CONTROLLER, _unplug, {"silently": (bool,)}),
}
"""`fault` without a name repairs. `unit` gives a unit of a bus another id, which one there may have already; `gateway` and
`unplug` work on the TCP-to-RTU gateway that the controller stands behind: its quirks, and its connections."""
