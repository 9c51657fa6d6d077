"""The battery of this box itself: that it runs on it, that it will not last, and when the stores are closed in time.

A box that dies while it writes leaves its stores to be mended at the next start. With a tenth of the battery left, telemetry is
therefore put on disk and closed, and the journal alone goes on: what a person must know is still recorded, to the end.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.decide.power.dark import MAINS_FAIL
from gateway.decide.rules import BOX_BATTERY_LOW, BOX_ON_BATTERY
from gateway.model import Outcome, Recorded, Remember

if TYPE_CHECKING:
    from collections.abc import Mapping

    from drivers.contract import Json, Value
    from gateway.decide.known import Known
    from gateway.decide.watches import Watches
    from gateway.model import Now

STORES = "stores"
"""The kind of the log row by which stores are closed and opened; its body says `closed`."""

BOX = "box"

_CLOSED = "stores_closed"


class Box:
    """What the UPS of the box tells, as far as the configuration names one."""

    def __init__(self, remembered: Mapping[str, Json], known: Known, watches: Watches) -> None:
        self._known = known
        self._watches = watches
        self.stores_closed: bool = remembered.get(_CLOSED, False)
        """Whether telemetry's stores are to be closed; the journal never is."""

    @property
    def device(self) -> str:
        """The device that tells of the box's battery, "" for none."""
        name = self._known.rules.power.box
        return name if name in self._known.devices else ""

    @property
    def on_battery(self) -> bool | None:
        """Whether the box runs on its battery; None while nobody tells."""
        fails = self._seen(MAINS_FAIL)
        return fails if isinstance(fails, bool) else None

    @property
    def percent(self) -> float | None:
        """What is left in the battery, None while nobody tells."""
        return self._number("battery_level")

    @property
    def minutes(self) -> float | None:
        """For how long it will last, None while nobody tells."""
        seconds = self._number("battery_runtime")
        return None if seconds is None else seconds / 60

    def look(self, now: Now) -> list[Outcome]:
        """Once a second. A UPS that says nothing leaves everything as it was."""
        if not self.device:
            return self._close(closed=False) if self.stores_closed else []
        if (on_battery := self.on_battery) is None:
            return []
        out = self._say(BOX_ON_BATTERY, now, abnormal=on_battery)
        out += self._say(BOX_BATTERY_LOW, now, abnormal=on_battery and self._runs_low())
        return out + self._judge_stores(on_battery=on_battery)

    def in_words(self) -> str:
        """What is left, as a sentence for people; "" while nobody tells or the mains are there."""
        if not self.on_battery:
            return ""
        told = [
            f"{amount:.0f} {unit}"
            for amount, unit in ((self.minutes, "分钟"), (self.percent, "%"))
            if amount is not None
        ]
        return f"网关电池剩余 {'、'.join(told)}" if told else "网关靠电池运行"

    def _runs_low(self) -> bool:
        low, percent = self._seen("battery_low"), self.percent
        return low is True or (percent is not None and percent <= self._known.rules.power.low_percent)

    def _judge_stores(self, *, on_battery: bool) -> list[Outcome]:
        rules, percent = self._known.rules.power, self.percent
        if on_battery:
            spent = self._seen("battery_low") is True if percent is None else percent < rules.close_stores_percent
            return self._close(closed=True) if spent and not self.stores_closed else []
        charged = percent is None or percent >= rules.open_stores_percent
        return self._close(closed=False) if self.stores_closed and charged else []

    def _close(self, *, closed: bool) -> list[Outcome]:
        self.stores_closed = closed
        return [Remember(_CLOSED, True if closed else None), Recorded(STORES, BOX, {"closed": closed})]

    def _say(self, rule: str, now: Now, *, abnormal: bool) -> list[Outcome]:
        place = self._known.devices[self.device].rules.place
        why = self.in_words()
        return self._watches.say(rule, self.device, self.device, place, abnormal=abnormal, why=why, now=now)

    def _number(self, meaning: str) -> float | None:
        value = self._seen(meaning)
        return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None

    def _seen(self, meaning: str) -> Value:
        """What the UPS says now, None where that is not sure."""
        device = self._known.devices.get(self.device)
        if device is None:
            return None
        value, sure = device.seen(device.rules.points, meaning)
        return value if sure else None
