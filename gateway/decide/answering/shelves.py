"""Shelving 暂停提醒: people are spared an alarm for a while, by name and for a reason; then they are told again."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.decide.answering.taking import may_answer
from gateway.decide.timers import Timers
from gateway.model import Outcome, Priority, Refused, Remember, Suppression

if TYPE_CHECKING:
    from collections.abc import Mapping

    from drivers.contract import Json
    from gateway.answering import ShelveAlarm, UnshelveAlarm
    from gateway.decide.alarms import AlarmBook
    from gateway.model import Alarm, Now

LONGEST_MINUTES = {Priority.P2: 60.0, Priority.P3: 8 * 60.0, Priority.P4: 24 * 60.0}
"""For how long an alarm may be shelved; a P1 never."""

_SHELF = "shelf:"


class Shelves:
    """When each shelf ends. That an alarm is shelved, by whom and why stands in the alarm."""

    def __init__(self, remembered: Mapping[str, Json], book: AlarmBook, now: Now) -> None:
        self._book = book
        self._timers = Timers(remembered, now, prefixes=(_SHELF,))

    @property
    def shelved(self) -> tuple[Alarm, ...]:
        """The alarms that are shelved."""
        return tuple(alarm for alarm in self._book.open.values() if alarm.suppression is Suppression.SHELVED)

    @property
    def next_ns(self) -> int | None:
        """CLOCK_BOOTTIME of the next shelf to end."""
        return self._timers.next_ns

    def adopt(self, now: Now) -> list[Outcome]:
        """A shelf whose end was lost with a part of the journal is no shelf."""
        out = self._timers.resumed()
        for alarm in self.shelved:
            if _SHELF + alarm.key not in self._timers:
                out += self._book.unshelved(alarm.key, now)
        return out

    def shelve(self, act: ShelveAlarm, now: Now) -> list[Outcome]:
        """Spare people an alarm for so many minutes."""
        alarm = may_answer(act, self._book)
        if isinstance(alarm, Refused):
            return [alarm]
        reason, longest = act.reason.strip(), LONGEST_MINUTES.get(alarm.priority)
        if longest is None or alarm.rule in self._book.never_spared:
            return [Refused(act, "never_shelved", "alarms about life, fire, gas and CO are never shelved")]
        if alarm.suppression is not Suppression.NONE:
            return [Refused(act, "spared_already", f"people are spared this alarm already: {alarm.suppression.value}")]
        if not reason:
            return [Refused(act, "reason_needed", "shelving needs a reason")]
        if not 0 < act.minutes <= longest:
            why = f"a P{alarm.priority:d} is shelved for {longest:g} minutes at most"
            return [Refused(act, "shelf_too_long", why)]
        until_utc = now.utc + act.minutes * 60
        return [
            *self._book.spare(alarm.key, Suppression.SHELVED, act.actor.name, reason, until_utc, now),
            *self._timers.start(_SHELF + alarm.key, act.minutes * 60, now),
        ]

    def unshelve(self, act: UnshelveAlarm, now: Now) -> list[Outcome]:
        """End a shelf now."""
        alarm = may_answer(act, self._book)
        if isinstance(alarm, Refused):
            return [alarm]
        if alarm.suppression is not Suppression.SHELVED:
            return [Refused(act, "not_shelved", "this alarm is not shelved")]
        return [*self._timers.stop(_SHELF + alarm.key), *self._book.unshelved(alarm.key, now, act.actor.name)]

    def follow(self, alarm: Alarm) -> list[Outcome]:
        """What is no longer shelved, since it matters more now or its detector is out of service, needs no end of it."""
        return [] if alarm.suppression is Suppression.SHELVED else self._timers.stop(_SHELF + alarm.key)

    def wake(self, now: Now) -> list[Outcome]:
        """Shelves that end now."""
        out: list[Outcome] = []
        for name in self._timers.ended(now):
            out += [Remember(name, None), *self._book.unshelved(name.removeprefix(_SHELF), now)]
        return out

    def checkpoint(self, now: Now) -> list[Outcome]:
        """Write down what is left of the shelves."""
        return self._timers.checkpoint(now)
