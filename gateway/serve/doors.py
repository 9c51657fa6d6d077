"""The door list, and what happened at a door."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from fastapi import APIRouter, Query

from gateway.actor import Role
from gateway.keep.erasing.ledger import person_of
from gateway.serve import door_shapes
from gateway.serve.asks import Ask, Asking, DeviceId, PartName, PassagesQuery, answer
from gateway.serve.instants import iso, moment
from gateway.serve.masking import Field, Sight, household_told, name_told, sight
from gateway.serve.permit_bodies import sees_permit
from gateway.serve.problems import unknown

if TYPE_CHECKING:
    from starlette.responses import Response

    from drivers.contract import Json
    from gateway.keep.reading import KeptEvent
    from gateway.serve.views import Body

BY_PERMIT = frozenset({"granted", "denied_expired", "denied_schedule"})
"""Events whose `ref` is an index in the controller's table (docs/acp1.md)."""


async def doors(ask: Asking) -> Response:
    """Every door that the actor may see, as last heard."""
    return answer({"doors": ask.house.doors.bodies(ask.scope)})


async def passages(ask: Asking, device: DeviceId, part: PartName, query: Annotated[PassagesQuery, Query()]) -> Response:
    """What happened at a door, newest first, with what is missing."""
    views = ask.house.hub.views
    if f"{device}/{part}" not in views.layout.doors or not views.sees_device(ask.scope, device):
        raise unknown("door", f"{device}/{part}")
    events = await ask.house.records.events_of(device, part, query.limit, query.before)
    more = len(events) == query.limit
    return answer(
        {"passages": [_passage(ask, device, event) for event in events], "next": events[-1].seq if more else None}
    )


def _passage(ask: Ask, device: str, event: KeptEvent) -> Body:
    body = event.body
    return {
        "seq": event.seq,
        "at": iso(event.utc),
        "measured": moment(event.measured_utc),
        "kind": event.kind,
        **_who(ask, device, event),
        "remote": _remote(ask, event),
        "gap": {"first": body.get("from"), "until": body.get("to"), "why": body.get("why", "")}
        if event.kind == "gap"
        else None,
        "maybe_repeated": bool(body.get("maybe_repeated")),
    }


def _who(ask: Ask, device: str, event: KeptEvent) -> Body:
    """Whose card it was, as the actor's role is told it (`masking.py`)."""
    nobody: Body = {"name": None, "household": None, "person": None, "permit": None, "visitor": None}
    ref = event.body.get("ref")
    if event.kind not in BY_PERMIT or not isinstance(ref, int):
        return nobody
    permit = ask.house.keeper.permits.named(device, ref, event.measured_utc or event.utc)
    if permit is None:
        return nobody
    own, role = sees_permit(ask, permit), ask.actor.role
    how = sight(role, Field.NAME, own=own)
    if how is Sight.NOTHING:
        return nobody
    if how is Sight.PSEUDONYM:
        return {**nobody, "person": person_of(permit, ask.house.keeper.key) or permit.id}
    return {
        "name": name_told(permit.name, how),
        "household": household_told(permit.household, sight(role, Field.HOUSEHOLD, own=own)),
        "person": None,
        "permit": permit.id if own else None,
        "visitor": permit.visitor,
    }


def _remote(ask: Ask, event: KeptEvent) -> Json:
    if event.command is None or ask.actor.role is Role.VIEWER:
        return None
    sent = event.command
    return {"actor": sent.actor, "reason": sent.reason, "command": sent.id}


def add_routes(router: APIRouter) -> None:
    """The routes of doors."""
    router.add_api_route("/api/v1/doors", doors, response_model=door_shapes.Doors)
    path = "/api/v1/doors/{device}/{part}/passages"
    router.add_api_route(path, passages, response_model=door_shapes.Passages)
