"""What can happen to a sensor and to a receiver, by name: smoke and gas, hands and batteries, and those who mean harm."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from simulator.bthome import Beacon, body, plain
from simulator.detectors import CO, GAS, SMOKE
from simulator.sensor import PREHEAT_SECONDS
from simulator.verb import ActRefused, Arguments, At, number

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from simulator.air import Air
    from simulator.sensor import Sensor

_BACK_COUNTERS = 1_000
_ATTACKER_DBM = 12  # who forges stands in the stairwell with an antenna
_FORGERIES = ("plain", "garbled")
_WRONG_KEY = bytes(16)
_NUMBER = (int, float)


@dataclass(frozen=True, slots=True)
class SensorVerb:
    """A word for a sensor; `kinds` are those that it can happen to, none for all."""

    do: Callable[[Air, Sensor, Arguments, float], bool]
    arguments: Mapping[str, tuple[type, ...]] = field(default_factory=dict)
    check: Callable[[int, Arguments], None] | None = None
    kinds: tuple[str, ...] = ()
    at: At = At.SENSOR


@dataclass(frozen=True, slots=True)
class ReceiverVerb:
    """A word for a receiver, by its name."""

    do: Callable[[Air, str, Arguments], bool]
    arguments: Mapping[str, tuple[type, ...]] = field(default_factory=dict)
    check: Callable[[int, Arguments], None] | None = None
    at: At = At.RECEIVER


def _smoke(air: Air, sensor: Sensor, arguments: Arguments, now: float) -> bool:
    changed = sensor.sense(smoke=bool(arguments.get("on", True)))
    if changed:
        air.tell(sensor, now)
    return True


def _level(quantity: str) -> Callable[[Air, Sensor, Arguments, float], bool]:
    def rise(air: Air, sensor: Sensor, arguments: Arguments, now: float) -> bool:
        sensor.reach(number(arguments, quantity, 0), number(arguments, "over", 0), now)
        air.watch(sensor, now)
        return True

    return rise


def _heat(air: Air, sensor: Sensor, arguments: Arguments, now: float) -> bool:
    sensor.warm(number(arguments, "kelvin", 0), number(arguments, "over", 0), now)
    air.watch(sensor, now)
    return True


def _check_level(quantity: str, most: float) -> Callable[[int, Arguments], None]:
    def check(_door: int, arguments: Arguments) -> None:
        if not 0 <= number(arguments, quantity, -1) <= most:
            raise ActRefused(f"{quantity!r} is needed, from 0 to {most:g}")
        if number(arguments, "over", 0) < 0:
            raise ActRefused("'over' is how many seconds it takes: 0 or more")

    return check


def _press(air: Air, sensor: Sensor, _arguments: Arguments, now: float) -> bool:
    if sensor.muted:
        return False
    air.say(sensor, sensor.press(), now)
    return True


def _battery(air: Air, sensor: Sensor, arguments: Arguments, now: float) -> bool:
    sensor.battery_percent = int(number(arguments, "percent", 0))
    air.tell(sensor, now)
    return True


def _check_battery(_door: int, arguments: Arguments) -> None:
    if not 0 <= number(arguments, "percent", -1) <= 100:  # noqa: PLR2004 - per cent
        raise ActRefused("'percent' is needed, from 0 to 100")


def _swap_battery(air: Air, sensor: Sensor, arguments: Arguments, now: float) -> bool:
    sensor.change_battery(int(number(arguments, "counter", 0)))
    air.tell(sensor, now)
    return True


def _check_counter(_door: int, arguments: Arguments) -> None:
    if not 0 <= number(arguments, "counter", 0) < 2**32:
        raise ActRefused("'counter' has 32 bits")


def _power_cut(air: Air, sensor: Sensor, _arguments: Arguments, now: float) -> bool:
    sensor.preheated_at = now + PREHEAT_SECONDS
    air.tell(sensor, now)
    return True


def _tamper(air: Air, sensor: Sensor, arguments: Arguments, now: float) -> bool:
    sensor.tampered = bool(arguments.get("on", True))
    air.tell(sensor, now)
    return True


def _problem(air: Air, sensor: Sensor, arguments: Arguments, now: float) -> bool:
    sensor.problem = bool(arguments.get("on", True))
    air.tell(sensor, now)
    return True


def _mute(air: Air, sensor: Sensor, arguments: Arguments, now: float) -> bool:
    sensor.muted = bool(arguments.get("on", True))
    air.tell(sensor, now)
    return True


def _carry(air: Air, sensor: Sensor, arguments: Arguments, _now: float) -> bool:
    there = air.sensors.get(str(arguments.get("to")))
    if there is None:
        return False
    sensor.ways = there.ways
    return True


def _check_carry(_door: int, arguments: Arguments) -> None:
    if "to" not in arguments:
        raise ActRefused("'carry' needs 'to': the detector that it is carried to, such as b3-2-501-smoke")


def _replay(air: Air, sensor: Sensor, arguments: Arguments, now: float) -> bool:
    back = int(number(arguments, "back", _BACK_COUNTERS))
    counter = sensor.beacon.counter - back
    if counter < 0:
        return False
    recorded = Beacon(sensor.fitted.address, sensor.fitted.key, counter)
    said = sensor.objects(now, alarm=bool(arguments.get("alarm", False)))
    air.broadcast(sensor, recorded.packet(said), _ATTACKER_DBM)
    return True


def _check_replay(_door: int, arguments: Arguments) -> None:
    if number(arguments, "back", _BACK_COUNTERS) < 1:
        raise ActRefused("'back' is how many packets ago it was recorded: 1 or more")


def _forge(air: Air, sensor: Sensor, arguments: Arguments, now: float) -> bool:
    said = sensor.objects(now, alarm=True)
    if arguments.get("how", "plain") == "plain":
        air.broadcast(sensor, plain(body(said)), _ATTACKER_DBM)
    else:
        liar = Beacon(sensor.fitted.address, _WRONG_KEY, sensor.beacon.counter + 1)
        air.broadcast(sensor, liar.packet(said), _ATTACKER_DBM)
    return True


def _check_forge(_door: int, arguments: Arguments) -> None:
    if arguments.get("how", "plain") not in _FORGERIES:
        raise ActRefused(f"'how' of 'forge' can be: {', '.join(_FORGERIES)}")


def _deafen(air: Air, receiver: str, arguments: Arguments) -> bool:
    if arguments.get("on", True):
        air.deaf.add(receiver)
    else:
        air.deaf.discard(receiver)
    return True


_ON: dict[str, tuple[type, ...]] = {"on": (bool,)}
_KEYED = (SMOKE, GAS, CO)
_WITH_BATTERY = (SMOKE, CO)

SENSOR_VERBS: dict[str, SensorVerb] = {
    "smoke": SensorVerb(_smoke, _ON, kinds=(SMOKE,)),
    "gas": SensorVerb(_level("lel"), {"lel": _NUMBER, "over": _NUMBER}, _check_level("lel", 100), (GAS,)),
    "co": SensorVerb(_level("ppm"), {"ppm": _NUMBER, "over": _NUMBER}, _check_level("ppm", 10_000), (CO,)),
    "heat": SensorVerb(_heat, {"kelvin": _NUMBER, "over": _NUMBER}, _check_level("kelvin", 100), (SMOKE,)),
    "press": SensorVerb(_press, kinds=_KEYED),
    "battery": SensorVerb(_battery, {"percent": (int,)}, _check_battery, _WITH_BATTERY),
    "swap_battery": SensorVerb(_swap_battery, {"counter": (int,)}, _check_counter, _WITH_BATTERY),
    "warm_up": SensorVerb(_power_cut, kinds=(GAS, CO)),
    "tamper": SensorVerb(_tamper, _ON, kinds=_KEYED),
    "problem": SensorVerb(_problem, _ON, kinds=_KEYED),
    "mute": SensorVerb(_mute, _ON),
    "carry": SensorVerb(_carry, {"to": (str,)}, _check_carry),
    "replay": SensorVerb(_replay, {"back": (int,), "alarm": (bool,)}, _check_replay, _KEYED),
    "forge": SensorVerb(_forge, {"how": (str,)}, _check_forge, _KEYED),
}
"""`gas` in %LEL, `co` in ppm and `heat` in K above the room go there `over` so many seconds. `mute` takes the sensor away,
`carry` brings it to where another hangs. `replay` sends what an attacker recorded `back` packets ago, which said all was well
unless `alarm`; `forge` says alarm in the sensor's name without its key: `plain`, or `garbled` under another key."""

RECEIVER_VERBS: dict[str, ReceiverVerb] = {"deafen": ReceiverVerb(_deafen, _ON)}
"""`deafen` is what a broken antenna does: the receiver answers its network, and hears nobody."""
