"""Sensors that are hardly heard any more: before they are lost, the receiver can be moved or another one added."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.decide.rules import SIGNAL_WEAK

if TYPE_CHECKING:
    from gateway.decide.known import KnownDevice
    from gateway.decide.watches import Watches
    from gateway.model import Now, Outcome

CLEAR_DB = 3
"""So much louder it must be again."""


class Signals:
    """The detectors that are heard too faintly."""

    def __init__(self, watches: Watches) -> None:
        self._watches = watches
        self._weak: set[str] = set()

    def said(self, device: KnownDevice, dbm: float, receiver: str, weak_dbm: int, now: Now) -> list[Outcome]:
        """How loud it is heard at best, smoothed by the driver; `weak_dbm` is from where on its product is too faint."""
        held = device.id in self._weak or self._watches.book.active(f"{SIGNAL_WEAK}@{device.id}")
        weak = dbm <= weak_dbm + (CLEAR_DB if held else 0)
        (self._weak.add if weak else self._weak.discard)(device.id)
        why = f"heard with {dbm:.0f} dBm" + (f" by {receiver}" if receiver else "")
        place = device.rules.place
        return self._watches.say(SIGNAL_WEAK, device.id, device.id, place, abnormal=weak, why=why, now=now)

    def forget(self, device: str) -> None:
        """Another sensor hangs there, or none."""
        self._weak.discard(device)
