"""What the judgement of alarms costs, and that it forgets: the real judge, fed by itself (`bench/alarms.py` starts it).

    python -m bench.alarms_judging judge FOLDER EVENTS STANDING

prints events a second, and by how many megabytes the process grew in the second half of them. An event is anything that the
road hands to the judge: a value that raises or clears an alarm, a person's act, a channel's word, a moment at which something
was due. `DAYS` pass meanwhile, whatever their number: longer than an incident that has ended is remembered. The outcomes go
nowhere.
"""

from __future__ import annotations

import gc
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from bench import alarms_compound
from bench.alarms_compound import GRIDS, PANELS, URGENT, ZONES, alarm_point, panel, urgent_panel
from bench.disk import resident_bytes
from bench.jobs import run
from bench.readings import T0
from drivers.contract import Sample
from gateway.actor import Actor, Role
from gateway.config.alarm_rules import rules_of
from gateway.config.load import load
from gateway.decide.judge import Judge
from gateway.incident import (
    ArriveAtIncident,
    CloseIncident,
    FeedBackIncident,
    GoToIncident,
    HandleIncident,
    VerifyIncident,
)
from gateway.model import NANOSECONDS, AckAlarm, AlarmChanged, Change, Now, Priority, Remember, ResetAlarm
from gateway.notice import Fate, NoticesSaid, Notify

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from gateway.decide.rules import Rules
    from gateway.model import Alarm, Input, Outcome

DAYS = 90
LEAST_SECONDS = 65.0
"""Between two alarms: a latched one can be reset when it has been over for a minute."""

URGENT_EVERY, LATE_EVERY, WORKED_EVERY = 10, 5, 100
"""Every so many alarms: one is a P1, one is answered only when `LATE` others have come, and all incidents are worked off."""
LATE = 20

WORKER, OTHER = Actor("u1", "one", Role.MANAGER), Actor("u2", "another", Role.MANAGER)


@dataclass(slots=True)
class Mill:
    """A judge, and a clock that jumps."""

    judge: Judge
    now: Now
    events: int = 0
    notices: int = 0
    raised: list[Alarm] = field(default_factory=list)
    unsaid: list[int] = field(default_factory=list)
    """Numbers of notices of which no channel has said anything."""
    remembered: set[str] = field(default_factory=set)

    def take(self, x: Input) -> None:
        """One input, now."""
        self.events += 1
        self.keep(self.judge.take(x, self.now))

    def jump(self, seconds: float) -> None:
        """Time has passed: what was due meanwhile is due now."""
        self.now = self.now._replace(
            boottime_ns=self.now.boottime_ns + int(seconds * NANOSECONDS), utc=self.now.utc + seconds
        )
        self.events += 1
        self.keep(self.judge.wake(self.now))

    def keep(self, out: Iterable[Outcome]) -> None:
        """Count what the journal would keep and people would hear."""
        for outcome in out:
            match outcome:
                case Remember(key, None):
                    self.remembered.discard(key)
                case Remember(key):
                    self.remembered.add(key)
                case Notify(notice):
                    self.notices += 1
                    self.unsaid.append(notice.number)
                case AlarmChanged(alarm, Change.RAISED):
                    self.raised.append(alarm)


class Panels:
    """The inputs of all panels as the judge is told of them."""

    def __init__(self, mill: Mill) -> None:
        self._mill = mill
        self._inputs: dict[str, tuple[bool, ...]] = {}

    def quiet(self) -> None:
        """Every panel says once that nothing is the matter."""
        for number in range(PANELS):
            self._say(panel(number), (False,) * ZONES)
        for grid in range(GRIDS):
            self._say(urgent_panel(grid), (False,) * URGENT)

    def stand(self, many: int) -> None:
        """So many of the points are in alarm from now on."""
        for first in range(0, many, ZONES):
            self._say(panel(first // ZONES), tuple(at < many - first for at in range(ZONES)))

    def say(self, device: str, place: int, *, alarm: bool) -> None:
        """One input is another."""
        inputs = self._inputs[device]
        self._say(device, (*inputs[:place], alarm, *inputs[place + 1 :]))

    def _say(self, device: str, inputs: tuple[bool, ...]) -> None:
        self._inputs[device] = inputs
        self._mill.take(Sample(device, 0, inputs, None, self._mill.now.boottime_ns))


async def judge(folder: Path, events: float, standing: float) -> Mapping[str, float]:
    """Alarms come, are told, answered, cleared, reset and worked off, beside so many that stand all the while."""
    rules = _rules(folder)
    now = Now("bench", NANOSECONDS, T0, trusted=True)
    mill = Mill(Judge(rules, {}, now), now)
    mill.keep(mill.judge.adopt(rules, now))
    panels = Panels(mill)
    panels.quiet()
    panels.stand(int(standing))
    mill.jump(10)
    mill.raised.clear()
    _channels_answer(mill)
    late: list[Alarm] = []
    turn, half, before, began = 0, 0, mill.events, time.process_time()
    while (done := mill.events - before) < events:
        if not half and done > events / 2:
            half = _settled_bytes()
        turn += 1
        device, place = alarm_point(int(standing) + turn % (alarms_compound.POINTS - int(standing)))
        if turn % URGENT_EVERY == 0:
            device, place = urgent_panel(turn % GRIDS), turn // GRIDS % URGENT
        panels.say(device, place, alarm=True)
        mill.jump(5)
        _channels_answer(mill)
        panels.say(device, place, alarm=False)
        mill.jump(max(LEAST_SECONDS, T0 + DAYS * 86_400 * done / events - mill.now.utc))
        for alarm in mill.raised:
            if turn % LATE_EVERY:
                _answer(mill, alarm)
            else:
                late.append(alarm)
        mill.raised.clear()
        while len(late) > LATE:
            _answer(mill, late.pop(0))
        if turn % WORKED_EVERY == 0:
            _work_off(mill)
    spent = time.process_time() - began
    return {
        "events_per_second": (mill.events - before) / spent,
        "notices": mill.notices,
        "growth": (_settled_bytes() - half) / 1e6,
        "resident": resident_bytes() / 1e6,
        "open": len(mill.judge.alarms),
        "remembered": len(mill.remembered),
        "days": (mill.now.utc - T0) / 86_400,
    }


def _channels_answer(mill: Mill) -> None:
    """The channels have what they were given."""
    said, mill.unsaid = mill.unsaid, []
    for number in said:
        mill.take(NoticesSaid((number,), Fate.SENT, "", mill.now.utc))


def _answer(mill: Mill, alarm: Alarm) -> None:
    """Somebody takes it, and resets what latched."""
    mill.take(AckAlarm(WORKER, alarm.number))
    if alarm.priority is Priority.P1:  # those of this compound latch
        mill.jump(LEAST_SECONDS)
        mill.take(ResetAlarm(WORKER, alarm.number))


def _work_off(mill: Mill) -> None:
    """Every incident is handled by one person, verified by another, and closed."""
    for incident in [each for each in mill.judge.incidents.known.values() if each.open]:
        number = incident.number
        for act in (
            GoToIncident(WORKER, number),
            ArriveAtIncident(WORKER, number),
            HandleIncident(WORKER, number, "seen to"),
            FeedBackIncident(WORKER, number, "unknown", "told"),
            VerifyIncident(OTHER, number, good=True),
            CloseIncident(OTHER, number),
        ):
            mill.take(act)


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
