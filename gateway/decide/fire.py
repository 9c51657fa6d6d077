"""Fire release: which buildings stand released, and what their controllers are to hold.

A wanted state, not a command: no role, schedule, expiry or rate limit is asked before it (rule 1 of the house; GB 55024-2022
5.3.6, GB 50116-2013 4.10.3). It begins with the alarm of a rule that `releases` by the table of cause and effect, and ends when
a person resets that alarm, which takes a normal panel: the alarm latches, and an active one cannot be reset. The hard-wired
link stays primary; ending the wanted state never locks a door, it only stops holding the release.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from drivers.contract import FIRE_RELEASE, WantedState
from gateway.decide.sparing import has_effect
from gateway.model import AlarmChanged, Change, Outcome, Remember, Want

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from collections.abc import Set as AbstractSet

    from drivers.contract import Json
    from gateway.decide.rules import DeviceRules, Rules
    from gateway.model import Alarm, Said

_RELEASED = "fire_release:"
_BUILDING = "building:"
_BEGINS = (Change.RAISED, Change.UNSUPPRESSED)
"""When an alarm begins to have effects: it is raised, or its detector is back in service."""


class FireRelease:
    """Which buildings stand released, by the keys of the alarms that hold them so."""

    def __init__(self, remembered: Mapping[str, Json]) -> None:
        self._holding: dict[str, set[str]] = {
            key.removeprefix(_RELEASED): set(alarms) for key, alarms in remembered.items() if key.startswith(_RELEASED)
        }
        self._levels: dict[str, Json] = {}
        self._members: dict[str, list[str]] = {}

    @property
    def levels(self) -> Mapping[str, Json]:
        """What each controller of a released building is to hold, by device: {"doors": [...]}, or true for all it has."""
        return self._levels

    @property
    def zones(self) -> Sequence[str]:
        """What stands released: "building:b3", or "device:d1" for a controller that belongs to no building."""
        return tuple(self._holding)

    def members(self, zone: str) -> Sequence[str]:
        """The controllers that are to hold a zone released."""
        return self._members.get(zone, ())

    def stands(self, building: str, device: str) -> bool:
        """Whether the doors there stand released."""
        return zone_of(building, device) in self._holding

    def follow(self, outcomes: Iterable[Said], rules: Rules, releasing: AbstractSet[str]) -> list[Outcome]:
        """What alarms of the rules `releasing` mean for the doors of their buildings; the wanted states come first."""
        raised: set[str] = set()
        touched: set[str] = set()
        for outcome in outcomes:
            if not isinstance(outcome, AlarmChanged):
                continue
            alarm = outcome.alarm
            if outcome.change in _BEGINS and alarm.active and alarm.rule in releasing and has_effect(alarm):
                zone = zone_of(alarm.place.building, alarm.device)
                self._holding.setdefault(zone, set()).add(alarm.key)
                raised.add(zone)
            elif outcome.change is Change.RESET:  # it ends what it held, whatever was configured since
                touched.update(zone for zone, holding in self._holding.items() if alarm.key in holding)
                for zone in touched:
                    self._holding[zone].discard(alarm.key)
        if not raised and not touched:
            return []
        notes = [Remember(_RELEASED + zone, sorted(self._holding[zone]) or None) for zone in sorted(raised | touched)]
        self._holding = {zone: holding for zone, holding in self._holding.items() if holding}
        return [*self._say(rules, again=raised), *notes]

    def again(self, rules: Rules, alarms: Iterable[Alarm], releasing: AbstractSet[str]) -> list[Outcome]:
        """Say everything that stands once more: after a start, and to devices that a reload brought or changed.

        An alarm that nobody has reset holds its building even where that was forgotten or was not configured then.
        """
        notes = []
        for alarm in alarms:
            held = any(alarm.key in holding for holding in self._holding.values())
            stands = (alarm.active or alarm.latched) and has_effect(alarm)
            if alarm.rule in releasing and stands and not held:
                zone = zone_of(alarm.place.building, alarm.device)
                self._holding.setdefault(zone, set()).add(alarm.key)
                notes.append(Remember(_RELEASED + zone, sorted(self._holding[zone])))
        return [*self._say(rules, again=self._holding.keys()), *notes]

    def _say(self, rules: Rules, again: AbstractSet[str]) -> Iterator[Outcome]:
        before, self._levels, self._members = self._levels, {}, {}
        for zone, holding in self._holding.items():
            members = self._members[zone] = []
            for device, level in _released(zone, holding, rules):
                self._levels[device] = level
                members.append(device)
                if zone in again or before.get(device) != level:
                    yield Want(device, WantedState(FIRE_RELEASE, level))
        for device in sorted(before.keys() - self._levels.keys()):
            yield Want(device, WantedState(FIRE_RELEASE, None))


def zone_of(building: str, device: str) -> str:
    """A building; or, for a device that belongs to none, the device alone."""
    return f"{_BUILDING}{building}" if building else f"device:{device}"


def devices_in(zone: str, rules: Rules) -> Iterator[tuple[str, DeviceRules]]:
    """The devices of a zone."""
    return ((device, known) for device, known in rules.devices.items() if zone_of(known.place.building, device) == zone)


def _released(zone: str, holding: AbstractSet[str], rules: Rules) -> Iterator[tuple[str, Json]]:
    """Its escape doors. A controller of whose doors nothing is known opens all that it has.

    Where no escape door is known at all, the controllers that asked open all their doors, or, when it was none of those that
    can, every one does: never nothing.
    """
    able = {device: known for device, known in devices_in(zone, rules) if FIRE_RELEASE in known.wants}
    no_exit = not any(door.escape for known in able.values() for door in known.doors.values())
    asked = able.keys() & {_device_of(key) for key in holding} or able.keys()
    for device, known in able.items():
        whole = no_exit and device in asked
        doors = [part for part, door in known.doors.items() if door.escape or whole]
        if doors:
            yield device, {"doors": doors}
        elif not known.doors:
            yield device, True


def _device_of(key: str) -> str:
    """Whose alarm it is: a key is "rule@device/point"."""
    return key.partition("@")[2].partition("/")[0]
