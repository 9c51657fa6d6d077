"""`Judge`: everything that comes in, and what follows from it.

It changes only its own state; what must survive a restart leaves as `Remember` and is handed back at the next start. A
report of an unchanged answer costs two attribute stores.
"""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from drivers.contract import Answer, DeviceEvent, Link, LinkChanged, Question, Sample, Stranger
from gateway.decide import rules as names
from gateway.decide.acts import Acts
from gateway.decide.alarms import AlarmBook
from gateway.decide.deadline import CHECKPOINT_NS
from gateway.decide.fire import FireRelease
from gateway.decide.timers import Timers
from gateway.decide.watch import Watch
from gateway.model import (
    NANOSECONDS,
    Answered,
    HouseSaid,
    Input,
    JournalChanged,
    LineChanged,
    LinkSaid,
    Now,
    Outcome,
    Place,
    Remember,
    StaleSaid,
    StrangerSaid,
    Suppression,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from drivers.contract import Fault, Json, Value
    from gateway.decide.rules import DeviceRules, GroupRules, Rules
    from gateway.model import Alarm

NONE: tuple[Outcome, ...] = ()
"""What follows from nothing new. One object, so that the road can ask `outcomes is NONE`."""

SWEEP_NS = NANOSECONDS
"""Freshness is looked at once a second: one pass over all groups instead of a timer for each."""

STRANGERS = 1_000
"""How many strangers are told apart; the longest unheard is forgotten first."""

_SILENCE = "silence"
_DOWN = (Link.LOST, Link.MISCONFIGURED)


@dataclass(slots=True)
class _Group:
    device: str
    number: int
    silent_ns: int | None
    watches: tuple[tuple[int, Watch], ...]
    heard_ns: int
    values: tuple[Value, ...] | None = None
    faults: tuple[Fault | None, ...] | None = None
    stale: bool = False
    """Its values are old: it was silent for too long, or its link was lost."""
    overdue: bool = False
    """It was silent for longer than it may be."""


@dataclass(slots=True)
class _Device:
    id: str
    rules: DeviceRules
    groups: tuple[_Group, ...]
    lost: Watch
    misconfigured: Watch
    stale: Watch
    link: Link = Link.UNKNOWN


@dataclass(slots=True)
class _Line:
    id: str
    lost: Watch
    link: Link = Link.UNKNOWN
    devices: list[_Device] = field(default_factory=list)


class Judge:
    """See the module. `rules` may be replaced by `adopt`; `remembered` is what earlier `Remember`s wrote."""

    def __init__(self, rules: Rules, remembered: Mapping[str, Json], now: Now) -> None:
        self._book = AlarmBook(remembered)
        self._timers = Timers(remembered, now)
        self._acts = Acts(remembered)
        self._fire = FireRelease(remembered)
        self._silence: dict[str, int] = dict(remembered.get(_SILENCE) or {})
        self._strangers: OrderedDict[str, str] = OrderedDict()
        self._sweep_ns = now.boottime_ns + SWEEP_NS
        self._checkpoint_ns = now.boottime_ns + CHECKPOINT_NS
        self._lines: dict[str, _Line] = {}
        self._devices: dict[str, _Device] = {}
        self._groups: dict[tuple[str, int], _Group] = {}
        self._watches: dict[str, Watch] = {}
        self._build(rules, now)

    @property
    def alarms(self) -> Sequence[Alarm]:
        """All alarms that are not normal."""
        return tuple(self._book.open.values())

    @property
    def next_deadline(self) -> int:
        """CLOCK_BOOTTIME in nanoseconds at which `wake` has work again."""
        due = self._timers.next_ns
        return self._sweep_ns if due is None else min(due, self._sweep_ns)

    def take(self, x: Input, now: Now) -> Sequence[Outcome]:
        """Judge one input."""
        return self._with_fire(self._take(x, now))

    def _take(self, x: Input, now: Now) -> Sequence[Outcome]:  # noqa: PLR0911 - one return for each kind of input
        match x:
            case Sample():
                return self._sample(x, now)
            case DeviceEvent():
                return NONE
            case LinkChanged():
                return self._device_link(x, now)
            case LineChanged():
                return self._line_link(x, now)
            case Stranger():
                return self._stranger(x)
            case Question():
                return (Answered(x, Answer(allowed=False, why="no rule answers this question")),)
            case HouseSaid():
                return self._of_the_house(x, now)
            case JournalChanged():
                return self._journal.fact(
                    abnormal=not x.recorded, why=x.why, book=self._book, timers=self._timers, now=now
                )
            case _:
                return self._acts.take(x, self._rules, self._book, now)

    def wake(self, now: Now) -> Sequence[Outcome]:
        """Let time pass: delays that ended, groups that fell silent, checkpoints."""
        out: list[Outcome] = []
        for timer in self._timers.ended(now):
            watch = self._watches.get(timer.partition(":")[2])
            out += [Remember(timer, None)] if watch is None else watch.due(timer, self._book, now)
        if now.boottime_ns >= self._sweep_ns:
            self._sweep_ns = now.boottime_ns + SWEEP_NS
            out += self._sweep(now)
        if now.boottime_ns >= self._checkpoint_ns:
            self._checkpoint_ns = now.boottime_ns + CHECKPOINT_NS
            out += self._timers.checkpoint(now)
            out += self._remember_silence(now)
        return self._with_fire(out or NONE)

    def _with_fire(self, outcomes: Sequence[Outcome]) -> Sequence[Outcome]:
        """Fire release first: what follows for doors stands before what follows for people."""
        if outcomes is NONE:
            return NONE
        released = list(self._fire.follow(outcomes, self._rules, self._releasing))
        return [*released, *outcomes] if released else outcomes

    def adopt(self, rules: Rules, now: Now) -> Sequence[Outcome]:
        """Take new rules: what stays keeps its state; an alarm whose source is gone stays, marked so.

        Also the first thing after a start: it says again which wanted states stand.
        """
        before = (self._lines, self._devices, self._groups, self._watches)
        self._silence = {}
        self._lines, self._devices, self._groups, self._watches = {}, {}, {}, {}
        self._build(rules, now)
        self._carry_over(*before)
        out: list[Outcome] = list(self._fire.again(rules))
        for key in list(self._book.open):
            out += self._book.orphaned(key, orphaned=key not in self._watches, now=now)
        for timer in self._timers:
            if timer.partition(":")[2] not in self._watches:
                out += self._timers.stop(timer)
        return out or NONE

    def _carry_over(
        self,
        lines: Mapping[str, _Line],
        devices: Mapping[str, _Device],
        groups: Mapping[tuple[str, int], _Group],
        watches: Mapping[str, Watch],
    ) -> None:
        for line_id in self._lines.keys() & lines.keys():
            self._lines[line_id].link = lines[line_id].link
        for device_id in self._devices.keys() & devices.keys():
            self._devices[device_id].link = devices[device_id].link
        for name in self._groups.keys() & groups.keys():
            # values stay unknown, so that the next sample is judged by the new rules
            new_group, old_group = self._groups[name], groups[name]
            new_group.heard_ns, new_group.stale, new_group.overdue = (
                old_group.heard_ns,
                old_group.stale,
                old_group.overdue,
            )
        for key in self._watches.keys() & watches.keys():
            old, new = watches[key], self._watches[key]
            new.value, new.sure, new.why = old.value, old.sure, old.why

    # ------------------------------------------------------------ building

    def _build(self, rules: Rules, now: Now) -> None:
        self._rules = rules
        watched = (w for device in rules.devices.values() for group in device.groups for w in group.watched)
        self._releasing = frozenset(rule.name for w in watched for rule in w.rules if rule.releases)
        for line_id, place in rules.lines.items():
            self._lines[line_id] = _Line(line_id, self._fact(names.LINE_LOST, line_id, "", place))
        for device_id, device_rules in rules.devices.items():
            place = device_rules.place
            groups = tuple(self._group(device_id, n, group, now) for n, group in enumerate(device_rules.groups))
            device = _Device(
                device_id,
                device_rules,
                groups,
                lost=self._fact(names.DEVICE_LOST, device_id, device_id, place),
                misconfigured=self._fact(names.DEVICE_MISCONFIGURED, device_id, device_id, place),
                stale=self._fact(names.STALE, device_id, device_id, place),
            )
            self._devices[device_id] = device
            self._lines[device_rules.line].devices.append(device)
        self._journal = self._fact(names.JOURNAL_FAILED, "journal", "", Place())
        self._clock = self._fact(names.CLOCK_UNTRUSTED, "clock", "", Place())
        self._house = {(rule, source): self._fact(rule, source, "", Place()) for rule, source in rules.house}

    def _fact(self, name: str, source: str, device: str, place: Place) -> Watch:
        return self._watch(Watch(self._rules.facts[name], source, device, place, self._rules.simulated))

    def _watch(self, watch: Watch) -> Watch:
        self._watches[watch.key] = watch
        return watch

    def _group(self, device: str, number: int, rules: GroupRules, now: Now) -> _Group:
        watches = tuple(
            (watched.index, self._watch(Watch(rule, watched.point, device, watched.place, self._rules.simulated)))
            for watched in rules.watched
            for rule in watched.rules
        )
        silent_ns = None if rules.silent_seconds is None else int(rules.silent_seconds * NANOSECONDS)
        unheard_ns = self._silence.get(f"{device}/{number}", 0)
        group = _Group(device, number, silent_ns, watches, heard_ns=now.boottime_ns - unheard_ns)
        self._groups[device, number] = group
        return group

    # ------------------------------------------------------------ values

    def _sample(self, sample: Sample, now: Now) -> Sequence[Outcome]:
        group = self._groups[sample.device, sample.group]
        group.heard_ns = sample.received_ns
        old, new = group.values, sample.values
        if new is old and sample.faults is group.faults and not group.stale:
            return NONE
        plain = old is not None and sample.faults is None and group.faults is None and not group.stale
        group.values, group.faults = new, sample.faults
        out: list[Outcome] = []
        if group.stale:
            group.stale = group.overdue = False
            out.append(StaleSaid(group.device, group.number, stale=False))
            out += self._judge_silence(self._devices[group.device], now)
        for index, watch in group.watches:
            if plain and old[index] == new[index]:  # type: ignore[index] # plain says that old is a tuple
                continue
            fault = sample.faults[index] if sample.faults is not None else None
            out += watch.see(new[index], fault, self._book, self._timers, now)
        return out or NONE

    def _sweep(self, now: Now) -> Iterator[Outcome]:
        now_ns = now.boottime_ns
        for group in self._groups.values():
            if group.silent_ns is not None and not group.overdue and now_ns - group.heard_ns > group.silent_ns:
                group.overdue = True
                if not group.stale:
                    yield from self._fall_silent(group)
                yield from self._judge_silence(self._devices[group.device], now)
        yield from self._clock.fact(
            abnormal=not now.trusted, why="the clock is not synchronised", book=self._book, timers=self._timers, now=now
        )

    def _fall_silent(self, group: _Group) -> Iterator[Outcome]:
        group.stale = True
        for _, watch in group.watches:
            watch.sure = False
        yield StaleSaid(group.device, group.number, stale=True)

    def _judge_silence(self, device: _Device, now: Now) -> list[Outcome]:
        """One alarm for one cause: a device whose link is lost has its own, and one behind a lost line has the line's."""
        down = device.link in _DOWN or self._lines[device.rules.line].link in _DOWN
        silent = not down and any(group.overdue for group in device.groups)
        return device.stale.fact(
            abnormal=silent, why="no answer in time", book=self._book, timers=self._timers, now=now
        )

    def _remember_silence(self, now: Now) -> Iterator[Outcome]:
        """How long each slow group has been silent: only where a restart could else lengthen the wait noticeably."""
        silence = {
            f"{group.device}/{group.number}": now.boottime_ns - group.heard_ns
            for group in self._groups.values()
            if group.silent_ns is not None and group.silent_ns > CHECKPOINT_NS
        }
        if silence:
            yield Remember(_SILENCE, silence)

    # ------------------------------------------------------------ links

    def _device_link(self, changed: LinkChanged, now: Now) -> Sequence[Outcome]:
        device = self._devices[changed.device]
        if device.link is changed.link:
            return NONE
        device.link = changed.link
        out: list[Outcome] = [LinkSaid(device.id, is_line=False, link=changed.link, why=changed.why)]
        if self._lines[device.rules.line].link not in _DOWN:
            out += self._judge_link(device, changed.why, now)
        out += self._silence_all(device) if changed.link in _DOWN else self._begin_to_listen(device, now)
        out += self._judge_silence(device, now)
        return out

    def _line_link(self, changed: LineChanged, now: Now) -> Sequence[Outcome]:
        line = self._lines[changed.line]
        if line.link is changed.link:
            return NONE
        line.link = changed.link
        down = changed.link in _DOWN
        out: list[Outcome] = [LinkSaid(line.id, is_line=True, link=changed.link, why=changed.why)]
        out += line.lost.fact(abnormal=down, why=changed.why, book=self._book, timers=self._timers, now=now)
        for device in line.devices:
            if down:
                for watch in (device.lost, device.misconfigured):  # the line's alarm speaks for what would come of them
                    out += self._book.suppressed(watch.key, Suppression.BY_DESIGN, now)
                    out += self._timers.stop(watch.timers()[0])
                out += self._silence_all(device)
            else:
                device.link = Link.UNKNOWN  # the driver says again what it finds, and that ends the suppression
                self._begin_to_listen(device, now)
            out += self._judge_silence(device, now)
        return out

    def _judge_link(self, device: _Device, why: str, now: Now) -> list[Outcome]:
        out: list[Outcome] = []
        for watch, link in ((device.lost, Link.LOST), (device.misconfigured, Link.MISCONFIGURED)):
            abnormal = device.link is link
            if not abnormal and self._book.suppressed_by_design(
                watch.key
            ):  # nobody waits for the end of what he was spared
                out += self._book.cleared(watch.key, value=False, now=now)
            out += self._book.suppressed(watch.key, Suppression.NONE, now)
            out += watch.fact(abnormal=abnormal, why=why, book=self._book, timers=self._timers, now=now)
        return out

    def _silence_all(self, device: _Device) -> Iterator[Outcome]:
        for group in device.groups:
            if not group.stale and group.values is not None:
                yield from self._fall_silent(group)

    def _begin_to_listen(self, device: _Device, now: Now) -> Sequence[Outcome]:
        """A link that is back gets its groups' whole allowance before their silence counts."""
        for group in device.groups:
            if group.overdue:
                group.heard_ns, group.overdue = now.boottime_ns, False
        return NONE

    def _of_the_house(self, said: HouseSaid, now: Now) -> Sequence[Outcome]:
        watch = self._house.get((said.rule, said.source))
        if watch is None:  # an outlet's last word, after a reload has taken it away
            return NONE
        found = watch.fact(abnormal=said.abnormal, why=said.why, book=self._book, timers=self._timers, now=now)
        return found or NONE

    def _stranger(self, stranger: Stranger) -> Sequence[Outcome]:
        if stranger.address in self._strangers:
            self._strangers.move_to_end(stranger.address)
            return NONE
        self._strangers[stranger.address] = stranger.what
        if len(self._strangers) > STRANGERS:
            self._strangers.popitem(last=False)
        return (StrangerSaid(stranger.address, stranger.what),)
