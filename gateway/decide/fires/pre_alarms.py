"""Pre-alarms: a single detector of a flat. Nobody answers for a minute: more people. It shows fire for three: it is one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.decide.rules import FIRE_CONFIRMED
from gateway.decide.watch import is_abnormal
from gateway.model import Priority

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gateway.decide.fires.evidence import Evidence
    from gateway.decide.known import Known
    from gateway.decide.timers import Timers
    from gateway.decide.watches import Watches
    from gateway.model import Alarm, Now, Outcome

UNANSWERED_SECONDS = 60.0
LOOK_AGAIN_SECONDS = 10.0
"""Smoke that thins out for a moment clears nothing; whether it is back is looked at so often."""

UNANSWERED = "fire:unanswered:"
STANDING = "fire:standing:"


class PreAlarms:
    """The deadlines of detectors' alarms. Nothing here moves a door: what stands for too long is told to whoever asks `due`."""

    def __init__(self, known: Known, watches: Watches, evidence: Evidence, timers: Timers) -> None:
        self._known = known
        self._watches = watches
        self._evidence = evidence
        self._timers = timers

    def adopt(self, now: Now) -> list[Outcome]:
        """Take the rules in force: what stands has its deadline, unless no detector is to confirm alone."""
        seconds = self._known.rules.fires.standing_seconds
        out: list[Outcome] = []
        if seconds is None:
            for timer in self._timers:
                if timer.startswith(STANDING):
                    out += self._timers.stop(timer)
            return out
        for building in self._evidence.buildings:
            for piece in self._evidence.live(building):
                if self._evidence.speaks(piece.key) and STANDING + piece.key not in self._timers:
                    out += self._timers.start(STANDING + piece.key, seconds, now)
        return out

    def raised(self, alarm: Alarm, now: Now) -> list[Outcome]:
        """A detector found smoke or heat."""
        out: list[Outcome] = []
        if alarm.priority > Priority.P1 and not alarm.acked:
            out += self._timers.start(UNANSWERED + alarm.key, UNANSWERED_SECONDS, now)
        seconds = self._known.rules.fires.standing_seconds
        if seconds is not None and STANDING + alarm.key not in self._timers:
            out += self._timers.start(STANDING + alarm.key, seconds, now)
        return out

    def answered(self, key: str) -> list[Outcome]:
        """Somebody goes there."""
        return self._timers.stop(UNANSWERED + key)

    def over(self, key: str) -> list[Outcome]:
        """It is gone, or a person says that it was nothing."""
        return [*self._timers.stop(UNANSWERED + key), *self._timers.stop(STANDING + key)]

    def unanswered(self, key: str, now: Now) -> list[Outcome]:
        """Its minute is over: it is a matter of life now, for people alone. Of a fire that is confirmed they hear already."""
        alarm = self._watches.book.open.get(key)
        if alarm is None or alarm.acked:
            return []
        if self._watches.book.active(f"{FIRE_CONFIRMED}@building:{alarm.place.building}"):
            return []
        why = alarm.why or f"nobody answered for {UNANSWERED_SECONDS:.0f} s"
        return self._watches.book.worse(key, Priority.P1, why, now)

    def still_shows(self, key: str) -> bool:
        """Whether a believed detector still shows fire now: not in the delay after its smoke went, not by doubtful values."""
        alarm = self._watches.book.open.get(key)
        if alarm is None or not self._evidence.speaks(key):
            return False
        readings = list(self._readings(alarm))
        return all(readings) and (bool(readings) or alarm.source == alarm.device)

    def look_again(self, key: str, now: Now) -> list[Outcome]:
        """It stands, and could not be believed at this moment."""
        if not self._watches.book.active(key):
            return []
        return self._timers.start(STANDING + key, LOOK_AGAIN_SECONDS, now)

    def _readings(self, alarm: Alarm) -> Iterator[bool]:
        """What the alarm's point says by its rule; nothing where it has said nothing yet, or the alarm has no point."""
        device = self._known.devices.get(alarm.device)
        for group in device.groups if device is not None else ():
            for watched in group.watched:
                if watched.point != alarm.source or group.values is None:
                    continue
                proved = group.faults is None or group.faults[watched.index] is None
                for rule in watched.rules:
                    if rule.name == alarm.rule:
                        yield proved and is_abnormal(rule, group.values[watched.index], held=True)
