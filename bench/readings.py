"""Readings as a compound gives them: 500 devices of two numbers that both change twice a second, 2,000 points/s."""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from itertools import count
from typing import TYPE_CHECKING

from drivers.contract import Device, Group, Kind, Point, Sample
from gateway.model import NANOSECONDS, Now, Place

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

DEVICES = 500
POINTS = 2
TURNS_PER_SECOND = 2
POINTS_PER_SECOND = DEVICES * POINTS * TURNS_PER_SECOND

T0 = 1_800_000_000.0
"""2027-01-15 08:00:00 UTC, the beginning of a minute."""

READ = (Point("voltage", Kind.REAL, "V"), Point("count", Kind.INTEGER))
PLACE = Place("b3", "1", "", "g1")
BOTH = (0, 1)

_NOISE = 997
"""A prime, so that devices and turns do not fall into step."""


@dataclass(slots=True)
class Clock:
    """A clock that stands until it is set, in seconds since `T0`."""

    seconds: float = 0.0

    def __call__(self) -> Now:
        return Now("bench", int(self.seconds * NANOSECONDS), T0 + self.seconds, trusted=True)


@dataclass(slots=True)
class Readings:
    """What the devices say, turn by turn. The same in every run."""

    many: int = DEVICES
    devices: Sequence[Device] = field(init=False)

    def __post_init__(self) -> None:
        group = Group(READ, 1 / TURNS_PER_SECOND, heartbeat_seconds=60.0)
        self.devices = [Device(f"b{number:03}u1", "meter", (group,)) for number in range(self.many)]

    def turns(self, first: int = 0) -> Iterator[list[Sample]]:
        """One sample of each device a turn, for ever: a voltage that flutters by hundredths, and a counter."""
        noise = [round(random.Random(seed).gauss(230, 0.4), 2) for seed in range(_NOISE)]
        names = [device.id for device in self.devices]
        for turn in count(first):
            at = turn * NANOSECONDS // TURNS_PER_SECOND
            yield [
                Sample(name, 0, (noise[(turn * 31 + n * 7) % _NOISE], turn + n), None, at)
                for n, name in enumerate(names)
            ]
