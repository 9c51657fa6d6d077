"""What is told of a controller's table of permits: the last group of its device, `PERMIT_POINTS`."""

from __future__ import annotations

from math import inf
from typing import TYPE_CHECKING, Final

from drivers.contract import Fault, Quality, Sample
from drivers.modbus.asking import boottime_ns

if TYPE_CHECKING:
    from drivers.contract import Post, Value
    from drivers.modbus.table_plan import Standing
    from drivers.modbus.unit import Unit

UNKNOWN: Final = "unknown"
CURRENT: Final = "current"
WRITING: Final = "writing"
TELL_SECONDS: Final = 1.0
"""How often the count of what is left is told."""

_NOT_READ: Final = Fault(Quality.BAD, "not read")
_NOTHING_READ: Final = (_NOT_READ, _NOT_READ, _NOT_READ, None, None, None)


class Progress:
    """Tells it. The same tuple is told again while nothing changed, so that it stays fresh."""

    def __init__(self, unit: Unit) -> None:
        self._device = unit.device.id
        self._group = len(unit.device.groups) - 1
        self._values: tuple[Value, ...] = ()
        self._told_at = -inf

    def stale(self, now: float) -> bool:
        """Whether a count that changed may be told again."""
        return now - self._told_at >= TELL_SECONDS

    def tell(self, post: Post, standing: Standing | None, left: int, total: int, state: str, now: float) -> None:
        """Report where the table stands, as far as it was read."""
        seen = (None, None, None) if standing is None else (standing.version, standing.sum, standing.users)
        values = (*seen, left, total, state)
        if values != self._values:
            self._values = values
        self._told_at = now
        faults = _NOTHING_READ if standing is None else None
        post.report(Sample(self._device, self._group, self._values, faults, boottime_ns()))
