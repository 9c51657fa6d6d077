"""Alarms that come and go: chattering and fleeting ones are a matter for maintenance, and no P1 is told later for it.

Numbers as EEMUA 191 and ISA-18.2 practice have them: three raises in a minute chatter, under two seconds is fleeting.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.decide.alarms import CALM_SECONDS
from gateway.decide.answering.lately import Lately
from gateway.decide.rules import ALARM_CHATTERING, ALARM_FLEETING, ALARMS
from gateway.decide.watches import MOMENTS
from gateway.model import AlarmChanged, Change

if TYPE_CHECKING:
    from collections.abc import Mapping

    from drivers.contract import Json
    from gateway.decide.watches import Watches
    from gateway.model import Alarm, Now, Outcome

CHATTER_RAISES = 3
CHATTER_SECONDS = 60.0
FLEETING_SECONDS = 2.0
FLEETING_A_DAY = 10
"""More than these in a day are a task for maintenance."""

_DAY_SECONDS = 86_400.0


class Unsteady:
    """How often each alarm was raised lately, and how often it was gone before anybody could have looked."""

    def __init__(self, remembered: Mapping[str, Json], watches: Watches) -> None:
        self._watches = watches
        self._book = watches.book
        self._raises = Lately(remembered, "raises:", keep=CHATTER_RAISES, seconds=CALM_SECONDS)
        self._fleeting = Lately(remembered, "fleeting:", keep=FLEETING_A_DAY + 1, seconds=_DAY_SECONDS)
        self.adopt()

    def adopt(self) -> None:
        """Look again at what stands."""
        self._active = {alarm.key for alarm in self._book.open.values() if alarm.active}
        self._chattering = {alarm.key for alarm in self._book.open.values() if alarm.chattering}

    def follow(self, changed: AlarmChanged, now: Now) -> list[Outcome]:
        """Count the raises and the short ones. Tests are no sign of a bad source."""
        alarm = changed.alarm
        if changed.change is Change.CLEARED:
            return self._cleared(alarm, now)
        if changed.change is not Change.RAISED or alarm.key in self._active:
            return []
        self._active.add(alarm.key)
        if alarm.test or alarm.rule in ALARMS:
            return []
        out = [self._raises.add(alarm.key, now)]
        if alarm.key in self._chattering or self._raises.count(alarm.key, CHATTER_SECONDS, now) < CHATTER_RAISES:
            return out
        self._chattering.add(alarm.key)
        out += self._book.chattering(alarm.key, chattering=True, now=now)
        why = f"{alarm.rule} was raised {CHATTER_RAISES} times in a minute"
        return out + self._say(ALARM_CHATTERING, alarm, why, now, abnormal=True)

    def sweep(self, now: Now) -> list[Outcome]:
        """What has been calm for long enough, or was closed, no longer chatters."""
        out: list[Outcome] = []
        for key in [each for each in self._chattering if self._calm(each, now)]:
            self._chattering.discard(key)
            out += self._book.chattering(key, chattering=False, now=now)
            task = self._book.open.get(f"{ALARM_CHATTERING}@{_source(key)}")
            if task is not None and not any(_source(other) == _source(key) for other in self._chattering):
                out += self._say(ALARM_CHATTERING, task, "", now, abnormal=False)
        return out

    def checkpoint(self, now: Now) -> list[Outcome]:
        """A day without too many short ones ends the task; what is long past is forgotten."""
        out = [*self._raises.forget(now), *self._fleeting.forget(now)]
        for task in [each for each in self._book.open.values() if each.rule == ALARM_FLEETING and each.active]:
            keys = [name for name in self._fleeting if _source(name) == task.source]
            if not any(self._too_many(key, now) for key in keys):
                out += self._say(ALARM_FLEETING, task, "", now, abnormal=False)
        for task in [each for each in self._book.open.values() if each.rule == ALARM_CHATTERING and each.active]:
            if not any(_source(key) == task.source for key in self._chattering):  # it was closed while we were away
                out += self._say(ALARM_CHATTERING, task, "", now, abnormal=False)
        return out

    def _cleared(self, alarm: Alarm, now: Now) -> list[Outcome]:
        self._active.discard(alarm.key)
        since = self._raises.last_seconds(alarm.key, now)
        if alarm.test or alarm.rule in ALARMS or alarm.rule in MOMENTS or alarm.acked or alarm.verdict:
            return []
        if since is None or since >= FLEETING_SECONDS:
            return []
        out = [self._fleeting.add(alarm.key, now)]
        if not self._too_many(alarm.key, now):
            return out
        why = f"{alarm.rule} lasted under {FLEETING_SECONDS:g} s more than {FLEETING_A_DAY} times in a day"
        return out + self._say(ALARM_FLEETING, alarm, why, now, abnormal=True)

    def _calm(self, key: str, now: Now) -> bool:
        alarm = self._book.open.get(key)
        if alarm is None:
            return True
        since = self._raises.last_seconds(key, now)
        return not alarm.active and (since is None or since >= CALM_SECONDS)

    def _too_many(self, key: str, now: Now) -> bool:
        return self._fleeting.count(key, _DAY_SECONDS, now) > FLEETING_A_DAY

    def _say(self, rule: str, about: Alarm, why: str, now: Now, *, abnormal: bool) -> list[Outcome]:
        return self._watches.say(rule, about.source, about.device, about.place, abnormal=abnormal, why=why, now=now)


def _source(key: str) -> str:
    return key.partition("@")[2]
