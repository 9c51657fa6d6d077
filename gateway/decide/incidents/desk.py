"""What the desk does: report, accept and assign, give more time, join two, verify, close."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING

from gateway.decide.incidents.book import ALARMS_KEPT, tell
from gateway.decide.incidents.gathering import key_of
from gateway.decide.incidents.refusing import wrong_state
from gateway.decide.incidents.staff import LEADERS, may_decide, may_work, who
from gateway.incident import (
    AcceptIncident,
    CloseIncident,
    ExtendIncident,
    IncidentState,
    MergeIncident,
    ReportIncident,
    VerifyIncident,
)
from gateway.model import Place, Priority, Refused

if TYPE_CHECKING:
    from gateway.decide.incidents.book import IncidentBook
    from gateway.decide.incidents.gathering import Gathering
    from gateway.decide.incidents.incident import Incident
    from gateway.decide.incidents.staff import Staff
    from gateway.decide.incidents.table import Category
    from gateway.decide.known import Known
    from gateway.model import Now, Outcome, Said

LONGEST_HOURS = 30 * 24.0
"""More time than a month is no extension."""


class Desk:
    """Every method takes an act, and allows or refuses it."""

    def __init__(self, book: IncidentBook, known: Known, staff: Staff, gathering: Gathering) -> None:
        self._book = book
        self._known = known
        self._staff = staff
        self._gathering = gathering

    def report(self, act: ReportIncident, now: Now) -> list[Said]:
        """Somebody saw something that no device did. What is urgent joins what is open at that place."""
        rules = self._known.rules.incidents
        grid, category = rules.buildings.get(act.building), rules.categories.get(act.category)
        if grid is None:
            return [Refused(act, "building_unknown", f"there is no building {act.building}")]
        if category is None:
            return [Refused(act, "category_unknown", f"there is no category {act.category}")]
        if refused := may_work(act, act.actor, grid) or _wrong_report(act):
            return [refused]
        place, me = Place(act.building, act.unit, "", grid), who(act.actor, self._staff)
        key = key_of(place, category) if category.group in rules.windows else ""
        gathering = self._book.gathering(key) if key else None
        if gathering is not None:
            return self._added(act, gathering, me, now)
        incident = self._book.new(category, key, Priority(act.priority), place, now)
        incident = self._gathering.sent_out(replace(incident, where=act.where, what=act.what))
        out = self._book.put(incident, "reported", now, me, act.actor.name, note=act.what)
        if key:
            out += self._book.limits.gather(incident, rules.windows[category.group], now)
        return [*out, *_told(incident, category)]

    def accept(self, act: AcceptIncident, incident: Incident, now: Now) -> list[Said]:
        """受理; and 分派 to a person, who may be another than the one who has it."""
        if refused := may_decide(act, act.actor, self._staff, incident.place.grid):
            return [refused]
        if not incident.in_work:
            return [wrong_state(act, incident)]
        if act.person and self._staff.person(act.person) is None:
            return [Refused(act, "person_unknown", f"there is nobody {act.person} among the staff")]
        if act.person:
            return self._assign(act, incident, now)
        if incident.state is not IncidentState.REPORTED:
            return []
        accepted = replace(incident, state=IncidentState.ACCEPTED)
        return self._book.put(accepted, "accepted", now, who(act.actor, self._staff), act.actor.name)

    def _assign(self, act: AcceptIncident, incident: Incident, now: Now) -> list[Said]:
        if act.person == incident.person:
            return []
        me = who(act.actor, self._staff)
        assigned = replace(incident, state=IncidentState.ASSIGNED, person=act.person, going=False)
        out = self._book.put(assigned, "assigned", now, me, act.actor.name, person=act.person)
        if act.person != me:
            out.append(tell(assigned, "incident", f"person:{act.person}", what="assigned"))
        return out

    def extend(self, act: ExtendIncident, incident: Incident, now: Now) -> list[Said]:
        """延期, once, by a leader: so many hours more of the kind of time that the limit has."""
        if refused := may_decide(act, act.actor, self._staff, incident.place.grid, LEADERS):
            return [refused]
        if not incident.in_work or incident.state is IncidentState.REPORTED:
            return [wrong_state(act, incident)]
        if incident.extended:
            return [Refused(act, "extended_already", "more time is given once")]
        if not math.isfinite(act.hours) or not 0 < act.hours <= LONGEST_HOURS:
            return [Refused(act, "hours_wrong", f"more than 0 and at most {LONGEST_HOURS:g} hours")]
        if not act.reason.strip():
            return [Refused(act, "reason_needed", "say why it needs more time")]
        me = who(act.actor, self._staff)
        extended, timed = self._book.limits.extend(replace(incident, extended=True), act.hours, now)
        put = self._book.put(extended, "extended", now, me, act.actor.name, hours=act.hours, note=act.reason)
        return [*timed, *put]

    def merge(self, act: MergeIncident, incident: Incident, now: Now) -> list[Said]:
        """并案: its alarms and photos go to the other, which is worked on alone from here on."""
        into = self._book.all.get(act.into)
        if refused := may_decide(act, act.actor, self._staff, incident.place.grid):
            return [refused]
        if into is None:
            return [Refused(act, "incident_unknown", f"there is no incident {act.into}")]
        if refused := may_decide(act, act.actor, self._staff, into.place.grid):
            return [refused]
        if into.number == incident.number:
            return [Refused(act, "merge_wrong", "an incident is not merged into itself")]
        for one in (incident, into):
            if not one.in_work:
                return [wrong_state(act, one)]
        me, actor = who(act.actor, self._staff), act.actor.name
        merged = replace(incident, state=IncidentState.MERGED, going=False, merged_into=into.number)
        whole = replace(
            into,
            alarms=tuple(dict.fromkeys((*incident.alarms, *into.alarms)))[-ALARMS_KEPT:],
            photos=tuple(dict.fromkeys((*into.photos, *incident.photos))),
            hands=tuple(dict.fromkeys((*into.hands, *incident.hands))),
        )
        whole, timed = self._with_departments(whole, incident, now)
        out = [*self._book.put(merged, "merged", now, me, actor, into=into.number, into_id=into.external_id), *timed]
        if incident.priority < whole.priority:
            whole = self._gathering.sent_out(replace(whole, priority=incident.priority))
            whole, hastened = self._book.limits.hasten(whole, now)
            out += hastened
        return [*out, *self._book.put(whole, "took_in", now, me, actor, merged=incident.number)]

    def _with_departments(self, into: Incident, merged: Incident, now: Now) -> tuple[Incident, list[Outcome]]:
        """Departments that were called in for the one are awaited by the other, no longer than they were."""
        there = {each.department for each in into.called_in}
        more = tuple(each for each in merged.called_in if each.department not in there)
        into = replace(into, called_in=(*into.called_in, *more))
        out: list[Outcome] = []
        for each in more:
            if not each.answered_utc and not each.late:
                out += self._book.limits.call_in(into, each.department, max(0.0, each.due_utc - now.utc), now)
        return into, out

    def verify(self, act: VerifyIncident, incident: Incident, now: Now) -> list[Said]:
        """核查, by somebody who did not work on it, while its sensors are normal; what is not good goes back."""
        if refused := may_decide(act, act.actor, self._staff, incident.place.grid):
            return [refused]
        if incident.state is not IncidentState.FEEDBACK:
            return [wrong_state(act, incident)]
        me = who(act.actor, self._staff)
        if not {me, act.actor.id}.isdisjoint((*incident.hands, incident.person)):
            return [Refused(act, "own_work", "another person than those who worked on it has to verify it")]
        if not act.good:
            return self._not_good(act, incident, me, now)
        if any(alarm.active for alarm in self._book.standing(incident)):
            return [Refused(act, "alarm_active", "the condition of one of its alarms still stands")]
        verified = replace(incident, state=IncidentState.VERIFIED)
        return self._book.put(verified, "verified", now, me, act.actor.name, note=act.note)

    def _not_good(self, act: VerifyIncident, incident: Incident, me: str, now: Now) -> list[Said]:
        if not act.note.strip():
            return [Refused(act, "note_needed", "say what is not good")]
        state = IncidentState.ASSIGNED if incident.person else IncidentState.ACCEPTED
        back = replace(incident, state=state)
        told = tell(back, "incident", f"person:{back.person}" if back.person else "leader", what="not_good")
        return [*self._book.put(back, "not_good", now, me, act.actor.name, note=act.note), told]

    def close(self, act: CloseIncident, incident: Incident, now: Now) -> list[Said]:
        """结案. Its alarms are closed by themselves, or not."""
        if refused := may_decide(act, act.actor, self._staff, incident.place.grid):
            return [refused]
        if incident.state is IncidentState.CLOSED:
            return []
        if incident.state is not IncidentState.VERIFIED:
            return [wrong_state(act, incident)]
        closed = replace(incident, state=IncidentState.CLOSED)
        return self._book.put(closed, "closed", now, who(act.actor, self._staff), act.actor.name, note=act.note)

    def _added(self, act: ReportIncident, incident: Incident, me: str, now: Now) -> list[Said]:
        """A person saw what is known already: it may be worse than what the devices said."""
        out: list[Said] = []
        if act.priority < incident.priority:
            incident = self._gathering.sent_out(replace(incident, priority=Priority(act.priority)))
            incident, hastened = self._book.limits.hasten(incident, now)
            out += hastened
        incident = replace(incident, where=incident.where or act.where, what=incident.what or act.what)
        out += self._book.put(incident, "reported", now, me, act.actor.name, note=act.what)
        window = self._known.rules.incidents.windows[incident.key.partition(":")[2]]
        return [*out, *self._book.limits.gather(incident, window, now)]


def _wrong_report(act: ReportIncident) -> Refused | None:
    if act.priority not in tuple(Priority):
        return Refused(act, "priority_wrong", "a priority is 1, 2, 3 or 4")
    return None if act.what.strip() else Refused(act, "note_needed", "say what was seen")


def _told(incident: Incident, category: Category) -> list[Said]:
    """No alarm speaks for what a person reported: whoever is on duty is told, and of what is urgent his deputy too."""
    to = ("duty", "deputy") if incident.state is not IncidentState.REPORTED else ("duty",)
    return [tell(incident, "incident", *to, what="reported", name=category.name)]
