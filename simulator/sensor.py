"""One smoke, gas or CO sensor: what it measures, when it gives alarm, and what its packets say. No clock and no I/O."""

from __future__ import annotations

from math import inf, pi, sin
from struct import Struct
from typing import TYPE_CHECKING, NamedTuple

from simulator.bthome import (
    BATTERY,
    BUTTON,
    CARBON_MONOXIDE,
    GAS,
    HUMIDITY,
    LOW_BATTERY,
    PACKET_ID,
    PRESSED,
    PROBLEM,
    RAW,
    TAMPER,
    TEMPERATURE,
    Beacon,
    Object,
)
from simulator.bthome import SMOKE as SMOKE_SEEN
from simulator.detectors import CO, SMOKE, STRAY
from simulator.detectors import GAS as GAS_DETECTOR
from simulator.rhythm import hour_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from simulator.detectors import Fitted
    from simulator.receivers import Way

LOW_PERCENT = 10
PREHEAT_SECONDS = 180.0
"""How long a gas sensor warms up after its power came back."""

_GIVES_ALARM = {
    GAS_DETECTOR: ((10.0, 15.0),),  # %LEL; GB 15322.2 wants the message 15 to 60 s after the set point
    CO: ((300.0, 90.0), (100.0, 1500.0), (50.0, 4500.0)),  # ppm; within the bands of EN 50291-1
}
"""From which level on, after how many seconds; the highest first."""
_OVER_BELOW = {GAS_DETECTOR: 7.0, CO: 30.0}
_WORTH_TELLING = {GAS_DETECTOR: 1.0, CO: 10.0, SMOKE: 1.0}
"""A change of level (%LEL, ppm) or of temperature (K) that is not left to the next heartbeat."""

_RAW_GAS = Struct("<BHHB")  # 1, tenths of %LEL, ppm of CO, status
_RAW_FORM = 1
_BATTERY_EVERY_PACKETS = 10
_PREHEATING, _BROKEN, _LATCHED = 1, 2, 8
_COUNTING_FROM = 1_577_836_800  # seconds since 1970 at the start of 2020: no sensor is older than its counter


class Ramp(NamedTuple):
    """A quantity on its way from one value to another."""

    began: float
    before: float
    after: float
    seconds: float

    def at(self, now: float) -> float:
        """Its value at a time."""
        gone = now - self.began
        return self.after if gone >= self.seconds else self.before + (self.after - self.before) * gone / self.seconds

    def over(self, now: float) -> bool:
        """Whether it has arrived."""
        return now >= self.began + self.seconds


_REST = Ramp(-inf, 0.0, 0.0, 0.0)


