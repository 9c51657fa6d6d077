"""How alarms are answered in the served compound: the real part of the judgement, with the alarms that a test raised."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from gateway.decide.answering.answering import Answering
from gateway.decide.known import Known
from gateway.decide.watches import Watches
from gateway.serve.answering_keeper import AnsweringKeeper
from tests.decide.bench_of_rules import FACT_RULES
from tests.serve.sensing import rules_of

if TYPE_CHECKING:
    from gateway.answering import AnsweringAct
    from gateway.model import Alarm, Now, Outcome
    from gateway.serve.layout import Layout


@dataclass
class Answerer:
    """`Answering` over the detectors of a layout."""

    layout: Layout
    now: Now

    def __post_init__(self) -> None:
        rules = replace(rules_of(self.layout), facts=FACT_RULES)
        self.watches, known = Watches({}, self.now), Known()
        self.watches.begin(rules)
        known.build(rules, self.watches, {}, self.now)
        self.watches.carry_over()
        self.answering = Answering({}, known, self.watches, self.now)

    def knows(self, alarm: Alarm) -> None:
        """A test raised it."""
        self.watches.book.open[alarm.key] = alarm

    def act(self, act: AnsweringAct, now: Now) -> list[Outcome]:
        """Whatever is asked."""
        return self.answering.act(act, now)

    def keeper(self) -> AnsweringKeeper:
        """What the HTTP face is handed."""
        return AnsweringKeeper(self.answering.outages, self.answering.pending_outages)
