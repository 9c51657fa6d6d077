"""Detectors out of service: one at a time, by two persons, for a day at most."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gateway.answering import BackInService, ConfirmOutOfService, TakeOutOfService
from gateway.serve.acts import walk
from gateway.serve.asks import Ask, Asking, answer
from gateway.serve.detector_asks import DetectorId  # noqa: TC001 - FastAPI reads annotations at run time
from gateway.serve.instants import iso
from gateway.serve.outage_shapes import DetectorOutage, DetectorOutages, OutageBody
from gateway.serve.problems import unknown

if TYPE_CHECKING:
    from fastapi import APIRouter
    from starlette.responses import Response

    from gateway.serve.layout import DetectorPlace
    from gateway.serve.views import Body


async def outages(ask: Asking) -> Response:
    """The detectors that are out of service, and those that wait for a second person."""
    keeper, listed = ask.house.answering, ask.house.detectors
    places = (listed.place(ask.scope, one) for one in sorted({*keeper.outages, *keeper.pending}))
    seen = [place for place in places if place is not None]
    return answer(
        {"detectors": [_body(ask, place) for place in seen], "out": sum(each.device in keeper.outages for each in seen)}
    )


async def outage(ask: Asking, detector: DetectorId) -> Response:
    """Whether a detector is out of service."""
    return answer(_body(ask, _known(ask, detector)))


async def ask_for_outage(ask: Asking, detector: DetectorId, body: OutageBody) -> Response:
    """The first person: this detector is to be out of service. Nothing happens until a second one confirms it."""
    place = _known(ask, detector)
    said = (body.reason, body.work_order, body.hours)
    await walk(ask, TakeOutOfService(ask.actor, place.device, *said, household_told=body.household_told))
    return answer(_body(ask, place), 202)


async def confirm_outage(ask: Asking, detector: DetectorId) -> Response:
    """The second person: from here on it is out of service. What stands and was told is spared people too."""
    place = _known(ask, detector)
    await walk(ask, ConfirmOutOfService(ask.actor, place.device))
    return answer(_body(ask, place))


async def end_outage(ask: Asking, detector: DetectorId) -> Response:
    """The detector counts again, or the wish is taken back; what stands is told."""
    place = _known(ask, detector)
    await walk(ask, BackInService(ask.actor, place.device))
    return answer(_body(ask, place))


def _known(ask: Ask, detector: str) -> DetectorPlace:
    place = ask.house.detectors.place(ask.scope, detector)
    if place is None:
        raise unknown("detector", detector)
    return place


def _body(ask: Ask, place: DetectorPlace) -> Body:
    keeper = ask.house.answering
    out, pending = keeper.outages.get(place.device), keeper.pending.get(place.device)
    return {
        **ask.house.detectors.where(place),
        "outage": out
        and {
            "by": out.by,
            "reason": out.reason,
            "work_order": out.work_order,
            "household_told": out.household_told,
            "since": iso(out.since_utc),
            "until": iso(out.until_utc),
        },
        "pending": pending
        and {
            "by": pending.by,
            "reason": pending.reason,
            "work_order": pending.work_order,
            "household_told": pending.household_told,
            "hours": pending.hours,
            "until": iso(pending.until_utc),
        },
    }


_ALL = "/api/v1/detectors/outages"
_ONE = "/api/v1/detectors/{detector}/outage"


def add_routes(router: APIRouter) -> None:
    """The routes of outages. They stand before those of detectors: "outages" is no detector."""
    acts: dict[int | str, dict[str, Any]] = {404: {}, 409: {}, 503: {}}
    router.add_api_route(_ALL, outages, response_model=DetectorOutages)
    router.add_api_route(_ONE, outage, response_model=DetectorOutage, responses={404: {}})
    router.add_api_route(
        _ONE, ask_for_outage, methods=["POST"], status_code=202, response_model=DetectorOutage, responses=acts
    )
    router.add_api_route(
        f"{_ONE}/confirm", confirm_outage, methods=["POST"], response_model=DetectorOutage, responses=acts
    )
    router.add_api_route(_ONE, end_outage, methods=["DELETE"], response_model=DetectorOutage, responses=acts)
