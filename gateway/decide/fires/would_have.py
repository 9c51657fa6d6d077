"""What would follow from an alarm, were its building not on trial: for the record."""

from __future__ import annotations

from typing import TYPE_CHECKING

from drivers.contract import FIRE_RELEASE
from gateway.decide.fire import devices_in, zone_of
from gateway.decide.fires.table import HowFar

if TYPE_CHECKING:
    from collections.abc import Sequence

    from drivers.contract import Json
    from gateway.decide.fires.table import Row
    from gateway.decide.known import Known
    from gateway.model import Alarm


def would_follow(alarm: Alarm, rows: Sequence[Row], known: Known) -> Json:
    """By rows of the table; doors as "device/part"."""
    rules = known.rules
    place = alarm.place
    here = list(devices_in(zone_of(place.building, alarm.device), rules))
    able = {device: each for device, each in here if FIRE_RELEASE in each.wants}
    exits = [f"{device}/{part}" for device, each in able.items() for part, door in each.doors.items() if door.escape]
    device = rules.devices.get(alarm.device)
    stops = {row.stop_charging for row in rows}
    return {
        "alarm": alarm.number,
        "raised": alarm.since_utc,
        "rule": alarm.rule,
        "place": place.name,
        "rows": [row.name for row in rows],
        "release": (exits or sorted(able)) if any(row.release for row in rows) else [],
        "stop_charging": [
            *([place.building] if HowFar.BUILDING in stops else []),
            *([device.room] if HowFar.ROOM in stops and device is not None and device.room else []),
        ],
        "freeze_lockers": any(row.freeze_lockers for row in rows),
        "switch": [f"{each.device}/{each.command}" for row in rows for each in row.switch],
    }
