"""The life cycle with a clock, a disk and people, and nothing else of the judgement: the book, its watches, and `Answering`.

`d1` and `d2` are detectors in flats, `d3` one in a stairwell; each has one point with the rules of the test.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from gateway.actor import Actor, Role
from gateway.answering import (
    BackInService,
    ConfirmOutOfService,
    ShelveAlarm,
    TakeOutOfService,
    UnshelveAlarm,
    VerifyAlarm,
)
from gateway.decide.answering.answering import Answering
from gateway.decide.known import Known
from gateway.decide.rules import DetectorRules, DeviceRules, GroupRules, Rule, Rules, Watched
from gateway.decide.watches import Watches
from gateway.model import (
    NANOSECONDS,
    AckAlarm,
    Alarm,
    AlarmChanged,
    Now,
    Place,
    Priority,
    Refused,
    Remember,
    ResetAlarm,
    Said,
    Suppression,
)
from tests.decide.bench_of_rules import FACT_RULES

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from drivers.contract import Json, Value
    from gateway.decide.answering.answering import Taken

FLAT = Place("b1", "1", "101 厨房", "g1")
START = Now("boot-1", 1_000 * NANOSECONDS, 1_800_000_000.0, True)
WANG, LI, VISITOR = (Actor(one, name, role) for one, name, role in (
    ("u1", "王芳", Role.STAFF), ("u2", "李强", Role.STAFF), ("u3", "来宾", Role.VIEWER),
))  # fmt: skip
ELSEWHERE = Actor("u4", "赵敏", Role.STAFF, frozenset({"g9"}))

PLAIN = Rule("forced", Priority.P2)
LATCHED = Rule("leak", Priority.P2, latching=True)


def house(*rules: Rule) -> Rules:
    """Three detectors whose only point has these rules."""
    households = {"d1": "b1-1-101", "d2": "b1-1-102", "d3": ""}
    devices = {
        device: DeviceRules(
            "l1",
            FLAT,
            (GroupRules((Watched(0, f"{device}/p", FLAT, rules),), None),),
            detector=DetectorRules("smoke", household=household),
        )
        for device, household in households.items()
    }
    return Rules(FACT_RULES, {"l1": Place()}, devices)


@dataclass
class Desk:
    """See the module. `said` is everything that came out."""

    rules: Rules
    now: Now = START
    disk: dict[str, Json] = field(default_factory=dict)
    said: list[Said] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._start()

    def _start(self) -> list[Said]:
        disk = json.loads(json.dumps(self.disk))
        self.known, self.watches = Known(), Watches(disk, self.now)
        self.watches.begin(self.rules)
        self.known.build(self.rules, self.watches, {}, self.now)
        self.watches.carry_over()
        self.answering = Answering(disk, self.known, self.watches, self.now)
        return self.keep(self.answering.adopt(self.now))

    # ------------------------------------------------------------ what happens

    def see(self, value: Value, device: str = "d1") -> list[Said]:
        """The point says so."""
        (watched,) = self.known.devices[device].groups[0].watched
        return self.keep(self.watches.see(watched, device, value, None, self.now))

    def take(self, act: Taken) -> list[Said]:
        """A person asks."""
        return self.keep(self.answering.act(act, self.now))

    def refused(self, act: Taken) -> str:
        """The code with which that is refused, and nothing else happens."""
        (refused,) = self.take(act)
        assert isinstance(refused, Refused)
        assert refused.why
        return refused.code

    def shelve(self, minutes: float = 60, number: int = 1, actor: Actor = WANG) -> list[Said]:
        """A person shelves an alarm."""
        return self.take(ShelveAlarm(actor, number, minutes, "装修"))

    def out(self, detector: str = "d1", hours: float = 8) -> list[Said]:
        """Two persons take a detector out of service."""
        self.take(TakeOutOfService(WANG, detector, "装修", "WO-17", hours, household_told=True))
        return self.take(ConfirmOutOfService(LI, detector))

    def happen(self, event: str) -> list[Said]:
        """One of the events of the standard, to the alarm of d1's first rule."""
        number = next((alarm.number for alarm in self.alarms.values()), 1)
        key = next(iter(self.alarms), "")
        happens: dict[str, Callable[[], list[Said]]] = {
            "raise": lambda: self.see(True),
            "clear": lambda: self.see(False),
            "worse": lambda: self.worse(key),
            "ack": lambda: self.take(AckAlarm(WANG, number)),
            "verify": lambda: self.take(VerifyAlarm(WANG, number, real=True)),
            "reset": lambda: self.take(ResetAlarm(WANG, number, "seen on site")),
            "shelve": lambda: self.shelve(30, number),
            "unshelve": lambda: self.take(UnshelveAlarm(WANG, number)),
            "design": lambda: self.design(Suppression.BY_DESIGN, key),
            "design over": lambda: self.design(Suppression.NONE, key),
            "outage": self.out,
            "outage over": lambda: self.take(BackInService(WANG, "d1")),
            "silence": lambda: self.see(None),
            "restart": self.restart,
        }
        return happens[event]()

    def worse(self, key: str) -> list[Said]:
        """It matters one step more."""
        alarm = self.alarms.get(key)
        higher = Priority(max(1, alarm.priority - 1)) if alarm else Priority.P1
        return self.keep(self.watches.book.worse(key, higher, "worse", self.now))

    def design(self, suppression: Suppression, key: str, by: str = "power_cut@b1") -> list[Said]:
        """Another alarm explains it, or no longer."""
        return self.keep(self.watches.book.spare(key, suppression, by, "no mains", 0.0, self.now))

    def wait(self, seconds: float, every: float = 1.0) -> list[Said]:
        """Time passes; `every` so many seconds somebody sweeps, and once a minute there is a checkpoint."""
        end_ns = self.now.boottime_ns + int(seconds * NANOSECONDS)
        sweep_ns = self.now.boottime_ns + int(every * NANOSECONDS)
        minute_ns = self.now.boottime_ns + 60 * NANOSECONDS
        out: list[Said] = []
        while True:
            several = (sweep_ns, self.watches.next_ns, self.answering.next_ns)
            due_ns = min(due for due in several if due is not None)
            if due_ns > end_ns:
                break
            self._move(max(due_ns, self.now.boottime_ns))
            said = self.watches.due(self.now)
            if self.now.boottime_ns >= sweep_ns:
                sweep_ns += int(every * NANOSECONDS)
                said += self.answering.sweep(self.now)
            if self.now.boottime_ns >= minute_ns:
                minute_ns += 60 * NANOSECONDS
                said += self.watches.timers.checkpoint(self.now) + self.answering.checkpoint(self.now)
            out += self.keep([*said, *self.answering.wake(self.now)])
        self._move(end_ns)
        return out

    def restart(self, *, off_seconds: float = 0.0, reboot: bool = True) -> list[Said]:
        """The process is killed: what is left is what was remembered. A reboot also starts CLOCK_BOOTTIME again."""
        boottime = 5 * NANOSECONDS if reboot else self.now.boottime_ns + int(off_seconds * NANOSECONDS)
        boot = f"{self.now.boot_id}+" if reboot else self.now.boot_id
        self.now = Now(boot, boottime, self.now.utc + off_seconds, self.now.trusted)
        return self._start()

    # ------------------------------------------------------------ what came of it

    @property
    def alarms(self) -> dict[str, Alarm]:
        """The alarms that are not normal, by key, without those about alarms."""
        return {key: alarm for key, alarm in self.watches.book.open.items() if not alarm.rule.startswith("alarm_")}

    @property
    def alarm(self) -> Alarm:
        """The only one."""
        (alarm,) = self.alarms.values()
        return alarm

    @property
    def state(self) -> str:
        """The state of the only alarm, "A" when it is normal."""
        return next((alarm.state.value for alarm in self.alarms.values()), "A")

    @property
    def underneath(self) -> str:
        """The state that it would have if it were not suppressed."""
        several = (replace(alarm, suppression=Suppression.NONE) for alarm in self.alarms.values())
        return next((alarm.state.value for alarm in several), "A")

    @property
    def announced(self) -> list[str]:
        """What people were told, in order."""
        return announced(self.said)

    def keep(self, outcomes: Iterable[Said]) -> list[Said]:
        """What follows is written, and what that means follows."""
        kept = list(self.answering.follow(list(outcomes), self.now))
        for outcome in kept:
            if isinstance(outcome, Remember):
                if outcome.value is None:
                    self.disk.pop(outcome.key, None)
                else:
                    self.disk[outcome.key] = outcome.value
        self.said += kept
        return kept

    def _move(self, boottime_ns: int) -> None:
        passed = (boottime_ns - self.now.boottime_ns) / NANOSECONDS
        self.now = self.now._replace(boottime_ns=boottime_ns, utc=self.now.utc + passed)


def announced(outcomes: Sequence[Said]) -> list[str]:
    """The alarms that people are told of."""
    return [each.alarm.key for each in outcomes if isinstance(each, AlarmChanged) and each.announce]
