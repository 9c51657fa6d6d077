"""Accepting a replaced controller by its serial number."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gateway.installing import AcceptSerial
from gateway.serve import installing_shapes
from gateway.serve.acts import walk
from gateway.serve.asks import Asking, DeviceId, SerialBody, answer
from gateway.serve.problems import unknown

if TYPE_CHECKING:
    from fastapi import APIRouter
    from starlette.responses import Response


async def accept_serial(ask: Asking, device: DeviceId, body: SerialBody) -> Response:
    """Accept that a device's controller was replaced: its doors keep their names and their history.

    It gets its permits before its doors count as in service again; the old one is reported if it ever comes back.
    """
    if not ask.house.hub.views.sees_device(ask.scope, device):
        raise unknown("device", device)
    await walk(ask, AcceptSerial(ask.actor, device, body.serial, body.reason))
    return answer({"device": device, "serial": ask.house.keeper.serials.expected(device)})


def add_routes(router: APIRouter) -> None:
    """The route of serial numbers."""
    acted: dict[int | str, dict[str, Any]] = {409: {}, 503: {}}
    path, shape = "/api/v1/devices/{device}/serial", installing_shapes.AcceptedSerial
    router.add_api_route(path, accept_serial, methods=["POST"], response_model=shape, responses=acted)
