"""Departments that are called in 吹哨报到, and what the county platform says."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from gateway.decide.incidents.book import MESSAGES_KEPT, tell
from gateway.decide.incidents.incident import CalledIn
from gateway.decide.incidents.refusing import wrong_state
from gateway.decide.incidents.staff import may_work, who
from gateway.model import NANOSECONDS, Recorded, Refused

if TYPE_CHECKING:
    from gateway.decide.incidents.book import IncidentBook
    from gateway.decide.incidents.incident import Incident
    from gateway.decide.incidents.staff import Staff
    from gateway.decide.known import Known
    from gateway.incident import CountySays, DepartmentAnswers, RefuseCounty, Whistle
    from gateway.model import Now, Said

COUNTY = "county"
"""The way of an actor that is the county's platform."""

COUNTY_REFUSED = "county_refused"
"""The kind of log row of a word that could not have been the county's: body {"code", "why", "more": how many before it}."""

COUNTY_STATES = ("received", "accepted", "handled", "closed", "returned")
"""What the county platform may say of an incident."""

REFUSED_AGAIN_NS = 10 * NANOSECONDS
"""Refused words are recorded at most once in so long: whoever can reach the address must not fill the journal."""


class CallingIn:
    """Every method takes an act, and allows or refuses it."""

    def __init__(self, book: IncidentBook, known: Known, staff: Staff) -> None:
        self._book = book
        self._known = known
        self._staff = staff
        self._refused_ns: int | None = None
        self._more = 0

    def whistle(self, act: Whistle, incident: Incident, now: Now) -> list[Said]:
        """A department is called in; its answer is timed from here. Calling again one that has not answered changes nothing."""
        if refused := may_work(act, act.actor, incident.place.grid):
            return [refused]
        department = self._known.rules.people.departments.get(act.department)
        if department is None:
            return [Refused(act, "department_unknown", f"there is no department {act.department}")]
        if not incident.in_work:
            return [wrong_state(act, incident)]
        if any(each.department == act.department and not each.answered_utc for each in incident.called_in):
            return []
        seconds = department.answer_minutes * 60
        called = CalledIn(act.department, now.utc, now.utc + seconds)
        others = tuple(each for each in incident.called_in if each.department != act.department)
        incident = replace(incident, called_in=(*others, called))
        me = who(act.actor, self._staff)
        put = self._book.put(incident, "whistled", now, me, act.actor.name, department=act.department, note=act.what)
        timed = self._book.limits.call_in(incident, act.department, seconds, now)
        return [*put, *timed, tell(incident, "whistle", f"department:{act.department}", department=act.department)]

    def answers(self, act: DepartmentAnswers, incident: Incident, now: Now) -> list[Said]:
        """It answered, or is there; said once more it changes nothing."""
        if refused := may_work(act, act.actor, incident.place.grid):
            return [refused]
        if not incident.open:
            return [wrong_state(act, incident)]
        called = next((each for each in incident.called_in if each.department == act.department), None)
        if called is None:
            return [Refused(act, "not_called", f"{act.department} was not called in")]
        answered = replace(
            called,
            answered_utc=called.answered_utc or now.utc,
            arrived_utc=called.arrived_utc or (now.utc if act.arrived else 0.0),
        )
        if answered == called:
            return []
        several = tuple(answered if each is called else each for each in incident.called_in)
        me, what = who(act.actor, self._staff), "department_arrived" if act.arrived else "department_answered"
        incident = replace(incident, called_in=several)
        put = self._book.put(incident, what, now, me, act.actor.name, department=act.department, note=act.note)
        return [*self._book.limits.answered(incident, act.department), *put]

    def late(self, incident: Incident, department: str, now: Now) -> list[Said]:
        """A department has not answered in its time: the leader is told."""
        several = tuple(
            replace(each, late=True) if each.department == department else each for each in incident.called_in
        )
        incident = replace(incident, called_in=several)
        put = self._book.put(incident, "department_late", now, department=department)
        return [*put, tell(incident, "incident_late", "leader", stage="department", percent=100, department=department)]

    # ------------------------------------------------------------ the county

    def county(self, act: CountySays, now: Now) -> list[Said]:
        """What stands at the county's is noted, and what it sends back goes to the leader. It closes nothing here."""
        if act.actor.way != COUNTY:
            return [Refused(act, "role", "only the county's platform says this")]
        incident = next((each for each in self._book.all.values() if each.external_id == act.external_id), None)
        if incident is None:
            return [Refused(act, "incident_unknown", f"there is no incident {act.external_id[:80]}")]
        if act.message in incident.county_messages:
            return [Refused(act, "message_used", "this message was taken before")]
        if act.state not in COUNTY_STATES:
            return [Refused(act, "state_wrong", f"a state is one of {', '.join(COUNTY_STATES)}")]
        messages = (*incident.county_messages, act.message)[-MESSAGES_KEPT:]
        incident = replace(incident, county_state=act.state, county_messages=messages)
        put = self._book.put(incident, "county", now, act.actor.id, act.actor.name, county=act.state, note=act.note)
        if act.state != "returned":
            return put
        return [*put, tell(incident, "incident", "leader", what="county_returned")]

    def refuse(self, act: RefuseCounty, now: Now) -> list[Said]:
        """Somebody spoke as the county and could not prove it: for the audit, never for the incident."""
        if self._refused_ns is not None and now.boottime_ns - self._refused_ns < REFUSED_AGAIN_NS:
            self._more += 1
            return []
        self._refused_ns, more, self._more = now.boottime_ns, self._more, 0
        return [Recorded(COUNTY_REFUSED, COUNTY, {"code": act.code, "why": act.why, "more": more}, act.actor.name)]
