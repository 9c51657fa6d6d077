"""A detector that is watched over, and the deadlines of what hangs there."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from gateway.decide.deadline import CHECKPOINT_NS
from gateway.model import NANOSECONDS

if TYPE_CHECKING:
    from gateway.decide.known import KnownDevice, KnownGroup
    from gateway.decide.rules import SensorRules

SAFETY = 0
"""The group of a detector that is told with every packet that was proved, and only then."""


class Times(NamedTuple):
    """The deadlines of a product, one object for all its sensors.

    `in_time_ns`: who was heard within this is not worth a note: a beat and a half, and no less than a checkpoint.
    """

    late_ns: int
    lost_ns: int
    in_time_ns: int
    weak_dbm: int


NOT_DESCRIBED = Times(180 * NANOSECONDS, 900 * NANOSECONDS, 90 * NANOSECONDS, -127)
"""For a sensor whose product nobody describes any more: the times of one that beats once a minute."""


@dataclass(slots=True)
class Ward:
    """A detector where a sensor hangs. `listened_ns`: CLOCK_BOOTTIME from which on listening for it counts.

    `ever`: it was heard since it hangs there. `due_ns`: when it is looked at next, 0 for not before something changes; entries
    of the heap with another time are void.
    """

    device: KnownDevice
    group: KnownGroup
    times: Times
    listened_ns: int
    ever: bool
    due_ns: int = 0

    @property
    def listened_from_ns(self) -> int:
        """Since when it was listened for in vain."""
        return max(self.group.heard_ns, self.listened_ns)


def times_of(rules: SensorRules) -> Times:
    """The deadlines of a product."""
    in_time_ns = max(CHECKPOINT_NS, _ns(1.5 * rules.interval_seconds))
    return Times(_ns(rules.late_seconds), _ns(rules.lost_seconds), in_time_ns, rules.weak_dbm)


def _ns(seconds: float) -> int:
    return int(seconds * NANOSECONDS)
