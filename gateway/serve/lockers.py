"""Parcel lockers: the list, one of them with its compartments, and what people do there."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

from fastapi import APIRouter, Query

from gateway.actor import Role
from gateway.model import AskCommand
from gateway.parcels import (
    CancelReservation,
    ConfirmOpenAll,
    OpenAll,
    ReserveCompartment,
    ResetCompartment,
    ServiceCompartment,
)
from gateway.serve import locker_shapes, shapes
from gateway.serve.acts import performed, walk
from gateway.serve.asks import Ask, Asking, answer
from gateway.serve.instants import moment
from gateway.serve.locker_asks import (  # noqa: TC001 - FastAPI reads annotations at run time
    CabinetId,
    CompartmentName,
    LockersQuery,
    OpenAllBody,
    OpenBody,
    OverdueQuery,
    ReserveBody,
    ResetBody,
    ServiceBody,
)
from gateway.serve.locker_list import LockerList, fits
from gateway.serve.paging import page_of
from gateway.serve.parts import worst_by_part
from gateway.serve.problems import unknown

if TYPE_CHECKING:
    from starlette.responses import Response

    from gateway.keep.latest import HeldDevice


async def lockers(ask: Asking, query: Annotated[LockersQuery, Query()]) -> Response:
    """Parcel lockers in numbers, a page at a time."""
    listed = _list(ask)
    bodies = [body for held in listed.seen(ask.scope, query.building) if fits(body := listed.body(held), query.state)]
    page = page_of(bodies, ask.house.hub.views.layout.lockers, "locker", query.after, query.limit)
    return answer({"lockers": page.bodies, "total": len(bodies), "next": page.next})


async def overdue_parcels(ask: Asking, query: Annotated[OverdueQuery, Query()]) -> Response:
    """Parcels that have lain for too long, the longest first."""
    found = _list(ask).overdue(ask.scope, query.building)
    return answer({"overdue": found[: query.limit], "total": len(found)})


async def locker(ask: Asking, cabinet: CabinetId) -> Response:
    """A parcel locker with its compartments."""
    return _detail(ask, _known(ask, cabinet))


async def open_compartment(ask: Asking, cabinet: CabinetId, part: CompartmentName, body: OpenBody) -> Response:
    """Open one compartment from afar; the answer is what its lock confirmed, and "unknown" is one."""
    held = _with_part(ask, cabinet, part)
    specs = (spec for spec in held.device.commands if spec.acts_as == "open_compartment" and spec.place == part)
    if (spec := next(specs, None)) is None:
        raise unknown("command", f"{part}.open")
    await ask.actors.pins.demand(ask.actor, [spec.acts_as])
    return await performed(ask, AskCommand(ask.actor, cabinet, spec.name, {}, body.reason, body.request))


async def reset_compartment(ask: Asking, cabinet: CabinetId, part: CompartmentName, body: ResetBody) -> Response:
    """Say that somebody looked at a forced or jammed compartment: it is what it shows from now on."""
    held = _with_part(ask, cabinet, part)
    await walk(ask, ResetCompartment(ask.actor, cabinet, part, body.note))
    return _compartment(ask, held, part)


async def service_compartment(ask: Asking, cabinet: CabinetId, part: CompartmentName, body: ServiceBody) -> Response:
    """Take a compartment out of service, or back into it."""
    held = _with_part(ask, cabinet, part)
    await walk(ask, ServiceCompartment(ask.actor, cabinet, part, body.out, body.reason))
    return _compartment(ask, held, part)


async def reserve_compartment(ask: Asking, cabinet: CabinetId, body: ReserveBody) -> Response:
    """Keep an empty compartment for a courier's order, for ten minutes; the same order again gets the same one."""
    _known(ask, cabinet)
    order = body.order.strip()
    await walk(ask, ReserveCompartment(ask.actor, cabinet, body.size, order))
    kept = ask.house.hub.views.lockers.reserved_for(cabinet, order)
    if kept is None:
        raise unknown("reservation", order)
    return answer({"part": kept.part, "until": moment(kept.reserved_until_utc(ask.house.now()))}, 201)


