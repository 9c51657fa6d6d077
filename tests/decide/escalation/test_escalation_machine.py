"""Whatever happens, with kills at any moment: no step twice, none skipped, and nobody told of what was answered."""

from __future__ import annotations

import os
from dataclasses import dataclass, field

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from gateway.model import Priority
from gateway.notice import Fate
from tests.decide.escalation.street import BATTERY, FORCED, GAS, HELD, HELD_P1, SMOKE, START, Street

RULES = {"gas": GAS, "record": HELD_P1, "smoke": SMOKE, "forced": FORCED, "held": HELD, "battery": BATTERY}
DUE = {
    Priority.P1: (0, 60, 120, 180),
    Priority.P2: (0, 120, 300),
    Priority.P3: (0, 1800),
    Priority.P4: (),
}
"""What the model knows of the policies: when each step is due."""

AGAIN = {Priority.P1: (300, 2)}
"""So long after the last step it is taken again, and so often."""

TOLD = {Priority.P1: (6, 2, 1, 8, 8, 8), Priority.P2: (1, 1, 1), Priority.P3: (1, 1), Priority.P4: ()}
"""How many notices each step makes."""

SOAK = os.environ.get("GRIDPOST_SOAK") == "1"


@dataclass
class Waiting:
    """An alarm as the model sees it. `early`: a channel failed, so that steps may come before they are due."""

    number: int
    rule: str
    begun_utc: float
    active: bool = True
    early: bool = False
    ended_utc: float | None = None
    told: dict[int, int] = field(default_factory=dict)


