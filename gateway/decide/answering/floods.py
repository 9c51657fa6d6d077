"""Floods: more new alarms in a grid than one person can look at. Who tells people folds them then, never a P1.

ISA-18.2-2016 and EEMUA 191: a flood begins with more than ten new annunciations in ten minutes at one operator's position, and
ends with fewer than five. A position here is a grid.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.decide.answering.lately import Lately
from gateway.decide.rules import ALARM_FLOOD, ALARMS
from gateway.model import AlarmChanged, Change, Outcome, Place, Remember

if TYPE_CHECKING:
    from collections.abc import Mapping

    from drivers.contract import Json
    from gateway.decide.known import Known
    from gateway.decide.watches import Watches
    from gateway.model import Now

BEGINS_ABOVE = 10
ENDS_BELOW = 5
WINDOW_SECONDS = 600.0

_FLOODED = "flooded:"


class Floods:
    """Which grids are flooded. What has no grid is a position of its own. `known` says what people call a grid."""

    def __init__(self, remembered: Mapping[str, Json], known: Known, watches: Watches) -> None:
        self._known = known
        self._watches = watches
        self._told = Lately(remembered, "annunciated:", keep=BEGINS_ABOVE + 1, seconds=WINDOW_SECONDS)
        self._flooded = {name.removeprefix(_FLOODED) for name in remembered if name.startswith(_FLOODED)}

    def flooded(self, grid: str) -> bool:
        """Whether there are too many in that grid."""
        return grid in self._flooded

    def follow(self, changed: AlarmChanged, now: Now) -> list[Outcome]:
        """Count what people are newly told of: not tests, not trials, not the flood itself."""
        alarm = changed.alarm
        if not changed.announce or changed.change is Change.UPDATED:
            return []
        if alarm.test or alarm.trial or alarm.rule in ALARMS:
            return []
        grid = alarm.place.grid
        out = [self._told.add(grid, now)]
        if grid in self._flooded or self._told.count(grid, WINDOW_SECONDS, now) <= BEGINS_ABOVE:
            return out
        self._flooded.add(grid)
        why = f"more than {BEGINS_ABOVE} new alarms in {WINDOW_SECONDS / 60:g} minutes"
        return [*out, Remember(_FLOODED + grid, True), *self._say(grid, why, now, abnormal=True)]

    def sweep(self, now: Now) -> list[Outcome]:
        """A flood ends by itself."""
        out: list[Outcome] = []
        for grid in [each for each in self._flooded if self._told.count(each, WINDOW_SECONDS, now) < ENDS_BELOW]:
            self._flooded.discard(grid)
            out += [Remember(_FLOODED + grid, None), *self._say(grid, "", now, abnormal=False)]
        return out

    def checkpoint(self, now: Now) -> list[Outcome]:
        """Forget what is long past."""
        return self._told.forget(now)

    def _say(self, grid: str, why: str, now: Now, *, abnormal: bool) -> list[Outcome]:
        source = f"grid:{grid}"
        place = Place(name=self._known.rules.power.names.get(source, ""), grid=grid)
        return self._watches.say(ALARM_FLOOD, source, "", place, abnormal=abnormal, why=why, now=now)
