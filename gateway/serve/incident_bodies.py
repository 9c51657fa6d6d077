"""Incidents as plain JSON bodies; a test holds them against `incident_shapes.py`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dashboards.texts import text
from gateway.actor import Role
from gateway.decide.incidents.staff import DESK, has_role, who
from gateway.decide.may import MAY_ANSWER
from gateway.incident import IncidentState
from gateway.serve.instants import iso, moment
from gateway.serve.masking import Field, Sight, sight, text_told

if TYPE_CHECKING:
    from collections.abc import Iterable

    from gateway.decide.incidents.incident import Incident
    from gateway.model import LogRow
    from gateway.serve.asks import Ask
    from gateway.serve.incident_desk import IncidentDesk
    from gateway.serve.views import Body

_SHOWN = frozenset({"what", "by", "state", "grid", "incident", "actor", "note", "alarm"})
"""What of a row's body has a place of its own, or is all of the incident."""

_NEXT = {
    IncidentState.REPORTED: "go",
    IncidentState.ACCEPTED: "go",
    IncidentState.ASSIGNED: "go",
    IncidentState.ARRIVED: "handle",
    IncidentState.HANDLED: "feedback",
    IncidentState.FEEDBACK: "verify",
    IncidentState.VERIFIED: "close",
}


def incident_body(ask: Ask, desk: IncidentDesk, incident: Incident) -> Body:
    """One incident, as this actor may see it."""
    layout, place = ask.house.hub.views.layout, incident.place
    building = layout.buildings.get(place.building)
    category = desk.rules().categories.get(incident.category)
    named, typed = ask.actor.role is not Role.VIEWER, sight(ask.actor.role, Field.TEXT)
    person = desk.staff.person(incident.person)
    return {
        "number": incident.number,
        "id": incident.external_id,
        "category": {
            "id": incident.category,
            "code": category.code if category else "",
            "name": category.name if category else incident.category,
        },
        "priority": int(incident.priority),
        "state": incident.state.value,
        "place": {
            "building": place.building,
            "building_name": building.name if building else "",
            "unit": place.unit,
            "name": place.name,
            "grid": place.grid,
        },
        "where": text_told(incident.where, typed),
        "what": text_told(incident.what, typed),
        "person": incident.person if named else "",
        "person_name": person.name if person is not None and is_named(ask) else "",
        "going": incident.going,
        "opened": iso(incident.opened_utc),
        "changed": iso(incident.changed_utc),
        "alarms": [number for number, _ in incident.alarms],
        "photos": list(incident.photos),
        "cause": incident.cause,
        "extended": incident.extended,
        "returned": incident.returned,
        "merged_into": incident.merged_into,
        "limits": [
            {
                "stage": each.stage.value,
                "began": iso(each.began_utc),
                "due": iso(each.due_utc),
                "percent": each.percent,
            }
            for each in incident.running
        ],
        "departments": _departments(desk, incident),
        "county": incident.county_state,
        "simulated": incident.simulated,
        "next": _next(ask, desk, incident),
    }


def timeline(ask: Ask, incident: Iterable[LogRow], alarms: Iterable[LogRow]) -> list[Body]:
    """What happened to an incident and its alarms, oldest first."""
    named, typed = is_named(ask), sight(ask.actor.role, Field.TEXT)
    steps = [_step(row, typed, named=named) for row in incident]
    steps += [_alarm_step(row, typed, named=named) for row in alarms]
    return sorted(steps, key=lambda step: int(step["seq"]))


def is_named(ask: Ask) -> bool:
    """Whether the actor is told which of the staff did what by name; the auditor knows them by their ids."""
    return ask.actor.role not in {Role.VIEWER, Role.AUDITOR}


def _step(row: LogRow, typed: Sight, *, named: bool) -> Body:
    body = row.body
    return {
        "seq": row.seq,
        "at": iso(row.utc),
        "what": body["what"],
        "by": body["actor"] if named else body.get("by", "") if typed is not Sight.NOTHING else "",
        "note": text_told(body.get("note", ""), typed),
        "alarm": body.get("alarm"),
        "details": {name: value for name, value in body.items() if name not in _SHOWN},
    }


def _alarm_step(row: LogRow, typed: Sight, *, named: bool) -> Body:
    alarm = row.body["alarm"]
    return {
        "seq": row.seq,
        "at": iso(row.utc),
        "what": f"alarm_{row.body['change']}",
        "by": row.body["actor"] if named else "",
        "note": text_told(alarm["note"], typed) if row.body["actor"] else "",
        "alarm": alarm["number"],
        "details": {"rule": alarm["rule"], "why": alarm["why"], "priority": alarm["priority"]},
    }


def _departments(desk: IncidentDesk, incident: Incident) -> list[Body]:
    known = desk.departments()
    return [
        {
            "id": each.department,
            "name": known[each.department].name if each.department in known else each.department,
            "called": iso(each.at_utc),
            "due": iso(each.due_utc),
            "answered": moment(each.answered_utc),
            "arrived": moment(each.arrived_utc),
            "late": each.late,
        }
        for each in incident.called_in
    ]


def _next(ask: Ask, desk: IncidentDesk, incident: Incident) -> Body | None:
    """The one button: 我去, 到了, 处理完; what comes then belongs to the desk."""
    act = _next_act(ask, desk, incident) if ask.actor.role in MAY_ANSWER else ""
    language = ask.house.hub.views.layout.compound.language
    return {"act": act, "label": text(language, f"incident.act.{act}")} if act else None


def _next_act(ask: Ask, desk: IncidentDesk, incident: Incident) -> str:
    me, at_desk = who(ask.actor, desk.staff), has_role(ask.actor, desk.staff, incident.place.grid, DESK)
    mine = incident.person == me
    act = _NEXT.get(incident.state, "")
    if act == "go" and incident.going:
        act = "arrive"
    allowed = {"go": True, "verify": at_desk and not mine and me not in incident.hands, "close": at_desk}
    return act if allowed.get(act, mine or at_desk) else ""
