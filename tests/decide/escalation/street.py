"""A street with people and channels for tests of escalation: a real alarm book, a disk that takes only what is committed.

Grid g1: zhang on duty, li his deputy, wang at the guard post, zhao the leader, sun of the property. g2 has a leader alone.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from gateway.decide.escalation.escalation import Escalation
from gateway.decide.escalation.policy import ChannelRules, EscalationRules, Policy, Step, Weekly
from gateway.decide.known import Known
from gateway.decide.rules import FACTS, Rule, Rules
from gateway.decide.watches import Watches
from gateway.duty import Reach
from gateway.model import NANOSECONDS, AlarmChanged, Now, Outcome, Place, Priority, Recorded, Remember
from gateway.notice import Fate, Notice, Noticed, NoticesSaid, Notify

if TYPE_CHECKING:
    from collections.abc import Sequence

    from drivers.contract import Json
    from gateway.model import Alarm
    from gateway.notice import Tell

START = Now("boot-1", 1_000 * NANOSECONDS, 1_800_000_000.0, trusted=True)
"""Friday 2027-01-15, 16:00 in Shanghai."""

GAS = Rule("gas", Priority.P1, latching=True)
HELD_P1 = Rule("journal_failed", Priority.P1)
SMOKE = Rule("smoke", Priority.P2, latching=True)
FORCED = Rule("door_forced", Priority.P2)
HELD = Rule("door_held", Priority.P3)
BATTERY = Rule("battery_low", Priority.P4)

CHAT, SMS = frozenset({"chat"}), frozenset({"sms"})

POLICIES = (
    Policy(
        "life",
        Priority.P1,
        (
            Step(0, ("duty", "deputy", "guard", "site")),
            Step(60, ("leader",)),
            Step(120, ("property", "community")),
            Step(180, ("all",)),
        ),
        again_seconds=300,
        again_times=2,
    ),
    Policy("safety", Priority.P2, (Step(0, ("duty",), CHAT), Step(120, ("duty",), SMS), Step(300, ("leader",), CHAT))),
    Policy("degraded", Priority.P3, (Step(0, ("duty",), CHAT), Step(1800, ("leader",), CHAT))),
    Policy("upkeep", Priority.P4, weekly=Weekly(0, 9 * 60, ("leader",))),
)
CHANNELS = {
    "group": ChannelRules("chat"),
    "sms": ChannelRules("sms"),
    "voice": ChannelRules("ring"),
    "siren": ChannelRules("ring", personal=False),
}
TEAMS = {
    "g1": {"duty": ("zhang",), "deputy": ("li",), "guard": ("wang",), "leader": ("zhao",), "property": ("sun",)},
    "g2": {"leader": ("zhao",)},
}
EVERY = ("group", "sms", "voice")
REACH = {"zhang": EVERY, "li": ("group",), "wang": ("voice",), "zhao": ("group", "sms"), "sun": ("sms",)}


class Staff:
    """Who is who, as a test changes it."""

    def __init__(self) -> None:
        self.teams = {grid: dict(team) for grid, team in TEAMS.items()}
        self.ways = dict(REACH)

    def in_role(self, grid: str, role: str) -> tuple[str, ...]:
        kind, _, name = role.partition(":")
        if kind == "person":
            return (name,)
        if kind == "department":
            return (role,)
        team = self.teams.get(grid, {})
        if role == "all":
            return tuple(dict.fromkeys(person for several in team.values() for person in several))
        return team.get(role, ())

    def reach(self, whom: str) -> tuple[Reach, ...]:
        return tuple(Reach(channel, f"{whom}@{channel}") for channel in self.ways.get(whom, ()))


@dataclass
class Street:
    """`disk` is what is remembered, `notices` every notice that was committed, `fates` what became of each."""

    policies: tuple[Policy, ...] = POLICIES
    now: Now = START
    staff: Staff = field(default_factory=Staff)
    disk: dict[str, Json] = field(default_factory=dict)
    notices: list[Notice] = field(default_factory=list)
    fates: dict[int, Fate] = field(default_factory=dict)
    recorded: list[tuple[float, Recorded]] = field(default_factory=list)
    trial: tuple[str, ...] = ()
    flooded: bool = False
    simulated: bool = False

    def __post_init__(self) -> None:
        self.start()

    # ------------------------------------------------------------ the process

    def start(self) -> list[Notice]:
        remembered = json.loads(json.dumps(self.disk))
        self.watches = Watches(remembered, self.now)
        self.book = self.watches.book
        known = Known()
        facts = {name: Rule(name, Priority.P3) for name in FACTS}
        known.rules = Rules(
            facts,
            simulated=self.simulated,
            escalation=EscalationRules(self.policies, CHANNELS),
            timezone="Asia/Shanghai",
        )
        self.watches.begin(known.rules)
        self.known = known
        self.escalation = Escalation(
            remembered, known, self.watches, self.staff, lambda _: self.trial, lambda _: self.flooded, self.now
        )
        return self.keep(self.escalation.adopt(self.now))

    def restart(self, off_seconds: float = 0.0, *, reboot: bool = False, trusted: bool = True) -> list[Notice]:
        """Kill the process; only what was committed is left."""
        boot = f"{self.now.boot_id}+" if reboot else self.now.boot_id
        boottime = 5 * NANOSECONDS if reboot else self.now.boottime_ns + int(off_seconds * NANOSECONDS)
        self.now = Now(boot, boottime, self.now.utc + off_seconds, trusted)
        return self.start()

    def commit(self, out: Sequence[Outcome | Tell]) -> list[Notice]:
        """What others decided, and what escalation makes of it, in one transaction."""
        return self.keep(self.escalation.follow(out, self.now))

    def keep(self, out: Sequence[Outcome]) -> list[Notice]:
        told = []
        for outcome in out:
            match outcome:
                case Remember(key, None):
                    self.disk.pop(key, None)
                case Remember(key, value):
                    self.disk[key] = value
                case Notify(notice):
                    assert notice.number not in self.fates
                    self.fates[notice.number] = Fate.WAITING
                    told.append(notice)
                case Noticed(numbers, fate):
                    self.fates.update(dict.fromkeys(numbers, fate))
                case Recorded():
                    self.recorded.append((self.now.utc, outcome))
        self.notices += told
        return told

    # ------------------------------------------------------------ what happens

    def raised(self, rule: Rule = GAS, source: str = "d1", grid: str = "g1", building: str = "b1") -> list[Outcome]:
        place = Place(building, "1", "厨房", grid)
        return self.book.raised(rule, source, source, place, True, "", self.now, simulated=False)

    def cleared(self, rule: Rule = GAS, source: str = "d1") -> list[Outcome]:
        return self.book.cleared(f"{rule.name}@{source}", False, self.now)

    def alarm(self, rule: Rule = GAS, source: str = "d1") -> Alarm:
        return self.book.open[f"{rule.name}@{source}"]

    def acked(self, rule: Rule = GAS, source: str = "d1") -> list[Outcome]:
        return self.book.acked(self.alarm(rule, source), "张三", "", self.now)

    def said(self, fate: Fate, *numbers: int, why: str = "") -> list[Notice]:
        """A channel says what became of these."""
        return self.keep(self.escalation.said(NoticesSaid(numbers, fate, why, self.now.utc), self.now))

    def wait(self, seconds: float) -> list[Notice]:
        """Let time pass, waking at every deadline."""
        end = self.now.boottime_ns + round(seconds * NANOSECONDS)
        told: list[Notice] = []
        while (due := self.escalation.next_ns) is not None and due <= end:
            self._move(max(due, self.now.boottime_ns))
            told += self.keep(self.escalation.wake(self.now))
        self._move(end)
        told += self.keep(self.escalation.sweep(self.now))
        return told

    def _move(self, boottime_ns: int) -> None:
        passed = (boottime_ns - self.now.boottime_ns) / NANOSECONDS
        self.now = self.now._replace(boottime_ns=boottime_ns, utc=self.now.utc + passed)

    # ------------------------------------------------------------ looking

    def steps(self, number: int) -> list[tuple[int, float]]:
        """The steps that an alarm's chain has taken: index and seconds since the beginning."""
        rows = [(at, row) for at, row in self.recorded if row.subject == f"alarm:{number}" and "rule" in row.body]
        return [(row.body["step"], round(at - START.utc, 3)) for at, row in rows]

    @property
    def waiting(self) -> list[Notice]:
        """What is on disk and did not go out."""
        return [notice for notice in self.notices if self.fates[notice.number] is Fate.WAITING]


def whom(told: Sequence[Notice]) -> set[tuple[str, str]]:
    """Persons and channels."""
    return {(notice.person, notice.channel) for notice in told}


def announced(out: Sequence[Outcome]) -> bool:
    """Whether people are to be told of an alarm among these."""
    return any(isinstance(outcome, AlarmChanged) and outcome.announce for outcome in out)
