"""What can happen to a charger, to one of its sockets and to a contactor, by name."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from random import Random
from typing import TYPE_CHECKING, Final

from simulator.battery import car_charge, ebike_charge, worn_out
from simulator.ocpp_past import say_past
from simulator.verb import ActRefused, Arguments, At, number

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from simulator.charging import Charging
    from simulator.charging_socket import ChargingSocket
    from simulator.story import Target

_SPARK_KELVIN = 4.0
_NEARLY_EMPTY = 0.12
_OFFLINE_SECONDS = 120.0
_SLOW_SECONDS = 40.0
_HOURS_AGO = 3.0
_STORM_SECONDS = 1.0


@dataclass(frozen=True, slots=True)
class ChargingVerb:
    """A word for a charger, one of its sockets or a contactor; `of` are the sorts of devices that it can happen to."""

    at: At
    do: Callable[[Charging, Target, Arguments, float], bool]
    arguments: Mapping[str, tuple[type, ...]] = field(default_factory=dict)
    check: Callable[[int, Arguments], None] | None = None
    of: tuple[str, ...] = ("ebike", "pile")


def _plug(charging: Charging, target: Target, arguments: Arguments, now: float) -> bool:
    dice = Random(f"plug {target} {now:.0f}")
    charge = ebike_charge(dice) if target.device in charging.ebikes else car_charge(dice)
    charge = replace(charge, start=_NEARLY_EMPTY)
    tag = str(arguments.get("tag") or charging.tags[charging.room_of[target.device].id][0])
    return charging.chargers[target.device].plug(target.part, charge, tag, now, number(arguments, "scan_after", 1.0))


def _pull(charging: Charging, target: Target, _arguments: Arguments, now: float) -> bool:
    return charging.chargers[target.device].pull(target.part, now)


def _at_socket(
    act: Callable[[ChargingSocket, Arguments, float], bool],
) -> Callable[[Charging, Target, Arguments, float], bool]:
    """Something is done to a socket, and its charger looks at it at once."""

    def do(charging: Charging, target: Target, arguments: Arguments, now: float) -> bool:
        charger = charging.chargers[target.device]
        changed = act(charger.socket(target.part), arguments, now)
        if changed:
            charger.touch(target.part, now)
        return changed

    return do


def _overheat(socket: ChargingSocket, arguments: Arguments, now: float) -> bool:
    socket.burn(number(arguments, "kelvin_per_minute", 8.0), number(arguments, "over", 600.0), _SPARK_KELVIN, now)
    return True


def _leak(socket: ChargingSocket, arguments: Arguments, now: float) -> bool:
    socket.look(now)
    socket.leak_milliamperes = number(arguments, "milliamperes", 25.0)
    return True


def _weld(socket: ChargingSocket, arguments: Arguments, now: float) -> bool:
    socket.weld(now, welded=bool(arguments.get("on", True)))
    return True


def _never_fill(socket: ChargingSocket, _arguments: Arguments, now: float) -> bool:
    if socket.charge is None:
        return False
    socket.change(worn_out(replace(socket.charge, start=0.97)), now)
    return True


def _second_battery(charging: Charging, target: Target, _arguments: Arguments, now: float) -> bool:
    more = replace(ebike_charge(Random(f"more {target}")), peak_watts=260.0, start=_NEARLY_EMPTY)
    return charging.chargers[target.device].plug_more(target.part, more, now)


def _cabinet_smoke(charging: Charging, target: Target, arguments: Arguments, now: float) -> bool:
    charging.chargers[target.device].smell(now, smoke=bool(arguments.get("on", True)))
    return True


def _accepted_only(charging: Charging, target: Target, arguments: Arguments, _now: float) -> bool:
    charging.chargers[target.device].accepts_only = bool(arguments.get("on", True))
    return True


def _offline(charging: Charging, target: Target, arguments: Arguments, _now: float) -> bool:
    charging.chargers[target.device].lose_network(number(arguments, "seconds", _OFFLINE_SECONDS))
    return True


def _mains(charging: Charging, target: Target, arguments: Arguments, now: float) -> bool:
    charging.feed_room(charging.room_of[target.device], now, mains=bool(arguments.get("on", True)))
    return True


def _old_session(charging: Charging, target: Target, arguments: Arguments, now: float) -> bool:
    began_ago = number(arguments, "hours", _HOURS_AGO) * 3600
    tag = charging.tags[charging.room_of[target.device].id][0]
    say_past(charging.piles[target.device], tag, began_ago, began_ago / 2, now)
    return True


def _slow_answers(charging: Charging, target: Target, arguments: Arguments, _now: float) -> bool:
    charging.piles[target.device].station.slow_seconds = number(arguments, "seconds", _SLOW_SECONDS)
    return True


def _start_twice(charging: Charging, target: Target, arguments: Arguments, _now: float) -> bool:
    charging.piles[target.device].starts_twice = bool(arguments.get("on", True))
    return True


def _sloppy(charging: Charging, target: Target, arguments: Arguments, _now: float) -> bool:
    charging.piles[target.device].sloppy = bool(arguments.get("on", True))
    return True


def _storm(charging: Charging, _target: Target, arguments: Arguments, _now: float) -> bool:
    for pile in charging.piles.values():
        pile.lose_network(number(arguments, "seconds", _STORM_SECONDS))
    return True


def _stick(charging: Charging, target: Target, arguments: Arguments, _now: float) -> bool:
    stuck = charging.boards[target.device].stuck
    contactor = int(target.part.removeprefix("contactor")) - 1
    (stuck.add if arguments.get("on", True) else stuck.discard)(contactor)
    return True


def _check_positive(_door: int, arguments: Arguments) -> None:
    for name in arguments:
        if isinstance(arguments[name], int | float) and number(arguments, name, 0.0) < 0:
            raise ActRefused(f"{name!r} is 0 or more")


_ON: Final[Mapping[str, tuple[type, ...]]] = {"on": (bool,)}
_SECONDS: Final[Mapping[str, tuple[type, ...]]] = {"seconds": (int, float)}
_NUMBER = (int, float)
_PILE = ("pile",)

CHARGING_VERBS: Final[Mapping[str, ChargingVerb]] = {
    "plug": ChargingVerb(At.PORT, _plug, {"tag": (str,), "scan_after": _NUMBER}, _check_positive),
    "pull": ChargingVerb(At.PORT, _pull),
    "overheat": ChargingVerb(
        At.PORT, _at_socket(_overheat), {"kelvin_per_minute": _NUMBER, "over": _NUMBER}, _check_positive
    ),
    "leak": ChargingVerb(At.PORT, _at_socket(_leak), {"milliamperes": _NUMBER}, _check_positive),
    "weld": ChargingVerb(At.PORT, _at_socket(_weld), _ON),
    "never_fill": ChargingVerb(At.PORT, _at_socket(_never_fill)),
    "second_battery": ChargingVerb(At.PORT, _second_battery, of=("ebike",)),
    "cabinet_smoke": ChargingVerb(At.CHARGER, _cabinet_smoke, _ON),
    "accepted_only": ChargingVerb(At.CHARGER, _accepted_only, _ON),
    "offline": ChargingVerb(At.CHARGER, _offline, _SECONDS, _check_positive),
    "mains": ChargingVerb(At.CHARGER, _mains, _ON),
    "old_session": ChargingVerb(At.CHARGER, _old_session, {"hours": _NUMBER}, _check_positive, _PILE),
    "slow_answers": ChargingVerb(At.CHARGER, _slow_answers, _SECONDS, _check_positive, _PILE),
    "start_twice": ChargingVerb(At.CHARGER, _start_twice, _ON, of=_PILE),
    "sloppy": ChargingVerb(At.CHARGER, _sloppy, _ON, of=_PILE),
    "storm": ChargingVerb(At.CHARGER, _storm, _SECONDS, _check_positive, _PILE),
    "stick": ChargingVerb(At.CONTACTOR, _stick, _ON, of=("board",)),
}
"""`plug` brings a nearly empty battery, `scan_after` seconds before its tag is shown; `pull` takes it away. `overheat` lets it
burn: a spark, and so many `kelvin_per_minute` over so many seconds, whether current flows or not; 0 lets it cool. `leak` adds
residual current. `weld` keeps the relay closed whatever it is told. `never_fill`: the battery is a worn-out one and nearly
full, `second_battery`: another at the same socket.

`cabinet_smoke` comes to the whole charger. With `accepted_only` it says yes to every order and does nothing; `offline` it is
without a network for `seconds`, and charges on. `mains` is what feeds the room. `old_session` sends a whole transaction of so
many `hours` ago, as after a night without network; `slow_answers` come so many seconds later (0 heals); `start_twice` says
each StartTransaction twice; `sloppy` breaks the schema in its meter values; `storm` lets all piles dial in anew in the same
moment, `seconds` from now. `stick` keeps a contactor where it is."""
