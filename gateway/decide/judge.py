"""`Judge`: everything that comes in, and what follows from it.

It changes only its own state; what must survive a restart leaves as `Remember` and is handed back at the next start. A
report of an unchanged answer costs two attribute stores.
"""

from __future__ import annotations

from collections import OrderedDict
from typing import TYPE_CHECKING, TypeAlias

from drivers.contract import Answer, DeviceEvent, LinkChanged, Question, Sample, Stranger
from gateway.decide import acts, links, silence
from gateway.decide import rules as names
from gateway.decide.deadline import CHECKPOINT_NS
from gateway.decide.doors import Doors
from gateway.decide.known import Known
from gateway.decide.watches import Watches
from gateway.model import (
    NANOSECONDS,
    Act,
    Answered,
    HouseSaid,
    Input,
    JournalChanged,
    LineChanged,
    Now,
    Outcome,
    Place,
    StrangerSaid,
)

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from drivers.contract import Json
    from gateway.decide.known import KnownGroup
    from gateway.decide.rules import Rules
    from gateway.model import Alarm

NONE: tuple[Outcome, ...] = ()
"""What follows from nothing new. One object, so that the road can ask `outcomes is NONE`."""

SWEEP_NS = NANOSECONDS
"""Freshness is looked at once a second: one pass over all groups instead of a timer for each."""

STRANGERS = 1_000
"""How many strangers are told apart; the longest unheard is forgotten first."""

_Rare: TypeAlias = LinkChanged | Stranger | DeviceEvent | Question | LineChanged | JournalChanged | HouseSaid | Act
"""What comes in beside samples."""


class Judge:
    """See the module. `rules` may be replaced by `adopt`; `remembered` is what earlier `Remember`s wrote.

    `permits`, `commissioning` and `serials` may be read by others.
    """

    def __init__(self, rules: Rules, remembered: Mapping[str, Json], now: Now) -> None:
        self._watches = Watches(remembered, now)
        self._known = Known()
        self._strangers: OrderedDict[str, str] = OrderedDict()
        self._sweep_ns = now.boottime_ns + SWEEP_NS
        self._checkpoint_ns = now.boottime_ns + CHECKPOINT_NS
        self._build(rules, dict(remembered.get(silence.SILENCE) or {}), now)
        self._doors = Doors(remembered, self._known, self._watches, now)
        self.permits = self._doors.permits
        self.commissioning = self._doors.commissioning
        self.serials = self._doors.serials

    @property
    def alarms(self) -> Sequence[Alarm]:
        """All alarms that are not normal."""
        return tuple(self._watches.book.open.values())

    @property
    def next_deadline(self) -> int:
        """CLOCK_BOOTTIME in nanoseconds at which `wake` has work again."""
        return min(due for due in (self._sweep_ns, self._watches.next_ns, self._doors.next_ns) if due is not None)

    def take(self, x: Input, now: Now) -> Sequence[Outcome]:
        """Judge one input."""
        if isinstance(x, Sample):
            group = self._groups[x.device, x.group]
            group.heard_ns = x.received_ns
            if x.values is group.values and x.faults is group.faults and group.settled:
                return NONE
            out: Sequence[Outcome] = self._changed(group, x, now)
        else:
            out = self._judged(x, now)
        return self._doors.follow_fire(out, now) if out else NONE

    def wake(self, now: Now) -> Sequence[Outcome]:
        """Let time pass: delays that ended, groups that fell silent, checkpoints."""
        out = self._watches.due(now)
        if now.boottime_ns >= self._sweep_ns:
            self._sweep_ns = now.boottime_ns + SWEEP_NS
            out += silence.sweep(self._known, self._watches, now)
            out += self._watches.fact(self._clock, now, abnormal=not now.trusted, why="the clock is not synchronised")
            out += self._doors.sweep(now)
        if now.boottime_ns >= self._checkpoint_ns:
            self._checkpoint_ns = now.boottime_ns + CHECKPOINT_NS
            out += self._watches.timers.checkpoint(now)
            out += silence.remember_silence(self._known, now)
        out += self._doors.wake(now)
        return self._doors.follow_fire(out, now) if out else NONE

    def adopt(self, rules: Rules, now: Now) -> Sequence[Outcome]:
        """Take new rules: what stays keeps its state; an alarm whose source is gone stays, marked so.

        Also the first thing after a start: it says again which wanted states stand.
        """
        self._build(rules, {}, now)
        out = self._doors.adopt(now)
        out += self._watches.orphans(now)
        return out or NONE

    def _build(self, rules: Rules, unheard: Mapping[str, int], now: Now) -> None:
        watches = self._watches
        watches.begin(rules)
        self._known.build(rules, watches, unheard, now)
        self._groups = self._known.groups
        self._journal = watches.add_fact(names.JOURNAL_FAILED, "journal", "", Place())
        self._clock = watches.add_fact(names.CLOCK_UNTRUSTED, "clock", "", Place())
        self._house = {(rule, source): watches.add_fact(rule, source, "", Place()) for rule, source in rules.house}
        watches.carry_over()

    # ------------------------------------------------------------ what comes in

    def _judged(self, x: _Rare, now: Now) -> Sequence[Outcome]:  # noqa: PLR0911 - one return for each kind of input
        match x:
            case DeviceEvent():
                return list(self._doors.happened(x, now))
            case LinkChanged():
                return [*links.device_link(x, self._known, self._watches, now), *self._doors.linked(x, now)]
            case LineChanged():
                return links.line_link(x, self._known, self._watches, now)
            case Stranger():
                return self._stranger(x)
            case Question():
                return (Answered(x, Answer(allowed=False, why="no rule answers this question")),)
            case HouseSaid():
                watch = self._house.get((x.rule, x.source))
                if watch is None:  # an outlet's last word, after a reload has taken it away
                    return NONE
                return self._watches.fact(watch, now, abnormal=x.abnormal, why=x.why)
            case JournalChanged():
                return self._watches.fact(self._journal, now, abnormal=not x.recorded, why=x.why)
            case _:
                return acts.take(x, self._watches.book, self._doors, now)

    def _changed(self, group: KnownGroup, sample: Sample, now: Now) -> list[Outcome]:
        old, new, faults = group.values, sample.values, sample.faults
        same = old if group.settled and faults is None and group.faults is None else None
        group.values, group.faults, group.settled = new, faults, True
        out: list[Outcome] = []
        if group.stale:
            out.append(silence.speak_again(group))
            out += silence.judge_silence(group.device, self._watches, now)
        for watched in group.watched:
            index = watched.index
            if same is None or same[index] != new[index]:
                fault = None if faults is None else faults[index]
                out += self._watches.see(watched, group.device.id, new[index], fault, now)
        out += self._doors.said(group, now)
        return out

    def _stranger(self, stranger: Stranger) -> Sequence[Outcome]:
        if stranger.address in self._strangers:
            self._strangers.move_to_end(stranger.address)
            return NONE
        self._strangers[stranger.address] = stranger.what
        if len(self._strangers) > STRANGERS:
            self._strangers.popitem(last=False)
        return (StrangerSaid(stranger.address, stranger.what),)
