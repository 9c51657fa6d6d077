"""`Judge`: everything that comes in, and what follows from it.

It changes only its own state; what must survive a restart leaves as `Remember` and is handed back at the next start. A
report of an unchanged answer costs two attribute stores.
"""

from __future__ import annotations

from collections import OrderedDict
from typing import TYPE_CHECKING, Protocol, TypeAlias

from drivers.contract import Answer, DeviceEvent, LinkChanged, Question, Sample, Stranger
from gateway.decide import acts, links, silence
from gateway.decide import rules as names
from gateway.decide.answering.answering import Answering
from gateway.decide.chargers.chargers import Chargers
from gateway.decide.deadline import CHECKPOINT_NS
from gateway.decide.detectors.detectors import Before, Detectors
from gateway.decide.doors import Doors
from gateway.decide.escalation.escalation import Escalation
from gateway.decide.fires.fires import Fires
from gateway.decide.incidents.incidents import Incidents
from gateway.decide.known import Known
from gateway.decide.lockers.lockers import Lockers
from gateway.decide.people.people import People
from gateway.decide.power.power import Power
from gateway.decide.privacy.privacy import Privacy
from gateway.decide.spent_links import SpentLinks
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
from gateway.notice import NoticesSaid

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from drivers.contract import Json
    from gateway.decide.known import KnownGroup
    from gateway.decide.rules import Rules
    from gateway.model import Alarm, Said

NONE: tuple[Outcome, ...] = ()
"""What follows from nothing new. One object, so that the road can ask `outcomes is NONE`."""

SWEEP_NS = NANOSECONDS
"""Freshness is looked at once a second: one pass over all groups instead of a timer for each."""

STRANGERS = 1_000
"""How many strangers are told apart; the longest unheard is forgotten first."""

_Rare: TypeAlias = (
    LinkChanged | Stranger | DeviceEvent | Question | LineChanged | JournalChanged | HouseSaid | NoticesSaid | Act
)
"""What comes in beside samples."""


class _Part(Protocol):
    """A part of the judgement, as far as time and rules go."""

    @property
    def next_ns(self) -> int | None: ...

    def adopt(self, now: Now, /) -> Iterable[Said]: ...

    def sweep(self, now: Now, /) -> Iterable[Said]: ...

    def wake(self, now: Now, /) -> Iterable[Said]: ...

    def checkpoint(self, now: Now, /) -> Iterable[Said]: ...


