"""All incidents that are remembered, by number, by alarm and by what gathers; and how a change of one is told and kept."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from gateway.decide.incidents.incident import Incident
from gateway.decide.incidents.limits import Limits
from gateway.incident import IncidentState
from gateway.model import Place, Priority, Recorded, Remember
from gateway.notice import Tell

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from drivers.contract import Json
    from gateway.decide.alarms import AlarmBook
    from gateway.decide.incidents.table import Category
    from gateway.decide.known import Known
    from gateway.model import Alarm, Now, Outcome, Said

INCIDENT = "incident"
"""The kind of its log rows: body {"what", "by", "state", "grid", "incident": all of it, ...}."""

ALARMS_KEPT = 100
"""So many alarms of an incident are kept with it; all of them are on its timeline."""

MESSAGES_KEPT = 64
"""So many of the county's messages about an incident are told from new ones."""

KEPT_SECONDS = 30 * 86_400.0
"""So long an incident that has ended is still at hand for what the county says of it; its past stays in the journal."""

_NUMBER = "incident_number"
_INCIDENT = "incident:"


class IncidentBook:
    """The only writer of incidents."""

    def __init__(self, remembered: Mapping[str, Json], known: Known, alarms: AlarmBook, now: Now) -> None:
        self.alarms = alarms
        self.limits = Limits(remembered, known, now)
        self._known = known
        self.all: dict[int, Incident] = {}
        self._by_alarm: dict[str, int] = {}
        self._gathering: dict[str, int] = {}
        kept = (Incident.from_json(body) for name, body in remembered.items() if name.startswith(_INCIDENT))
        for incident in sorted(kept, key=lambda each: each.number):
            self._enter(incident)
        # a rescued journal may have lost the next number
        self._next: int = max(remembered.get(_NUMBER, 1), 1 + max(self.all, default=0))

    # ------------------------------------------------------------ looking

    def of_alarm(self, key: str) -> Incident | None:
        """The open incident that an alarm of that key belongs to."""
        incident = self.all.get(self._by_alarm.get(key, 0))
        return incident if incident is not None and incident.open else None

    def gathering(self, key: str) -> Incident | None:
        """The incident that takes in alarms of that place and group. There is at most one."""
        incident = self.all.get(self._gathering.get(key, 0))
        if incident is None or not incident.open:
            return None
        if key.partition(":")[2] not in self._known.rules.incidents.windows:
            return incident if incident.in_work else None
        stands = incident.in_work and any(self.alarms.active(alarm) for _, alarm in incident.alarms)
        return incident if stands or self.limits.gathers(incident) else None

    def standing(self, incident: Incident) -> Iterator[Alarm]:
        """Its alarms that are not normal."""
        numbers = {number for number, _ in incident.alarms}
        for _, key in incident.alarms:
            alarm = self.alarms.open.get(key)
            if alarm is not None and alarm.number in numbers:
                yield alarm

    # ------------------------------------------------------------ changing

    def new(self, category: Category, key: str, priority: Priority, place: Place, now: Now) -> Incident:
        """An incident that nobody has accepted, not entered yet."""
        rules = self._known.rules
        day = datetime.fromtimestamp(now.utc, UTC).astimezone(ZoneInfo(rules.timezone))
        return Incident(
            number=self._next,
            external_id=f"{rules.incidents.compound}-{day:%Y%m%d}-{self._next}",
            key=key,
            category=category.id,
            priority=priority,
            place=place,
            state=IncidentState.REPORTED,
            opened_utc=now.utc,
            changed_utc=now.utc,
            simulated=rules.simulated,
        )

    def put(self, incident: Incident, what: str, now: Now, by: str = "", actor: str = "", **said: Json) -> list[Said]:
        """An incident as it is from now on. `by` is the id of who did it, `actor` his name for the log."""
        out: list[Said] = []
        if incident.number == self._next:
            self._next += 1
            out.append(Remember(_NUMBER, self._next))
        incident, limited = self.limits.fit(incident, now)
        incident = replace(incident, revision=incident.revision + 1, changed_utc=now.utc)
        self._enter(incident)
        body = incident.to_json()
        told = {"state": incident.state.value, "grid": incident.place.grid, "incident": body}
        out.append(Remember(_INCIDENT + str(incident.number), body))
        out.append(Recorded(INCIDENT, str(incident.number), {"what": what, "by": by, **said, **told}, actor))
        out += limited
        if not incident.open:
            out += self.limits.drop(incident)
        return out

    def forget_old(self, now: Now) -> list[Outcome]:
        """Let go of what has ended long ago. Only with a clock that is believed."""
        if not now.trusted:
            return []
        ended = (incident for incident in self.all.values() if not incident.open)
        old = [incident for incident in ended if now.utc - incident.changed_utc > KEPT_SECONDS]
        for incident in old:
            del self.all[incident.number]
            for index in (self._by_alarm, self._gathering):
                for key in [key for key, number in index.items() if number == incident.number]:
                    del index[key]
        return [Remember(_INCIDENT + str(incident.number), None) for incident in old]

    def _enter(self, incident: Incident) -> None:
        self.all[incident.number] = incident
        if incident.open:
            self._by_alarm.update((key, incident.number) for _, key in incident.alarms)
        if incident.key and self._gathering.get(incident.key, 0) < incident.number:
            self._gathering[incident.key] = incident.number


def tell(
    incident: Incident, kind: str, *to: str, why: str = "", priority: Priority | None = None, **facts: Json
) -> Tell:
    """What people are to be told of an incident, without a name in it."""
    facts = {"number": incident.number, "category": incident.category, **facts}
    return Tell(kind, priority or incident.priority, f"incident:{incident.number}", to, incident.place, why, facts)
