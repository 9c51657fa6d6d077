"""What the accepted packets of one sensor have said so far, as the values of its detector's groups."""

from __future__ import annotations

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
_STEADY: Final = frozenset({"temperature", "humidity", "voltage"})
"""What moves a little with every packet: a heartbeat that says no more than that is an unchanged one."""
_SUPPLY: Final = frozenset({"battery_low", "battery", "voltage"})

Faults = tuple[Fault | None, ...] | None


NOTHING: Final = 0
"""What a packet changed, as flags; plain numbers, because an enum's flags cost more than all else that is done here."""
CHANGED: Final = 1
"""A value that lives hang on."""
URGENT: Final = 2
"""One of them that is yes or no: nobody may miss it."""
CONDITION_CHANGED: Final = 4
SUPPLY_CHANGED: Final = 8
"""The battery."""


class Layout(NamedTuple):
    """Where things stand in the groups of a kind of detector."""

    alarms: Mapping[str, int]
    """Alarm points of the safety group."""
    changes: Mapping[Place, int]
    """What a change of each point is, as flags."""
    doubtful: frozenset[int]
    """What a gas sensor that warms up cannot say."""
    steady: Mapping[Place, float]
    """Where a smaller change than this from what was last told is the noise of the sensor."""
    preheat: Place
    """Where it is said that a gas sensor warms up; nothing else is ever said there."""
    signal: Place
    heard_by: Place


@cache
def layout_of(kind: str) -> Layout:
    """The layout of a kind, one object for all detectors of it."""
    safety, condition = (group.points for group in GROUPS[kind])
    changes = {
        (SAFETY, index): CHANGED | (URGENT if point.kind is Kind.BOOLEAN else NOTHING)
        for index, point in enumerate(safety)
    }
    changes |= {
        (CONDITION, index): CONDITION_CHANGED | (SUPPLY_CHANGED if point.key in _SUPPLY else NOTHING)
        for index, point in enumerate(condition)
    }
    where = {point.key: index for index, point in enumerate(safety)}
    in_condition = {point.key: index for index, point in enumerate(condition)}
    return Layout(
        alarms={key: index for key, index in where.items() if key in ALARMS},
        changes=changes,
        doubtful=frozenset(index for key, index in where.items() if key in _MEASURED_BY_GAS_SENSOR),
        steady={
            (number, index): point.deadband
            for number, points in enumerate((safety, condition))
            for index, point in enumerate(points)
            if point.key in _STEADY
        },
        preheat=(SAFETY, where.get("preheat", -1)),
        signal=(CONDITION, in_condition["signal"]),
        heard_by=(CONDITION, in_condition["heard_by"]),
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
        self._said: dict[Place, Value | Fault] = {}
        """What was last said of each point."""
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

    def take(self, said: Mapping[Place, Value | Fault]) -> int:
        """Take what an accepted packet said; what it did not speak of stays. Returns what changed, as flags."""
        held, steady = self._said, self._layout.steady
        news = [
            (place, each)
            for place, each in said.items()
            if (before := held.get(place)) != each and not (place in steady and _close(before, each, steady[place]))
        ]
        change = NOTHING
        doubtful = False
        for place, each in news:
            before = held.get(place)
            held[place] = each
            doubtful = (
                doubtful or before is None or place == self._layout.preheat or _is_fault(before) or _is_fault(each)
            )
            flags = self._layout.changes[place]
            change |= flags & ~URGENT if before is None and not each else flags  # the first "no" is no news
        if change & CHANGED:
            self.safety = _with(self.safety, news, SAFETY)
            self.alarming = any(self.safety[index] is True for index in self._layout.alarms.values())
            if doubtful:
                self.safety_faults = self._faults(SAFETY, len(self.safety))
        if change & CONDITION_CHANGED:
            self.condition = _with(self.condition, news, CONDITION)
            if doubtful:
                self.condition_faults = self._faults(CONDITION, len(self.condition))
        return change

    def hear(self, dbm: int, receiver: str) -> None:
        """Take how loud the sensor is heard, and where best."""
        layout = self._layout
        news: list[tuple[Place, Value | Fault]] = [(layout.signal, dbm), (layout.heard_by, receiver)]
        first = layout.signal not in self._said
        self._said.update(news)
        self.condition = _with(self.condition, news, CONDITION)
        if first:
            self.condition_faults = self._faults(CONDITION, len(self.condition))

    def _faults(self, group: int, count: int) -> Faults:
        layout, said = self._layout, self._said
        warming = said.get(layout.preheat) is True
        faults: list[Fault | None] = []
        for index in range(count):
            each = said.get((group, index))
            if each is None:
                faults.append(NOT_SAID)
            elif isinstance(each, Fault):
                faults.append(each)
            elif warming and group == SAFETY and index in layout.doubtful:
                faults.append(WARMING_UP)
            else:
                faults.append(None if self._keyed or group == CONDITION else NOT_PROVED)
        return _shared(tuple(faults))


def _is_fault(said: Value | Fault) -> bool:
    return isinstance(said, Fault)


def _close(before: Value | Fault, now: Value | Fault, deadband: float) -> bool:
    return isinstance(before, int | float) and isinstance(now, int | float) and abs(now - before) < deadband


def _with(values: tuple[Value, ...], news: list[tuple[Place, Value | Fault]], group: int) -> tuple[Value, ...]:
    changed = list(values)
    for (of, index), each in news:
        if of == group:
            changed[index] = None if isinstance(each, Fault) else each
    return tuple(changed)


@cache
def _shared(faults: tuple[Fault | None, ...]) -> Faults:
    """One object for the same faults, None for none: what did not change is then seen at a glance.

    Faults are a few fixed phrases, so there are few such tuples.
    """
    return faults if any(faults) else None
