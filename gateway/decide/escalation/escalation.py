"""Escalation: from "people are to be told" to notices, step by step, until somebody answers.

It follows what all others decided. An announced alarm begins a chain; each step of it has a deadline of its own, counted from
the alarm, so that a restart neither shifts nor repeats one. All of it is remembered in the transaction of what it follows from.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from gateway.decide.escalation.chain import Chain, Chains, in_earnest
from gateway.decide.escalation.policy import CHAT
from gateway.decide.escalation.telling import Telling, number_of, subject_of
from gateway.decide.escalation.ways import Ways
from gateway.decide.escalation.weekly import WeeklyList
from gateway.model import AlarmChanged, AlarmState, Change, Priority, Recorded, Suppression
from gateway.notice import Tell

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from drivers.contract import Json
    from gateway.decide.escalation.policy import EscalationRules, Policy, Step
    from gateway.decide.escalation.telling import Settled
    from gateway.decide.escalation.ways import Staff, Told
    from gateway.decide.known import Known
    from gateway.decide.watches import Watches
    from gateway.model import Alarm, Now, Outcome, Said
    from gateway.notice import NoticesSaid

_CALLED = (Change.RAISED, Change.UNSUPPRESSED)
"""Changes that begin a chain where they are announced."""

_FOLLOWED = (AlarmChanged, Tell)
"""What people hear of. A tuple: a union would be made anew for each outcome of each report."""


class Escalation:
    """See the module. `fires_trials` gives the trial list of a building, `flooded` whether a grid has more alarms than people.

    `adopt` comes before anything else; `follow` is the last of all that follow what was decided.
    """

    def __init__(
        self,
        remembered: Mapping[str, Json],
        known: Known,
        watches: Watches,
        people: Staff,
        fires_trials: Callable[[str], tuple[str, ...]],
        flooded: Callable[[str], bool],
        now: Now,
    ) -> None:
        self._known = known
        self._book = watches.book
        self._trial_list = fires_trials
        self._ways = Ways(people)
        self._telling = Telling(remembered, self._ways, watches.book, flooded)
        self._chains = Chains(remembered, now)
        self._weekly = WeeklyList(remembered, now)

    # ------------------------------------------------------------ reading

    @property
    def next_ns(self) -> int | None:
        """CLOCK_BOOTTIME at which `wake` has work again, None while it waits for something to happen."""
        return self._chains.next_ns

    def waits_for(self, person: str) -> tuple[int, ...]:
        """The numbers of the alarms that somebody was told of and nobody has answered."""
        return tuple(sorted(number for number, chain in self._chains.of.items() if person in chain.told))

    # ------------------------------------------------------------ the rules, and time

    def adopt(self, now: Now) -> list[Outcome]:
        """Take the rules in force: chains go on where they stand, and what should have one and has none begins."""
        rules = self._rules
        self._ways.channels = rules.channels
        self._telling.simulated = self._known.rules.simulated
        out = [
            *self._chains.resumed(),
            *self._weekly.adopt(rules.policies, self._known.rules.timezone, now),
        ]
        open_alarms = {alarm.number: alarm for alarm in self._book.open.values()}
        for number in list(self._chains.of):
            alarm = open_alarms.get(number)
            out += self._end(number, "closed") if alarm is None else self._schedule(alarm, now)
        for number, alarm in open_alarms.items():
            new = alarm.changed_utc == now.utc  # of this very moment: `follow` will see it
            if number not in self._chains.of and not new and _waits(alarm) and alarm.suppression is Suppression.NONE:
                out += self._begin(alarm, "raised", now)
        return out

    def wake(self, now: Now) -> list[Outcome]:
        """Take the steps that are due."""
        out, due = self._chains.due(now)
        for number, index in due:
            chain = self._chains.of.get(number)
            if chain is not None and (alarm := self._book.open.get(chain.key)) is not None:
                out += self._advance(alarm, index, "escalated", now)
        return out

    def sweep(self, now: Now) -> list[Outcome]:
        """Once a second: what a restart would not count by itself, some of it; and the weekly list, when it is time."""
        out = self._chains.checkpoint(now)
        if not self._weekly.due(now):
            return out
        weekly, lists = self._weekly.told(self._book.open.values(), now)
        out += weekly
        for tell in lists:
            out += self._telling.of(tell, now)
        return out

    # ------------------------------------------------------------ what others decided

    def follow(self, outcomes: Sequence[Said], now: Now) -> Sequence[Outcome]:
        """What people are to be told of it, put behind what it follows from; no `Tell` is left."""
        for outcome in outcomes:
            if isinstance(outcome, _FOLLOWED):
                break
        else:
            return outcomes  # type: ignore[return-value] # there is no Tell among them
        out: list[Outcome] = []
        for outcome in outcomes:
            if isinstance(outcome, Tell):
                out += self._telling.of(outcome, now)
                continue
            out.append(outcome)
            if isinstance(outcome, AlarmChanged):
                out += self._changed(outcome, now)
        return out

    def said(self, said: NoticesSaid, now: Now) -> list[Outcome]:
        """A channel says what became of some notices; what failed goes the next way of its person."""
        out, settled = self._telling.said(said, waits=lambda subject: number_of(subject) in self._chains.of)
        for each in settled:
            number = number_of(each.notice.subject)
            chain = self._chains.of.get(number)
            if chain is not None and each.notice.step == chain.step:
                out += self._settled(number, each, now)
        return out

    def _settled(self, number: int, settled: Settled, now: Now) -> list[Outcome]:
        """Somebody was reached by the last step; or every way of everybody failed, and a P1's next step comes at once."""
        chain = self._chains.of[number]
        if chain.reached:
            return []
        if settled.arrived:
            return [self._chains.put(number, replace(chain, reached=True))]
        alarm = self._book.open.get(chain.key)
        policy = None if alarm is None else self._policy(chain, alarm)
        if alarm is None or policy is None or chain.priority != Priority.P1 or not in_earnest(alarm):
            return []
        if self._telling.hopes(subject_of(number), chain.step) or chain.step + 1 >= len(policy.steps):
            return []
        failed = Recorded("escalation", subject_of(number), {"step": chain.step, "failed": True})
        return [failed, *self._advance(alarm, chain.step + 1, "escalated", now)]

    def _changed(self, changed: AlarmChanged, now: Now) -> list[Outcome]:
        alarm = changed.alarm
        chain = self._chains.of.get(alarm.number)
        if changed.announce and changed.change in _CALLED:
            if chain is not None and chain.still_for(alarm):
                return self._tell_again(alarm, "raised", now)
            shelf = chain is not None and chain.paused == Suppression.SHELVED.value
            return self._begin(alarm, "shelf_ended" if shelf else "raised", now)
        if changed.announce:
            return self._tell_again(alarm, "updated", now)
        if chain is None:
            return []
        if not _waits(alarm):
            return self._over(changed, chain, now)
        return self._pause(alarm, chain) if alarm.suppression is not Suppression.NONE else []

    # ------------------------------------------------------------ the chain of an alarm

    def _begin(self, alarm: Alarm, kind: str, now: Now) -> list[Outcome]:
        out = [*self._chains.drop(alarm.number), *self._quiet(alarm.number, "begun again")]
        policy = self._rules.policy_for(alarm)
        if policy is None or not policy.steps:
            return out
        out.append(
            self._chains.put(alarm.number, Chain(alarm.key, policy.name, int(alarm.priority), in_earnest(alarm)))
        )
        if policy.after_seconds(0) <= 0 or not in_earnest(alarm):
            return out + self._advance(alarm, 0, kind, now)
        return out + self._schedule(alarm, now)

    def _schedule(self, alarm: Alarm, now: Now) -> list[Outcome]:
        """Set the deadline of every step to come that has none; the next repetition has one once all steps were taken."""
        chain = self._chains.of[alarm.number]
        policy = self._policy(chain, alarm)
        if policy is None or chain.paused or not in_earnest(alarm):
            return []
        following = chain.step + 1
        to_come = range(following, max(len(policy.steps), min(following, policy.last) + 1))
        gone = policy.after_seconds(chain.step) if chain.step >= 0 else 0.0
        out: list[Outcome] = []
        for index in to_come:
            if index not in self._chains.scheduled(alarm.number):
                wait = max(0.0, policy.after_seconds(index) - gone)
                out += self._chains.schedule(alarm.number, index, wait, now)
        return out

    def _advance(self, alarm: Alarm, until: int, kind: str, now: Now) -> list[Outcome]:
        """Take all steps up to that one, each once. One that means nobody is followed by the next at once."""
        number = alarm.number
        policy = self._policy(self._chains.of[number], alarm)
        out: list[Outcome] = []
        if policy is None:
            return out
        while (chain := self._chains.of[number]).step < min(until, policy.last):
            index = chain.step + 1
            out += self._chains.unschedule(number, index)
            told = self._told(alarm, policy.step(index))
            out += self._take(alarm, index, told)
            facts = {"after_seconds": policy.after_seconds(index)} if kind == "escalated" else {}
            out += self._telling.alarm(alarm, kind, index, told, now, facts)
            if not told and in_earnest(alarm):
                until = max(until, min(index + 1, len(policy.steps) - 1))
            kind = "escalated"
        return out + self._schedule(alarm, now)

    def _take(self, alarm: Alarm, index: int, told: Sequence[Told]) -> list[Outcome]:
        """The step counts as taken, whoever it reached."""
        chain = self._chains.of[alarm.number]
        persons = [each.person for each in told if each.person]
        chain = replace(chain, step=index, reached=False, told=tuple(dict.fromkeys([*chain.told, *persons])))
        body = {"step": index, "rule": alarm.rule, "people": len(persons), "nobody": not told}
        return [self._chains.put(alarm.number, chain), Recorded("escalation", subject_of(alarm.number), body)]

    def _told(self, alarm: Alarm, step: Step) -> list[Told]:
        """Whom a step means: for a building on trial its list; of a test only the chat tells."""
        if alarm.trial:
            to = tuple(f"person:{person}" for person in self._trial_list(alarm.place.building))
            return self._ways.told(to, alarm.place.grid, step.by)
        if alarm.test:
            return [each for each in self._ways.told(step.to, alarm.place.grid, {CHAT}) if each.person]
        return self._ways.told(step.to, alarm.place.grid, step.by)

    def _tell_again(self, alarm: Alarm, kind: str, now: Now) -> list[Outcome]:
        """Whoever was told hears of it once more, and deadlines stay. That it changed rings nobody's telephone."""
        chain = self._chains.of.get(alarm.number)
        policy = self._rules.policy_for(alarm) if chain is None else self._policy(chain, alarm)
        if policy is None or not policy.steps or (chain is not None and (chain.paused or chain.step < 0)):
            return []
        told = self._told(alarm, policy.step(0))
        before = () if chain is None or not in_earnest(alarm) else chain.told
        told = self._ways.once_more(told, before, policy.step(0).by, quiet=kind != "raised")
        return self._telling.alarm(alarm, kind, 0 if chain is None else chain.step, told, now)

    def _over(self, changed: AlarmChanged, chain: Chain, now: Now) -> list[Outcome]:
        """Nobody has to answer it any more. Where it passed by itself, whoever was called hears so, once and without a ring."""
        alarm = changed.alarm
        out = self._end(alarm.number, changed.change.value)
        passed = changed.change is Change.CLEARED and not alarm.acked and not chain.paused
        if not passed or chain.priority > Priority.P2:
            return out
        told = self._ways.once_more((), chain.told, {CHAT}, quiet=True)
        return out + self._telling.alarm(replace(alarm, priority=Priority.P3), "cleared", chain.step, told, now)

    def _pause(self, alarm: Alarm, chain: Chain) -> list[Outcome]:
        """People are spared it: nothing goes out, and when that ends it begins at its first step."""
        out = [] if chain.paused else self._quiet(alarm.number, "suppressed")
        if chain.paused == alarm.suppression.value:
            return out
        return [*out, self._chains.put(alarm.number, replace(chain, paused=alarm.suppression.value, step=-1, told=()))]

    def _end(self, number: int, why: str) -> list[Outcome]:
        dropped = self._chains.drop(number)
        return [*dropped, *self._quiet(number, why)] if dropped else []

    def _quiet(self, number: int, why: str) -> list[Outcome]:
        """No step is to come, and what did not go out stays in the house."""
        out: list[Outcome] = []
        for index in sorted(self._chains.scheduled(number)):
            out += self._chains.unschedule(number, index)
        return out + self._telling.withdrawn(subject_of(number), why)

    def _policy(self, chain: Chain, alarm: Alarm) -> Policy | None:
        """The policy that it began with; after a reload that took it away, the one that fits now."""
        policy = next((each for each in self._rules.policies if each.name == chain.policy), None)
        if policy is None:
            policy = self._rules.policy_for(alarm)
        return policy if policy is not None and policy.steps else None

    @property
    def _rules(self) -> EscalationRules:
        return self._known.rules.escalation


def _waits(alarm: Alarm) -> bool:
    """Whether somebody has to answer it: what returned by itself does not, unless it is a P1 or latched."""
    if alarm.acked or alarm.state is AlarmState.NORMAL:
        return False
    return alarm.active or alarm.latched or alarm.priority is Priority.P1
