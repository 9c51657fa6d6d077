"""Low batteries that nobody changes: GB 20517 and EN 14604 give them 30 days, BS 5839-1 calls the last 7 a fault."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.decide.rules import BATTERY_OVERDUE
from gateway.model import NANOSECONDS, Outcome, Remember

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from drivers.contract import Json
    from gateway.decide.detectors.counted import CountedTime
    from gateway.decide.known import Known, KnownDevice
    from gateway.decide.watches import Watches
    from gateway.model import Now

OVERDUE_DAYS = 7

_LOW = "batteries_low"


class Batteries:
    """The detectors that say that their battery is low, and since when in counted seconds."""

    def __init__(self, remembered: Mapping[str, Json], known: Known, watches: Watches, counted: CountedTime) -> None:
        self._known = known
        self._watches = watches
        self._counted = counted
        self._since: dict[str, int] = dict(remembered.get(_LOW) or {})

    @property
    def low(self) -> Collection[str]:
        """The detectors whose battery is low."""
        return self._since.keys()

    def said(self, device: KnownDevice, *, low: bool, now: Now) -> list[Outcome]:
        """What a detector says of its battery; the caller has seen that it is sure."""
        if low is (device.id in self._since):
            return []
        if low:
            self._since[device.id] = self._counted.passed_ns(now.boottime_ns) // NANOSECONDS
            return self._remember()
        return [*self.forget(device.id), *self._say(device, abnormal=False, now=now)]

    def look(self, now: Now) -> list[Outcome]:
        """Once in a while: whose battery has been low for a week."""
        since = self._counted.passed_ns(now.boottime_ns) // NANOSECONDS - OVERDUE_DAYS * 86400
        late = [device for device, low_since in self._since.items() if low_since <= since]
        out: list[Outcome] = []
        for device in late:
            if (known := self._known.devices.get(device)) is not None:
                out += self._say(known, abnormal=True, now=now)
        return out

    def forget(self, device: str) -> list[Outcome]:
        """Another sensor hangs there, or none."""
        return [] if self._since.pop(device, None) is None else self._remember()

    def _remember(self) -> list[Outcome]:
        return [Remember(_LOW, dict(self._since) or None)]

    def _say(self, device: KnownDevice, *, abnormal: bool, now: Now) -> list[Outcome]:
        place, why = device.rules.place, f"its battery has been low for {OVERDUE_DAYS} days"
        return self._watches.say(BATTERY_OVERDUE, device.id, device.id, place, abnormal=abnormal, why=why, now=now)
