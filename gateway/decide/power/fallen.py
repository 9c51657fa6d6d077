"""Doors that stand open because their locks have no power: the first thing that people must know of a cut.

A magnetic lock (`fail_safe`) holds nothing without power. Of a controller that cannot be reached nobody can say more than that;
one that lives on its battery shows the bond of each lock itself.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from gateway.decide.power.dark import Sign
from gateway.model import NANOSECONDS

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from gateway.decide.known import KnownDevice
    from gateway.decide.power.dark import Source
    from gateway.decide.rules import DoorRules
    from gateway.model import Now

OPEN_NS = 60 * NANOSECONDS
"""Nobody who is let in keeps a lock open for so long: 30 s is the longest pulse of a controller (docs/acp1.md)."""


class Fallen(NamedTuple):
    """A door that its lock does not hold, as people call it within its building: "2单元门禁 单元大门"."""

    building: str
    name: str


class FallenDoors:
    """The doors of dark controllers that their locks do not hold."""

    def __init__(self) -> None:
        self._open_since_ns: dict[str, int] = {}

    def among(self, sources: Iterable[Source], now: Now) -> tuple[Fallen, ...]:
        """Those doors, in the order of the configuration. To be asked once a second while a cut stands."""
        return tuple(self._found(sources, now))

    def forget(self) -> None:
        """No cut stands any more."""
        self._open_since_ns.clear()

    def _found(self, sources: Iterable[Source], now: Now) -> Iterator[Fallen]:
        for source in sources:
            for door in source.device.rules.doors.values():
                if door.fail_safe and self._has_fallen(source, door, now):
                    yield Fallen(source.building, _in_words(source.device, door))

    def _has_fallen(self, source: Source, door: DoorRules, now: Now) -> bool:
        if source.sign is Sign.LOST:
            return True
        key, device = f"{source.device.id}/{door.part}", source.device
        unlocked = device.seen(door.points, "door_unlocked")
        released = device.seen(door.points, "door_fire_released")
        if source.sign is not Sign.SAID or not (unlocked.sure and unlocked.value is True) or released.value is True:
            self._open_since_ns.pop(key, None)
            return False
        return now.boottime_ns - self._open_since_ns.setdefault(key, now.boottime_ns) >= OPEN_NS


def _in_words(device: KnownDevice, door: DoorRules) -> str:
    place, own = device.rules.place, door.place.name
    return f"{place.name} {own if own and own != place.name else door.part}"
