"""Holds: every reason why a port may not carry current. What its charger is told follows from them, and from nothing else.

A contactor that cuts a room is held in the same way, as a part of its own device.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from drivers.contract import CHARGING_OFF, WantedState
from gateway.model import Outcome, Remember, Want

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from collections.abc import Set as AbstractSet

    from drivers.contract import Json
    from gateway.decide.chargers.grounds import Grounds

STOP = "stop"
TRIP = "trip"
WELDED = "welded"
FULL = "full"
IDLE = "idle"
CAP = "cap"
SESSION_CAP = "session_cap"
ROOM_LIMIT = "room_limit"
MAINS = "mains"
CUT = "cut"
"""The only hold of a contactor."""

UNTIL_UNPLUGGED = frozenset({FULL, IDLE, CAP, SESSION_CAP})
"""Ends of a charging that are nobody's alarm: over when the plug is pulled."""

_HOLD = "charging_hold:"
_NOTHING: AbstractSet[str] = frozenset()


class Holds:
    """The holds by device and part. `put` and `drop` take effect with the next `flush`."""

    def __init__(self, remembered: Mapping[str, Json], grounds: Grounds) -> None:
        self._grounds = grounds
        self._of: dict[str, dict[str, AbstractSet[str]]] = {}
        for key, reasons in remembered.items():
            if key.startswith(_HOLD):
                device, _, part = key.removeprefix(_HOLD).partition("/")
                self._of.setdefault(device, {})[part] = frozenset(reasons)
        self._said: dict[str, list[str]] = {}
        self._changed: dict[tuple[str, str], None] = {}

    def of(self, device: str, part: str) -> AbstractSet[str]:
        """The holds of a part."""
        return self._of.get(device, {}).get(part, _NOTHING)

    def held(self) -> Iterator[tuple[str, AbstractSet[str]]]:
        """Everything that is held, by "device/part"."""
        for device, parts in self._of.items():
            for part, reasons in parts.items():
                yield f"{device}/{part}", reasons

    def put(self, device: str, part: str, reason: str) -> bool:
        """Hold a part for that reason. False: it was held for it already."""
        before = self.of(device, part)
        if reason in before:
            return False
        self._set(device, part, before | {reason})
        return True

    def drop(self, device: str, part: str, *reasons: str) -> bool:
        """End these holds of a part. False: there were none."""
        before = self.of(device, part)
        after = before - set(reasons)
        if after == before:
            return False
        self._set(device, part, after)
        return True

    def flush(self) -> list[Outcome]:
        """What follows from all that changed: first what devices are told, then what is remembered."""
        if not self._changed:
            return []
        notes: list[Outcome] = []
        for device, part in self._changed:
            reasons = self.of(device, part)
            notes.append(Remember(f"{_HOLD}{device}/{part}", sorted(reasons) or None))
            if (port := self._grounds.ports.get(f"{device}/{part}")) is not None:
                port.holds = reasons
        devices = dict.fromkeys(device for device, _ in self._changed)
        self._changed.clear()
        return [*self._wants(devices), *notes]

    def again(self) -> list[Outcome]:
        """Say to every device once more what it is to hold: after a start, and after a reload."""
        for key, port in self._grounds.ports.items():
            device, _, part = key.partition("/")
            port.holds = self.of(device, part)
        before, self._said = self._said, {}
        return [*self._wants(dict.fromkeys((*self._of, *before)), ended=before)]

    def _set(self, device: str, part: str, reasons: AbstractSet[str]) -> None:
        parts = self._of.setdefault(device, {})
        if reasons:
            parts[part] = reasons
        else:
            parts.pop(part, None)
            if not parts:
                del self._of[device]
        self._changed[device, part] = None

    def _wants(self, devices: Iterable[str], ended: Mapping[str, Json] | None = None) -> Iterator[Outcome]:
        for device in devices:
            known = self._grounds.rules.devices.get(device)
            if known is None or CHARGING_OFF not in known.wants:
                continue
            parts = sorted(self._of.get(device, ()))
            if parts and parts != self._said.get(device):
                self._said[device] = parts
                yield Want(device, WantedState(CHARGING_OFF, {"parts": parts}))
            elif not parts and (device in self._said or device in (ended or {})):
                self._said.pop(device, None)
                yield Want(device, WantedState(CHARGING_OFF, None))
