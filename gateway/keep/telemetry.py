"""What of the readings is told to the destinations of telemetry, and when: on change, with a deadband, and as a heartbeat.

A point is told when it differs from what was last *told* of it by its deadband or more (truth values and texts: at all),
and when its quality changes. The whole group is told with its first sample, with the first one after a silence, and
once in each heartbeat. So at any moment what was told is less than a deadband away from the truth, and no point of a
living device is silent for longer than its heartbeat and one poll. What is told goes into the outbox as one line a
sample; docs/telemetry.md is this file for installers.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol, runtime_checkable
from weakref import WeakValueDictionary
from zlib import crc32

from drivers.contract import Kind, Quality
from gateway.keep.lines import HOUSE, NOWHERE, Fields, LineForm, Tags, line_of, prefix
from gateway.keep.qualities import UNHEARD, in_words
from gateway.model import NANOSECONDS

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from drivers.contract import Device, Fault, Group, Sample, Value
    from gateway.model import Now, Place
    from gateway.numbers import Numbers

ROUNDING = 1e-6
"""By which share a deadband is taken narrower, so that 20.3 - 20.1 = 0.1999... still counts as a change of 0.2."""

TOGETHER_NS = 1000
"""Lines of one device that bear the same moment are told apart by a nanosecond each: InfluxDB would take the second for
a correction of the first. Twice as much as what one driver's call may carry; a clock set back is no such case."""


class Sink(Protocol):
    """Where lines go: the outbox."""

    def append(self, line: bytes, points: int, utc_ns: int, /) -> None:
        """Take a line that holds so many values. Never waits, never fails."""


@runtime_checkable
class Listener(Protocol):
    """Who gets what is told at once, before its batch is on disk."""

    def reading(
        self,
        device: str,
        group: int,
        indices: Sequence[int],
        values: tuple[Value, ...],
        faults: tuple[Fault | None, ...] | None,
        utc_ns: int,
        /,
    ) -> None:
        """The points at `indices` of a group are told. Never waits, never fails."""


class Telemetry:
    """The change filter of the whole compound. On the event loop; `take` is on the hot path."""

    def __init__(self, outbox: Sink, numbers: Numbers, *, compound: str, simulated: bool, every_reading: bool) -> None:
        self.live: list[Listener] = []
        """Who is told at once: exactly what goes into the outbox, right after its line went there. A silence reaches them
        as values of None with the fault `UNHEARD`."""
        self._outbox = outbox
        self._numbers = numbers
        self._compound = compound
        self._simulated = simulated
        self._every_reading = every_reading
        self._devices: dict[str, _ToldDevice] = {}
        self._groups: dict[tuple[str, int], _ToldGroup] = {}
        self._shapes: WeakValueDictionary[int, _Shape] = WeakValueDictionary()
        self._resting = False
        self._house = prefix(HOUSE, {"compound": compound, **({"simulated": "true"} if simulated else {})})

    def adopt(self, devices: Sequence[Device], place: Callable[[str], Place]) -> None:
        """Take devices, new or changed; `place` says where one stands. One that stays as it was keeps what it told."""
        for device in devices:
            where = place(device.id)
            tags = Tags(where.building or NOWHERE, self._compound, device.id, where.grid or NOWHERE, self._simulated)
            known = self._devices.get(device.id)
            if known is not None and (known.device, known.tags) == (device, tags):
                continue
            self.forget([device.id])
            fresh = self._devices[device.id] = _ToldDevice(device, tags)
            for number, group in enumerate(device.groups):
                shape = self._shape(group)
                if shape.told:
                    self._groups[device.id, number] = _ToldGroup(fresh, number, shape)

    def forget(self, devices: Sequence[str]) -> None:
        """Drop devices that are no longer configured."""
        for device in devices:
            known = self._devices.pop(device, None)
            for number in range(len(known.device.groups) if known else 0):
                self._groups.pop((device, number), None)

    def take(self, sample: Sample, changed: Sequence[int], now: Now) -> bool:
        """Take a sample; `changed` are the indices of its points whose value or quality is not that of the one before.

        Returns whether something is new by its deadband or in quality, the first sample and the first one after a silence
        included; False where nothing was told, or only because it was time to.
        """
        group = self._groups.get((sample.device, sample.group))
        if group is None or self._resting:
            return False
        beat = now.boottime_ns >= group.due_ns
        if not (changed or beat or self._every_reading):
            return False
        anew = group.faults is group.shape.unheard
        group.silent = False
        new = group.news(sample, changed) if changed else ()
        if beat or self._every_reading:
            group.known[:] = sample.values
            if beat:
                group.wait_from(now.boottime_ns)
                self._numbers.heartbeats += not (anew or self._every_reading)
            self._tell(group, group.shape.told, sample.values, sample.faults, now)
        elif new:
            self._tell(group, new, sample.values, sample.faults, now)
        return anew or bool(new)

    def quiet(self, device: str, group: int, now: Now) -> None:
        """A group fell silent, or was never heard: its points are unheard until its next sample, which is told whole."""
        silent = self._groups.get((device, group))
        if silent is None or silent.silent:
            return
        silent.silent = True
        silent.due_ns = 0
        self._tell(silent, silent.shape.told, silent.shape.nothing, silent.shape.unheard, now)

    def rest(self, now: Now) -> None:
        """Tell nothing until `wake`. Every group falls silent first, so that nobody takes its last values for new ones."""
        for device, group in tuple(self._groups):
            self.quiet(device, group, now)
        self._resting = True

    def wake(self) -> None:
        """Tell again: the next sample of each group whole."""
        self._resting = False

    def house(self, fields: Mapping[str, bool | float], now: Now) -> None:
        """The gateway's own numbers, as one line. Each name keeps its type for ever: a whole number stays an int."""
        if self._resting:
            return
        utc_ns = int(now.utc * NANOSECONDS)
        line, points, unwritable = line_of(self._house, fields, utc_ns)
        self._numbers.unwritable += unwritable
        if line:
            self._numbers.told += points
            self._outbox.append(line, points, utc_ns)

    def _tell(
        self,
        group: _ToldGroup,
        indices: Sequence[int],
        values: tuple[Value, ...],
        faults: tuple[Fault | None, ...] | None,
        now: Now,
    ) -> None:
        device, numbers = group.device, self._numbers
        utc_ns = int(now.utc * NANOSECONDS)
        if 0 <= device.told_ns - utc_ns < TOGETHER_NS:
            utc_ns = device.told_ns + 1
        before, group.faults = group.faults, faults
        if before is None and faults is None:
            line, points, unwritable = group.form.line(indices, values, "", utc_ns)
        else:
            said = group.shape.said(indices, before, faults)
            line, points, unwritable = group.form.line(_believed(indices, faults), values, said, utc_ns)
        numbers.unwritable += unwritable
        if not line:
            return
        numbers.told += points
        device.told_ns = utc_ns
        self._outbox.append(line, points, utc_ns)
        for listener in self.live:
            listener.reading(device.device.id, group.number, indices, values, faults, utc_ns)

    def _shape(self, group: Group) -> _Shape:
        """What is the same for every device of a product; its driver gives them the same `Group` object."""
        shape = self._shapes.get(id(group))
        if shape is None:
            shape = self._shapes[id(group)] = _Shape(group)
        return shape


