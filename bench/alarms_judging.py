"""What the judgement costs, and that it forgets: the real judge of a configuration, fed by itself (`bench/alarms.py` starts it).

    python -m bench.alarms_judging judge FOLDER EVENTS STANDING

prints events a second, and by how many megabytes the process grew from the first tenth of them to the last event. An event is
anything that the road hands to the judge: a value that raises or clears an alarm, a person's answer, a channel's word, a moment
at which something is due. The outcomes go nowhere; what is remembered is kept as the journal would.
"""

from __future__ import annotations

import gc
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from bench import alarms_compound
from bench.alarms_compound import GRIDS, URGENT, ZONES, alarm_point, panel, urgent_panel
from bench.disk import resident_bytes
from bench.jobs import run
from drivers.contract import Sample
from gateway.actor import Actor, Role
from gateway.config.alarm_rules import rules_of
from gateway.config.load import load
from gateway.decide.judge import Judge
from gateway.model import NANOSECONDS, AckAlarm, AlarmChanged, Change, Now, Remember, ResetAlarm
from gateway.notice import Fate, NoticesSaid, Notify

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from drivers.contract import Json
    from gateway.decide.rules import Rules
    from gateway.model import Alarm, Input, Outcome
    from gateway.notice import Notice

SECONDS_BETWEEN = 0.5
"""Of the judge's own time, from one input to the next: a million of them are a week of a very bad compound."""

ANSWERED_AFTER = 20
"""So many inputs after an alarm somebody takes it, so that some of them escalate and most do not."""

WORKER = Actor("u1", "bench", Role.MANAGER)
T0 = 1_800_000_000.0


@dataclass(slots=True)
class Mill:
    """A judge on a clock that runs as fast as it is fed."""

    judge: Judge
    now: Now
    disk: dict[str, Json] = field(default_factory=dict)
    events: int = 0
    notices: int = 0
    raised: list[Alarm] = field(default_factory=list)
    unsaid: list[Notice] = field(default_factory=list)

    def take(self, x: Input) -> None:
        """One input, now."""
        self.events += 1
        self.keep(self.judge.take(x, self.now))

    def wait(self, seconds: float) -> None:
        """Let time pass, woken wherever something is due."""
        end = self.now.boottime_ns + int(seconds * NANOSECONDS)
        while (due := self.judge.next_deadline) <= end:
            self._move(max(due, self.now.boottime_ns))
            out = self.judge.wake(self.now)
            self.events += bool(out)
            self.keep(out)
        self._move(end)

    def keep(self, out: Iterable[Outcome]) -> None:
        """What the journal would remember, and what people would hear."""
        for outcome in out:
            if isinstance(outcome, Remember):
                if outcome.value is None:
                    self.disk.pop(outcome.key, None)
                else:
                    self.disk[outcome.key] = outcome.value
            elif isinstance(outcome, Notify):
                self.notices += 1
                self.unsaid.append(outcome.notice)
            elif isinstance(outcome, AlarmChanged) and outcome.change is Change.RAISED:
                self.raised.append(outcome.alarm)

    def _move(self, boottime_ns: int) -> None:
        passed = (boottime_ns - self.now.boottime_ns) / NANOSECONDS
        self.now = self.now._replace(boottime_ns=boottime_ns, utc=self.now.utc + passed)


class Panels:
    """The bits of all panels as the judge is told of them."""

    def __init__(self) -> None:
        self._bits: dict[str, tuple[bool, ...]] = {}

    def all_quiet(self, mill: Mill) -> None:
        """Every panel says once that nothing is the matter."""
        for number in range(alarms_compound.PANELS):
            self._say(mill, panel(number), (False,) * ZONES)
        for grid in range(GRIDS):
            self._say(mill, urgent_panel(grid), (False,) * URGENT)

    def say(self, mill: Mill, device: str, place: int, *, alarm: bool) -> None:
        """One bit is another."""
        bits = self._bits[device]
        self._say(mill, device, (*bits[:place], alarm, *bits[place + 1 :]))

    def _say(self, mill: Mill, device: str, bits: tuple[bool, ...]) -> None:
        self._bits[device] = bits
        mill.take(Sample(device, 0, bits, None, mill.now.boottime_ns))


async def judge(folder: Path, events: float, standing: float) -> Mapping[str, float]:
    """Alarms come, are told, taken, cleared and reset over and over, beside so many that stand all the while."""
    rules = _rules(folder)
    mill = Mill(Judge(rules, {}, now := Now("bench", NANOSECONDS, T0, trusted=True)), now)
    mill.keep(mill.judge.adopt(rules, now))
    panels = Panels()
    panels.all_quiet(mill)
    for number in range(int(standing)):
        panels.say(mill, *alarm_point(number), alarm=True)
    mill.wait(10)
    first, began, before = 0, time.process_time(), mill.events
    turn = int(standing)
    mill.raised.clear()
    waiting: list[Alarm] = []
    total = before + int(events)
    while mill.events < total:
        device, place = alarm_point(turn % alarms_compound.POINTS)
        urgent = turn % 20 == 0
        if urgent:
            device, place = urgent_panel(turn % GRIDS), turn // GRIDS % URGENT
        turn += 1
        panels.say(mill, device, place, alarm=True)
        mill.wait(SECONDS_BETWEEN * 6)
        _channels_answer(mill)
        panels.say(mill, device, place, alarm=False)
        mill.wait(SECONDS_BETWEEN)
        waiting += mill.raised
        mill.raised.clear()
        while len(waiting) > ANSWERED_AFTER:
            _taken(mill, waiting.pop(0))
        if not first and mill.events - before > events / 10:
            first = _settled_bytes()
    spent = time.process_time() - began
    return {
        "events_per_second": (mill.events - before) / spent,
        "events": mill.events - before,
        "notices": mill.notices,
        "growth": (_settled_bytes() - first) / 1e6,
        "resident": resident_bytes() / 1e6,
        "open": len(mill.judge.alarms),
        "remembered": len(mill.disk),
        "days": (mill.now.utc - T0) / 86_400,
    }


def _channels_answer(mill: Mill) -> None:
    """Each channel has what it was given."""
    said, mill.unsaid = mill.unsaid, []
    for notice in said:
        mill.take(NoticesSaid((notice.number,), Fate.SENT, "", mill.now.utc))


def _taken(mill: Mill, alarm: Alarm) -> None:
    """Somebody answers, and resets what latched."""
    mill.take(AckAlarm(WORKER, alarm.number))
    mill.wait(70)
    mill.take(ResetAlarm(WORKER, alarm.number))


def _settled_bytes() -> int:
    gc.collect()
    return resident_bytes()


def _rules(folder: Path) -> Rules:
    """What a gateway would know of the benchmark's compound."""
    ports = range(1, 1 + sum(1 for _ in alarms_compound.hosts()))
    plan = load(alarms_compound.write(folder, ports, "http://127.0.0.1:1", "http://127.0.0.1:1"))
    return rules_of(plan, {line: driver.devices for line, driver in plan.drivers.items()})


if __name__ == "__main__":
    run({"judge": judge})
