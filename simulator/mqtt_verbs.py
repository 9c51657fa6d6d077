"""What can happen to the network side of a device on MQTT, by name."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from simulator.verb import ActRefused, Arguments, At, number

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from simulator.mqtt_device import MqttDevice

AWAY_SECONDS: Final = 60.0
RESTART_SECONDS: Final = 4.0
SLOW_SECONDS: Final = 3.0
_STALE_SECONDS = 3_600.0
_HUGE_BYTES = 70_000  # more than the 64 kB that a gateway takes
_DEEP = 40

_GARBAGE: Final[Mapping[str, bytes]] = {
    "not_json": b"\x00\xff{temp: warm",
    "huge": json.dumps({"v": 1, "d": {"x": "x" * _HUGE_BYTES}}).encode(),
    "deep": b'{"d":' * _DEEP + b"1" + b"}" * _DEEP,
    "types": b'{"v":1,"id":[],"ts":1970,"seq":"many","boot":null,"q":7,"d":"warm"}',
    "epoch": b'{"v":1,"id":"x","ts":"1970-01-01T00:00:03.000Z","seq":2000000000,"boot":1,"q":"ok","d":{}}',
}


@dataclass(frozen=True, slots=True)
class MqttVerb:
    """A word for the network side of a device."""

    do: Callable[[MqttDevice, Arguments, float], None]
    arguments: Mapping[str, tuple[type, ...]] = field(default_factory=dict)
    check: Callable[[int, Arguments], None] | None = None
    at: At = At.MQTT


def _lose_network(device: MqttDevice, arguments: Arguments, _now: float) -> None:
    device.lose_network(number(arguments, "seconds", AWAY_SECONDS))


def _restart(device: MqttDevice, arguments: Arguments, _now: float) -> None:
    device.restart(number(arguments, "seconds", RESTART_SECONDS))


def _duplicate(device: MqttDevice, arguments: Arguments, _now: float) -> None:
    device.troubles.duplicate = bool(arguments.get("on", True))


def _disorder(device: MqttDevice, arguments: Arguments, _now: float) -> None:
    device.troubles.disorder = bool(arguments.get("on", True))


def _hang(device: MqttDevice, arguments: Arguments, _now: float) -> None:
    device.troubles.hung = bool(arguments.get("on", True))


def _slow(device: MqttDevice, arguments: Arguments, _now: float) -> None:
    device.troubles.slow_seconds = number(arguments, "seconds", SLOW_SECONDS)


def _clock_off(device: MqttDevice, arguments: Arguments, _now: float) -> None:
    device.troubles.clock_off_seconds = number(arguments, "seconds", 0)


def _retain_command(device: MqttDevice, arguments: Arguments, now: float) -> None:
    if arguments.get("on", True):
        order = {"cmd": "open", "c": "c01", "p": "p01", "n": 1, "until": int(now - _STALE_SECONDS)}
        device.post("cmd", json.dumps(order).encode(), retain=True)
    else:
        device.post("cmd", b"", retain=True)


def _garble(device: MqttDevice, arguments: Arguments, _now: float) -> None:
    device.post("event", _GARBAGE[str(arguments.get("how", "not_json"))])


def _check_seconds(_door: int, arguments: Arguments) -> None:
    if number(arguments, "seconds", 0) < 0:
        raise ActRefused("'seconds' is 0 or more")


def _check_garble(_door: int, arguments: Arguments) -> None:
    if arguments.get("how", "not_json") not in _GARBAGE:
        raise ActRefused(f"'how' of 'garble' can be: {', '.join(_GARBAGE)}")


_ON: Final[Mapping[str, tuple[type, ...]]] = {"on": (bool,)}
_SECONDS: Final[Mapping[str, tuple[type, ...]]] = {"seconds": (int, float)}

MQTT_VERBS: Final[Mapping[str, MqttVerb]] = {
    "lose_network": MqttVerb(_lose_network, _SECONDS, _check_seconds),
    "restart": MqttVerb(_restart, _SECONDS, _check_seconds),
    "duplicate": MqttVerb(_duplicate, _ON),
    "disorder": MqttVerb(_disorder, _ON),
    "hang": MqttVerb(_hang, _ON),
    "slow": MqttVerb(_slow, _SECONDS, _check_seconds),
    "clock_off": MqttVerb(_clock_off, _SECONDS),
    "retain_command": MqttVerb(_retain_command, _ON),
    "garble": MqttVerb(_garble, {"how": (str,)}, _check_garble),
}
"""`lose_network` breaks the connection for `seconds`, and what happened meanwhile is then said with its old times; `restart`
forgets it and begins a new boot. `duplicate` says everything twice, `disorder` the later of two first. `hang` leaves it
connected, saying and hearing nothing; `slow` obeys and listens so many seconds late (0 heals). `retain_command` is what a
careless person with an MQTT client does: an order that stays at the broker, an hour old. `garble` is a payload that means
nothing: `not_json`, `huge`, `deep`, of the wrong `types`, or of the `epoch` 1970."""
