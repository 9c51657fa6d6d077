"""What was charged in the past, as readings: the power of every socket, every five minutes while something is plugged in.

The same people as in the live compound, with every tag accepted and nobody stopped.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from simulator.charging_habits import visits
from simulator.charging_rooms import EBIKE, rooms_of, tags_of
from simulator.ebike_limits import FULL_SECONDS, SESSION_SECONDS
from simulator.ebike_pile import PART_NAMES
from simulator.ocpp_pile import CONNECTOR

if TYPE_CHECKING:
    from collections.abc import Iterator

    from simulator.backfill import Row
    from simulator.charging_habits import Visit
    from simulator.compound import Compound

EVERY_SECONDS: Final = 300.0


def charging_past(compound: Compound, start: float, end: float, shift_seconds: float = 0.0) -> Iterator[Row]:
    """Everything from `start` until `end`, socket by socket; `shift_seconds` as for `simulator.backfill.past`."""
    for room in rooms_of(compound):
        tags = tags_of(compound.seed, room)
        for charger in room.chargers:
            for part in PART_NAMES if room.kind == EBIKE else (CONNECTOR,):
                point = f"{part}.power"
                yield charger, point, start, 0.0
                for visit in visits(compound.seed, f"{charger}/{part}", room.kind, tags, start + shift_seconds):
                    began = visit.plug_at - shift_seconds
                    if began >= end:
                        break
                    for at, watts in _drawn(visit, began, visit.pull_at - shift_seconds):
                        if start < at < end:
                            yield charger, point, at, watts


def _drawn(visit: Visit, plugged: float, pulled: float) -> Iterator[tuple[float, float]]:
    """Power at its times, from the first current to the end of it."""
    began, seconds = plugged + visit.scan_after, 0.0
    over = min(visit.charge.ends_after + FULL_SECONDS, SESSION_SECONDS, pulled - began)
    while seconds < over:
        yield began + seconds, round(visit.charge.watts(seconds), 1)
        seconds += EVERY_SECONDS
    yield began + over, 0.0
