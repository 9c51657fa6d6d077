"""A small compound with a roster for tests: people, a clock that the test moves, and a disk.

c1  community: leader chen, community sun
g1  under c1: day 08:00-20:00 zhang (deputy li), night 20:00-08:00 li (nobody stands in); guard zhao, property qian
g2  under c1: wu all day; it has no team of its own
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from gateway.actor import Actor, Role
from gateway.decide.known import Known
from gateway.decide.people.people import People
from gateway.decide.people.rules import Department, GridRules, PeopleRules
from gateway.decide.rules import FACTS, Rule, Rules
from gateway.decide.watches import Watches
from gateway.duty import Person, Reach, Shift
from gateway.model import NANOSECONDS, AlarmChanged, Now, Priority, Refused, Remember
from gateway.notice import Tell

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from drivers.contract import Json
    from gateway.duty import DutyAct
    from gateway.model import Said

ZONE = ZoneInfo("Asia/Shanghai")
MONDAY = datetime(2026, 11, 23, tzinfo=ZONE)
EVERY_DAY = frozenset(range(7))
MINUTE, HOUR = 60.0, 3600.0

STAFF = Actor("u-li", "李四", Role.STAFF, person="li")
MANAGER = Actor("u-boss", "经理", Role.MANAGER)
BOUND = Actor("u-g2", "二网格经理", Role.MANAGER, frozenset({"g2"}))

DAY = Shift("g1-1", "g1", "白班", EVERY_DAY, 8 * 60, 12 * 60, "zhang", "li")
NIGHT = Shift("g1-2", "g1", "夜班", EVERY_DAY, 20 * 60, 12 * 60, "li")
ALWAYS = Shift("g2-1", "g2", "全天", EVERY_DAY, 0, 24 * 60, "wu")


def person(name: str, *channels: str, account: str = "") -> Person:
    """Somebody, reached over these channels (or the bot) under his own name."""
    return Person(name, f"{name}-name", tuple(Reach(channel, f"{name}@") for channel in channels or ("bot",)), account)


PERSONS = (
    person("zhang", "bot", "sms", account="u-zhang"),
    person("li", account="u-li"),
    *map(person, ("wu", "chen", "sun", "zhao", "qian")),
)
FIRE = Department("fire", "消防", "fire", (Reach("sms", "119"),), 15)
PEOPLE = PeopleRules(
    grids={
        "c1": GridRules("c1", "幸福社区", level="community"),
        "g1": GridRules("g1", "第一网格", "c1"),
        "g2": GridRules("g2", "第二网格", "c1"),
    },
    departments={"fire": FIRE},
    channels=frozenset({"bot", "sms"}),
    chats=frozenset({"bot"}),
    persons=PERSONS,
    teams={"c1": {"leader": ("chen",), "community": ("sun",)}, "g1": {"guard": ("zhao",), "property": ("qian",)}},
    shifts={"g1": (DAY, NIGHT), "g2": (ALWAYS,)},
)
FACT_RULES = {name: Rule(name, Priority.P3) for name in FACTS}


def at(hour: float, day: int = 0) -> float:
    """So many hours into a day of the week of the tests, Monday first, in UTC seconds."""
    return (MONDAY + timedelta(days=day, hours=hour)).timestamp()


@dataclass
class Post:
    """People with a clock, a disk, and everything that was said."""

    rules: PeopleRules = PEOPLE
    utc: float = field(default_factory=lambda: at(10))
    disk: dict[str, Json] = field(default_factory=dict)
    said: list[Said] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.now = Now("boot-1", 1_000 * NANOSECONDS, self.utc, True)
        self._start()

    def _start(self) -> None:
        remembered = json.loads(json.dumps(self.disk))
        self.watches, self.known = Watches(remembered, self.now), Known()
        self.people = People(remembered, self.known, self.watches, self.now)
        self.reload(self.rules)

    def reload(self, rules: PeopleRules) -> list[Said]:
        """Take another configuration."""
        self.rules = rules
        judged = Rules(FACT_RULES, people=rules, timezone=ZONE.key)
        self.watches.begin(judged)
        self.known.build(judged, self.watches, {}, self.now)
        self.watches.carry_over()
        return self._keep(self.people.adopt(self.now))

    def act(self, act: DutyAct) -> list[Said]:
        """What somebody asks for, now."""
        return self._keep(self.people.act(act, self.now))

    def wait(self, seconds: float) -> list[Said]:
        """Let time pass: swept whenever a minute begins, woken when something is due, with a checkpoint each minute."""
        out: list[Said] = []
        end = self.now.boottime_ns + int(seconds * NANOSECONDS)
        while self.now.boottime_ns < end:
            minute = self.now.boottime_ns + int((60 - self.now.utc % 60) * NANOSECONDS)
            due = self.people.next_ns or minute
            self._move(min(max(due, self.now.boottime_ns + 1), minute, end))
            out += self._keep(self.people.sweep(self.now))
            out += self._keep(self.people.wake(self.now))
            out += self._keep(self.people.checkpoint(self.now))
        return out

    def until(self, hour: float, day: int = 0) -> list[Said]:
        """Let time pass until then."""
        return self.wait(at(hour, day) - self.now.utc)

    def set_clock(self, utc: float, *, trusted: bool = True) -> list[Said]:
        """The clock on the wall is set."""
        self.now = self.now._replace(utc=utc, trusted=trusted)
        return self._keep(self.people.sweep(self.now))

    def restart(
        self, off_seconds: float = 0.0, *, reboot: bool = False, utc: float | None = None, trusted: bool = True
    ) -> list[Said]:
        """Kill the process: only what was remembered is left. A reboot also starts CLOCK_BOOTTIME again."""
        boottime = 5 * NANOSECONDS if reboot else self.now.boottime_ns + int(off_seconds * NANOSECONDS)
        boot = f"{self.now.boot_id}+" if reboot else self.now.boot_id
        self.now = Now(boot, boottime, self.now.utc + off_seconds if utc is None else utc, trusted)
        before = len(self.said)
        self._start()
        return self.said[before:]

    @property
    def alarms(self) -> set[str]:
        """The alarms that stand, by key."""
        return {key for key, alarm in self.watches.book.open.items() if alarm.active}

    def _move(self, boottime_ns: int) -> None:
        passed = (boottime_ns - self.now.boottime_ns) / NANOSECONDS
        self.now = self.now._replace(boottime_ns=boottime_ns, utc=self.now.utc + passed)

    def _keep(self, outcomes: Sequence[Said]) -> list[Said]:
        for outcome in outcomes:
            if isinstance(outcome, Remember):
                if outcome.value is None:
                    self.disk.pop(outcome.key, None)
                else:
                    self.disk[outcome.key] = outcome.value
        self.said += outcomes
        return list(outcomes)


def told(outcomes: Iterable[Said]) -> list[tuple[str, str]]:
    """What is told to whom: kind and the first of those it is for."""
    return [(outcome.kind, outcome.to[0]) for outcome in outcomes if isinstance(outcome, Tell)]


def of_grid(outcomes: Iterable[Said], grid: str) -> list[tuple[str, str]]:
    """The same, about one grid."""
    return told(each for each in outcomes if isinstance(each, Tell) and each.place.grid == grid)


def refusal(outcomes: Iterable[Said]) -> str:
    """The code of the refusal among them, "" for none."""
    return next((outcome.code for outcome in outcomes if isinstance(outcome, Refused)), "")


def raised(outcomes: Iterable[Said]) -> list[str]:
    """The alarms that people are told of."""
    return [outcome.alarm.key for outcome in outcomes if isinstance(outcome, AlarmChanged) and outcome.announce]
