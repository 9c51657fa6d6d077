"""Everything about incidents, joined: alarms that make work, people who do it, and the time that it may take."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from gateway.decide.incidents.book import IncidentBook, tell
from gateway.decide.incidents.calling_in import CallingIn
from gateway.decide.incidents.desk import Desk
from gateway.decide.incidents.gathering import Gathering
from gateway.decide.incidents.limits import DEPARTMENT, GATHERS, LATE
from gateway.decide.incidents.table import Stage
from gateway.decide.incidents.working import Working
from gateway.decide.privacy.forgetting import without
from gateway.incident import (
    AcceptIncident,
    ArriveAtIncident,
    CallFalseIncident,
    CloseIncident,
    CountySays,
    DepartmentAnswers,
    ExtendIncident,
    FeedBackIncident,
    GoToIncident,
    HandleIncident,
    IncidentAct,
    MergeIncident,
    RefuseCounty,
    ReportIncident,
    ReturnIncident,
    VerifyIncident,
    Whistle,
)
from gateway.model import AlarmChanged, Refused

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping, Sequence

    from drivers.contract import Json
    from gateway.actor import Actor
    from gateway.decide.incidents.incident import Incident
    from gateway.decide.incidents.limits import Due
    from gateway.decide.incidents.staff import Staff
    from gateway.decide.known import Known
    from gateway.decide.watches import Watches
    from gateway.model import Now, Said

_STAGES = {stage.value: stage for stage in Stage}


class Incidents:
    """The incidents' side of the judgement; `known`, `watches` and `people` are shared with the rest of it.

    An alarm and its incident never close each other.
    """

    def __init__(self, remembered: Mapping[str, Json], known: Known, watches: Watches, people: Staff, now: Now) -> None:
        self._book = book = IncidentBook(remembered, known, watches.book, now)
        self._known = known
        self._gathering = Gathering(book, known, people)
        self._calling_in = CallingIn(book, known, people)
        self._desk = Desk(book, known, people, self._gathering)
        working = Working(book, people)
        self._acts: Mapping[type, Callable[..., list[Said]]] = {
            AcceptIncident: self._desk.accept,
            GoToIncident: working.go,
            ArriveAtIncident: working.arrive,
            HandleIncident: working.handle,
            FeedBackIncident: working.feed_back,
            VerifyIncident: self._desk.verify,
            CloseIncident: self._desk.close,
            CallFalseIncident: working.call_false,
            ReturnIncident: working.give_back,
            ExtendIncident: self._desk.extend,
            MergeIncident: self._desk.merge,
            Whistle: self._calling_in.whistle,
            DepartmentAnswers: self._calling_in.answers,
        }

    # ------------------------------------------------------------ reading

    @property
    def known(self) -> Mapping[int, Incident]:
        """By number: those that are open, and those that ended in the last thirty days."""
        return self._book.all

    def of_alarm(self, key: str) -> Incident | None:
        """The open incident that an alarm of that key belongs to."""
        return self._book.of_alarm(key)

    @property
    def next_ns(self) -> int | None:
        """CLOCK_BOOTTIME at which `wake` has work again, None while no limit runs."""
        return self._book.limits.next_ns

    # ------------------------------------------------------------ what comes in

    def adopt(self, _now: Now) -> list[Said]:
        """Take the rules in force. What is open goes on with the limits that run; later ones are by the new table."""
        return [*self._book.limits.adopt()]

    def act(self, act: IncidentAct, now: Now) -> list[Said]:
        """What a person, or the county's platform, wants."""
        if isinstance(act, ReportIncident):
            return self._desk.report(act, now)
        if isinstance(act, CountySays):
            return self._calling_in.county(act, now)
        if isinstance(act, RefuseCounty):
            return self._calling_in.refuse(act, now)
        incident = self._book.all.get(act.number)
        if incident is None:
            return [Refused(act, "incident_unknown", f"there is no incident {act.number}, or it ended long ago")]
        return self._acts[type(act)](act, incident, now)

    def forget(self, names: Collection[str], actor: Actor, now: Now) -> list[Said]:
        """Take the names of a person who is to be forgotten out of what was typed about incidents."""
        out: list[Said] = []
        for incident in list(self._book.all.values()):
            left = replace(
                incident,
                where=without(incident.where, names),
                what=without(incident.what, names),
                cause=without(incident.cause, names),
            )
            if left != incident:
                out += self._book.put(left, "erased", now, actor.id, actor.name)
        return out

    def follow(self, outcomes: Sequence[Said], now: Now) -> Sequence[Said]:
        """What others decided, and the incidents that follow from alarms that people are told of."""
        more: list[Said] = []
        for outcome in outcomes:
            if type(outcome) is AlarmChanged and outcome.announce:
                more += self._gathering.announced(outcome.alarm, outcome.change, now)
        return [*outcomes, *more] if more else outcomes

    # ------------------------------------------------------------ time

    def sweep(self, _now: Now) -> Sequence[Said]:
        """Once a second: nothing here waits for that."""
        return ()

    def wake(self, now: Now) -> list[Said]:
        """Limits that are at 80 % or over."""
        due = self.next_ns
        if due is None or due > now.boottime_ns:
            return []
        out: list[Said] = []
        for each, forgotten in list(self._book.limits.ended(now)):
            out.append(forgotten)
            incident = self._book.all.get(each.incident)
            if incident is None or not incident.open or each.what == GATHERS:
                continue
            out += self._overdue(incident, each, now)
        return out

    def checkpoint(self, now: Now) -> list[Said]:
        """Once a minute: what a restart would not count by itself."""
        return [*self._book.limits.checkpoint(now), *self._book.forget_old(now)]

    def _overdue(self, incident: Incident, due: Due, now: Now) -> list[Said]:
        stage = _STAGES.get(due.what)
        if stage is None:
            return self._calling_in.late(incident, due.what.removeprefix(DEPARTMENT), now)
        running = tuple(
            replace(each, percent=due.percent) if each.stage is stage else each for each in incident.running
        )
        incident = replace(incident, running=running)
        what = "late" if due.percent == LATE else "warned"
        out = self._book.put(incident, what, now, stage=due.what, percent=due.percent)
        to = ("leader", "deputy") if stage is Stage.ARRIVE else ("leader",)
        return [*out, tell(incident, "incident_late", *to, stage=due.what, percent=due.percent)]
