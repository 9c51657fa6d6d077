"""Which sensors each line of receivers is to listen to: the levels of `drivers.contract.SENSORS`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from drivers.contract import SENSORS, WantedState
from gateway.model import Want

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from drivers.contract import Json
    from gateway.decide.detectors.sensor import Sensor
    from gateway.model import Outcome


class Levels:
    """The levels by line. What was said is never changed; an entry that stays is the same object in the next level."""

    def __init__(self) -> None:
        self._mounted: dict[str, dict[str, Json]] = {}
        self._stock: dict[str, Json] = {}
        self._mounted_said: dict[str, Json] = {}
        self._stock_said: Json = {}
        self._changed: set[str] = set()
        self._stock_changed = False

    @property
    def said(self) -> Mapping[str, Json]:
        """The level of each line as it was last said."""
        return {line: self._level(line) for line in self._mounted_said}

    def begin(self, lines: Iterable[str], mounted: Iterable[tuple[str, Sensor, int]], stock: Iterable[Sensor]) -> None:
        """Everything anew, for these lines. `mounted`: line, sensor, and until when its counter may begin anew."""
        before, stock_before = self._mounted, self._stock
        self._mounted, self._stock, self._mounted_said = {line: {} for line in lines}, {}, {}
        for line, sensor, swap_until_ns in mounted:
            if (entries := self._mounted.get(line)) is not None:
                _put(entries, sensor.detector, _hanging(sensor, swap_until_ns), before.get(line, {}))
        for sensor in stock:
            _put(self._stock, sensor.address, _lying(sensor), stock_before)
        self._changed, self._stock_changed = set(self._mounted), True

    def hang(self, line: str, sensor: Sensor, swap_until_ns: int) -> None:
        """A sensor hangs on this line, or what is known of it changed."""
        entries = self._mounted.get(line)
        if entries is not None and _put(entries, sensor.detector, _hanging(sensor, swap_until_ns), entries):
            self._changed.add(line)

    def take_down(self, line: str, device: str) -> None:
        """Nothing hangs there any more."""
        if self._mounted.get(line, {}).pop(device, None) is not None:
            self._changed.add(line)

    def store(self, sensor: Sensor) -> None:
        """A sensor lies in stock, or what is known of it changed."""
        self._stock_changed |= _put(self._stock, sensor.address, _lying(sensor), self._stock)

    def fetch(self, address: str) -> None:
        """A sensor lies in stock no longer."""
        self._stock_changed |= self._stock.pop(address, None) is not None

    def wants(self) -> list[Outcome]:
        """What is to be said since this was last asked: a level for each line that has another one."""
        lines = sorted(self._mounted if self._stock_changed else self._changed)
        for line in self._changed:
            self._mounted_said[line] = dict(self._mounted[line])
        if self._stock_changed:
            self._stock_said = dict(self._stock)
        self._changed, self._stock_changed = set(), False
        return [Want(line, WantedState(SENSORS, self._level(line))) for line in lines]

    def _level(self, line: str) -> Json:
        return {"mounted": self._mounted_said[line], "stock": self._stock_said}


def _put(entries: dict[str, Json], name: str, entry: Json, before: Mapping[str, Json]) -> bool:
    """Put an entry in, the object from before where that says the same. True when it says something else."""
    old = before.get(name)
    changed = bool(old != entry)
    entries[name] = entry if changed else old
    return changed


def _hanging(sensor: Sensor, swap_until_ns: int) -> Json:
    return {
        "address": sensor.address,
        "product": sensor.product,
        "sealed_key": sensor.sealed_key,
        "swap_until_ns": swap_until_ns,
    }


def _lying(sensor: Sensor) -> Json:
    return {"product": sensor.product, "sealed_key": sensor.sealed_key}
