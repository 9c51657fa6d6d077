"""Going through a controller's doors check by check, and signing that it was done."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

from fastapi import APIRouter
from fastapi import Body as InBody

from gateway.installing import BeginCommissioning, SignCommissioning
from gateway.serve import installing_shapes
from gateway.serve.acts import walk
from gateway.serve.asks import Ask, Asking, DeviceId, SignBody, answer
from gateway.serve.instants import moment
from gateway.serve.problems import unknown

if TYPE_CHECKING:
    from starlette.responses import Response

    from gateway.serve.views import Body

Signing = Annotated[SignBody, InBody(default_factory=SignBody)]
"""A body that may be left out: where every check is ticked there is nothing to say."""


async def commissionings(ask: Asking) -> Response:
    """Every controller with doors, and how far it was gone through."""
    layout = ask.house.hub.views.layout
    devices = dict.fromkeys(door.device for door in layout.doors.values())
    return answer({"devices": [_body(ask, device) for device in devices if _sees(ask, device)]})


async def commissioning(ask: Asking, device: DeviceId) -> Response:
    """The record of one controller."""
    return answer(_record(ask, device))


async def begin_commissioning(ask: Asking, device: DeviceId) -> Response:
    """Begin to go through a controller's doors; each check is ticked when it is seen to work, not by hand."""
    _record(ask, device)
    await walk(ask, BeginCommissioning(ask.actor, device))
    return answer(_record(ask, device))


async def sign_commissioning(ask: Asking, device: DeviceId, body: Signing) -> Response:
    """Sign the record; a note says why a check is missing."""
    _record(ask, device)
    await walk(ask, SignCommissioning(ask.actor, device, body.note))
    return answer(_record(ask, device))


def _sees(ask: Ask, device: str) -> bool:
    return ask.house.hub.views.sees_device(ask.scope, device)


def _record(ask: Ask, device: str) -> Body:
    has_doors = any(door.device == device for door in ask.house.hub.views.layout.doors.values())
    if not has_doors or not _sees(ask, device):
        raise unknown("device", device)
    return _body(ask, device)


def _body(ask: Ask, device: str) -> Body:
    layout, keeper = ask.house.hub.views.layout, ask.house.keeper
    place = layout.devices[device].place
    building = layout.buildings.get(place.building)
    record = keeper.commissioning.records.get(device)
    return {
        "device": device,
        "name": place.name,
        "building": place.building,
        "building_name": building.name if building else "",
        "entrance": place.unit,
        "product": ask.house.latest.devices[device].device.product,
        "doors": {door.part: door.name for door in layout.doors.values() if door.device == device},
        "serial": keeper.serials.expected(device),
        "seen": record.serial if record else "",
        "begun": moment(record.begun_utc) if record else None,
        "begun_by": record.begun_by if record else "",
        "checks": [
            {"part": part, "name": name, "at": moment(at)}
            for part, checks in (record.doors if record else {}).items()
            for name, at in checks.items()
        ],
        "signed": moment(record.signed_utc) if record else None,
        "signed_by": record.signed_by if record else "",
        "note": record.note if record else "",
    }


_ACT: dict[int | str, dict[str, Any]] = {409: {}, 503: {}}


def add_routes(router: APIRouter) -> None:
    """The routes of commissioning."""
    shape = installing_shapes.Commissioning
    router.add_api_route("/api/v1/commissioning", commissionings, response_model=installing_shapes.Commissionings)
    path = "/api/v1/commissioning/{device}"
    router.add_api_route(path, commissioning, response_model=shape)
    router.add_api_route(path, begin_commissioning, methods=["POST"], response_model=shape, responses=_ACT)
    router.add_api_route(f"{path}/sign", sign_commissioning, methods=["POST"], response_model=shape, responses=_ACT)
