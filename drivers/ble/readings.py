"""What the accepted packets of one sensor have said so far, as the values of its detector's groups."""

from __future__ import annotations

from enum import IntFlag
from functools import cache
from typing import TYPE_CHECKING, Final, NamedTuple

from drivers.ble.kinds import ALARMS, CONDITION, GROUPS, SAFETY
from drivers.contract import Fault, Kind, Quality

if TYPE_CHECKING:
    from collections.abc import Mapping

    from drivers.ble.product_profile import Place
    from drivers.contract import Value

NOT_SAID: Final = Fault(Quality.BAD, "not said")
"""No packet spoke of it yet, or the product has no such thing."""
WARMING_UP: Final = Fault(Quality.UNCERTAIN, "warming up")
"""A gas sensor that warms up may raise an alarm and never clear one."""
NOT_PROVED: Final = Fault(Quality.UNCERTAIN, "not encrypted")
"""A sensor without a key proves nothing: it may raise an alarm and never clear one."""

_MEASURED_BY_GAS_SENSOR: Final = frozenset({"gas", "gas_level", "co", "co_level"})
_SUPPLY: Final = frozenset({"battery_low", "battery", "voltage"})

Faults = tuple[Fault | None, ...] | None


class Change(IntFlag):
    """What a packet changed."""

    NOTHING = 0
    SAFETY = 1
    """A value that lives hang on."""
    URGENT = 2
    """One that is yes or no: nobody may miss it."""
    CONDITION = 4
    SUPPLY = 8
    """The battery."""


class Layout(NamedTuple):
    """Where things stand in the groups of a kind of detector."""

    alarms: Mapping[str, int]
    """Alarm points of the safety group."""
    changes: Mapping[Place, Change]
    """What a change of each point is."""
    doubtful: frozenset[int]
    """What a gas sensor that warms up cannot say."""
    preheat: int
    """-1 where there is no such point."""
    signal: int
    heard_by: int


@cache
def layout_of(kind: str) -> Layout:
    """The layout of a kind, one object for all detectors of it."""
    safety, condition = (group.points for group in GROUPS[kind])
    changes = {
        (SAFETY, index): Change.SAFETY | (Change.URGENT if point.kind is Kind.BOOLEAN else Change.NOTHING)
        for index, point in enumerate(safety)
    }
    changes |= {
        (CONDITION, index): Change.CONDITION | (Change.SUPPLY if point.key in _SUPPLY else Change.NOTHING)
        for index, point in enumerate(condition)
    }
    where = {point.key: index for index, point in enumerate(safety)}
    in_condition = {point.key: index for index, point in enumerate(condition)}
    return Layout(
        alarms={key: index for key, index in where.items() if key in ALARMS},
        changes=changes,
        doubtful=frozenset(index for key, index in where.items() if key in _MEASURED_BY_GAS_SENSOR),
        preheat=where.get("preheat", -1),
        signal=in_condition["signal"],
        heard_by=in_condition["heard_by"],
    )


class Readings:
    """The values of a detector as accepted packets left them: the same tuples for as long as nothing changed.

    `alarming`: one of its alarms stands. `keyed`: its packets are proved by a key.
    """

    __slots__ = (
        "_keyed",
        "_layout",
        "_said",
        "alarming",
        "condition",
        "condition_faults",
        "kind",
        "safety",
        "safety_faults",
    )

    def __init__(self, kind: str, *, keyed: bool) -> None:
        self.kind = kind
        self._layout = layout_of(kind)
        self._keyed = keyed
        self._said: Mapping[Place, Value | Fault] = {}
        self.alarming = False
        safety, condition = (len(group.points) for group in GROUPS[kind])
        self.safety: tuple[Value, ...] = (None,) * safety
        self.safety_faults: Faults = (NOT_SAID,) * safety
        self.condition: tuple[Value, ...] = (None,) * condition
        self.condition_faults: Faults = (NOT_SAID,) * condition

    def stands(self, alarm: str) -> bool:
        """Whether that alarm ("smoke") stands."""
        index = self._layout.alarms.get(alarm)
        return index is not None and self.safety[index] is True

    def take(self, said: Mapping[Place, Value | Fault]) -> Change:
        """Take what an accepted packet said; what it did not speak of stays. Returns what changed."""
        if said == self._said:
            return Change.NOTHING
        self._said = said
        change = Change.NOTHING
        before = (self.safety, self.condition)
        faults = (self.safety_faults, self.condition_faults)
        values: tuple[list[Value], list[Value]] = (list(self.safety), list(self.condition))
        said_faults = tuple(_faults_said(group, len(old)) for group, old in zip(faults, before, strict=True))
        for place, each in said.items():
            group, index = place
            value, fault = (None, each) if isinstance(each, Fault) else (each, None)
            if value != before[group][index] or (value is None and fault is not said_faults[group][index]):
                change |= self._kind_of(place, before[group][index], value)
            values[group][index], said_faults[group][index] = value, fault
        if change & Change.SAFETY:
            self.safety = tuple(values[SAFETY])
            self.safety_faults = _shared(tuple(self._doubted(said_faults[SAFETY])))
            self.alarming = any(self.safety[index] is True for index in self._layout.alarms.values())
        if change & Change.CONDITION:
            self.condition = tuple(values[CONDITION])
            self.condition_faults = _shared(tuple(said_faults[CONDITION]))
        return change

    def hear(self, dbm: int, receiver: str) -> None:
        """Take how loud the sensor is heard, and where best."""
        layout = self._layout
        values = list(self.condition)
        faults = _faults_said(self.condition_faults, len(values))
        values[layout.signal], values[layout.heard_by] = dbm, receiver
        faults[layout.signal] = faults[layout.heard_by] = None
        self.condition = tuple(values)
        self.condition_faults = _shared(tuple(faults))

    def _kind_of(self, place: Place, before: Value, now: Value) -> Change:
        """The first "no" is no news; the first "yes" is."""
        change = self._layout.changes[place]
        return change & ~Change.URGENT if before is None and not now else change

    def _doubted(self, faults: list[Fault | None]) -> list[Fault | None]:
        layout = self._layout
        warming = layout.preheat >= 0 and self.safety[layout.preheat] is True
        for index, fault in enumerate(faults):
            if fault is not None and fault.quality is Quality.BAD:
                continue
            if warming and index in layout.doubtful:
                faults[index] = WARMING_UP
            else:
                faults[index] = None if self._keyed else NOT_PROVED
        return faults


def _faults_said(faults: Faults, count: int) -> list[Fault | None]:
    return [None] * count if faults is None else list(faults)


@cache
def _shared(faults: tuple[Fault | None, ...]) -> Faults:
    """One object for the same faults, None for none: what did not change is then seen at a glance.

    Faults are a few fixed phrases, so there are few such tuples.
    """
    return faults if any(faults) else None
