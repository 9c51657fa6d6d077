"""What stands in several messages of a charger: when something happened, and what was measured."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from drivers.ocpp import codes
from drivers.ocpp.fields import Unfit, rows, text
from drivers.ocpp.meter import readings
from drivers.ocpp.moment import UNTOLD, Moment, moment
from drivers.ocpp.product import CONNECTOR_KEYS, WHOLE_KEYS
from drivers.ocpp.station import WHOLE_CHARGER, boottime_ns

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from drivers.contract import Json
    from drivers.ocpp.station import Station


def told_at(station: Station, fields: Mapping[str, Json]) -> Moment:
    """When it happened, by the charger. A clock that is wrong is told of the charger as a whole. Raises Unfit for no time."""
    said = text(fields, "timestamp", "")
    when = moment(said, time.time()) if said else UNTOLD
    if when is None:
        raise Unfit(codes.PROPERTY, "timestamp: is no time")
    index = WHOLE_KEYS["clock_wrong"]
    if said and when.wrong is not station.whole.told(index):
        station.whole.put(index, when.wrong, boottime_ns())
        station.report(WHOLE_CHARGER)
    station.shared.tally.old += when.old
    return when


def measured(station: Station, connector: int, values: Sequence[Mapping[str, Json]]) -> tuple[float | None, bool]:
    """Take readings of now into a connector, or into the charger as a whole; those of the past change nothing.

    When the last was measured by the charger, and whether there was any.
    """
    measured_utc, fresh = None, False
    for value in values:
        when = told_at(station, value)
        if when.old:
            continue
        fresh, measured_utc = True, when.utc
        found = readings(rows(value, "sampledValue"))
        if connector == WHOLE_CHARGER:
            if "temperature" in found:
                station.whole.put(WHOLE_KEYS["temperature"], found["temperature"], boottime_ns())
        else:
            _put(station, connector, found)
    return measured_utc, fresh


def _put(station: Station, connector: int, found: Mapping[str, float | None]) -> None:
    now_ns, into = boottime_ns(), station.connectors[connector]
    for name, number in found.items():
        into.put(CONNECTOR_KEYS[name], number, now_ns)
    energy, running = found.get("energy"), station.running(connector)
    if energy is not None and running is not None and running.meter_wh is not None:
        drawn = max(0.0, round(energy - running.meter_wh / 1000, 6))
        into.put(CONNECTOR_KEYS["session_energy"], drawn, now_ns)
