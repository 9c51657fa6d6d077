"""What the tests of keep put into the journal and the history."""

from __future__ import annotations

import math

from drivers.contract import Device, DeviceEvent, Group, Kind, Link, Point
from gateway.model import Alarm, AlarmChanged, Change, Entry, LinkSaid, Now, Place, Priority, Remember

T0 = 1_800_000_000.0
"""2027-01-15 08:00:00 UTC, the beginning of a minute."""

NOW = Now("boot-1", 5_000_000_000, T0, trusted=True)


def said(subject: str = "b1u1") -> LinkSaid:
    return LinkSaid(subject, is_line=True, link=Link.UP, why="")


def event(sequence: int, device: str = "b1u1", epoch: str = "7") -> DeviceEvent:
    return DeviceEvent(device, epoch, sequence, "granted", {"door": 1}, 1)


def alarm(number: int, *, active: bool = True, acked: bool = False, why: str = "强行打开") -> Alarm:
    return Alarm(
        number, f"door_forced@b1u{number}", "door_forced", f"b1u{number}", f"b1u{number}", Priority.P2,
        Place("b1", "1"), active, acked, latched=False, why=why,
    )  # fmt: skip


def alarm_entry(number: int, change: Change = Change.RAISED, *, active: bool = True, acked: bool = False) -> Entry:
    told = alarm(number, active=active, acked=acked)
    outcomes = (AlarmChanged(told, change, announce=True), Remember(f"alarm:{told.key}", number))
    return Entry(NOW, outcomes)


def device(name: str = "b1u1", every: float | None = 1.0) -> Device:
    """Two groups: a door with a name, and three numbers."""
    door = Group((Point("door1.open", Kind.BOOLEAN), Point("door1.name", Kind.TEXT), Point("supply", Kind.REAL)), every)
    numbers = Group((Point("count", Kind.INTEGER), Point("level", Kind.REAL), Point("heat", Kind.REAL)), every)
    return Device(name, "test", (door, numbers))


def near(value: float | None, expected: float) -> bool:
    return value is not None and math.isclose(value, expected, abs_tol=0.011)
