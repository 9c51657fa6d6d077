"""All conditions that are watched, with their delays and the alarms that they raise.

Watches on points and links are made with the rules. What is found out about doors has sources that nobody knows beforehand
(a building, a controller, a door): its watches are made when it is first spoken of.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.decide import rules as names
from gateway.decide.alarms import AlarmBook
from gateway.decide.timers import Timers
from gateway.decide.watch import Watch
from gateway.model import Outcome, Remember

if TYPE_CHECKING:
    from collections.abc import Mapping

    from drivers.contract import Fault, Json, Value
    from gateway.decide.rules import Rule, Rules
    from gateway.model import Now, Place

MOMENTS = frozenset({names.UNKNOWN_UNLOCK, names.EVENTS_LOST, names.BLOCKED_CARD})
"""What happens rather than lasts: raised without a delay and over at once; that the rules latch keeps it before people."""


class Watches:
    """The watches by key, the book of alarms and the running delays."""

    def __init__(self, remembered: Mapping[str, Json], now: Now) -> None:
        self.book = AlarmBook(remembered)
        self.timers = Timers(remembered, now)
        self._by_key: dict[str, Watch] = {}
        self._before: dict[str, Watch] = {}

    @property
    def next_ns(self) -> int | None:
        """CLOCK_BOOTTIME of the next delay to end, None when none runs."""
        return self.timers.next_ns

    def begin(self, rules: Rules) -> None:
        """New rules: watches are made anew, until `carry_over`."""
        self._rules = rules
        self._before, self._by_key = self._by_key, {}

    def carry_over(self) -> None:
        """What is watched as before goes on with what was last seen, and so does what was found out about doors."""
        for key, old in self._before.items():
            if key not in self._by_key and self._speaks_on(old.rule.name, old.device):
                self.add_fact(old.rule.name, old.source, old.device, old.place)
        for key in self._by_key.keys() & self._before.keys():
            old, new = self._before[key], self._by_key[key]
            new.value, new.sure, new.why = old.value, old.sure, old.why
        self._before = {}

    def add(self, rule: Rule, source: str, device: str, place: Place) -> Watch:
        """Watch a rule on a source."""
        watch = Watch(rule, source, device, place, self._rules.simulated)
        self._by_key[watch.key] = watch
        return watch

    def add_fact(self, name: str, source: str, device: str, place: Place) -> Watch:
        """Watch one of the gateway's own senses."""
        return self.add(self._rules.facts[name], source, device, place)

    def see(self, watch: Watch, value: Value, fault: Fault | None, now: Now) -> list[Outcome]:
        """Take a value of a point."""
        return watch.see(value, fault, self.book, self.timers, now)

    def fact(self, watch: Watch, now: Now, *, abnormal: bool, why: str) -> list[Outcome]:
        """Take a fact."""
        return watch.fact(abnormal=abnormal, why=why, book=self.book, timers=self.timers, now=now)

    def say(
        self, rule: str, source: str, device: str, place: Place, *, abnormal: bool, why: str, now: Now
    ) -> list[Outcome]:
        """Take what was found out about doors: `rule` is one of `rules.DOORS`, `source` whom it is about."""
        key = f"{rule}@{source}"
        if rule in MOMENTS:
            return self._happened(self._rules.facts[rule], source, device, place, why, now) if abnormal else []
        watch = self._by_key.get(key)
        if watch is None:
            if not abnormal and key not in self.book.open:
                return []
            watch = self.add_fact(rule, source, device, place)
        watch.place = place
        return self.fact(watch, now, abnormal=abnormal, why=why)

    def due(self, now: Now) -> list[Outcome]:
        """What follows from the delays that have ended."""
        out: list[Outcome] = []
        for timer in self.timers.ended(now):
            watch = self._by_key.get(timer.partition(":")[2])
            out += [Remember(timer, None)] if watch is None else watch.due(timer, self.book, now)
        return out

    def orphans(self, now: Now) -> list[Outcome]:
        """Mark the alarms whose source is not in the rules, unmark those whose is; delays of what is gone stop."""
        out: list[Outcome] = []
        for key in list(self.book.open):
            out += self.book.orphaned(key, orphaned=not self._known(key), now=now)
        for timer in self.timers:
            if timer.partition(":")[2] not in self._by_key:
                out += self.timers.stop(timer)
        return out

    def _known(self, key: str) -> bool:
        if key in self._by_key:
            return True
        alarm = self.book.open[key]
        return self._speaks_on(alarm.rule, alarm.device)

    def _speaks_on(self, rule: str, device: str) -> bool:
        """Whether it may still be found out, by the rules in force."""
        return rule in names.DOORS and (not device or device in self._rules.devices)

    def _happened(self, rule: Rule, source: str, device: str, place: Place, why: str, now: Now) -> list[Outcome]:
        raised = self.book.raised(rule, source, device, place, True, why, now, simulated=self._rules.simulated)
        return raised + self.book.cleared(f"{rule.name}@{source}", value=False, now=now)
