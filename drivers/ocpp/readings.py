"""The last known values of one group of a charger, and how far each can be believed. Pure: the time is an argument."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from drivers.contract import Fault, Quality

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from drivers.contract import Point, Value

NOT_HEARD: Final = Fault(Quality.BAD, "not heard yet")
NOT_READABLE: Final = Fault(Quality.BAD, "cannot be read")
OUT_OF_RANGE: Final = Fault(Quality.BAD, "out of range")
BEFORE: Final = Fault(Quality.UNCERTAIN, "measured before the stop")
LATE: Final = Fault(Quality.UNCERTAIN, "not measured lately")


class Readings:
    """Values and faults in the order of the points. Both tuples stay the same objects until something changes."""

    __slots__ = ("_at_ns", "_faults", "_points", "_values", "faults", "values")

    def __init__(self, points: Sequence[Point], at_first: Mapping[int, Value]) -> None:
        self._points = points
        self._values: list[Value] = [at_first.get(index) for index in range(len(points))]
        self._faults: list[Fault | None] = [None if index in at_first else NOT_HEARD for index in range(len(points))]
        self._at_ns = [0] * len(points)
        self.values: tuple[Value, ...] = tuple(self._values)
        self.faults: tuple[Fault | None, ...] | None = tuple(self._faults)

    def put(self, index: int, value: Value, now_ns: int) -> None:
        """Take a value; None for one that could not be read. One that the device cannot truthfully say is bad."""
        point = self._points[index]
        fault = NOT_READABLE if value is None else None
        if (
            isinstance(value, int | float)
            and not isinstance(value, bool)
            and not ((point.low is None or value >= point.low) and (point.high is None or value <= point.high))
        ):
            value, fault = None, OUT_OF_RANGE
        self._values[index], self._faults[index], self._at_ns[index] = value, fault, now_ns

    def doubt(self, indices: Collection[int], before_ns: int, fault: Fault) -> None:
        """Believe those no more for sure that were taken before that time."""
        for index in indices:
            if self._at_ns[index] < before_ns and self._faults[index] is None:
                self._faults[index] = fault

    def taken_since(self, index: int, since_ns: int) -> Value:
        """A good value that was taken at that time or later; None where there is none."""
        return self._values[index] if self._faults[index] is None and self._at_ns[index] >= since_ns else None

    def told(self, index: int) -> Value:
        """The value as it was last taken, whatever is thought of it."""
        return self._values[index]

    def settle(self) -> bool:
        """Make the tuples anew where something changed; whether it did."""
        if list(self.values) == self._values and list(self.faults or ()) == self._listed():
            return False
        self.values = tuple(self._values)
        self.faults = tuple(self._faults) if any(self._faults) else None
        return True

    def _listed(self) -> list[Fault | None]:
        return self._faults if any(self._faults) else []
