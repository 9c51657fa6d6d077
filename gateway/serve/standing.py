"""The alarms that are not normal: the list that people work from."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from gateway.model import AlarmState

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from gateway.model import Alarm

SUPPRESSED = frozenset({AlarmState.SHELVED, AlarmState.SUPPRESSED_BY_DESIGN, AlarmState.OUT_OF_SERVICE})
_NONE: Final[dict[int, Stood]] = {}


class Stood(NamedTuple):
    """An alarm, and whether its last change is in the journal."""

    alarm: Alarm
    recorded: bool

    @property
    def open(self) -> bool:
        """Whether it waits for a person or for its condition to end: not normal and not suppressed."""
        return self.alarm.state not in SUPPRESSED


class Standing:
    """Alarms by number, by building for the tiles, and by device."""

    def __init__(self, alarms: Iterable[Alarm] = ()) -> None:
        self._alarms: dict[int, Stood] = {}
        self._in_building: dict[str, dict[int, Stood]] = {}
        self._of_device: dict[str, dict[int, Stood]] = {}
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

    def of_device(self, device: str) -> Iterable[Stood]:
        """The alarms of one device."""
        return self._of_device.get(device, _NONE).values()

    def take(self, alarm: Alarm, *, recorded: bool) -> None:
        """Take a changed alarm; a normal one leaves the list."""
        if (before := self._alarms.pop(alarm.number, None)) is not None:
            del self._in_building[before.alarm.place.building][alarm.number]
            of_device = self._of_device[before.alarm.device]
            del of_device[alarm.number]
            if not of_device:  # there are more devices than buildings
                del self._of_device[before.alarm.device]
        if alarm.state is not AlarmState.NORMAL:
            stood = Stood(alarm, recorded)
            self._alarms[alarm.number] = stood
            self._in_building.setdefault(alarm.place.building, {})[alarm.number] = stood
            self._of_device.setdefault(alarm.device, {})[alarm.number] = stood
