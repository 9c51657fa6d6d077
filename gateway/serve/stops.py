"""Emergency stops of charging: ordered in one step, done when it is measured that no current flows, lifted by a person."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gateway.actor import Role
from gateway.charging import LiftStop, Reach, StopCharging
from gateway.serve import charging_shapes
from gateway.serve.acts import walk
from gateway.serve.asks import Ask, Asking, answer
from gateway.serve.charging_asks import (  # noqa: TC001 - FastAPI reads annotations at run time
    LiftBody,
    StopBody,
    StopId,
)
from gateway.serve.problems import Problem, unknown
from gateway.serve.room_list import RoomList
from gateway.serve.stop_list import StopList
from gateway.serve.walks import begun

if TYPE_CHECKING:
    from fastapi import APIRouter
    from starlette.responses import Response

    from gateway.serve.views import Body


async def charging_stops(ask: Asking) -> Response:
    """The emergency stops that stand, newest first."""
    return answer({"stops": StopList(ask.house.hub.views, ask.scope).newest_first(named=_named(ask))})


async def stop_charging(ask: Asking, body: StopBody) -> Response:
    """Stop charging at a port, a charger, in a room, a building or everywhere, until a person lifts it.

    The answer is how it stands at this moment; ask again, or watch the ports. It is done when no current flows: "proved".
    """
    reach = Reach(body.reach)
    _must_be_there(ask, reach, body.what)
    stop = begun(await walk(ask, StopCharging(ask.actor, reach, body.what, body.reason)), "charging_stop")
    return answer(_seen(ask, stop), 201)


async def charging_stop(ask: Asking, stop: StopId) -> Response:
    """An emergency stop as it stands: asked for once a second until it is proved."""
    return answer(_seen(ask, stop))


async def lift_stop(ask: Asking, stop: StopId, body: LiftBody) -> Response:
    """Say that somebody looked: the ports may be used again. Nothing is started by it, and no contactor is closed."""
    _seen(ask, stop)
    await walk(ask, LiftStop(ask.actor, stop, body.note))
    return answer({"id": stop})


def _seen(ask: Ask, stop: str) -> Body:
    body = StopList(ask.house.hub.views, ask.scope).of(stop, named=_named(ask))
    if body is None:
        raise unknown("stop", stop)
    return body


def _named(ask: Ask) -> bool:
    return ask.actor.role is not Role.VIEWER


def _must_be_there(ask: Ask, reach: Reach, what: str) -> None:
    """Raises Problem for a place that there is not, or that is not for this actor to see."""
    views = ask.house.hub.views
    ports = views.chargers.ports
    if (reach is Reach.ALL) is bool(what):
        raise Problem(
            409, "which_place", "a stop names one port, charger, room or building; for all of them it names none"
        )
    match reach:
        case Reach.ALL:
            there = True
        case Reach.PORT:
            there = what in ports and views.sees_device(ask.scope, ports[what].device)
        case Reach.CHARGER:
            there = views.sees_device(ask.scope, what) and any(port.device == what for port in ports.values())
        case Reach.ROOM:
            there = RoomList(views).room(ask.scope, what) is not None
        case Reach.BUILDING:
            there = views.sees_building(ask.scope, what)
    if not there:
        raise unknown(reach.value, what)


_STOPS = "/api/v1/charging/stops"
_ACT: dict[int | str, dict[str, Any]] = {409: {}, 503: {}}


def add_routes(router: APIRouter) -> None:
    """The routes of emergency stops."""
    shape, one = charging_shapes.Stop, f"{_STOPS}/{{stop}}"
    router.add_api_route(_STOPS, charging_stops, response_model=charging_shapes.Stops)
    router.add_api_route(
        _STOPS, stop_charging, methods=["POST"], status_code=201, response_model=shape, responses={404: {}, **_ACT}
    )
    router.add_api_route(one, charging_stop, response_model=shape)
    lifted = charging_shapes.LiftedStop
    router.add_api_route(f"{one}/lift", lift_stop, methods=["POST"], response_model=lifted, responses=_ACT)