class Judge:
    """See the module. `rules` may be replaced by `adopt`; `remembered` is what earlier `Remember`s wrote.

    Its parts may be read by others.
    """

    def __init__(self, rules: Rules, remembered: Mapping[str, Json], now: Now) -> None:
        self._watches = watches = Watches(remembered, now)
        self._known = known = Known()
        self._strangers: OrderedDict[str, str] = OrderedDict()
        self._sweep_ns = now.boottime_ns + SWEEP_NS
        self._checkpoint_ns = now.boottime_ns + CHECKPOINT_NS
        self._build(rules, dict(remembered.get(silence.SILENCE) or {}), now)
        self.doors = doors = Doors(remembered, known, watches, now)
        self.permits, self.commissioning, self.serials = doors.permits, doors.commissioning, doors.serials
        self.detectors = Detectors(remembered, known, watches, now)
        self.chargers = Chargers(remembered, known, watches, doors.sending, now)
        self.fires = Fires(remembered, known, watches, doors.sending, now)
        self.lockers = Lockers(remembered, known, watches, self.fires.freezing, doors.sending, now)
        self.power = Power(remembered, known, watches, now)
        self.answering = Answering(remembered, known, watches, now)
        self.people = People(remembered, known, watches, now)
        self.incidents = Incidents(remembered, known, watches, self.people, now)
        self.privacy = Privacy(remembered, known, self.permits, self.incidents)
        self.escalation = Escalation(
            remembered, known, watches, self.people, self.fires.trial_people, self.answering.flooded, now
        )
        self.spent_links = SpentLinks(remembered, self.answering.act)
        doors.gate.interlocks = (self.chargers, self.lockers, self.fires.gas)
        self._parts: tuple[_Part, ...] = (
            self.answering, doors, self.detectors, self.chargers, self.lockers, self.fires, self.power, self.people,
            self.incidents,
        )  # fmt: skip
        """All but escalation, which comes when they were followed."""

    @property
    def alarms(self) -> Sequence[Alarm]:
        """All alarms that are not normal."""
        return tuple(self._watches.book.open.values())

    def alarm(self, number: int) -> Alarm | None:
        """The open alarm of that number."""
        return self._watches.book.numbered(number)

    @property
    def next_deadline(self) -> int:
        """CLOCK_BOOTTIME in nanoseconds at which `wake` has work again."""
        several = (
            self._sweep_ns,
            self._watches.next_ns,
            self.escalation.next_ns,
            *(part.next_ns for part in self._parts),
        )
        return min(due for due in several if due is not None)

    def take(self, x: Input, now: Now) -> Sequence[Outcome]:
        """Judge one input."""
        if isinstance(x, Sample):
            group = self._groups[x.device, x.group]
            if x.values is group.values and x.faults is group.faults and group.settled:
                group.heard_ns = x.received_ns
                return NONE
            out: Sequence[Said] = self._changed(group, x, now)
        else:
            out = self._judged(x, now)
        return self._followed(out, now) if out else NONE

    def wake(self, now: Now) -> Sequence[Outcome]:
        """Let time pass: delays that ended, groups that fell silent, checkpoints.

        Escalation comes when all else was followed: what it remembers because of time must not stand behind what it
        remembers because of an alarm that changed in this very moment, and so outlive it on disk.
        """
        out: list[Said] = [*self._watches.due(now)]
        sweeps = now.boottime_ns >= self._sweep_ns
        if sweeps:
            self._sweep_ns = now.boottime_ns + SWEEP_NS
            out += silence.sweep(self._known, self._watches, now)
            out += self._watches.fact(self._clock, now, abnormal=not now.trusted, why="the clock is not synchronised")
            for part in self._parts:
                out += part.sweep(now)
        if now.boottime_ns >= self._checkpoint_ns:
            self._checkpoint_ns = now.boottime_ns + CHECKPOINT_NS
            out += self._watches.timers.checkpoint(now)
            out += silence.remember_silence(self._known, now)
            out += self.spent_links.checkpoint(now)
            for part in self._parts:
                out += part.checkpoint(now)
        for part in self._parts:
            out += part.wake(now)
        followed = self._followed(out, now) if out else NONE
        last = [*(self.escalation.sweep(now) if sweeps else ()), *self.escalation.wake(now)]
        return [*followed, *last] if last else followed

    def _followed(self, out: Sequence[Said], now: Now) -> Sequence[Outcome]:
        """What alarms mean: fires that they confirm, doors that open, chargers that stop; then what people make of them.

        What devices are told stands before what people are told.
        """
        out = self.chargers.follow(self.fires.follow(out, now), now)
        out = self.doors.follow_fire(self.fires.effects(out, now), now)
        return self._told(self.power.follow(out, now), now)

    def _told(self, out: Sequence[Said], now: Now) -> Sequence[Outcome]:
        """Who is told: an incident is opened or joined, floods are counted, notices are made."""
        out = self.answering.follow(self.incidents.follow(out, now), now)
        return self.escalation.follow(out, now)

    def adopt(self, rules: Rules, now: Now) -> Sequence[Outcome]:
        """Take new rules: what stays keeps its state; an alarm whose source is gone stays, marked so.

        Also the first thing after a start: it says again which wanted states stand.
        """
        self._build(rules, {}, now)
        out: list[Said] = [*self._watches.timers.resumed()]
        for part in self._parts:
            out += part.adopt(now)
        told = self.escalation.adopt(now)
        out += self._watches.orphans(now)
        return [*told, *self._told(out, now)] if out else told

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

    def _judged(self, x: _Rare, now: Now) -> Sequence[Said]:  # noqa: PLR0911 - one return for each kind of input
        match x:
            case DeviceEvent():
                return self._happened(x, now)
            case LinkChanged():
                return self._linked(x, now)
            case LineChanged():
                out = links.line_link(x, self._known, self._watches, now)
                self.detectors.line_linked(x, now)
                out += self.chargers.line_linked(x, now)
                return out
            case Stranger():
                return self.detectors.pressed(x, now) if x.pressed else self._stranger(x)
            case Question():
                return self._asked(x, now)
            case HouseSaid():
                return self._house_said(x, now)
            case JournalChanged():
                return self._watches.fact(self._journal, now, abnormal=not x.recorded, why=x.why)
            case NoticesSaid():
                return self.escalation.said(x, now)
            case _:
                return acts.take(x, self, now)

    def _house_said(self, said: HouseSaid, now: Now) -> Sequence[Outcome]:
        watch = self._house.get((said.rule, said.source))
        if watch is None:  # an outlet's last word, after a reload has taken it away
            return NONE
        return self._watches.fact(watch, now, abnormal=said.abnormal, why=said.why)

    def _asked(self, question: Question, now: Now) -> Sequence[Outcome]:
        device = self._known.devices.get(question.device)
        if device is not None and device.rules.compartments:
            return self.lockers.asked(question, now)
        if device is not None and device.rules.ports:
            return self.chargers.asked(question, now)
        return (Answered(question, Answer(allowed=False, why="no rule answers this question")),)

    def _happened(self, event: DeviceEvent, now: Now) -> list[Outcome]:
        device = self._known.devices.get(event.device)
        rules = None if device is None else device.rules
        if rules is not None and rules.detector is not None:
            return self.detectors.happened(event, now)
        out = self.chargers.happened(event, now)  # also what is said of the network of any device
        if rules is not None and rules.compartments:
            out += self.lockers.happened(event, now)
        elif rules is None or not rules.ports:
            out += self.doors.happened(event, now)
        return out

    def _linked(self, changed: LinkChanged, now: Now) -> list[Outcome]:
        out = links.device_link(changed, self._known, self._watches, now)
        rules = self._known.devices[changed.device].rules
        if rules.receiver:
            self.detectors.linked(changed, now)
        elif rules.compartments:
            out += self.lockers.linked(changed, now)
        elif rules.detector is None:
            out += self.chargers.linked(changed, now)
            if not rules.ports:
                out += self.doors.linked(changed, now)
        return out

    def _changed(self, group: KnownGroup, sample: Sample, now: Now) -> list[Outcome]:
        heard_ns, group.heard_ns = group.heard_ns, sample.received_ns
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
        before, rules = Before(old, heard_ns), group.device.rules
        if rules.detector is not None:
            out += self.detectors.said(group, before, now)
        elif rules.compartments:
            out += self.lockers.said(group, before, now)
        else:
            out += self.chargers.said(group, before, now)  # chargers, and the contactors before them
            if not rules.ports:
                out += self.doors.said(group, now)
        return out

    def _stranger(self, stranger: Stranger) -> Sequence[Outcome]:
        if stranger.address in self._strangers:
            self._strangers.move_to_end(stranger.address)
            return NONE
        self._strangers[stranger.address] = stranger.what
        if len(self._strangers) > STRANGERS:
            self._strangers.popitem(last=False)
        return (StrangerSaid(stranger.address, stranger.what, stranger.receiver, stranger.rssi),)
