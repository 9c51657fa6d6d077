"""Where parcel lockers stay as they are because of fire: so that nobody is drawn to them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.decide.fire import zone_of
from gateway.decide.sparing import has_effect

if TYPE_CHECKING:
    from gateway.decide.known import Known
    from gateway.decide.watches import Watches


class Freezing:
    """Read from the alarms that stand: there is nothing to be remembered."""

    def __init__(self, known: Known, watches: Watches) -> None:
        self._known = known
        self._watches = watches

    def stands(self, building: str, device: str) -> bool:
        """Whether the lockers there stay shut: an alarm whose row says so stands, or waits for its reset."""
        rules = {rule for row in self._known.rules.fires.rows if row.freeze_lockers for rule in row.when}
        zone = zone_of(building, device)
        return any(
            alarm.rule in rules
            and (alarm.active or alarm.latched)
            and has_effect(alarm)
            and zone_of(alarm.place.building, alarm.device) == zone
            for alarm in self._watches.book.open.values()
        )
