"""Incidents: what is open, what was closed, one of them with all that happened, and what people do about it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

from fastapi import APIRouter, Query

from gateway.decide.incidents.book import INCIDENT
from gateway.decide.incidents.incident import Incident
from gateway.incident import (
    AcceptIncident,
    ArriveAtIncident,
    CallFalseIncident,
    CloseIncident,
    DepartmentAnswers,
    ExtendIncident,
    FeedBackIncident,
    GoToIncident,
    HandleIncident,
    MergeIncident,
    ReportIncident,
    ReturnIncident,
    VerifyIncident,
    Whistle,
)
from gateway.model import Recorded
from gateway.serve import incident_shapes
from gateway.serve.acts import walk
from gateway.serve.asks import Ask, Asking, answer
from gateway.serve.incident_asks import (  # noqa: TC001 - FastAPI reads annotations at run time
    AcceptBody,
    CloseBody,
    DepartmentBody,
    ExtendBody,
    FalseBody,
    FeedbackBody,
    HandleBody,
    IncidentNumber,
    IncidentsQuery,
    MergeBody,
    ReportBody,
    ReturnBody,
    VerifyBody,
    WhistleBody,
)
from gateway.serve.incident_bodies import incident_body, timeline
from gateway.serve.problems import unknown

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Collection

    from starlette.responses import Response

    from gateway.incident import IncidentAct

ENDS = ("closed", "called_false", "merged")
"""By what an incident ends, in the rows of the log."""

ROWS = 1_000
"""So much of an incident's past is shown."""


async def incidents(ask: Asking, query: Annotated[IncidentsQuery, Query()]) -> Response:
    """Incidents: those that are open, the most urgent first, or those that ended, the latest first."""
    if query.state == "closed":
        return await _closed(ask, query)
    desk = ask.house.incidents
    seen = [each for each in desk.keeper.known.values() if each.open and _sees(ask, each, query.grid)]
    seen.sort(key=lambda each: (each.priority, each.opened_utc))
    return answer({"incidents": [incident_body(ask, desk, each) for each in seen], "total": len(seen), "next": None})


async def incident(ask: Asking, number: IncidentNumber) -> Response:
    """One incident of any age, with all that happened to it and its alarms."""
    return await _detail(ask, number)


async def report_incident(ask: Asking, body: ReportBody) -> Response:
    """Report what no device saw. What is urgent joins what is open at that place already."""
    act = ReportIncident(ask.actor, body.building, body.unit, body.where, body.category, body.what, body.priority)
    outcomes = await walk(ask, act)
    number = next(each.subject for each in outcomes if isinstance(each, Recorded) and each.kind == INCIDENT)
    return await _detail(ask, int(number), 201)


async def accept_incident(ask: Asking, number: IncidentNumber, body: AcceptBody) -> Response:
    """Accept an incident, and assign it to one of the staff."""
    return await _done(ask, AcceptIncident(ask.actor, number, body.person))


async def go_to_incident(ask: Asking, number: IncidentNumber) -> Response:
    """我去: take it, with its alarms that nobody took. For everybody after the first nothing changes."""
    return await _done(ask, GoToIncident(ask.actor, number))


async def arrive_at_incident(ask: Asking, number: IncidentNumber) -> Response:
    """到了: say that one is there."""
    return await _done(ask, ArriveAtIncident(ask.actor, number))


async def handle_incident(ask: Asking, number: IncidentNumber, body: HandleBody) -> Response:
    """处理完: say what was done, with photos that were uploaded before."""
    _seen(ask, number)
    for photo in body.photos:
        if not await ask.house.incidents.photos.has(photo):
            raise unknown("photo", photo)
    return await _done(ask, HandleIncident(ask.actor, number, body.what, body.photos))


async def feed_back_incident(ask: Asking, number: IncidentNumber, body: FeedbackBody) -> Response:
    """Say why it happened, and what was said to whoever reported it or lives there."""
    return await _done(ask, FeedBackIncident(ask.actor, number, body.cause, body.note))


async def verify_incident(ask: Asking, number: IncidentNumber, body: VerifyBody) -> Response:
    """Look at it as another person than those who worked on it; what is not good goes back."""
    return await _done(ask, VerifyIncident(ask.actor, number, body.good, body.note))


async def close_incident(ask: Asking, number: IncidentNumber, body: CloseBody) -> Response:
    """Close what was verified. Its alarms are closed by themselves, or not."""
    return await _done(ask, CloseIncident(ask.actor, number, body.note))


async def call_false_incident(ask: Asking, number: IncidentNumber, body: FalseBody) -> Response:
    """Say that there was nothing, and what made the alarm."""
    return await _done(ask, CallFalseIncident(ask.actor, number, body.cause, body.note))


