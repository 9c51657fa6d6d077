"""What can happen, by name: the words of daily life, of stories and of the control port."""

from __future__ import annotations

from typing import TYPE_CHECKING

from simulator.charging_verbs import CHARGING_VERBS
from simulator.controller_verbs import CONTROLLER_VERBS
from simulator.door_verbs import DOOR_VERBS
from simulator.locker_verbs import COMPARTMENT_VERBS, LOCKER_VERBS
from simulator.mqtt_verbs import MQTT_VERBS
from simulator.network_verbs import NETWORK_VERBS
from simulator.power_verbs import POWER_VERBS
from simulator.rhythm import Passage, Way
from simulator.sensor_verbs import RECEIVER_VERBS, SENSOR_VERBS
from simulator.verb import ActRefused, Arguments, At, Verb, Word

if TYPE_CHECKING:
    from collections.abc import Mapping

    from simulator.air import Air
    from simulator.faults import Station

_BUTTON_SECONDS = 0.6

VERBS: dict[str, Verb] = DOOR_VERBS | CONTROLLER_VERBS | NETWORK_VERBS
"""Every word for doors and controllers."""

WORDS: Mapping[str, Word] = {
    **VERBS,
    **SENSOR_VERBS,
    **RECEIVER_VERBS,
    **MQTT_VERBS,
    **LOCKER_VERBS,
    **COMPARTMENT_VERBS,
    **CHARGING_VERBS,
    **POWER_VERBS,
}
"""Every word that there is."""

_PARTS = {
    At.DOOR: "a door, such as b3u1/door1",
    At.COMPARTMENT: "a compartment, such as locker2/c07",
    At.PORT: "a port, such as shed3-pile/p05 or pile4/connector1",
    At.CONTACTOR: "a contactor, such as cut1/contactor3",
}


def perform(station: Station, verb: str, door: int, arguments: Arguments, now: float) -> bool:
    """Let it happen; returns whether it had an effect. `door` 0 is the controller as a whole.

    Raises `ActRefused` for a word, a door or an argument that does not exist.
    """
    refuse_nonsense(verb, door, arguments)
    refuse_misplaced(verb, station.id, At.CONTROLLER)
    if door > station.controller.model:
        raise ActRefused(f"{station.id} has doors 1 to {station.controller.model}, and none of number {door}")
    return happen(station, verb, door, arguments, now)


def perform_in_air(air: Air, device: str, verb: str, arguments: Arguments, now: float) -> bool:
    """Let it happen to a sensor or a receiver; returns whether it had an effect.

    Raises `ActRefused` for a word or an argument that does not exist, and for a word that is not for this kind.
    """
    refuse_nonsense(verb, 0, arguments)
    refuse_misplaced(verb, device, *air.what_is(device))
    sensor = air.sensors.get(device)
    if sensor is None:
        return RECEIVER_VERBS[verb].do(air, device, arguments)
    return SENSOR_VERBS[verb].do(air, sensor, arguments, now)


def refuse_misplaced(verb: str, device: str, stands: At, kind: str = "") -> None:
    """Raise `ActRefused` for a word that does not fit a device: what it is, and for what if it is a sensor."""
    word = WORDS[verb]
    if not (verb in VERBS if stands is At.CONTROLLER else word.at is stands):
        raise ActRefused(f"{verb!r} happens to {word.at.value}, and {device} is {stands.value}")
    kinds = SENSOR_VERBS[verb].kinds if stands is At.SENSOR else ()
    if kinds and kind not in kinds:
        raise ActRefused(f"{verb!r} happens to a sensor for {' or '.join(kinds)}, and {device} is one for {kind}")


def happen(station: Station, verb: str, door: int, arguments: Arguments, now: float) -> bool:
    """`perform` for what is known to make sense, such as daily life."""
    controller, word = station.controller, VERBS[verb]
    if station.dead and verb not in NETWORK_VERBS:
        return False
    controller.advance(now)
    place = controller.doors[door - 1] if door and word.at is not At.CONTROLLER else None
    effect = word.do(station, place, arguments, now)
    controller.touched()
    return effect


def refuse_nonsense(verb: str, door: int, arguments: Arguments, part: str = "") -> None:
    """Raise `ActRefused` when there is no such word, its arguments mean nothing, or it needs a part and there is none.

    A part is a door by its number, 0 for none, or another `part` by its name.
    """
    word = WORDS.get(verb)
    if word is None:
        raise ActRefused(f"nothing is called {verb!r}; there are: {', '.join(WORDS)}")
    if word.at in _PARTS and not (door if word.at is At.DOOR else part):
        raise ActRefused(f"{verb!r} happens at {_PARTS[word.at]}")
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
