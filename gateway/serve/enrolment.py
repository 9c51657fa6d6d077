"""Enrolling a card by showing it at a door: nobody types its number, and nobody sees it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gateway.model import NANOSECONDS
from gateway.permit import BeginEnrolment, EndEnrolment
from gateway.serve import permit_shapes
from gateway.serve.acts import walk
from gateway.serve.asks import Ask, Asking, answer
from gateway.serve.instants import boot_utc, iso
from gateway.serve.permit_asks import EnrolmentBody  # noqa: TC001 - FastAPI reads annotations at run time
from gateway.serve.problems import unknown

if TYPE_CHECKING:
    from fastapi import APIRouter
    from starlette.responses import Response

    from gateway.serve.views import Body


async def enrolment(ask: Asking) -> Response:
    """Whether a card is waited for, and whether it was shown."""
    return answer(_body(ask))


async def begin_enrolment(ask: Asking, body: EnrolmentBody) -> Response:
    """Wait for the next unknown card at a door, for a minute; whoever waited before waits no more."""
    views, door = ask.house.hub.views, f"{body.device}/{body.part}"
    if door not in views.layout.doors or not views.sees_device(ask.scope, body.device):
        raise unknown("door", door)
    await walk(ask, BeginEnrolment(ask.actor, body.device, body.part))
    return answer(_body(ask))


async def end_enrolment(ask: Asking) -> Response:
    """Wait no more, and forget a card that was shown."""
    if _sees(ask):
        await walk(ask, EndEnrolment(ask.actor))
    return answer(_body(ask))


def _sees(ask: Ask) -> bool:
    known = ask.house.keeper.permits.enrolment
    return known is not None and ask.house.hub.views.sees_device(ask.scope, known.device)


def _body(ask: Ask) -> Body:
    """The hash of the card stays here."""
    known, now = ask.house.keeper.permits.enrolment, ask.house.now()
    if known is None or not _sees(ask):
        return {"state": "none", "device": "", "part": "", "until": None, "by": ""}
    state = "shown" if known.card else "waiting" if now.boottime_ns < known.until_ns else "over"
    until = iso(boot_utc(now) + known.until_ns / NANOSECONDS)
    return {"state": state, "device": known.device, "part": known.part, "until": until, "by": known.by}


def add_routes(router: APIRouter) -> None:
    """The routes of the enrolment."""
    path, shape = "/api/v1/enrolment", permit_shapes.Enrolment
    acted: dict[int | str, dict[str, Any]] = {409: {}, 503: {}}
    router.add_api_route(path, enrolment, response_model=shape)
    router.add_api_route(path, begin_enrolment, methods=["POST"], response_model=shape, responses={404: {}, **acted})
    router.add_api_route(path, end_enrolment, methods=["DELETE"], response_model=shape, responses=acted)
