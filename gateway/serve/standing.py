"""The alarms that are not normal: the list that people work from."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from gateway.model import AlarmState

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from gateway.model import Alarm

SUPPRESSED = frozenset({AlarmState.SHELVED, AlarmState.SUPPRESSED_BY_DESIGN, AlarmState.OUT_OF_SERVICE})


class Stood(NamedTuple):
    """An alarm, and whether its last change is in the journal."""

    alarm: Alarm
    recorded: bool

    @property
    def open(self) -> bool:
        """Whether it waits for a person or for its condition to end: not normal and not suppressed."""
        return self.alarm.state not in SUPPRESSED


class Standing:
    """Alarms by number, and by building for the tiles."""

    def __init__(self, alarms: Iterable[Alarm] = ()) -> None:
        self._alarms: dict[int, Stood] = {}
        self._in_building: dict[str, dict[int, Stood]] = {}
        for alarm in alarms:
            self.take(alarm, recorded=True)

    def __iter__(self) -> Iterator[Stood]:
        return iter(self._alarms.values())

    def get(self, number: int) -> Stood | None:
        """The alarm of that number, None when it is normal or was never raised."""
        return self._alarms.get(number)

    def in_building(self, building: str) -> Iterable[Stood]:
        """The alarms of one building; "" for those that belong to none."""
        return self._in_building.get(building, {}).values()

    def take(self, alarm: Alarm, *, recorded: bool) -> None:
        """Take a changed alarm; a normal one leaves the list."""
        if (before := self._alarms.pop(alarm.number, None)) is not None:
            del self._in_building[before.alarm.place.building][alarm.number]
        if alarm.state is not AlarmState.NORMAL:
            stood = Stood(alarm, recorded)
            self._alarms[alarm.number] = stood
            self._in_building.setdefault(alarm.place.building, {})[alarm.number] = stood
