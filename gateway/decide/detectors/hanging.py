"""What hangs where, kept in step with what each line of receivers listens to and with whose battery is being changed."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from drivers.contract import SENSORS
from gateway.decide.detectors.battery_change import BatteryChanges
from gateway.decide.detectors.levels import Levels
from gateway.decide.detectors.sensor import SENSOR, Sensor
from gateway.model import Outcome, Remember

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

    from drivers.contract import Json
    from gateway.decide.known import Known
    from gateway.model import Now


class Hanging:
    """Sensors by address, and those that hang somewhere by detector. All that changes goes through the methods below.

    They give what must be remembered; `levels.wants` gives what is to be said to the lines after it.
    """

    def __init__(self, remembered: Mapping[str, Json], known: Known, now: Now) -> None:
        self._known = known
        self._moved: dict[str, None] = {}
        self.changes = BatteryChanges(remembered, now)
        self.levels = Levels()
        several = (
            Sensor.from_json(key.removeprefix(SENSOR), body)
            for key, body in remembered.items()
            if key.startswith(SENSOR)
        )
        self.sensors: dict[str, Sensor] = {sensor.address: sensor for sensor in several}
        self.mounted = {sensor.detector: sensor for sensor in self.sensors.values() if sensor.detector}

    def moved(self) -> Collection[str]:
        """The detectors where something else hangs than when this was last asked."""
        moved, self._moved = self._moved, {}
        return moved

    def again(self) -> None:
        """Take the rules in force: every line is to be told anew."""
        mounted = (
            (line, sensor, self.changes.until_ns(sensor.detector))
            for sensor in self.mounted.values()
            if (line := self._line(sensor.detector))
        )
        lines = (device for device, rules in self._known.rules.devices.items() if SENSORS in rules.wants)
        self.levels.begin(lines, mounted, (sensor for sensor in self.sensors.values() if sensor.in_stock))

    def put(self, sensors: Iterable[Sensor]) -> list[Outcome]:
        """Let sensors be as they are here; what leaves a place does so before anything takes it."""
        several = [(self.sensors.get(sensor.address), sensor) for sensor in sensors]
        out: list[Outcome] = []
        for old, sensor in several:
            if old is not None and old.detector and old.detector != sensor.detector:
                del self.mounted[old.detector]
                out += self._emptied(old.detector)
            if old is not None and old.in_stock and not sensor.in_stock:
                self.levels.fetch(old.address)
        for old, sensor in several:
            self.sensors[sensor.address] = sensor
            if sensor.detector:
                if old is None or old.detector != sensor.detector:
                    self._moved[sensor.detector] = None
                self.mounted[sensor.detector] = sensor
                self._tell(sensor)
            elif sensor.in_stock:
                self.levels.store(sensor)
            out.append(Remember(SENSOR + sensor.address, sensor.to_json()))
        return out

    def drop(self, address: str) -> list[Outcome]:
        """Forget a sensor that hangs nowhere."""
        del self.sensors[address]
        self.levels.fetch(address)
        return [Remember(SENSOR + address, None)]

    def open_change(self, device: str, minutes: int, now: Now) -> list[Outcome]:
        """The counter of what hangs there may begin anew for so long."""
        out = self.changes.begin(device, minutes, now)
        self._tell(self.mounted[device])
        return out

    def close_change(self, device: str) -> list[Outcome]:
        """It may no longer; nothing follows where it might not."""
        out = self.changes.end(device)
        if out and device in self.mounted:
            self._tell(self.mounted[device])
        return out

    def close_changes(self, now: Now) -> list[Outcome]:
        """Those whose time is up may no longer."""
        return [outcome for device in self.changes.over(now) for outcome in self.close_change(device)]

    def _emptied(self, detector: str) -> list[Outcome]:
        self._moved[detector] = None
        if line := self._line(detector):
            self.levels.take_down(line, detector)
        return self.changes.end(detector)

    def _tell(self, sensor: Sensor) -> None:
        if line := self._line(sensor.detector):
            self.levels.hang(line, sensor, self.changes.until_ns(sensor.detector))

    def _line(self, device: str) -> str:
        """The line that hears a detector, "" where it is not in the configuration."""
        rules = self._known.rules.devices.get(device)
        return rules.line if rules is not None and rules.detector is not None else ""


def hung(sensor: Sensor, detector: str, by: str, now: Now) -> Sensor:
    """The sensor once it hangs there."""
    return replace(sensor, detector=detector, mounted_utc=now.utc if now.trusted else 0.0, mounted_by=by)


def taken_down(sensor: Sensor, *, retired: bool) -> Sensor:
    """The sensor once it hangs nowhere."""
    return replace(sensor, detector="", mounted_utc=0.0, mounted_by="", retired=retired)