async def cancel_reservation(ask: Asking, cabinet: CabinetId, part: CompartmentName) -> Response:
    """Free a compartment that was kept for a courier: nobody comes."""
    held = _with_part(ask, cabinet, part)
    await walk(ask, CancelReservation(ask.actor, cabinet, part))
    return _compartment(ask, held, part)


async def open_all(ask: Asking, cabinet: CabinetId, body: OpenAllBody) -> Response:
    """Ask to open every compartment of a cabinet: it happens when a second person confirms it within two minutes."""
    held = _known(ask, cabinet)
    await ask.actors.pins.demand(ask.actor, ["open_compartment"])
    await walk(ask, OpenAll(ask.actor, cabinet, body.reason))
    return _detail(ask, held)


async def confirm_open_all(ask: Asking, cabinet: CabinetId) -> Response:
    """Confirm, as the second person, that every compartment is to be opened; they open one after the other from now on."""
    held = _known(ask, cabinet)
    await ask.actors.pins.demand(ask.actor, ["open_compartment"])
    await walk(ask, ConfirmOpenAll(ask.actor, cabinet))
    return _detail(ask, held)


def _list(ask: Ask) -> LockerList:
    return LockerList(ask.house.hub.views)


def _known(ask: Ask, cabinet: str) -> HeldDevice:
    held = _list(ask).cabinet(ask.scope, cabinet)
    if held is None:
        raise unknown("locker", cabinet)
    return held


def _with_part(ask: Ask, cabinet: str, part: str) -> HeldDevice:
    held = _known(ask, cabinet)
    if part not in _list(ask).compartments(held):
        raise unknown("compartment", part)
    return held


def _detail(ask: Ask, held: HeldDevice) -> Response:
    named = ask.actor.role is not Role.VIEWER
    return answer(_list(ask).detail(held, ask.actor.id, named=named))


def _compartment(ask: Ask, held: HeldDevice, part: str) -> Response:
    worst = worst_by_part(held.device.id, ask.house.hub.views.standing.of_device(held.device.id))
    return answer(_list(ask).compartment(held, part, worst, ask.house.now()))


_LOCKER = "/api/v1/lockers/{cabinet}"
_COMPARTMENT = f"{_LOCKER}/compartments/{{part}}"
_ACT: dict[int | str, dict[str, Any]] = {409: {}, 503: {}}


def add_routes(router: APIRouter) -> None:
    """The routes of parcel lockers."""
    detail, one = locker_shapes.LockerDetail, locker_shapes.Compartment
    router.add_api_route("/api/v1/lockers", lockers, response_model=locker_shapes.Lockers, responses={404: {}})
    router.add_api_route("/api/v1/lockers/overdue", overdue_parcels, response_model=locker_shapes.OverdueParcels)
    router.add_api_route(_LOCKER, locker, response_model=detail)
    path = f"{_COMPARTMENT}/open"
    router.add_api_route(path, open_compartment, methods=["POST"], response_model=shapes.Ended, responses=_ACT)
    path = f"{_COMPARTMENT}/reset"
    router.add_api_route(path, reset_compartment, methods=["POST"], response_model=one, responses=_ACT)
    path = f"{_COMPARTMENT}/service"
    router.add_api_route(path, service_compartment, methods=["POST"], response_model=one, responses=_ACT)
    path, shape = f"{_LOCKER}/reservations", locker_shapes.Reserved
    router.add_api_route(
        path, reserve_compartment, methods=["POST"], status_code=201, response_model=shape, responses=_ACT
    )
    path = f"{path}/{{part}}"
    router.add_api_route(path, cancel_reservation, methods=["DELETE"], response_model=one, responses=_ACT)
    path = f"{_LOCKER}/open-all"
    router.add_api_route(path, open_all, methods=["POST"], response_model=detail, responses=_ACT)
    path = f"{path}/confirm"
    router.add_api_route(path, confirm_open_all, methods=["POST"], response_model=detail, responses=_ACT)
