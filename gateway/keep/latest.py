"""The latest values, links and freshness of everything: what the page shows and what a change is measured against.

In memory only. The flow writes it, serve reads it, both on the event loop.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import compress
from operator import ne
from typing import TYPE_CHECKING

from drivers.contract import Link

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from drivers.contract import Device, Fault, Point, Sample, Value

NOTHING: tuple[int, ...] = ()


@dataclass(slots=True)
class Held:
    """What is held of one poll group. `values` is None until the group was heard for the first time."""

    points: tuple[Point, ...]
    every_seconds: float | None
    values: tuple[Value, ...] | None = None
    faults: tuple[Fault | None, ...] | None = None
    received_ns: int = 0
    measured_utc: float | None = None
    stale: bool = False


@dataclass(slots=True)
class HeldDevice:
    """What is held of one device: its groups by number, its link, and where each point key is found."""

    device: Device
    line: str
    groups: tuple[Held, ...]
    link: Link = Link.UNKNOWN
    why: str = ""
    where: dict[str, tuple[int, int]] = field(default_factory=dict)
    """Point key -> (group number, index in the group)."""

    @property
    def heard_ns(self) -> int:
        """CLOCK_BOOTTIME of the last sample of any group, 0 when never heard."""
        return max((held.received_ns for held in self.groups), default=0)

    @property
    def fresh(self) -> bool:
        """Whether every group was heard and none is stale."""
        return all(held.values is not None and not held.stale for held in self.groups)


@dataclass(slots=True)
class HeldLine:
    """What is held of one line. `since_utc` is when its link last changed."""

    link: Link = Link.UNKNOWN
    why: str = ""
    since_utc: float = 0.0


class Latest:
    """Latest values by device and group, links by device and line."""

    def __init__(self) -> None:
        self.devices: dict[str, HeldDevice] = {}
        self.lines: dict[str, HeldLine] = {}
        self._groups: dict[tuple[str, int], Held] = {}

    def adopt(self, line: str, devices: Sequence[Device]) -> None:
        """Take a line's devices, new or changed. A device that stays as it was keeps its values."""
        self.lines.setdefault(line, HeldLine())
        wanted = {device.id for device in devices}
        self.forget(
            known.device.id
            for known in list(self.devices.values())
            if known.line == line and known.device.id not in wanted
        )
        for device in devices:
            known = self.devices.get(device.id)
            if known is not None and known.device == device and known.line == line:
                continue
            self.forget([device.id])
            groups = tuple(Held(group.points, group.every_seconds) for group in device.groups)
            where = {point.key: (g, i) for g, group in enumerate(device.groups) for i, point in enumerate(group.points)}
            self.devices[device.id] = HeldDevice(device, line, groups, where=where)
            for number, held in enumerate(groups):
                self._groups[device.id, number] = held

    def forget(self, devices: Iterable[str]) -> None:
        """Drop devices that are no longer configured."""
        for device in devices:
            known = self.devices.pop(device, None)
            for number in range(len(known.groups) if known else 0):
                del self._groups[device, number]

    def drop_line(self, line: str) -> None:
        """Drop a line with its devices."""
        self.forget([known.device.id for known in self.devices.values() if known.line == line])
        self.lines.pop(line, None)

    def take(self, sample: Sample) -> tuple[int, ...]:
        """Take a sample; return the indices of the points whose value or quality changed.

        Raises KeyError for a device or group that nobody configured, and ValueError for a wrong number of values: both
        are bugs of a driver.
        """
        held = self._groups[sample.device, sample.group]
        held.received_ns = sample.received_ns
        held.measured_utc = sample.measured_utc
        old, new = held.values, sample.values
        if new is old and sample.faults is held.faults:
            return NOTHING
        count = len(held.points)
        if len(new) != count or (sample.faults is not None and len(sample.faults) != count):
            raise ValueError(f"{sample.device}: group {sample.group} has {count} points, the sample {len(new)}")
        held.values = new
        faults_before, held.faults = held.faults, sample.faults
        if old is None:
            return tuple(range(count))
        if faults_before is None and sample.faults is None:
            return tuple(compress(range(count), map(ne, old, new)))
        before = faults_before or (None,) * count
        after = sample.faults or (None,) * count
        return tuple(i for i in range(count) if old[i] != new[i] or before[i] != after[i])

    def held(self, device: str, group: int) -> Held:
        """One group. Raises KeyError when it is not configured."""
        return self._groups[device, group]

    def link(self, subject: str, link: Link, why: str, utc: float, *, is_line: bool) -> None:
        """Take the link of a line or a device. The devices of a lost line are lost with it, and unknown when it is back."""
        if not is_line:
            device = self.devices[subject]
            device.link, device.why = link, why
            return
        line = self.lines[subject]
        line.link, line.why, line.since_utc = link, why, utc
        below = Link.UNKNOWN if link is Link.UP else link
        for device in self.devices.values():
            if device.line == subject:
                device.link, device.why = below, why
