"""Which alarms stop charging, by the table of cause and effect: those of a room, and those of its building. Never a test."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.charging import Reach
from gateway.decide.fires.table import HowFar
from gateway.decide.sparing import has_effect

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gateway.decide.chargers.grounds import Grounds
    from gateway.model import Alarm


class Causes:
    """What each alarm stops, by the rules in force."""

    def __init__(self) -> None:
        self._rooms: dict[str, tuple[Reach, str]] = {}
        """Where a device stands whose alarms may stop its surroundings: detectors of rooms, and chargers."""
        self._stop_room: frozenset[str] = frozenset()
        self._stop_building: frozenset[str] = frozenset()

    def build(self, grounds: Grounds) -> None:
        """Take the rules in force."""
        rules = grounds.rules
        self._rooms = {detector: (Reach.ROOM, room.id) for room in rules.rooms.values() for detector in room.smoke}
        for charger, ports in grounds.by_device.items():
            self._rooms[charger] = (Reach.ROOM, ports[0].room) if ports[0].room else (Reach.CHARGER, charger)
        self._stop_room, self._stop_building = (
            frozenset(rule for row in rules.fires.rows if row.stop_charging is how for rule in row.when)
            for how in (HowFar.ROOM, HowFar.BUILDING)
        )

    def stopped_by(self, alarm: Alarm) -> Iterator[tuple[Reach, str]]:
        """What an alarm stops: reach and what."""
        if not has_effect(alarm):
            return
        if alarm.rule in self._stop_room and (room := self._rooms.get(alarm.device)) is not None:
            yield room
        if alarm.rule in self._stop_building:
            yield Reach.BUILDING, alarm.place.building
