"""A value as people see it: with how far it can be believed, and why not further."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from drivers.contract import Link, Quality

if TYPE_CHECKING:
    from drivers.contract import Value
    from gateway.keep.latest import Held, HeldDevice

_QUALITY = {Quality.GOOD: "good", Quality.UNCERTAIN: "uncertain", Quality.BAD: "bad"}


def reading(held: HeldDevice, group: Held, index: int) -> tuple[Any, str, str]:
    """A value with its quality and why, but for what tells of a person, such as a card's hash: that is shown to nobody."""
    value, quality, why = _reading(held, group, index)
    return (
        (None, quality, why or "not shown: it tells of a person")
        if group.points[index].personal
        else (value, quality, why)
    )


def last_value(held: HeldDevice | None, key: str) -> Value:
    """The value of a point as last heard, however long ago; None where there is none, or where it is bad."""
    at = held.where.get(key) if held is not None else None
    if held is None or at is None:
        return None
    number, index = at
    group = held.groups[number]
    if group.values is None or group.points[index].personal:
        return None
    fault = group.faults[index] if group.faults else None
    return None if fault is not None and fault.quality is Quality.BAD else group.values[index]


def _reading(held: HeldDevice, group: Held, index: int) -> tuple[Any, str, str]:
    """What was not heard in time is at best uncertain: silence is not "fine"."""
    if group.values is None:
        return None, "bad", "never heard"
    fault = group.faults[index] if group.faults else None
    if fault is not None and fault.quality is not Quality.GOOD:
        return group.values[index], _QUALITY[fault.quality], fault.why
    if held.link is not Link.UP and held.link is not Link.UNKNOWN:
        return group.values[index], "uncertain", "link lost"
    if group.stale:
        return group.values[index], "uncertain", "not heard in time"
    return group.values[index], "good", ""
