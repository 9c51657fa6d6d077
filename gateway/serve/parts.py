"""The parts of a device: where each meaning of theirs stands, and which alarms are theirs."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

from gateway.serve.readings import reading

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from drivers.contract import Device, Value
    from gateway.keep.latest import HeldDevice
    from gateway.serve.standing import Stood

Meanings: TypeAlias = "Mapping[str, tuple[int, int]]"
"""Where a point of each meaning stands: {"port_state": (group, index)}."""

WHOLE = ""
"""The device as a whole, among its parts."""


class PartsOf:
    """Where the parts of devices stand; looked through once for each device."""

    def __init__(self) -> None:
        self._known: dict[str, tuple[Device, Mapping[str, Meanings]]] = {}

    def __call__(self, device: Device) -> Mapping[str, Meanings]:
        """By part, in the order of the device's points; `WHOLE` for what belongs to none."""
        known = self._known.get(device.id)
        if known is not None and known[0] is device:
            return known[1]
        parts: dict[str, dict[str, tuple[int, int]]] = {WHOLE: {}}
        for number, group in enumerate(device.groups):
            for index, point in enumerate(group.points):
                of_part = parts.setdefault(point.place, {})
                if point.meaning:
                    of_part.setdefault(point.meaning, (number, index))
        self._known[device.id] = device, parts
        return parts


def value_at(held: HeldDevice, meanings: Meanings, meaning: str) -> Value:
    """The value of that meaning as last heard; None where there is none, or where it is bad."""
    at = meanings.get(meaning)
    if at is None:
        return None
    value, quality, _ = reading(held, held.groups[at[0]], at[1])
    return None if quality == "bad" else value


def worst_by_part(device: str, stood: Iterable[Stood]) -> dict[str, int]:
    """The priority of the worst open alarm of each part of a device that has any."""
    worst: dict[str, int] = {}
    for each in stood:
        alarm = each.alarm
        if each.open and not alarm.test:
            part = alarm.source.removeprefix(f"{device}/").partition(".")[0] if alarm.source != device else WHOLE
            worst[part] = min(worst.get(part, alarm.priority), alarm.priority)
    return worst
