"""What would follow from an alarm, were its building not on trial: for the record."""

from __future__ import annotations

from typing import TYPE_CHECKING

from drivers.contract import FIRE_RELEASE
from gateway.decide.fire import devices_in, zone_of
from gateway.decide.fires.table import HowFar

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from drivers.contract import Json
    from gateway.decide.fires.table import Row
    from gateway.decide.known import Known
    from gateway.decide.rules import Rules
    from gateway.model import Alarm


def would_follow(alarm: Alarm, rows: Sequence[Row], known: Known) -> Json:
    """By the rows of the table; doors as "device/part". Empty where nothing would be moved."""
    effects: dict[str, Json] = {
        "release": list(_doors(alarm, known.rules)) if any(row.release for row in rows) else [],
        "stop_charging": list(_stops(alarm, rows, known.rules)),
        "freeze_lockers": any(row.freeze_lockers for row in rows),
        "switch": [f"{each.device}/{each.command}" for row in rows for each in row.switch],
    }
    if not any(effects.values()):
        return {}
    said = {"alarm": alarm.number, "raised": alarm.since_utc, "rule": alarm.rule, "place": alarm.place.name}
    return {**said, "rows": [row.name for row in rows], **effects}


def _doors(alarm: Alarm, rules: Rules) -> Iterator[str]:
    for device, each in devices_in(zone_of(alarm.place.building, alarm.device), rules):
        if FIRE_RELEASE in each.wants:
            exits = [f"{device}/{part}" for part, door in each.doors.items() if door.escape]
            yield from exits or ([] if each.doors else [device])


def _stops(alarm: Alarm, rows: Sequence[Row], rules: Rules) -> Iterator[str]:
    """Buildings and charging rooms."""
    reach = {row.stop_charging for row in rows}
    if HowFar.BUILDING in reach:
        yield alarm.place.building
    elif HowFar.ROOM in reach:
        device = rules.devices.get(alarm.device)
        if device is not None and device.room:
            yield device.room
        yield from (room.id for room in rules.rooms.values() if alarm.device in room.smoke)
