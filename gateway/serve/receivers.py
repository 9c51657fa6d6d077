"""The receivers that hear sensors: adapters of the box, and proxies on the network."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from gateway.model import NANOSECONDS
from gateway.serve import detector_shapes
from gateway.serve.asks import Ask, Asking, answer
from gateway.serve.instants import boot_utc, iso
from gateway.serve.readings import last_value

if TYPE_CHECKING:
    from collections.abc import Mapping

    from fastapi import APIRouter
    from starlette.responses import Response

    from gateway.keep.latest import HeldDevice
    from gateway.serve.views import Body

KINDS: Final = {"bluetooth-adapter": "adapter", "esphome-proxy": "proxy"}
"""The products of the BLE driver that are receivers."""


async def receivers(ask: Asking) -> Response:
    """Every receiver that the actor may see, and what it hears."""
    boot, numbers = boot_utc(ask.house.now()), _Numbers(ask)
    return answer({"receivers": [_body(ask, held, boot, numbers) for held in receivers_seen(ask).values()]})


def receivers_seen(ask: Ask) -> Mapping[str, HeldDevice]:
    """The receivers in the actor's grids."""
    house = ask.house
    return {
        device: house.latest.devices[device]
        for device in house.hub.views.others_seen(ask.scope)
        if house.latest.devices[device].device.product in KINDS
    }


class _Numbers:
    """The drivers' numbers of devices, asked for once for each line."""

    def __init__(self, ask: Ask) -> None:
        self._ask = ask
        self._lines: dict[str, Mapping[str, Mapping[str, float]]] = {}

    def of(self, held: HeldDevice) -> Mapping[str, float]:
        """The numbers of one device."""
        if held.line not in self._lines:
            self._lines[held.line] = self._ask.house.device_statistics(held.line)
        return self._lines[held.line].get(held.device.id, {})


def _body(ask: Ask, held: HeldDevice, boot: float, numbers: _Numbers) -> Body:
    device, views = held.device.id, ask.house.hub.views
    place = views.layout.devices[device].place
    building = views.layout.buildings.get(place.building)
    return {
        "id": device,
        "name": place.name,
        "building": place.building,
        "building_name": building.name if building else "",
        "entrance": place.unit,
        "line": held.line,
        "kind": KINDS[held.device.product],
        "link": held.link.value,
        "why": held.why,
        "blind": ask.house.detector_keeper.detectors.blind(device),
        "heard_rate": last_value(held, "heard_rate"),
        "sensors": last_value(held, "sensors"),
        "last_heard": iso(boot + held.heard_ns / NANOSECONDS) if held.heard_ns else None,
        "statistics": dict(numbers.of(held)),
    }


def add_routes(router: APIRouter) -> None:
    """The route of receivers."""
    router.add_api_route("/api/v1/receivers", receivers, response_model=detector_shapes.Receivers)
