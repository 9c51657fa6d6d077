"""The staff of the tests: the real people of decide, with a roster in g1 that runs around the clock."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from gateway.decide.known import Known
from gateway.decide.people.people import People
from gateway.decide.people.rules import Department, GridRules, PeopleRules
from gateway.decide.rules import FACTS, Rule, Rules
from gateway.decide.watches import Watches
from gateway.duty import Person, Reach, Shift
from gateway.model import Priority
from gateway.notice import Tell
from gateway.serve.duty_keeper import DutyKeeper
from tests.serve.firewatch import Firewatch

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gateway.duty import DutyAct
    from gateway.model import Now, Outcome

ZHANG = Person("zhang", "张三", (Reach("bot", "13800000001"), Reach("sms", "13800000001")), "staff")
LI = Person("li", "李四", (Reach("bot", "13800000002"),))
CHEN = Person("chen", "陈组长", (Reach("bot", "1380"),))
RULES = PeopleRules(
    grids={
        "c1": GridRules("c1", "幸福社区", level="community", code="370102013006"),
        "g1": GridRules("g1", "第一网格", "c1", code="370102013006001"),
        "g2": GridRules("g2", "第二网格", "c1"),
    },
    departments={"gas": Department("gas", "燃气公司", "gas", (Reach("sms", "0531-5550100"),), 15)},
    channels=frozenset({"bot", "sms"}),
    chats=frozenset({"bot"}),
    persons=(ZHANG, LI, CHEN),
    teams={"c1": {"leader": ("chen",)}, "g2": {"guard": ("li",)}},
    shifts={"g1": (Shift("g1-1", "g1", "全天", frozenset(range(7)), 0, 1440, "zhang", "li"),)},
)


@dataclass
class Staffing:
    """People who work here; `told` is what they would have been told."""

    now: Now
    told: list[Tell] = field(default_factory=list)
    safety: Firewatch = field(default_factory=Firewatch)

    def __post_init__(self) -> None:
        known, watches = Known(), Watches({}, self.now)
        judged = Rules({name: Rule(name, Priority.P3) for name in FACTS}, people=RULES)
        watches.begin(judged)
        known.build(judged, watches, {}, self.now)
        watches.carry_over()
        self.people = People({}, known, watches, self.now)
        self.people.adopt(self.now)

    def act(self, act: DutyAct, now: Now) -> Sequence[Outcome]:
        """What somebody asks for; what is to be told is kept and goes nowhere."""
        outcomes = self.people.act(act, now)
        self.told += [outcome for outcome in outcomes if isinstance(outcome, Tell)]
        return [outcome for outcome in outcomes if not isinstance(outcome, Tell)]

    def keeper(self) -> DutyKeeper:
        """What the HTTP face needs."""
        return DutyKeeper(self.people)
