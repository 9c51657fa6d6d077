"""Which devices are without mains, as far as they or their silence tell.

A device that says so itself is a witness. One that is lost is a sign and no witness: a switch that fails looks the same, so
that a building is dark only where somebody in it says so, or the box itself runs on its battery. A line that serves several
buildings (a broker) is one thing that failed, and says nothing of any of them.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING

from drivers.contract import Link

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from collections.abc import Set as AbstractSet

    from gateway.decide.known import Known, KnownDevice

MAINS_FAIL = "mains_fail"
"""The meaning of the point by which a device tells, and the name of the rule on it."""


class Sign(Enum):
    """What speaks for it that a device has no mains."""

    SAID = "said"
    LOST = "lost"


@dataclass(slots=True)
class Source:
    """A device that is fed by the mains of its building. `since_ns` is since when it shows `sign`, or shows none."""

    device: KnownDevice
    sign: Sign | None = None
    since_ns: int = 0

    @property
    def building(self) -> str:
        """Where it stands."""
        return self.device.rules.place.building


class Dark:
    """The sources of each building, and what they show."""

    def __init__(self, known: Known) -> None:
        self._known = known
        self.sources: dict[str, Source] = {}
        self.of_building: Mapping[str, Sequence[Source]] = {}
        self._shared: frozenset[str] = frozenset()

    def adopt(self, members: AbstractSet[str], now_ns: int) -> None:
        """Take the devices of the rules in force; what stays shows what it showed.

        `members` of a cut that stood before a restart are dark until they show otherwise.
        """
        before, self.sources = self.sources, {}
        for device in self._known.devices.values():
            if device.rules.detector is not None or not device.rules.place.building:
                continue
            source = Source(device, Sign.SAID if device.id in members else None, now_ns)
            if (old := before.get(device.id)) is not None:
                source.sign, source.since_ns = old.sign, old.since_ns
            self.sources[device.id] = source
        of_building: dict[str, list[Source]] = {}
        for source in self.sources.values():
            of_building.setdefault(source.building, []).append(source)
        self.of_building = of_building
        self._shared = frozenset(
            line.id
            for line in self._known.lines.values()
            if len({device.rules.place.building for device in line.devices} - {""}) > 1
        )

    def look(self, now_ns: int) -> None:
        """One pass over the sources. What says nothing now shows what it showed: silence is no return of the mains."""
        for source in self.sources.values():
            sign = self._sign(source)
            if sign is not source.sign:
                if source.sign is None or sign is None:
                    source.since_ns = now_ns
                source.sign = sign

    def _sign(self, source: Source) -> Sign | None:
        device = source.device
        fails, sure = device.seen(device.rules.points, MAINS_FAIL)
        if sure:
            return Sign.SAID if fails is True else None
        if device.link is Link.LOST:
            return Sign.LOST
        if device.line.link is Link.LOST:
            return source.sign if device.line.id in self._shared else Sign.LOST
        heard = device.link is Link.UP and MAINS_FAIL not in device.rules.points
        return None if heard else source.sign
