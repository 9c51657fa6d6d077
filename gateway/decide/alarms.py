"""The life cycle of an alarm: four facts, states derived (ISA-18.2-2016, IEC 62682:2022; table in docs/alarms.md).

Every function takes the book and gives outcomes; nothing here knows why an alarm was raised.
"""

from __future__ import annotations

from dataclasses import fields, replace
from typing import TYPE_CHECKING

from gateway.decide.rules import CO_DOSE, FACTS, TEMPERATURE_RISE
from gateway.model import (
    Alarm,
    AlarmChanged,
    AlarmState,
    Change,
    Now,
    Outcome,
    Place,
    Priority,
    Remember,
    Suppression,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from drivers.contract import Json, Value
    from gateway.decide.rules import Rule

SAME_OCCURRENCE_SECONDS = 300.0
"""An alarm that returned and comes again within 5 minutes is the same occurrence (domain rule of ISA-18.2 practice)."""

TEST_SECONDS = 180.0
"""A test alarm that stands for longer than anybody tests a detector is no test. It counts from its raise (domain rule:
household smoke that still stands after 180 s is confirmed)."""

_CALLS = (Change.RAISED, Change.UPDATED)
"""Changes for which people are called."""

_NEVER_TESTED = frozenset(FACTS) - {CO_DOSE, TEMPERATURE_RISE}
"""What is not said by the detector that is tested, but found out about it or about anything else."""

_FIELDS = tuple(field.name for field in fields(Alarm))
_PLACE_FIELDS = tuple(field.name for field in fields(Place))

_NUMBER = "alarm_number"
_ALARM = "alarm:"


class AlarmBook:
    """All alarms that are not normal, by key and by number.

    `under_test` says of a device whether what it says at this moment is a test.
    """

    def __init__(self, remembered: Mapping[str, Json]) -> None:
        self.under_test: Callable[[str], bool] = _nothing_is
        self.open: dict[str, Alarm] = {
            key.removeprefix(_ALARM): alarm_from_json(body)
            for key, body in remembered.items()
            if key.startswith(_ALARM)
        }
        highest = max(
            (alarm.number for alarm in self.open.values()), default=0
        )  # a rescued journal may have lost the next
        self._next: int = max(remembered.get(_NUMBER, 1), highest + 1)

    def numbered(self, number: int) -> Alarm | None:
        """The open alarm of that number."""
        return next((alarm for alarm in self.open.values() if alarm.number == number), None)

    def active(self, key: str) -> bool:
        """Whether the condition stands, after its delays."""
        alarm = self.open.get(key)
        return alarm is not None and alarm.active

    def suppressed_by_design(self, key: str) -> bool:
        """Whether people are spared it because another alarm has the same cause."""
        alarm = self.open.get(key)
        return alarm is not None and alarm.suppression is Suppression.BY_DESIGN

    def raised(
        self, rule: Rule, source: str, device: str, place: Place, value: Value, why: str, now: Now, *, simulated: bool
    ) -> list[Outcome]:
        """The condition stands: A, D, E, F -> B. People are told unless the alarm is suppressed.

        That of a device under test is a test, and is not latched; but what was open before the test is no test.
        """
        key = f"{rule.name}@{source}"
        before = self.open.get(key)
        out: list[Outcome] = []
        if before is None:
            test = rule.name not in _NEVER_TESTED and self.under_test(device)
            alarm = Alarm(
                number=self._next, key=key, rule=rule.name, source=source, device=device, priority=rule.priority,
                place=place, active=True, acked=False, latched=rule.latching and not test, value=value, why=why,
                since_utc=now.utc, since_trusted=now.trusted, changed_utc=now.utc, simulated=simulated, test=test,
            )  # fmt: skip
            self._next += 1
            out.append(Remember(_NUMBER, self._next))
        elif before.active:
            return out
        else:
            again = now.utc - before.changed_utc > SAME_OCCURRENCE_SECONDS
            alarm = replace(
                before, active=True, acked=False, latched=rule.latching, priority=rule.priority, place=place, value=value,
                why=why, since_utc=now.utc, since_trusted=now.trusted, changed_utc=now.utc, acked_by="", note="",
                occurrences=before.occurrences + (1 if again else 0),
            )  # fmt: skip
        return [*out, *self._put(alarm, Change.RAISED)]

    def cleared(self, key: str, value: Value, now: Now) -> list[Outcome]:
        """The condition is gone: B -> D or E, C -> A or F. Nobody needs to take what was a test: it is gone."""
        before = self.open.get(key)
        if before is None or not before.active:
            return []
        acked = before.acked or before.test
        return self._put(replace(before, active=False, acked=acked, value=value, changed_utc=now.utc), Change.CLEARED)

    def worse(self, key: str, priority: Priority, why: str, now: Now) -> list[Outcome]:
        """What stands matters more than it did: C -> B, and people are told again."""
        before = self.open.get(key)
        if before is None or not before.active or before.priority <= priority:
            return []
        return self._again(replace(before, priority=priority, why=why), now)

    def on_test(self, key: str) -> bool:
        """Whether it stands, and is a test."""
        alarm = self.open.get(key)
        return alarm is not None and alarm.active and alarm.test

    def in_earnest(self, key: str, rule: Rule, now: Now) -> list[Outcome]:
        """What was raised as a test stands for too long to be one: C -> B, and people are told again."""
        if not self.on_test(key):
            return []
        return self._again(replace(self.open[key], test=False, latched=rule.latching), now)

    def updated(self, key: str, why: str, now: Now) -> list[Outcome]:
        """What stands is no longer the same: people are told again, and whoever took the alarm keeps it."""
        before = self.open.get(key)
        if before is None or not before.active or before.why == why:
            return []
        return self._put(replace(before, why=why, changed_utc=now.utc), Change.UPDATED)

    def acked(self, alarm: Alarm, by: str, note: str, now: Now) -> list[Outcome]:
        """A person takes it: B -> C, D -> A, E -> F. Taking it again changes nothing: the first one stays."""
        if alarm.acked:
            return []
        return self._put(replace(alarm, acked=True, acked_by=by, note=note, changed_utc=now.utc), Change.ACKED, by)

    def reset(self, alarm: Alarm, by: str, note: str, now: Now) -> list[Outcome]:
        """A person resets a latched alarm: F -> A. The caller has seen that it is in F."""
        return self._put(replace(alarm, latched=False, note=note or alarm.note, changed_utc=now.utc), Change.RESET, by)

    def suppressed(self, key: str, suppression: Suppression, now: Now) -> list[Outcome]:
        """Suppress by design, or end it; an alarm that is still active and unanswered is then said again."""
        before = self.open.get(key)
        if before is None or before.suppression is suppression:
            return []
        change = Change.UNSUPPRESSED if suppression is Suppression.NONE else Change.SUPPRESSED
        return self._put(replace(before, suppression=suppression, changed_utc=now.utc), change)

    def orphaned(self, key: str, *, orphaned: bool, now: Now) -> list[Outcome]:
        """Mark an alarm whose source vanished from the configuration, or came back."""
        before = self.open.get(key)
        if before is None or before.orphaned is orphaned:
            return []
        return self._put(replace(before, orphaned=orphaned, changed_utc=now.utc), Change.ORPHANED)

    def _again(self, alarm: Alarm, now: Now) -> list[Outcome]:
        return self._put(replace(alarm, acked=False, acked_by="", note="", changed_utc=now.utc), Change.RAISED)

    def _put(self, alarm: Alarm, change: Change, actor: str = "") -> list[Outcome]:
        normal = alarm.state is AlarmState.NORMAL
        if normal:
            self.open.pop(alarm.key, None)
        else:
            self.open[alarm.key] = alarm
        spared = alarm.suppression is not Suppression.NONE
        calls = change in _CALLS or (change is Change.UNSUPPRESSED and alarm.active and not alarm.acked)
        return [
            Remember(_ALARM + alarm.key, None if normal else alarm_to_json(alarm)),
            AlarmChanged(alarm, change, announce=calls and not spared, actor=actor),
        ]


def _nothing_is(_device: str) -> bool:
    return False


def alarm_to_json(alarm: Alarm) -> Json:
    """An alarm as decide remembers it and the journal keeps it."""
    return {name: getattr(alarm, name) for name in _FIELDS} | {
        "place": {name: getattr(alarm.place, name) for name in _PLACE_FIELDS},
        "suppression": alarm.suppression.value,
        "priority": int(alarm.priority),
    }


def alarm_from_json(body: Json) -> Alarm:
    """The inverse of `alarm_to_json`."""
    return Alarm(
        **{
            **body,
            "priority": Priority(body["priority"]),
            "place": Place(**body["place"]),
            "suppression": Suppression(body["suppression"]),
        }
    )