class Sensor:
    """A sensor that is `fitted` somewhere and heard by way of `ways`.

    Its counter starts at the seconds since 2020: whenever a simulator starts anew, it stands above where it stood.
    """

    __slots__ = (
        "_beacon", "_dose", "_judged_at", "_packet_id", "_told_level", "alarm", "battery_percent", "fitted", "in_hand_until",
        "level", "muted", "preheated_at", "problem", "rounds", "started", "tampered", "warmth", "watched", "ways",
    )  # fmt: skip

    def __init__(self, fitted: Fitted, ways: Sequence[Way], started: float) -> None:
        self.fitted = fitted
        self.ways = ways
        self.started = started
        self.battery_percent = fitted.battery_percent
        self.level = _REST
        """%LEL of gas or ppm of CO."""
        self.warmth = _REST
        """By how many K it is warmer than the room should be."""
        self.alarm = False
        self.tampered = False
        self.problem = False
        self.muted = fitted.dumb
        self.preheated_at = -inf
        self.rounds = 0
        """How many alarms it has given; whoever waits on one sees by it that another began."""
        self.watched = False
        """Whether somebody comes back to let it look."""
        self.in_hand_until = -inf
        """Until when daily life stays away from it."""
        self._beacon: Beacon | None = None
        self._packet_id = 0
        self._dose = 0.0
        self._judged_at = started
        self._told_level = 0.0

    @property
    def beacon(self) -> Beacon:
        """Its sending side, made when it first speaks."""
        if self._beacon is None:
            counter = max(0, int(self.started) - _COUNTING_FROM)
            self._beacon = Beacon(self.fitted.address, self.fitted.key or None, counter)
        return self._beacon

    def reach(self, level: float, seconds: float, now: float) -> None:
        """Let the gas around it go to a level, over so many seconds."""
        if not self.restless(now):
            self._judged_at = now
        self.level = Ramp(now, self.level.at(now), level, seconds)

    def warm(self, kelvin: float, seconds: float, now: float) -> None:
        """Let it become so much warmer than the room, over so many seconds."""
        self.warmth = Ramp(now, self.warmth.at(now), kelvin, seconds)

    def restless(self, now: float) -> bool:
        """Whether it has to look again before the next heartbeat."""
        return not (self.level.over(now) and self.warmth.over(now)) or self.level.after > 0

    def look(self, now: float) -> bool:
        """Judge what it measures; returns whether that is worth a packet."""
        kind, level = self.fitted.kind, self.level.at(now)
        was = self.alarm
        if kind in _GIVES_ALARM:
            self._judge(kind, level, now)
        shown = self.warmth.at(now) if kind == SMOKE else level
        if self.alarm == was and abs(shown - self._told_level) < _WORTH_TELLING.get(kind, inf):
            return False
        self._told_level = shown
        return True

    def sense(self, *, smoke: bool) -> bool:
        """Smoke comes or goes; returns whether that changed anything."""
        if self.alarm == smoke:
            return False
        self.alarm = smoke
        return True

    def change_battery(self, counter: int) -> None:
        """A new one, and what a real sensor does then: it counts anew."""
        self.battery_percent = 100
        self.beacon.counter = counter

    def packet(self, now: float) -> bytes:
        """The service data that tells how it is."""
        return self.beacon.packet(self.objects(now, alarm=self.alarm))

    def press(self) -> bytes:
        """The service data that tells of its test button."""
        return self.beacon.packet([(PACKET_ID, self._next_id()), (BUTTON, PRESSED)])

    def objects(self, now: float, *, alarm: bool) -> list[Object]:
        """What a packet says, with or without an alarm."""
        kind, said = self.fitted.kind, (PACKET_ID, self._next_id())
        if kind == SMOKE:
            return [
                said,
                (BATTERY, self.battery_percent),
                (TEMPERATURE, self._celsius(now)),
                (LOW_BATTERY, self.battery_percent <= LOW_PERCENT),
                (PROBLEM, self.problem),
                (SMOKE_SEEN, alarm),
                (TAMPER, self.tampered),
            ]
        if kind == STRAY:
            return [said, (TEMPERATURE, self._celsius(now)), (HUMIDITY, 45)]
        level = self.level.at(now)
        if kind == CO and not level and self._packet_id % _BATTERY_EVERY_PACKETS == 1:  # both do not fit into 31 bytes
            battery = (LOW_BATTERY, self.battery_percent <= LOW_PERCENT)
            return [said, (BATTERY, self.battery_percent), battery, (CARBON_MONOXIDE, alarm), (TAMPER, self.tampered)]
        status = _PREHEATING * (now < self.preheated_at) | _BROKEN * self.problem | _LATCHED * alarm
        lel, ppm = (round(level * 10), 0) if kind == GAS_DETECTOR else (0, round(level))
        bit = GAS if kind == GAS_DETECTOR else CARBON_MONOXIDE
        return [said, (bit, alarm), (TAMPER, self.tampered), (RAW, _RAW_GAS.pack(_RAW_FORM, lel, ppm, status))]

    def _judge(self, kind: str, level: float, now: float) -> None:
        waited, self._judged_at = now - self._judged_at, now
        if level < _OVER_BELOW[kind]:
            self._dose, self.alarm = 0.0, False
            return
        for limit, seconds in _GIVES_ALARM[kind]:
            if level >= limit:
                self._dose += waited / seconds
                break
        if self._dose >= 1 and not self.alarm:
            self.alarm = True

    def _celsius(self, now: float) -> float:
        swing = 1.5 * sin((hour_of(now) - 9.5) / 12 * pi)
        return round(23 + self.fitted.fade / 3 + swing + self.warmth.at(now), 1)

    def _next_id(self) -> int:
        self._packet_id = self._packet_id + 1 & 0xFF
        return self._packet_id