async def return_incident(ask: Asking, number: IncidentNumber, body: ReturnBody) -> Response:
    """Give it back: it waits for another, and the leader is told."""
    return await _done(ask, ReturnIncident(ask.actor, number, body.reason))


async def extend_incident(ask: Asking, number: IncidentNumber, body: ExtendBody) -> Response:
    """Give it more time, once, as a leader."""
    return await _done(ask, ExtendIncident(ask.actor, number, body.hours, body.reason))


async def merge_incident(ask: Asking, number: IncidentNumber, body: MergeBody) -> Response:
    """Say that it is the same as another, which takes over its alarms and photos."""
    _seen(ask, body.into)
    return await _done(ask, MergeIncident(ask.actor, number, body.into))


async def whistle(ask: Asking, number: IncidentNumber, body: WhistleBody) -> Response:
    """吹哨: call a department in; its answer is timed."""
    return await _done(ask, Whistle(ask.actor, number, body.department, body.what))


async def department_answers(ask: Asking, number: IncidentNumber, body: DepartmentBody) -> Response:
    """Enter that a department answered, or is there."""
    return await _done(ask, DepartmentAnswers(ask.actor, number, body.department, body.arrived, body.note))


async def _done(ask: Ask, act: IncidentAct) -> Response:
    number: int = act.number  # type: ignore[union-attr] # only acts about one incident come here
    _seen(ask, number)
    await walk(ask, act)
    return await _detail(ask, number)


async def _closed(ask: Ask, query: IncidentsQuery) -> Response:
    desk = ask.house.incidents
    among: dict[str, Collection[str]] = {"what": ENDS}
    if query.grid and ask.scope and query.grid not in ask.scope:
        return answer({"incidents": [], "total": 0, "next": None})
    if query.grid or ask.scope:
        among["grid"] = (query.grid,) if query.grid else ask.scope
    rows, more = await ask.house.records.newest(INCIDENT, query.limit, query.before, among)
    ended = [desk.keeper.known.get(int(row.subject)) or Incident.from_json(row.body["incident"]) for row in rows]
    bodies = [incident_body(ask, desk, each) for each in ended]
    return answer({"incidents": bodies, "total": len(bodies), "next": more})


async def _detail(ask: Ask, number: int, status: int = 200) -> Response:
    house = ask.house
    found = await incident_of_any_age(ask, number)
    rows = await house.records.about(INCIDENT, str(number), ROWS)
    alarms = [row for alarm, _ in found.alarms for row in await house.records.alarm_history(alarm)]
    body = incident_body(ask, house.incidents, found)
    return answer({**body, "timeline": timeline(ask, rows, alarms)}, status)


async def incident_of_any_age(ask: Ask, number: int) -> Incident:
    """An incident as it stands, or as it ended. Raises Problem for one that there is not, or that is not for this actor."""
    found = ask.house.incidents.keeper.known.get(number)
    if found is None:
        rows = await ask.house.records.about(INCIDENT, str(number), 1)
        found = Incident.from_json(rows[0].body["incident"]) if rows else None
    if found is None or not _sees(ask, found):
        raise unknown("incident", str(number))
    return found


def _seen(ask: Ask, number: int) -> Incident:
    """An incident that can be worked on. Raises Problem."""
    found = ask.house.incidents.keeper.known.get(number)
    if found is None or not _sees(ask, found):
        raise unknown("incident", str(number))
    return found


def _sees(ask: Ask, found: Incident, grid: str = "") -> bool:
    return (not ask.scope or found.place.grid in ask.scope) and (not grid or found.place.grid == grid)


_INCIDENTS = "/api/v1/incidents"
_ACT: dict[int | str, dict[str, Any]] = {404: {}, 409: {}, 503: {}}
_ACTS: dict[str, Callable[..., Awaitable[Response]]] = {
    "accept": accept_incident,
    "go": go_to_incident,
    "arrive": arrive_at_incident,
    "handle": handle_incident,
    "feedback": feed_back_incident,
    "verify": verify_incident,
    "close": close_incident,
    "false": call_false_incident,
    "return": return_incident,
    "extend": extend_incident,
    "merge": merge_incident,
    "whistle": whistle,
    "department": department_answers,
}


def add_routes(router: APIRouter) -> None:
    """The routes of incidents."""
    one, detail = f"{_INCIDENTS}/{{number:int}}", incident_shapes.IncidentDetail  # a word is another address: photos
    router.add_api_route(_INCIDENTS, incidents, response_model=incident_shapes.Incidents)
    router.add_api_route(
        _INCIDENTS, report_incident, methods=["POST"], status_code=201, response_model=detail, responses=_ACT
    )
    router.add_api_route(one, incident, response_model=detail)
    for name, endpoint in _ACTS.items():
        router.add_api_route(f"{one}/{name}", endpoint, methods=["POST"], response_model=detail, responses=_ACT)
