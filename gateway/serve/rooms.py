"""Charging rooms: the list, one of them with its ports, and what it drew."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from fastapi import APIRouter, Query

from gateway.serve import charging_shapes
from gateway.serve.asks import Ask, Asking, answer
from gateway.serve.charging_asks import (  # noqa: TC001 - FastAPI reads annotations at run time
    PowerQuery,
    RoomId,
    RoomsQuery,
)
from gateway.serve.instants import iso
from gateway.serve.paging import page_of
from gateway.serve.problems import unknown
from gateway.serve.room_list import RoomList, fits

if TYPE_CHECKING:
    from starlette.responses import Response

    from gateway.serve.layout import RoomPlace


async def rooms(ask: Asking, query: Annotated[RoomsQuery, Query()]) -> Response:
    """Charging rooms in numbers, a page at a time."""
    views = ask.house.hub.views
    listed = RoomList(views)
    bodies = [body for body in listed.bodies(listed.seen(ask.scope, query.building)) if fits(body, query.state)]
    page = page_of(bodies, tuple(views.layout.rooms), "room", query.after, query.limit)
    return answer({"rooms": page.bodies, "total": len(bodies), "next": page.next})


async def room(ask: Asking, room: RoomId) -> Response:
    """A charging room with its chargers, their ports, and its alarms."""
    place = known_room(ask, room)
    return answer(RoomList(ask.house.hub.views).detail(place))


async def room_power(ask: Asking, room: RoomId, query: Annotated[PowerQuery, Query()]) -> Response:
    """What a room drew, in buckets of five minutes, all ports together; what is asked within half a minute is told again."""
    drawn = await ask.power.of(known_room(ask, room), query.hours)
    return answer(
        {
            "room": room,
            "unit": "W",
            "start": iso(drawn.start),
            "end": iso(drawn.end),
            "bucket_seconds": drawn.bucket_seconds,
            "t": drawn.t,
            "mean": drawn.mean,
            "max": drawn.max,
            "told": drawn.told,
            "ports": drawn.ports,
        }
    )


def known_room(ask: Ask, room: str) -> RoomPlace:
    """The room of that name. Raises Problem where there is none in the actor's grids."""
    place = RoomList(ask.house.hub.views).room(ask.scope, room)
    if place is None:
        raise unknown("room", room)
    return place


_ROOM = "/api/v1/rooms/{room}"


def add_routes(router: APIRouter) -> None:
    """The routes of charging rooms."""
    router.add_api_route("/api/v1/rooms", rooms, response_model=charging_shapes.Rooms, responses={404: {}})
    router.add_api_route(_ROOM, room, response_model=charging_shapes.RoomDetail)
    router.add_api_route(f"{_ROOM}/power", room_power, response_model=charging_shapes.RoomPower)
