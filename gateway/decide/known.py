"""What is known at this moment of each line, device and poll group: links, values, and whether they can be believed."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

from drivers.contract import Link
from gateway.decide import rules as names
from gateway.model import NANOSECONDS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from drivers.contract import Fault, Value
    from gateway.decide.rules import DeviceRules, GroupRules, Rules, Watched
    from gateway.decide.watch import Watch
    from gateway.decide.watches import Watches
    from gateway.model import Now

DOWN = (Link.LOST, Link.MISCONFIGURED)

_TABLE = ("permits_", "user_capacity")


class Seen(NamedTuple):
    """A value, and whether it is good and fresh."""

    value: Value
    sure: bool


UNSEEN = Seen(None, sure=False)


class LinkWatches(NamedTuple):
    """What is watched of a device's link."""

    lost: Watch
    misconfigured: Watch
    stale: Watch


@dataclass(slots=True)
class KnownGroup:
    """A poll group: its last answer and when it came."""

    device: KnownDevice
    number: int
    silent_ns: int | None
    watched: tuple[Watched, ...]
    heard_ns: int
    table: bool = False
    """It tells how far a table of permits is."""
    values: tuple[Value, ...] | None = None
    faults: tuple[Fault | None, ...] | None = None
    settled: bool = False
    """Its last answer is fresh and was judged by the rules in force: the same again has no consequence."""
    stale: bool = False
    """Its values are old: it was silent for too long, or its link was lost."""
    overdue: bool = False
    """It was silent for longer than it may be."""

    def seen(self, index: int | None) -> Seen:
        """What the point with that index says; None is a point that there is not."""
        if index is None or self.values is None:
            return UNSEEN
        good = self.faults is None or self.faults[index] is None
        return Seen(self.values[index], sure=good and not self.stale)


@dataclass(slots=True)
class KnownDevice:
    """A device, its link and its groups."""

    id: str
    rules: DeviceRules
    line: KnownLine
    watches: LinkWatches | None
    """None for a detector, which has no link of its own: its silence is judged by its own deadlines."""
    groups: tuple[KnownGroup, ...] = ()
    link: Link = Link.UNKNOWN

    @property
    def down(self) -> bool:
        """It cannot be reached, or is not what it should be."""
        return self.link in DOWN or self.line.link in DOWN

    def forget(self) -> None:
        """Nothing is known of its points until it answers again."""
        for group in self.groups:
            group.values, group.faults, group.settled = None, None, False

    def seen(self, points: Mapping[str, tuple[int, int]], meaning: str) -> Seen:
        """What the point of that meaning says; `points` are the device's own or those of one of its doors."""
        where = points.get(meaning)
        return UNSEEN if where is None else self.groups[where[0]].seen(where[1])


@dataclass(slots=True)
class KnownLine:
    """A line, its link and its devices; `radio`: receivers serve it, and what is heard of it is judged by theirs."""

    id: str
    lost: Watch
    radio: bool = False
    link: Link = Link.UNKNOWN
    why: str = ""
    devices: list[KnownDevice] = field(default_factory=list)


class Known:
    """Everything by name, as the rules in force have it."""

    def __init__(self) -> None:
        self.rules: Rules
        self.lines: dict[str, KnownLine] = {}
        self.devices: dict[str, KnownDevice] = {}
        self.groups: dict[tuple[str, int], KnownGroup] = {}
        self.timed: tuple[KnownGroup, ...] = ()
        """The groups that may not be silent for long."""

    def build(self, rules: Rules, watches: Watches, silence: Mapping[str, int], now: Now) -> None:
        """Take new rules: what stays keeps its state. `silence` says how long groups were silent before a restart."""
        before_lines, before_devices = self.lines, self.devices
        self.rules = rules
        self.lines = {
            line: KnownLine(line, watches.add_fact(names.LINE_LOST, line, "", place))
            for line, place in rules.lines.items()
        }
        self.devices = {device: self._device(device, known, watches) for device, known in rules.devices.items()}
        self.groups = {}
        for device in self.devices.values():
            groups = enumerate(device.rules.groups)
            device.groups = tuple(_group(device, number, group, silence, now) for number, group in groups)
            self.groups.update(((device.id, group.number), group) for group in device.groups)
        self.timed = tuple(group for group in self.groups.values() if group.silent_ns is not None)
        for line_id in self.lines.keys() & before_lines.keys():
            self.lines[line_id].link = before_lines[line_id].link
            self.lines[line_id].why = before_lines[line_id].why
        for device_id in self.devices.keys() & before_devices.keys():
            _carry_over(before_devices[device_id], self.devices[device_id])

    def _device(self, device: str, rules: DeviceRules, watches: Watches) -> KnownDevice:
        line = self.lines[rules.line]
        line.radio = line.radio or rules.receiver
        known = KnownDevice(device, rules, line, None if rules.detector else _link_watches(device, rules, watches))
        line.devices.append(known)
        return known


def _link_watches(device: str, rules: DeviceRules, watches: Watches) -> LinkWatches:
    return LinkWatches(
        lost=watches.add_fact(names.DEVICE_LOST, device, device, rules.place),
        misconfigured=watches.add_fact(names.DEVICE_MISCONFIGURED, device, device, rules.place),
        stale=watches.add_fact(names.STALE, device, device, rules.place),
    )


def _group(device: KnownDevice, number: int, rules: GroupRules, silence: Mapping[str, int], now: Now) -> KnownGroup:
    unheard_ns = silence.get(f"{device.id}/{number}", 0)
    points = () if device.rules.detector else device.rules.points.items()
    return KnownGroup(
        device,
        number,
        None if rules.silent_seconds is None else int(rules.silent_seconds * NANOSECONDS),
        rules.watched,
        heard_ns=now.boottime_ns - unheard_ns,
        table=any(where[0] == number and meaning.startswith(_TABLE) for meaning, where in points),
    )


def _carry_over(old: KnownDevice, new: KnownDevice) -> None:
    new.link = old.link
    alike = old.rules.points == new.rules.points and old.rules.doors == new.rules.doors
    for before, group in zip(old.groups, new.groups, strict=False):
        group.heard_ns, group.stale, group.overdue = before.heard_ns, before.stale, before.overdue
        if alike:  # shown on, but not settled: the next answer is judged by the new rules
            group.values, group.faults = before.values, before.faults


def table_of(device: KnownDevice) -> dict[str, Value]:
    """What a controller says of its table of permits, by meaning; what is not sure is None."""
    said = {}
    for meaning in device.rules.points:
        if meaning.startswith(_TABLE):
            value, sure = device.seen(device.rules.points, meaning)
            said[meaning] = value if sure else None
    return said
