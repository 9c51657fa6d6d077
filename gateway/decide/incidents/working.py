"""What the one who goes does: 我去, 到了, 处理完, then feedback; or a false alarm, or it goes back."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

from gateway.decide.incidents.book import tell
from gateway.decide.incidents.refusing import wrong_state
from gateway.decide.incidents.staff import may_touch, may_work, who
from gateway.incident import (
    FALSE_CAUSES,
    ArriveAtIncident,
    CallFalseIncident,
    FeedBackIncident,
    GoToIncident,
    HandleIncident,
    IncidentState,
    ReturnIncident,
)
from gateway.model import Refused

if TYPE_CHECKING:
    from gateway.decide.incidents.book import IncidentBook
    from gateway.decide.incidents.incident import Incident
    from gateway.decide.incidents.staff import Staff
    from gateway.model import Now, Said

PHOTOS = 12
"""More photos than anybody takes of one incident."""

_SHA256 = re.compile(r"[0-9a-f]{64}")
_BEFORE_ARRIVAL = frozenset({IncidentState.REPORTED, IncidentState.ACCEPTED, IncidentState.ASSIGNED})
_WITH_SOMEBODY = frozenset({IncidentState.ASSIGNED, IncidentState.ARRIVED})


class Working:
    """Every method takes an act and the incident that it names, and allows or refuses it."""

    def __init__(self, book: IncidentBook, staff: Staff) -> None:
        self._book = book
        self._staff = staff

    def go(self, act: GoToIncident, incident: Incident, now: Now) -> list[Said]:
        """Whoever says it first has it, and its alarms; for everybody after him nothing changes."""
        if refused := may_work(act, act.actor, incident.place.grid):
            return [refused]
        if incident.state is IncidentState.ARRIVED or (incident.state is IncidentState.ASSIGNED and incident.going):
            return []
        if incident.state not in _BEFORE_ARRIVAL:
            return [wrong_state(act, incident)]
        me = who(act.actor, self._staff)
        gone = replace(incident, state=IncidentState.ASSIGNED, person=me, going=True)
        out = self._book.put(gone, "went", now, me, act.actor.name)
        for alarm in list(self._book.standing(gone)):
            out += self._book.alarms.acked(alarm, act.actor.name, "", now)
        return out

    def arrive(self, act: ArriveAtIncident, incident: Incident, now: Now) -> list[Said]:
        """He is there."""
        if refused := may_touch(act, act.actor, self._staff, incident):
            return [refused]
        if incident.state is IncidentState.ARRIVED:
            return []
        if incident.state is not IncidentState.ASSIGNED or not incident.going:
            return [wrong_state(act, incident)]
        me = who(act.actor, self._staff)
        arrived = replace(incident, state=IncidentState.ARRIVED, hands=_with(incident, me, act.actor.id))
        return self._book.put(arrived, "arrived", now, me, act.actor.name)

    def handle(self, act: HandleIncident, incident: Incident, now: Now) -> list[Said]:
        """It is done, by what was done and photos of it."""
        if refused := may_touch(act, act.actor, self._staff, incident):
            return [refused]
        if incident.state is not IncidentState.ARRIVED:
            return [wrong_state(act, incident)]
        if not act.what.strip():
            return [Refused(act, "note_needed", "say what was done")]
        photos = tuple(dict.fromkeys((*incident.photos, *act.photos)))
        if len(photos) > PHOTOS or not all(_SHA256.fullmatch(photo) for photo in act.photos):
            return [Refused(act, "photos_wrong", f"an incident has at most {PHOTOS} photos, by their SHA-256")]
        me = who(act.actor, self._staff)
        handled = replace(
            incident, state=IncidentState.HANDLED, going=False, hands=_with(incident, me, act.actor.id), photos=photos
        )
        return self._book.put(handled, "handled", now, me, act.actor.name, note=act.what, photos=len(act.photos))

    def feed_back(self, act: FeedBackIncident, incident: Incident, now: Now) -> list[Said]:
        """Why it happened, and what was said to whoever reported it or lives there."""
        if refused := may_touch(act, act.actor, self._staff, incident):
            return [refused]
        if incident.state is not IncidentState.HANDLED:
            return [wrong_state(act, incident)]
        me = who(act.actor, self._staff)
        fed_back = replace(
            incident, state=IncidentState.FEEDBACK, cause=act.cause, hands=_with(incident, me, act.actor.id)
        )
        return self._book.put(fed_back, "fed_back", now, me, act.actor.name, cause=act.cause, note=act.note)

    def call_false(self, act: CallFalseIncident, incident: Incident, now: Now) -> list[Said]:
        """There was nothing. Its alarms stand as they are: they are called false, taken and reset by themselves."""
        if refused := may_work(act, act.actor, incident.place.grid):
            return [refused]
        if not incident.in_work:
            return [wrong_state(act, incident)]
        if act.cause not in FALSE_CAUSES:
            return [Refused(act, "cause_needed", f"a false alarm has a cause: {', '.join(FALSE_CAUSES)}")]
        if any(alarm.verdict == "real" for alarm in self._book.standing(incident)):
            return [Refused(act, "verdict_real", "somebody who was there found one of its alarms to be real")]
        me = who(act.actor, self._staff)
        false = replace(incident, state=IncidentState.FALSE_ALARM, going=False, cause=act.cause)
        return self._book.put(false, "called_false", now, me, act.actor.name, cause=act.cause, note=act.note)

    def give_back(self, act: ReturnIncident, incident: Incident, now: Now) -> list[Said]:
        """Whoever has it cannot do it: the leader hears of it, and it waits for another."""
        if refused := may_touch(act, act.actor, self._staff, incident):
            return [refused]
        if incident.state not in _WITH_SOMEBODY:
            return [wrong_state(act, incident)]
        if not act.reason.strip():
            return [Refused(act, "reason_needed", "say why it goes back")]
        me = who(act.actor, self._staff)
        returned = incident.returned + 1
        back = replace(incident, state=IncidentState.ACCEPTED, person="", going=False, returned=returned)
        return [
            *self._book.put(back, "returned", now, me, act.actor.name, note=act.reason),
            tell(back, "incident", "leader", what="returned"),
        ]


def _with(incident: Incident, *me: str) -> tuple[str, ...]:
    """Those who worked on it: who says so, as one of the staff and by his account, and who has it."""
    return tuple(dict.fromkeys(filter(None, (*incident.hands, incident.person, *me))))
