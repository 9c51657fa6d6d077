"""The time limits of incidents: started and stopped by their states, told at 80 % and at 100 %."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple
from zoneinfo import ZoneInfo

from gateway.decide.incidents.incident import Running
from gateway.decide.incidents.table import Limit, Stage
from gateway.decide.incidents.working_time import clock_seconds
from gateway.decide.timers import Timers
from gateway.incident import IncidentState
from gateway.model import Remember

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from drivers.contract import Json
    from gateway.decide.incidents.incident import Incident
    from gateway.decide.known import Known
    from gateway.model import Now, Outcome

PREFIX = "incident_limit:"

WARNED, LATE = 80, 100
"""Percent of a limit at which it is told (督办: yellow and red)."""

GATHERS = "gathers"
"""Of an incident: it takes in alarms of its key until this has ended."""

DEPARTMENT = "department "
"""Before the id of a department whose answer is awaited: it must not be taken for a stage."""

STAGES = {
    IncidentState.REPORTED: (Stage.ACCEPT,),
    IncidentState.ACCEPTED: (Stage.ASSIGN, Stage.HANDLE),
    IncidentState.ASSIGNED: (Stage.ARRIVE, Stage.HANDLE),
    IncidentState.ARRIVED: (Stage.HANDLE,),
    IncidentState.HANDLED: (Stage.FEEDBACK,),
    IncidentState.FEEDBACK: (Stage.VERIFY,),
    IncidentState.VERIFIED: (Stage.CLOSE,),
}
"""Whose limits run in each state. To go on to a state that has the same stage does not begin it anew."""


class Due(NamedTuple):
    """A limit of an incident came to `percent`. `what` is a stage's word, a department (`DEPARTMENT`), or `GATHERS`."""

    incident: int
    what: str
    percent: int


class Limits:
    """The running limits. Within one boot they follow CLOCK_BOOTTIME, and a restart lengthens none by over a checkpoint."""

    def __init__(self, remembered: Mapping[str, Json], known: Known, now: Now) -> None:
        self._known = known
        self._timers = Timers(remembered, now, (PREFIX,))

    @property
    def next_ns(self) -> int | None:
        """CLOCK_BOOTTIME of the next one that comes due."""
        return self._timers.next_ns

    def adopt(self) -> list[Outcome]:
        """After a start: write down what the time off has taken, or a second start without a clock would give it back."""
        return self._timers.resumed()

    def checkpoint(self, now: Now) -> list[Outcome]:
        """Write down how much is left of them."""
        return self._timers.checkpoint(now)

    def ended(self, now: Now) -> Iterator[tuple[Due, Outcome]]:
        """What came due, in order, each with what forgets it."""
        for name in self._timers.ended(now):
            incident, what, percent = name.removeprefix(PREFIX).split(":")
            yield Due(int(incident), what, int(percent)), Remember(name, None)

    # ------------------------------------------------------------ stages

    def fit(self, incident: Incident, now: Now) -> tuple[Incident, list[Outcome]]:
        """Run the limits of the state that it is in, and no others."""
        out: list[Outcome] = []
        wanted = STAGES.get(incident.state, ())
        kept = []
        for running in incident.running:
            if running.stage in wanted:
                kept.append(running)
            else:
                out += self._stop(incident.number, running.stage.value)
        incident = replace(incident, running=tuple(kept))
        for stage in wanted:
            limit = self._limit(incident, stage)
            if limit is not None and incident.limit(stage) is None:
                incident, started = self._start(incident, stage, limit, now)
                out += started
        return incident, out

    def hasten(self, incident: Incident, now: Now) -> tuple[Incident, list[Outcome]]:
        """Its priority became more urgent: what runs ends no later than if it began now."""
        out: list[Outcome] = []
        for running in incident.running:
            limit = self._limit(incident, running.stage)
            sooner = limit is not None and now.utc + self._seconds(limit, now) < running.due_utc
            if limit is not None and sooner and running.percent < LATE:
                incident, started = self._start(incident, running.stage, limit, now)
                out += started
        return incident, out

    def extend(self, incident: Incident, hours: float, now: Now) -> tuple[Incident, list[Outcome]]:
        """Give the handling so many hours more, of the kind of time that its limit has."""
        runs = incident.limit(Stage.HANDLE)
        limit = self._limit(incident, Stage.HANDLE)
        if runs is None or limit is None:
            return incident, []
        left = min(max(0.0, runs.due_utc - now.utc), runs.due_utc - runs.began_utc)
        more = self._seconds(Limit(hours * 3600, limit.working), now._replace(utc=now.utc + left))
        return self._start(incident, Stage.HANDLE, Limit(left + more), now)

    def drop(self, incident: Incident) -> list[Outcome]:
        """Nothing of it runs any more."""
        names = [name for name in self._timers if name.startswith(f"{PREFIX}{incident.number}:")]
        return [outcome for name in names for outcome in self._timers.stop(name)]

    # ------------------------------------------------------------ what else is timed

    def gather(self, incident: Incident, seconds: float, now: Now) -> list[Outcome]:
        """It takes in alarms of its key for so long from now."""
        return self._timers.start(_name(incident.number, GATHERS, LATE), seconds, now)

    def gathers(self, incident: Incident) -> bool:
        """Whether that still runs."""
        return _name(incident.number, GATHERS, LATE) in self._timers

    def call_in(self, incident: Incident, department: str, seconds: float, now: Now) -> list[Outcome]:
        """A department is to answer within so long."""
        return self._timers.start(_name(incident.number, DEPARTMENT + department, LATE), seconds, now)

    def answered(self, incident: Incident, department: str) -> list[Outcome]:
        """It did."""
        return self._timers.stop(_name(incident.number, DEPARTMENT + department, LATE))

    # ------------------------------------------------------------ parts of it

    def _limit(self, incident: Incident, stage: Stage) -> Limit | None:
        return self._known.rules.incidents.limit(incident.category, incident.priority, stage)

    def _start(self, incident: Incident, stage: Stage, limit: Limit, now: Now) -> tuple[Incident, list[Outcome]]:
        seconds = self._seconds(limit, now)
        warned = self._seconds(replace(limit, seconds=limit.seconds * WARNED / LATE), now)
        running = Running(stage, now.utc, now.utc + seconds)
        others = tuple(each for each in incident.running if each.stage is not stage)
        out = self._timers.start(_name(incident.number, stage.value, WARNED), warned, now)
        out += self._timers.start(_name(incident.number, stage.value, LATE), seconds, now)
        return replace(incident, running=(*others, running)), out

    def _stop(self, number: int, what: str) -> list[Outcome]:
        names = (_name(number, what, percent) for percent in (WARNED, LATE))
        return [outcome for name in names for outcome in self._timers.stop(name)]

    def _seconds(self, limit: Limit, now: Now) -> float:
        """By the clock. With a clock that is not believed nobody knows the hour: then it is rather too short than too long."""
        rules = self._known.rules
        if not limit.working or not now.trusted or not rules.incidents.hours:
            return limit.seconds
        return clock_seconds(limit.seconds, now.utc, ZoneInfo(rules.timezone), rules.incidents.hours)


def _name(number: int, what: str, percent: int) -> str:
    return f"{PREFIX}{number}:{what}:{percent}"
