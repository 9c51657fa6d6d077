"""Two grids and those who work there: incidents by themselves, with a clock and a disk that the test moves.

zhang is on duty in g1, li leads it, wang sits at its desk; zhao belongs to g2. Building b1 lies in g1, b2 in g2.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from gateway.actor import Actor, Role
from gateway.config.incidents import incident_rules
from gateway.decide.incidents.incidents import Incidents
from gateway.decide.known import Known
from gateway.decide.people.rules import Department, PeopleRules
from gateway.decide.rules import FACTS, Rule, Rules
from gateway.decide.watches import Watches
from gateway.duty import Person, Reach
from gateway.incident import (
    AcceptIncident,
    ArriveAtIncident,
    CloseIncident,
    FeedBackIncident,
    GoToIncident,
    HandleIncident,
    ReportIncident,
    VerifyIncident,
)
from gateway.model import NANOSECONDS, AlarmChanged, Now, Place, Priority, Recorded, Refused, Remember
from gateway.notice import Tell
from tests.config.incident_plan import plan_with

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from drivers.contract import Json
    from gateway.decide.incidents.incident import Incident
    from gateway.incident import IncidentAct
    from gateway.model import Alarm, Said

MONDAY_10 = 1_794_189_600.0
"""Monday, 9 November 2026, 10:00 in Shanghai: a working day like any other."""

START = Now("boot-1", 1_000 * NANOSECONDS, MONDAY_10, True)

ZHANG = Actor("u-zhang", "zhang-account", Role.STAFF, person="zhang")
SUN = Actor("u-sun", "sun-account", Role.STAFF, person="sun")
LI = Actor("u-li", "li-account", Role.STAFF, person="li")
WANG = Actor("u-wang", "wang-account", Role.STAFF, person="wang")
ZHAO = Actor("u-zhao", "zhao-account", Role.STAFF, frozenset({"g2"}), person="zhao")
BOSS = Actor("u-boss", "boss", Role.MANAGER)
VIEWER = Actor("u-look", "look", Role.VIEWER)
COUNTY = Actor("county:city", "county", Role.VIEWER, way="county")

IDS = ("zhang", "sun", "li", "wang", "zhao")
PERSONS = {name: Person(name, name.title(), (Reach("chat", "1"),), f"{name}-account") for name in IDS}

DEPARTMENTS = {"gas": Department("gas", "燃气公司", "gas", (Reach("chat", "2"),), 15.0)}

HOME = Place("b1", "1", "厨房", "g1")
THERE = Place("b2", "1", "楼道", "g2")

RULES = Rules(
    {name: Rule(name, Priority.P3) for name in FACTS},
    incidents=incident_rules(plan_with()),
    people=PeopleRules(departments=DEPARTMENTS),
)


@dataclass(frozen=True)
class Duty:
    person: str
    responsible: str


@dataclass
class Team:
    """The staff as incidents know it."""

    duty: dict[str, str] = field(default_factory=lambda: {"g1": "zhang", "g2": "zhao"})

    def person(self, name: str, /) -> Person | None:
        return PERSONS.get(name)

    def on_duty(self, grid: str, /) -> Duty:
        return Duty(self.duty.get(grid, ""), self.duty.get(grid, ""))

    def in_role(self, grid: str, role: str, /) -> tuple[str, ...]:
        return {("g1", "leader"): ("li",), ("g1", "desk"): ("wang",)}.get((grid, role), ())


@dataclass
class Office:
    """Incidents over a real book of alarms."""

    rules: Rules = RULES
    now: Now = START
    disk: dict[str, Json] = field(default_factory=dict)
    said: list[Said] = field(default_factory=list)
    team: Team = field(default_factory=Team)

    def __post_init__(self) -> None:
        self._start()

    def _start(self) -> None:
        remembered = json.loads(json.dumps(self.disk))
        self.watches, known = Watches(remembered, self.now), Known()
        known.rules = self.rules
        self.watches.begin(self.rules)
        self.book = self.watches.book
        self.incidents = Incidents(remembered, known, self.watches, self.team, self.now)
        self._keep(self.incidents.adopt(self.now))

    # ------------------------------------------------------------ what happens

    def alarm(
        self,
        rule: str = "smoke",
        source: str = "s1",
        place: Place = HOME,
        *,
        priority: Priority = Priority.P2,
        **said: bool,
    ) -> Alarm:
        """An alarm is raised, and people are told."""
        latching = said.pop("latching", False)
        out = self.book.raised(
            Rule(rule, priority, latching=latching), source, "", place, True, "why", self.now, simulated=False
        )
        alarm = self.book.open[f"{rule}@{source}"]
        if said:
            marked = replace(alarm, **said)  # type: ignore[arg-type] # a test names marks that exist
            self.book.open[alarm.key] = marked
            out = [replace(each, alarm=marked) if isinstance(each, AlarmChanged) else each for each in out]
        self._keep(self.incidents.follow(out, self.now))
        return self.book.open[alarm.key]

    def clear(self, rule: str = "smoke", source: str = "s1") -> None:
        """Its condition is gone."""
        self._keep(self.incidents.follow(self.book.cleared(f"{rule}@{source}", False, self.now), self.now))

    def act(self, act: IncidentAct) -> str:
        """A person acts; returns the refusal's code, "" where it was allowed."""
        out = self._keep(self.incidents.act(act, self.now))
        refused = [each for each in out if isinstance(each, Refused)]
        assert len(refused) <= 1
        assert not refused or len(out) == 1, "a refused act changes nothing"
        return refused[0].code if refused else ""

    def wait(self, seconds: float) -> list[Said]:
        """Let time pass, woken at every deadline and every minute on the way."""
        end, minute = self.now.boottime_ns + int(seconds * NANOSECONDS), 60 * NANOSECONDS
        out: list[Said] = []
        while self.now.boottime_ns < end:
            due = self.incidents.next_ns or end
            self._move(min(end, max(due, self.now.boottime_ns + 1), self.now.boottime_ns + minute))
            out += self._keep(self.incidents.wake(self.now))
            out += self._keep(self.incidents.checkpoint(self.now))
        return out

    def restart(self, off_seconds: float = 0.0, *, reboot: bool = False, trusted: bool = True) -> None:
        """Kill it: only what was remembered is left."""
        boottime = 5 * NANOSECONDS if reboot else self.now.boottime_ns + int(off_seconds * NANOSECONDS)
        boot = f"{self.now.boot_id}+" if reboot else self.now.boot_id
        self.now = Now(boot, boottime, self.now.utc + off_seconds, trusted)
        self._start()

    # ------------------------------------------------------------ what is seen

    @property
    def all(self) -> list[Incident]:
        return list(self.incidents.known.values())

    def one(self, number: int = 1) -> Incident:
        return self.incidents.known[number]

    def rows(self, number: int = 1) -> list[str]:
        """What happened to an incident, by its rows in the log."""
        return [
            str(each.body["what"])
            for each in self.said
            if isinstance(each, Recorded) and each.kind == "incident" and each.subject == str(number)
        ]

    def told(self, said: Iterable[Said] | None = None) -> list[tuple[str, tuple[str, ...], Json]]:
        """What people are told of beside alarms: kind, to whom, and the stage or what it is about."""
        several = [each for each in (self.said if said is None else said) if isinstance(each, Tell)]
        return [(each.kind, each.to, each.facts.get("stage") or each.facts.get("what")) for each in several]

    def _move(self, boottime_ns: int) -> None:
        passed = (boottime_ns - self.now.boottime_ns) / NANOSECONDS
        self.now = self.now._replace(boottime_ns=boottime_ns, utc=self.now.utc + passed)

    def _keep(self, said: Sequence[Said]) -> list[Said]:
        for each in said:
            if isinstance(each, Remember) and each.value is None:
                self.disk.pop(each.key, None)
            elif isinstance(each, Remember):
                self.disk[each.key] = each.value
        self.said += said
        return list(said)


def gone_to(office: Office, state: str, number: int = 1) -> None:
    """Bring an incident of g1 that zhang has to a later state."""
    steps: list[tuple[str, IncidentAct]] = [
        ("assigned", AcceptIncident(WANG, number, "zhang")),
        ("going", GoToIncident(ZHANG, number)),
        ("arrived", ArriveAtIncident(ZHANG, number)),
        ("handled", HandleIncident(ZHANG, number, "开窗通风")),
        ("feedback", FeedBackIncident(ZHANG, number, "cooking", "住户知道了")),
        ("verified", VerifyIncident(WANG, number, good=True)),
        ("closed", CloseIncident(WANG, number)),
    ]
    for name, act in steps:
        assert office.act(act) == "", name
        if name == state:
            return


def report(
    actor: Actor = WANG, category: str = "environment", priority: int = 3, building: str = "b1"
) -> ReportIncident:
    return ReportIncident(actor, building, "1", "门口", category, "垃圾没有清", priority)
