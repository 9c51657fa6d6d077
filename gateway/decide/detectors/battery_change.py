"""Whose battery is being changed: for so long the sensor's counter may begin anew, once."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.decide.detectors.granted import granted, resumed, until_ns
from gateway.model import Outcome, Remember

if TYPE_CHECKING:
    from collections.abc import Mapping

    from drivers.contract import Json
    from gateway.model import Now

LONGEST_MINUTES = 120
"""The longest that a counter may stand open to a beginning."""

_CHANGE = "battery_change:"


class BatteryChanges:
    """The open windows by detector."""

    def __init__(self, remembered: Mapping[str, Json], now: Now) -> None:
        self._open = {
            key.removeprefix(_CHANGE): resumed(body, now) for key, body in remembered.items() if key.startswith(_CHANGE)
        }

    @property
    def next_ns(self) -> int | None:
        """CLOCK_BOOTTIME at which the next one closes, None when none is open."""
        return min((until_ns(deadline) for deadline in self._open.values()), default=None)

    def until_ns(self, device: str) -> int:
        """CLOCK_BOOTTIME until which the detector's counter may begin anew, 0 for no time."""
        deadline = self._open.get(device)
        return until_ns(deadline) if deadline is not None else 0

    def begin(self, device: str, minutes: int, now: Now) -> list[Outcome]:
        """Open it for so long from now on."""
        self._open[device] = deadline = granted(60 * minutes, now)
        return [Remember(_CHANGE + device, deadline.to_json())]

    def end(self, device: str) -> list[Outcome]:
        """Close it, if it is open."""
        return [] if self._open.pop(device, None) is None else [Remember(_CHANGE + device, None)]

    def over(self, now: Now) -> list[str]:
        """The detectors whose time is up."""
        return [device for device, deadline in self._open.items() if until_ns(deadline) <= now.boottime_ns]
