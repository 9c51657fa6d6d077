"""A small compound for tests of decide: one line, two devices, and a clock that the test moves."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from drivers.contract import Fault, Link, LinkChanged, Sample, Value
from gateway.actor import Actor, Role
from gateway.decide.judge import Judge
from gateway.decide.rules import FACTS, CommandRules, DeviceRules, GroupRules, Rule, Rules, Watched
from gateway.model import (
    NANOSECONDS,
    Alarm,
    AlarmChanged,
    Input,
    LineChanged,
    Now,
    Outcome,
    Place,
    Priority,
    Remember,
)

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from drivers.contract import Json

HOME = Place("b1", "1", "大门", "g1")
STAFF = Actor("u1", "王芳", Role.STAFF)
FACT_RULES = {name: Rule(name, Priority.P3) for name in FACTS} | {"journal_failed": Rule("journal_failed", Priority.P1)}


def rules(
    *point_rules: Rule,
    silent_seconds: float | None = 10.0,
    devices: Sequence[str] = ("d1", "d2"),
    facts: Mapping[str, float] | None = None,
) -> Rules:
    """One line `l1`; each device has one group with one point `<device>/p` that has these rules. `facts`: on-delays."""
    delayed = {name: Rule(name, Priority.P3, on_delay_seconds=seconds) for name, seconds in (facts or {}).items()}
    return Rules(
        FACT_RULES | delayed,
        {"l1": HOME},
        {
            device: DeviceRules(
                "l1",
                HOME,
                (GroupRules((Watched(0, f"{device}/p", HOME, point_rules),) if point_rules else (), silent_seconds),),
                {"unlock": CommandRules("unlock")},
            )
            for device in devices
        },
    )


START = Now("boot-1", 1_000 * NANOSECONDS, 1_800_000_000.0, True)


@dataclass
class Trial:
    """A judge with a clock, a disk (what it wants remembered), and everything that came out."""

    rules: Rules
    now: Now = START
    disk: dict[str, Json] = field(default_factory=dict)
    said: list[Outcome] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._start()

    def _start(self) -> None:
        self.judge = Judge(self.rules, json.loads(json.dumps(self.disk)), self.now)
        self._keep(self.judge.adopt(self.rules, self.now))

    def take(self, x: Input) -> list[Outcome]:
        """One input, now."""
        return self._keep(self.judge.take(x, self.now))

    def sample(self, value: Value, fault: Fault | None = None, device: str = "d1") -> list[Outcome]:
        """One sample of the device's only point."""
        return self.take(Sample(device, 0, (value,), (fault,) if fault else None, self.now.boottime_ns))

    def link(self, link: Link, device: str = "d1") -> list[Outcome]:
        return self.take(LinkChanged(device, link, "why", self.now.boottime_ns))

    def line(self, link: Link) -> list[Outcome]:
        return self.take(LineChanged("l1", link, "why", self.now.boottime_ns))

    def wait(self, seconds: float) -> list[Outcome]:
        """Let time pass as the flow does: woken at every deadline on the way."""
        end = self.now.boottime_ns + int(seconds * NANOSECONDS)
        out: list[Outcome] = []
        while (due := self.judge.next_deadline) <= end:
            self._move(max(due, self.now.boottime_ns))
            out += self._keep(self.judge.wake(self.now))
        self._move(end)
        return out

    def restart(
        self, *, off_seconds: float = 0.0, reboot: bool = False, utc: float | None = None, trusted: bool = True
    ) -> None:
        """Kill the process: only what was remembered is left. A reboot also starts CLOCK_BOOTTIME again."""
        boottime = 5 * NANOSECONDS if reboot else self.now.boottime_ns + int(off_seconds * NANOSECONDS)
        boot = f"{self.now.boot_id}+" if reboot else self.now.boot_id
        self.now = Now(boot, boottime, self.now.utc + off_seconds if utc is None else utc, trusted)
        self._start()

    @property
    def alarms(self) -> dict[str, Alarm]:
        """The alarms that are not normal, by key."""
        return {alarm.key: alarm for alarm in self.judge.alarms}

    @property
    def announced(self) -> list[str]:
        """What people were told, in order."""
        return [o.alarm.key for o in self.said if isinstance(o, AlarmChanged) and o.announce]

    def _move(self, boottime_ns: int) -> None:
        passed = (boottime_ns - self.now.boottime_ns) / NANOSECONDS
        self.now = self.now._replace(boottime_ns=boottime_ns, utc=self.now.utc + passed)

    def _keep(self, outcomes: Sequence[Outcome]) -> list[Outcome]:
        for outcome in outcomes:
            if isinstance(outcome, Remember):
                if outcome.value is None:
                    self.disk.pop(outcome.key, None)
                else:
                    self.disk[outcome.key] = outcome.value
        self.said += outcomes
        return list(outcomes)
