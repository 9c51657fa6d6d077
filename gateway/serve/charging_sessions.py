"""Charging sessions: those that run, as decide knows them, and those that are over, as the journal has them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from fastapi import APIRouter, Query

from gateway.serve import charging_shapes
from gateway.serve.asks import SEQ_LIMIT, Ask, Asking, answer
from gateway.serve.charging_asks import SessionsQuery  # noqa: TC001 - FastAPI reads annotations at run time
from gateway.serve.instants import moment
from gateway.serve.problems import unknown
from gateway.serve.rooms import known_room

if TYPE_CHECKING:
    from collections.abc import Iterable

    from starlette.responses import Response

    from drivers.contract import Json
    from gateway.decide.chargers.session import Session
    from gateway.serve.layout import Layout
    from gateway.serve.views import Body

KIND = "charging_session"
"""Rows of the journal, one for each session that is over."""


async def charging_sessions(ask: Asking, query: Annotated[SessionsQuery, Query()]) -> Response:
    """Charging sessions: those that run, then those that are over, newest first.

    With `before` only those that are over. A page may hold fewer than asked for while `next` says that there are more.
    """
    views = ask.house.hub.views
    layout = views.layout
    if query.room:
        known_room(ask, query.room)
    if query.device and not views.sees_device(ask.scope, query.device):
        raise unknown("device", query.device)
    running = [] if query.running is False or query.before < SEQ_LIMIT else list(_running(ask, query))
    bodies = [_runs(layout, session, ask.house.now().utc) for session in running[: query.limit]]
    following: int | None = None
    if query.running is not True:
        among = {"room": [query.room], "device": [query.device]}
        wanted = {name: only for name, only in among.items() if only != [""]}
        if ask.scope and not wanted:
            chargers = {port.device for port in views.chargers.ports.values()}
            wanted["device"] = [charger for charger in chargers if layout.grid_of(charger) in ask.scope]
        rows, following = await ask.house.records.newest(KIND, query.limit - len(bodies), query.before, wanted)
        bodies += [_over(layout, row.body) for row in rows]
    return answer({"sessions": bodies, "running": len(running), "next": following})


def _running(ask: Ask, query: SessionsQuery) -> Iterable[Session]:
    """Those that were asked for, the latest first."""
    views = ask.house.hub.views
    sessions = sorted(views.chargers.sessions.values(), key=lambda session: -session.began_utc)
    for session in sessions:
        seen = not ask.scope or views.layout.grid_of(session.device) in ask.scope
        if seen and query.room in ("", session.room) and query.device in ("", session.device):
            yield session


def _runs(layout: Layout, session: Session, now_utc: float) -> Body:
    return {
        **_where(layout, session.device, session.part, session.room),
        "session": session.session,
        "began": moment(session.began_utc),
        "ended": None,
        "seconds": max(0.0, round(now_utc - session.began_utc)) if session.began_utc else None,
        "kwh": session.kwh,
        "peak_watts": session.peak_watts,
        "why": session.ending,
        "offline": session.offline,
    }


def _over(layout: Layout, said: Json) -> Body:
    """A row of the journal, of whatever version of the house wrote it."""
    began, ended = said.get("began"), said.get("ended")
    return {
        **_where(layout, said.get("device", ""), said.get("part", ""), said.get("room", "")),
        "session": said.get("session", ""),
        "began": moment(began),
        "ended": moment(ended),
        "seconds": max(0.0, round(ended - began)) if began and ended else None,
        "kwh": said.get("kwh"),
        "peak_watts": said.get("peak_w"),
        "why": said.get("why", ""),
        "offline": bool(said.get("offline")),
    }


def _where(layout: Layout, device: str, part: str, room: str) -> Body:
    stands, place = layout.devices.get(device), layout.rooms.get(room)
    return {
        "device": device,
        "device_name": stands.place.name if stands is not None else device,
        "part": part,
        "part_name": stands.parts.get(part, part) if stands is not None else part,
        "room": room,
        "room_name": place.place.name if place is not None else room,
    }


def add_routes(router: APIRouter) -> None:
    """The route of sessions."""
    path, shape = "/api/v1/charging/sessions", charging_shapes.Sessions
    router.add_api_route(path, charging_sessions, response_model=shape, responses={404: {}})
