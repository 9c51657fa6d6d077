"""What can happen to the mains of a compound and to the power supply of the box, by name."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from simulator.ups import LASTS_MINUTES
from simulator.verb import ActRefused, Arguments, At, number

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from simulator.power import Power


@dataclass(frozen=True, slots=True)
class PowerVerb:
    """A word for the mains of some buildings, or for the power supply of the box, which then are none."""

    at: At
    do: Callable[[Power, tuple[str, ...], Arguments, float], None]
    arguments: Mapping[str, tuple[type, ...]] = field(default_factory=dict)
    check: Callable[[int, Arguments], None] | None = None


def _outage(power: Power, buildings: tuple[str, ...], arguments: Arguments, now: float) -> None:
    power.switch(buildings, now, number(arguments, "over", 0), mains=False)


def _restore(power: Power, buildings: tuple[str, ...], arguments: Arguments, now: float) -> None:
    power.switch(buildings, now, number(arguments, "over", 0), mains=True)


def _wear(power: Power, _buildings: tuple[str, ...], arguments: Arguments, now: float) -> None:
    power.ups.wear(number(arguments, "minutes", LASTS_MINUTES), now)


def _drain(power: Power, _buildings: tuple[str, ...], arguments: Arguments, now: float) -> None:
    power.ups.set_percent(number(arguments, "percent", 0), now)


def _lose(power: Power, _buildings: tuple[str, ...], arguments: Arguments, _now: float) -> None:
    power.ups.stale = bool(arguments.get("on", True))


def _check_over(_door: int, arguments: Arguments) -> None:
    if number(arguments, "over", 0) < 0:
        raise ActRefused("'over' is how many seconds it takes: 0 or more")


def _check_minutes(_door: int, arguments: Arguments) -> None:
    if number(arguments, "minutes", LASTS_MINUTES) <= 0:
        raise ActRefused("'minutes' is how long a full battery lasts: more than 0")


def _check_percent(_door: int, arguments: Arguments) -> None:
    if not 0 <= number(arguments, "percent", -1) <= 100:  # noqa: PLR2004 - per cent
        raise ActRefused("'percent' is needed, from 0 to 100")


_OVER: Final[Mapping[str, tuple[type, ...]]] = {"over": (int, float)}

POWER_VERBS: Final[Mapping[str, PowerVerb]] = {
    "outage": PowerVerb(At.MAINS, _outage, _OVER, _check_over),
    "restore": PowerVerb(At.MAINS, _restore, _OVER, _check_over),
    "wear": PowerVerb(At.UPS, _wear, {"minutes": (int, float)}, _check_minutes),
    "drain": PowerVerb(At.UPS, _drain, {"percent": (int, float)}, _check_percent),
    "lose": PowerVerb(At.UPS, _lose, {"on": (bool,)}),
}
"""`outage` takes the mains away, `restore` gives them back: building by building, `over` so many seconds in all. `wear` makes a
full battery last so many `minutes` only, `drain` leaves so many `percent` in it. `lose`: the server has no fresh word of it."""
