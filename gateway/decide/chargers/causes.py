"""Which alarms stop charging rooms: smoke and heat in a room, and fire in its building. Never a test."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.charging import Reach
from gateway.decide.rules import TEMPERATURE_RISE

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gateway.decide.chargers.grounds import Grounds
    from gateway.decide.rules import DeviceRules, Rule
    from gateway.model import Alarm

_OF_DETECTORS = ("smoke_alarm", "heat_alarm", "detector_temperature")
_OF_CHARGERS = ("charging_smoke",)


class Causes:
    """What each alarm stops, by the rules in force."""

    def __init__(self) -> None:
        self._rooms: dict[str, tuple[Reach, str]] = {}
        self._fires: frozenset[str] = frozenset()

    def build(self, grounds: Grounds) -> None:
        """Take the rules in force."""
        rules = grounds.rules
        self._rooms = {}
        for room in rules.rooms.values():
            for detector in sorted(room.smoke & rules.devices.keys()):
                for key in _alarms(detector, rules.devices[detector], _OF_DETECTORS):
                    self._rooms[key] = (Reach.ROOM, room.id)
        for charger, ports in grounds.by_device.items():
            where = (Reach.ROOM, ports[0].room) if ports[0].room else (Reach.CHARGER, charger)
            self._rooms.update(dict.fromkeys(_alarms(charger, rules.devices[charger], _OF_CHARGERS), where))
        watched = (each for device in rules.devices.values() for group in device.groups for each in group.watched)
        self._fires = frozenset(rule.name for each in watched for rule in each.rules if rule.releases)

    def stopped_by(self, alarm: Alarm) -> Iterator[tuple[Reach, str]]:
        """What an alarm stops: reach and what."""
        if alarm.test:
            return
        if (room := self._rooms.get(alarm.key)) is not None:
            yield room
        if alarm.rule in self._fires:
            yield Reach.BUILDING, alarm.place.building


def _alarms(device: str, rules: DeviceRules, meanings: tuple[str, ...]) -> Iterator[str]:
    """The keys of the alarms that these points of a device may raise because of fire."""
    places = {where for meaning in meanings if (where := rules.points.get(meaning)) is not None}
    for number, group in enumerate(rules.groups):
        for watched in group.watched:
            if (number, watched.index) in places:
                yield from (f"{rule.name}@{watched.point}" for rule in watched.rules if _hot(rule))
    if rules.detector is not None:
        yield f"{TEMPERATURE_RISE}@{device}"


def _hot(rule: Rule) -> bool:
    """A number that is too high, or a bit: a detector that freezes is no fire."""
    return rule.high is not None or rule.low is None