class _Shape:
    """What the filter knows of a poll group before it was ever heard."""

    __slots__ = ("__weakref__", "bands", "beat_ns", "fields", "group", "hidden", "nothing", "told", "unheard")

    def __init__(self, group: Group) -> None:
        points = group.points
        numeric = (Kind.INTEGER, Kind.REAL)
        self.group = group  # and its id() stays taken for as long as this lives
        self.fields = Fields(points)
        self.told = tuple(i for i, point in enumerate(points) if not point.personal)
        self.hidden = frozenset(range(len(points))).difference(self.told)
        self.bands = tuple(point.deadband * (1 - ROUNDING) if point.kind in numeric else 0.0 for point in points)
        self.beat_ns = int(group.heartbeat_seconds * NANOSECONDS)
        self.nothing: tuple[Value, ...] = (None,) * len(points)
        self.unheard: tuple[Fault | None, ...] = (UNHEARD,) * len(points)

    def said(
        self, indices: Sequence[int], before: tuple[Fault | None, ...] | None, after: tuple[Fault | None, ...] | None
    ) -> str:
        """The qualities among the points at `indices` that are new or not good."""
        points = self.group.points
        words = []
        for i in indices:
            fault = after[i] if after else None
            if fault is not None or (before is not None and before[i] is not None):
                words.append(in_words(points[i].key, fault))
        return ";".join(words)


class _ToldDevice:
    """A device as the filter knows it, and the moment of its last line."""

    __slots__ = ("device", "tags", "told_ns")

    def __init__(self, device: Device, tags: Tags) -> None:
        self.device = device
        self.tags = tags
        self.told_ns = 0


class _ToldGroup:
    """What was told of one poll group, and when it is told whole again."""

    __slots__ = ("device", "due_ns", "faults", "form", "known", "number", "phase_ns", "shape", "silent")

    def __init__(self, device: _ToldDevice, number: int, shape: _Shape) -> None:
        self.device = device
        self.number = number
        self.shape = shape
        self.form = LineForm(device.device.product, device.tags, shape.fields)
        self.known: list[Value] = list(shape.nothing)
        self.faults: tuple[Fault | None, ...] | None = shape.unheard
        self.silent = False
        self.due_ns = 0
        # a hash that every start and every box agrees on; what it is matters not, only that it spreads
        self.phase_ns = crc32(f"{device.device.id}/{number}".encode()) * shape.beat_ns >> 32

    def wait_from(self, boottime_ns: int) -> None:
        """Be due next at this group's own instant of the heartbeat, so that not all groups beat in one second."""
        beat_ns = self.shape.beat_ns
        self.due_ns = boottime_ns + beat_ns - (boottime_ns - self.phase_ns) % beat_ns

    def news(self, sample: Sample, changed: Sequence[int]) -> Sequence[int]:
        """Which of the changed points are to be told; takes them as told."""
        values, known, bands, hidden = sample.values, self.known, self.shape.bands, self.shape.hidden
        before, after = self.faults, sample.faults
        same_quality = before is after
        new: list[int] = []
        for i in changed:
            value = values[i]
            if (
                bands[i]
                and (same_quality or _fault(before, i) == _fault(after, i))
                and _close(value, known[i], bands[i])
            ):
                continue
            if hidden and i in hidden:
                continue
            known[i] = value
            new.append(i)
        return new


def _fault(faults: tuple[Fault | None, ...] | None, i: int) -> Fault | None:
    return faults[i] if faults else None


def _close(value: Any, told: Any, band: float) -> bool:
    """Whether a number is less than a deadband away from the told one. NaN is close to nothing, not even to itself."""
    try:
        near: bool = abs(value - told) < band
    except (TypeError, OverflowError):  # there was none, or there is none now
        return False
    return near


def _believed(indices: Sequence[int], faults: tuple[Fault | None, ...] | None) -> Sequence[int]:
    """The points that may have a field of their own: a bad one has none, whatever its device says."""
    if faults is None:
        return indices
    return [i for i in indices if (fault := faults[i]) is None or fault.quality is not Quality.BAD]
