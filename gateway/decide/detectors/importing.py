"""What a list of sensors would come to: every row that cannot stand is named at once."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from gateway.decide.detectors.naming import kind_of
from gateway.decide.detectors.rights import grid_of, place_for_sensor
from gateway.decide.detectors.sensor import Sensor

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gateway.decide.rules import Rules
    from gateway.detecting import ImportSensors, StockSensor
    from gateway.model import Now

LABEL_LENGTH = 40

_ADDRESS = re.compile(r"[0-9A-F]{12}")


@dataclass(slots=True)
class Weighed:
    """What a list comes to: the sensors that would be other than they are, and what is wrong with it.

    `beyond` are places of its changes that are not in the actor's grids.
    """

    sensors: list[Sensor] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)
    beyond: list[str] = field(default_factory=list)
    new: int = 0
    unchanged: int = 0
    mounted: int = 0
    """How many would hang somewhere that hang nowhere now."""

    @property
    def changed(self) -> int:
        """How many that are known would be other than they are."""
        return len(self.sensors) - self.new


class Weighing:
    """One list, looked through row by row. It changes nothing but its own findings.

    A row without a label or a detector says nothing of it: what is known stays.
    """

    def __init__(
        self, act: ImportSensors, sensors: Mapping[str, Sensor], mounted: Mapping[str, Sensor], rules: Rules, now: Now
    ) -> None:
        self._act = act
        self._sensors = sensors
        self._mounted = mounted
        self._rules = rules
        self._now = now
        self._addresses: set[str] = set()
        self._places: dict[str, str] = {}
        """Detector to the row that is to hang there."""
        self._found = Weighed()

    def weigh(self) -> Weighed:
        """Look through all rows."""
        for row in self._act.sensors:
            old = self._sensors.get(row.address)
            wrong = self._wrong_in(row) + self._wrong_with_place(row, old)
            if wrong:
                self._found.wrong += [f"{row.address[:40]}: {each}" for each in wrong]
            else:
                self._take(row, old)
        return self._found

    def _wrong_in(self, row: StockSensor) -> list[str]:
        wrong = []
        if not _ADDRESS.fullmatch(row.address):
            wrong.append("an address has 12 hex digits")
        elif row.address in self._addresses:
            wrong.append("it is named twice")
        self._addresses.add(row.address)
        if row.product not in self._rules.sensors:
            known = ", ".join(sorted(self._rules.sensors)) or "none"
            wrong.append(f"the product {row.product[:40]!r} is not known; known are {known}")
        if not row.sealed_key:
            wrong.append("its key is missing")
        if len(row.label) > LABEL_LENGTH or not row.label.isprintable():
            wrong.append(f"a label has up to {LABEL_LENGTH} characters that can be printed")
        return wrong

    def _wrong_with_place(self, row: StockSensor, old: Sensor | None) -> list[str]:
        place = row.detector or (old.detector if old is not None else "")
        if not place:
            return []
        wrong = self._wrong_with_hanging(row, old) if row.detector else []
        known = place_for_sensor(place, self._rules)
        hanging = kind_of(old, self._rules) if old is not None else ""
        kind = (
            known.kind if known is not None else hanging
        )  # a place that left the configuration is for what hangs there
        product = self._rules.sensors.get(row.product)
        if kind and product is not None and product.kind != kind:
            wrong.append(f"it is a {product.kind} sensor, {place} is for {kind}")
        return wrong

    def _wrong_with_hanging(self, row: StockSensor, old: Sensor | None) -> list[str]:
        place, wrong = row.detector, []
        if place_for_sensor(place, self._rules) is None:
            wrong.append(f"there is no detector {place[:80]!r}")
        if old is not None and old.retired:
            wrong.append("it is out of service: drop it first if it is to hang again")
        elif old is not None and old.detector not in ("", place):
            wrong.append(f"it hangs at {old.detector}: take it down there first")
        holder = self._mounted.get(place)
        if holder is not None and holder.address != row.address:
            wrong.append(f"{holder.address} hangs at {place}: take it down first")
        first = self._places.setdefault(place, row.address)
        if first != row.address:
            wrong.append(f"{place} is to have {first} already")
        return wrong

    def _take(self, row: StockSensor, old: Sensor | None) -> None:
        hung = bool(row.detector) and (old is None or not old.detector)
        if hung:
            since, by = (self._now.utc if self._now.trusted else 0.0), self._act.actor.name
        else:
            since, by = (old.mounted_utc, old.mounted_by) if old is not None else (0.0, "")
        place = row.detector or (old.detector if old is not None else "")
        retired = old is not None and old.retired
        label = row.label or (old.label if old is not None else "")
        fresh = Sensor(row.address, row.product, row.sealed_key, label, place, since, by, retired)
        if fresh == old:
            self._found.unchanged += 1
            return
        self._found.sensors.append(fresh)
        self._found.new += old is None
        self._found.mounted += hung
        if place and self._act.actor.grids and grid_of(place, self._rules) not in self._act.actor.grids:
            self._found.beyond.append(place)