class Answers(RuleBasedStateMachine):
    """`self.alarms` is the model, by source; it knows nothing of chains, timers or what is remembered."""

    def __init__(self) -> None:
        super().__init__()
        self.street = Street()
        self.alarms: dict[str, Waiting] = {}
        self.ended: list[Waiting] = []
        self.read = 0

    # ------------------------------------------------------------ what happens

    @rule(source=st.sampled_from(["d1", "d2", "d3"]), name=st.sampled_from(list(RULES)), killed=st.booleans())
    def an_alarm_is_raised(self, source: str, name: str, *, killed: bool) -> None:
        if source in self.alarms:
            return
        out = self.street.raised(RULES[name], source)
        following = self.street.escalation.follow(out, self.street.now)
        if killed:  # before the commit: nobody knows of it, and the detector will say so again
            self.street.restart()
            return
        self.street.keep(following)
        number = self.street.alarm(RULES[name], source).number
        self.alarms[source] = Waiting(number, name, self.street.now.utc)

    @precondition(lambda self: self.alarms)
    @rule(data=st.data(), killed=st.booleans())
    def a_person_answers(self, data: st.DataObject, *, killed: bool) -> None:
        source = data.draw(st.sampled_from(sorted(self.alarms)))
        waiting = self.alarms[source]
        out = self.street.acked(RULES[waiting.rule], source)
        following = self.street.escalation.follow(out, self.street.now)
        if killed:
            self.street.restart()
            return
        self.street.keep(following)
        self._ended(source)

    @precondition(lambda self: self.alarms)
    @rule(data=st.data())
    def it_passes(self, data: st.DataObject) -> None:
        source = data.draw(st.sampled_from(sorted(self.alarms)))
        waiting = self.alarms[source]
        if not waiting.active:
            return
        told = self.street.commit(self.street.cleared(RULES[waiting.rule], source))
        waiting.active = False
        assert all(notice.kind == "cleared" for notice in told)
        if RULES[waiting.rule].priority is not Priority.P1 and not RULES[waiting.rule].latching:
            self._ended(source)

    @rule(seconds=st.sampled_from([0.5, 29.5, 60.0, 61.0, 200.0, 700.0]))
    def time_passes(self, seconds: float) -> None:
        self.street.wait(seconds)

    @rule(off=st.sampled_from([0.0, 3.0, 70.0, 400.0]), reboot=st.booleans())
    def the_process_is_killed(self, off: float, *, reboot: bool) -> None:
        self.street.restart(off, reboot=reboot)
        self.street.wait(0)

    @precondition(lambda self: self.street.escalation.next_ns is not None)
    @rule()
    def it_is_killed_between_a_step_and_its_commit(self) -> None:
        due = self.street.escalation.next_ns
        assert due is not None
        self.street._move(max(due, self.street.now.boottime_ns))
        self.street.escalation.wake(self.street.now)
        self.street.restart()
        self.street.wait(0)

    @precondition(lambda self: self.street.waiting)
    @rule(data=st.data(), fate=st.sampled_from([Fate.SENT, Fate.SENT, Fate.DELIVERED, Fate.FOLDED, Fate.FAILED]))
    def a_channel_says(self, data: st.DataObject, fate: Fate) -> None:
        notice = data.draw(st.sampled_from(self.street.waiting))
        for waiting in self.alarms.values():
            if notice.subject == f"alarm:{waiting.number}" and fate is Fate.FAILED:
                waiting.early = True
        self.street.said(fate, notice.number)

    @rule()
    def a_minute_is_written_down(self) -> None:
        self.street.keep(self.street.escalation.sweep(self.street.now))

    # ------------------------------------------------------------ what must hold

    def _ended(self, source: str) -> None:
        waiting = self.alarms.pop(source)
        waiting.ended_utc = self.street.now.utc
        self.ended.append(waiting)
        key = f"{RULES[waiting.rule].name}@{source}"
        alarm = self.street.book.open.get(key)
        if alarm is not None and alarm.active:  # so that the source can be raised again
            self.street.commit(self.street.book.cleared(key, False, self.street.now))
        alarm = self.street.book.open.get(key)
        if alarm is not None and alarm.acked:
            self.street.commit(self.street.book.reset(alarm, "zhang", "seen", self.street.now))
        elif alarm is not None:  # it returned and nobody has to take it
            self.street.commit(self.street.book.acked(alarm, "zhang", "", self.street.now))

    @invariant()
    def each_step_is_taken_once_in_order_and_when_it_is_due(self) -> None:
        now = self.street.now.utc
        for waiting in self.alarms.values():
            priority = RULES[waiting.rule].priority
            due = [waiting.begun_utc + seconds for seconds in DUE[priority]]
            every, times = AGAIN.get(priority, (0, 0))
            steps = self.street.steps(waiting.number)
            due += [START.utc + at + every for step, at in steps if len(DUE[priority]) - 1 <= step][:times]
            taken = [step for step, _ in steps]
            expected = sum(at <= now + 0.01 for at in due)
            assert taken == list(range(len(taken)))
            assert len(taken) >= expected if waiting.early else len(taken) == expected, (taken, expected)

    @invariant()
    def each_step_is_told_once_to_each(self) -> None:
        for notice in self.street.notices[self.read :]:
            for waiting in (*self.alarms.values(), *self.ended):
                if notice.subject == f"alarm:{waiting.number}" and notice.kind != "cleared":
                    waiting.told[notice.step] = waiting.told.get(notice.step, 0) + 1
        self.read = len(self.street.notices)
        for waiting in self.alarms.values():
            expected = TOLD[RULES[waiting.rule].priority]
            for step, count in waiting.told.items():
                assert count == expected[step] or (waiting.early and count >= expected[step]), waiting

    @invariant()
    def nobody_is_told_of_what_was_answered(self) -> None:
        of = {f"alarm:{waiting.number}": waiting for waiting in self.ended}
        for notice in self.street.waiting:
            assert notice.subject not in of or notice.kind == "cleared"
        for notice in self.street.notices[-50:]:
            if notice.subject in of and notice.kind != "cleared":
                ended = of[notice.subject].ended_utc
                assert ended is not None
                assert notice.made_utc <= ended

    @invariant()
    def nothing_is_remembered_of_what_is_over(self) -> None:
        numbers = {waiting.number for waiting in self.alarms.values()}
        for key in self.street.disk:
            if key.startswith(("escalation:", "escalate:")):
                assert int(key.split(":")[1]) in numbers


Answers.TestCase.settings = settings(
    max_examples=2_000 if SOAK else 25, stateful_step_count=60 if SOAK else 25, deadline=None
)
TestEscalation = Answers.TestCase
