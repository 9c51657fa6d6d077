"""All conditions that are watched, with their delays and the alarms that they raise.

Watches on links are made with the rules. A watch on a point sleeps until the point is first abnormal: a compound has a
hundred thousand of them, and nearly none ever wakes. What is found out about doors and detectors has sources that nobody
knows beforehand (a building, a controller, a door): its watches are made when it is first spoken of.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

from gateway.decide import rules as names
from gateway.decide.alarms import AlarmBook
from gateway.decide.timers import Timers
from gateway.decide.watch import Watch, is_abnormal, key_of, no_value
from gateway.model import Outcome, Remember

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from drivers.contract import Fault, Json, Value
    from gateway.decide.rules import Rule, Rules, Watched
    from gateway.model import Now, Place, Priority

MOMENTS = frozenset(
    {
        names.UNKNOWN_UNLOCK,
        names.EVENTS_LOST,
        names.BLOCKED_CARD,
        names.RADIO_ATTACK,
        names.UNVERIFIED_ALARM,
        names.CODES_TRIED,
        names.COMMAND_RETAINED,
        names.IDENTITY_DOUBTED,
        names.MESSAGES_LOST,
    }
)
"""What happens rather than lasts: raised without a delay and over at once; that the rules latch it keeps it before people."""

_FOUND_OUT = frozenset(
    (
        *names.DOORS,
        *names.DETECTORS,
        *names.LOCKERS,
        *names.CHARGERS,
        *names.FIRES,
        *names.POWER,
        *names.ALARMS,
        *names.PEOPLE,
        names.DEVICE_MISCONFIGURED,
    )
)
"""What `say` may speak of. Watched with the rules already: the misconfiguration of a device that has a link."""


class _Sleeping(NamedTuple):
    """A watch on a point that the rules have and that was not needed yet."""

    rule: Rule
    watched: Watched
    device: str


class Watches:
    """The watches by key, the book of alarms and the running delays."""

    def __init__(self, remembered: Mapping[str, Json], now: Now) -> None:
        self.book = AlarmBook(remembered)
        self.timers = Timers(remembered, now)
        self._awake: dict[str, Watch] = {}
        self._before: dict[str, Watch] = {}

    @property
    def next_ns(self) -> int | None:
        """CLOCK_BOOTTIME of the next delay to end, None when none runs."""
        return self.timers.next_ns

    def begin(self, rules: Rules) -> None:
        """New rules: watches are made anew, until `carry_over`."""
        self._rules = rules
        self.book.never_spared = names.never_spared(rules)
        self._before, self._awake = self._awake, {}

    def carry_over(self) -> None:
        """What is watched as before goes on with what was last seen, and so does what was found out about doors."""
        for key, old in self._before.items():
            if key not in self._awake and self._speaks_on(old.rule.name, old.device):
                self.add_fact(old.rule.name, old.source, old.device, old.place)
            if (new := self._wake(key)) is not None:
                new.value, new.sure, new.why = old.value, old.sure, old.why
        for timer in self.timers:  # what ends by itself must find its watch
            self._wake(timer.partition(":")[2])
        self._before = {}

    def add(self, rule: Rule, source: str, device: str, place: Place) -> Watch:
        """Watch a rule on a source."""
        watch = Watch(rule, source, device, place, self._rules.simulated)
        self._awake[watch.key] = watch
        return watch

    def add_fact(self, name: str, source: str, device: str, place: Place) -> Watch:
        """Watch one of the gateway's own senses."""
        return self.add(self._fact_rule(name, device), source, device, place)

    def see(self, watched: Watched, device: str, value: Value, fault: Fault | None, now: Now) -> list[Outcome]:
        """Take a value of a point for every rule on it."""
        out: list[Outcome] = []
        for rule in watched.rules:
            key = key_of(rule, watched.point)
            watch = self._awake.get(key)
            if watch is None:
                normal = no_value(value, fault) or not is_abnormal(rule, value, held=False)
                if normal and key not in self.book.open:
                    continue
                watch = self.add(rule, watched.point, device, watched.place)
            out += watch.see(value, fault, self.book, self.timers, now)
        return out

    def doubt(self, several: Iterable[Watched]) -> None:
        """What these points said last is no longer sure."""
        for watched in several:
            for rule in watched.rules:
                if (watch := self._awake.get(key_of(rule, watched.point))) is not None:
                    watch.sure = False

    def fact(self, watch: Watch, now: Now, *, abnormal: bool, why: str) -> list[Outcome]:
        """Take a fact."""
        return watch.fact(abnormal=abnormal, why=why, book=self.book, timers=self.timers, now=now)

    def say(
        self, rule: str, source: str, device: str, place: Place, *, abnormal: bool, why: str, now: Now
    ) -> list[Outcome]:
        """Take what was found out about doors or detectors: `source` is whom it is about."""
        if rule in MOMENTS:
            return self._happened(self._fact_rule(rule, device), source, device, place, why, now) if abnormal else []
        key = f"{rule}@{source}"
        watch = self._awake.get(key)
        if watch is None:
            if not abnormal and key not in self.book.open:
                return []
            watch = self.add_fact(rule, source, device, place)
        watch.place, watch.rule = place, self._fact_rule(rule, device)
        return self.fact(watch, now, abnormal=abnormal, why=why)

    def say_worse(
        self, rule: str, source: str, device: str, place: Place, *, priority: Priority, why: str, now: Now
    ) -> list[Outcome]:
        """What was found out matters more than the rule has it: raised with this priority, or again where it stands."""
        key, fact = f"{rule}@{source}", self._fact_rule(rule, device)
        worst = min(priority, fact.priority)
        if self.book.active(key):
            return self.book.worse(key, worst, why, now)
        watch = self.add(replace(fact, priority=worst), source, device, place)
        return self.fact(watch, now, abnormal=True, why=why)

    def over(self, device: str, now: Now) -> list[Outcome]:
        """Nobody measures any more what a device said: its conditions end, and what was latched waits for a person.

        That it is set up wrongly was said by its driver, and is the driver's to take back.
        """
        out: list[Outcome] = []
        for key, alarm in list(self.book.open.items()):
            if alarm.device == device and alarm.rule != names.DEVICE_MISCONFIGURED:
                out += self.book.cleared(key, value=None, now=now)
        for timer in self.timers:
            watch = self._awake.get(timer.partition(":")[2])
            if watch is not None and watch.device == device:
                out += self.timers.stop(timer)
        return out

    def due(self, now: Now) -> list[Outcome]:
        """What follows from the delays that have ended."""
        out: list[Outcome] = []
        for timer in self.timers.ended(now):
            watch = self._awake.get(timer.partition(":")[2])
            out += [Remember(timer, None)] if watch is None else watch.due(timer, self.book, self.timers, now)
        return out

    def orphans(self, now: Now) -> list[Outcome]:
        """Mark the alarms whose source is not in the rules, unmark those whose is; delays of what is gone stop."""
        out: list[Outcome] = []
        for key in list(self.book.open):
            out += self.book.orphaned(key, orphaned=not self._known(key), now=now)
        for timer in self.timers:
            if timer.partition(":")[2] not in self._awake:
                out += self.timers.stop(timer)
        return out

    def _known(self, key: str) -> bool:
        if key in self._awake or self._asleep(key) is not None:
            return True
        alarm = self.book.open[key]
        return self._speaks_on(alarm.rule, alarm.device)

    def _speaks_on(self, rule: str, device: str) -> bool:
        """Whether it may still be found out, by the rules in force."""
        return rule in _FOUND_OUT and (not device or device in self._rules.devices)

    def _fact_rule(self, name: str, device: str) -> Rule:
        known = self._rules.devices.get(device)
        common = known is not None and known.detector is not None and known.detector.common
        return self._rules.facts[name].where(common=common)

    def _wake(self, key: str) -> Watch | None:
        """The watch of that name; None where the rules have none."""
        if (watch := self._awake.get(key)) is not None:
            return watch
        if (asleep := self._asleep(key)) is not None:
            return self.add(asleep.rule, asleep.watched.point, asleep.device, asleep.watched.place)
        rule, _, device = key.partition("@")
        if rule in _FOUND_OUT and (known := self._rules.devices.get(device)) is not None:
            return self.add_fact(rule, device, device, known.place)
        return None

    def _asleep(self, key: str) -> _Sleeping | None:
        name, _, source = key.partition("@")
        device = source.partition("/")[0]
        known = self._rules.devices.get(device)
        if known is None:
            return None
        watched = (each for group in known.groups for each in group.watched if each.point == source)
        found = (_Sleeping(rule, each, device) for each in watched for rule in each.rules if rule.name == name)
        return next(found, None)

    def _happened(self, rule: Rule, source: str, device: str, place: Place, why: str, now: Now) -> list[Outcome]:
        raised = self.book.raised(rule, source, device, place, True, why, now, simulated=self._rules.simulated)
        return raised + self.book.cleared(key_of(rule, source), value=False, now=now)
