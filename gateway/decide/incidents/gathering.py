"""Alarms that people are told of open incidents, or join one: one event on the spot is one work item."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from gateway.decide.incidents.book import ALARMS_KEPT
from gateway.incident import IncidentState
from gateway.model import Change, Priority, Suppression

if TYPE_CHECKING:
    from gateway.decide.incidents.book import IncidentBook
    from gateway.decide.incidents.incident import Incident
    from gateway.decide.incidents.staff import Staff
    from gateway.decide.incidents.table import Category
    from gateway.decide.known import Known
    from gateway.model import Alarm, Now, Place, Said

URGENT = (Priority.P1, Priority.P2)
"""Accepted and assigned at once, by nobody."""


class Gathering:
    """What becomes of an alarm. A test or a building on trial makes no work: their alarms open nothing."""

    def __init__(self, book: IncidentBook, known: Known, staff: Staff) -> None:
        self._book = book
        self._known = known
        self._staff = staff

    def announced(self, alarm: Alarm, change: Change, now: Now) -> list[Said]:
        """People are told of an alarm, for the first time or again."""
        category = self._known.rules.incidents.category_of(alarm.rule)
        now_is = self._book.alarms.open.get(alarm.key, alarm)  # another part may have explained it by a power cut since
        if category is None or alarm.test or alarm.trial or now_is.suppression is not Suppression.NONE:
            return []
        its_own = self._book.of_alarm(alarm.key)
        if its_own is not None:
            return self._joined(its_own, alarm, change, category, now)
        if category.opens is None or alarm.priority > category.opens:
            return []
        key = key_of(alarm.place, category)
        gathering = self._book.gathering(key)
        if gathering is not None:
            return self._joined(gathering, alarm, change, category, now)
        incident = self._book.new(category, key, alarm.priority, alarm.place, now)
        incident = replace(self.sent_out(incident), alarms=((alarm.number, alarm.key),))
        return [
            *self._book.put(incident, "opened", now, alarm=alarm.number, rule=alarm.rule),
            *self._window(incident, category, now),
        ]

    def sent_out(self, incident: Incident) -> Incident:
        """What is urgent is accepted at once, and assigned to whoever is on duty, else to whoever stands in for nobody."""
        if incident.priority not in URGENT or incident.state is not IncidentState.REPORTED:
            return incident
        duty = self._staff.on_duty(incident.place.grid)
        person = duty.responsible or duty.person or next(iter(self._staff.in_role(incident.place.grid, "duty")), "")
        state = IncidentState.ASSIGNED if person else IncidentState.ACCEPTED
        return replace(incident, state=state, person=person)

    def _joined(self, incident: Incident, alarm: Alarm, change: Change, category: Category, now: Now) -> list[Said]:
        """One more alarm of it, or one of its own again: what was handled and comes again was not good."""
        out: list[Said] = []
        what = ""
        member = alarm.number, alarm.key
        if member not in incident.alarms:
            others = (each for each in incident.alarms if each[1] != alarm.key)
            incident, what = replace(incident, alarms=(*others, member)[-ALARMS_KEPT:]), "joined"
        if alarm.priority < incident.priority:
            incident = self.sent_out(replace(incident, priority=alarm.priority))
            incident, hastened = self._book.limits.hasten(incident, now)
            out, what = [*hastened], what or "worse"
        if not incident.in_work and change is Change.RAISED:
            incident, what = replace(incident, state=IncidentState.ASSIGNED, going=False), "came_again"
        if what:
            out += self._book.put(incident, what, now, alarm=alarm.number, rule=alarm.rule)
        return out + self._window(incident, category, now)

    def _window(self, incident: Incident, category: Category, now: Now) -> list[Said]:
        seconds = self._known.rules.incidents.windows.get(category.group)
        return [] if seconds is None else list(self._book.limits.gather(incident, seconds, now))


def key_of(place: Place, category: Category) -> str:
    """What gathers: the place, as closely as it is a building, and the group."""
    return f"{place.building or place.grid}:{category.group}"
