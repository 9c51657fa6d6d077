"""Which doors there are, which of them a permit reaches, and in whose grid they stand."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from drivers.contract import PERMITS

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from gateway.decide.rules import Rules
    from gateway.permit import DoorGroup

DOORS = 16
"""A door mask is one register."""

_NUMBER = re.compile(r"[0-9]+$")


class Doors:
    """The doors of the controllers that hold a table, as "device/part", each with its bit in the door mask of a record."""

    def __init__(self, rules: Rules) -> None:
        self.devices: dict[str, dict[str, int]] = {}
        """Device to its doors with their bits."""
        self.grids: dict[str, str] = {}
        self.buildings: dict[str, set[str]] = {}
        """Building to the grids that its devices are in."""
        self.names: dict[str, str] = {}
        for device, known in rules.devices.items():
            if known.place.building:
                self.buildings.setdefault(known.place.building, set()).add(known.place.grid)
            for part, door in known.doors.items():
                self.grids[f"{device}/{part}"] = door.place.grid
            bits = {f"{device}/{part}": _bit(part) for part in known.doors}
            if PERMITS in known.wants and bits:
                self.devices[device] = bits
                self.names[device] = known.place.name

    def holds(self, door: str) -> bool:
        """Whether the door's controller holds a table."""
        return door in self.devices.get(door.rpartition("/")[0], ())

    def group_of(self, device: str) -> tuple[str, ...]:
        """All doors of a device."""
        return tuple(self.devices.get(device, ()))


class Reach:
    """What the groups of a permit come to: device to door mask. Worked out once for each set of groups."""

    def __init__(self, doors: Doors, groups: Mapping[str, DoorGroup]) -> None:
        self.doors = doors
        self.groups = groups
        self._known: dict[tuple[str, ...], dict[str, int]] = {}

    def of(self, names: tuple[str, ...]) -> Mapping[str, int]:
        """Door masks by device of a permit with these groups; what is not there any more opens nothing."""
        known = self._known.get(names)
        if known is None:
            known = self._known[names] = self._masks(self.doors_of(names))
        return known

    def doors_of(self, names: Iterable[str]) -> Iterable[str]:
        """The doors of these groups, each once and always in the same order."""
        return dict.fromkeys(door for name in names if name in self.groups for door in self.groups[name].doors)

    def _masks(self, doors: Iterable[str]) -> dict[str, int]:
        masks: dict[str, int] = {}
        for door in doors:
            device = door.rpartition("/")[0]
            if bit := self.doors.devices.get(device, {}).get(door):
                masks[device] = masks.get(device, 0) | bit
        return masks


def _bit(part: str) -> int:
    """A part that is a door carries its number at its end: "door2" is bit 1 (docs/acp1.md, DOOR_MASK)."""
    number = _NUMBER.search(part)
    return 1 << (int(number[0]) - 1) if number and 0 < int(number[0]) <= DOORS else 1
