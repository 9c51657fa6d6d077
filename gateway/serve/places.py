"""Overview, buildings, devices, points and their past: what there is, and how it is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from fastapi import APIRouter, Query

from gateway.keep.chunks import is_recorded
from gateway.serve import shapes
from gateway.serve.asks import (
    Ask,
    Asking,
    BuildingId,
    DeviceId,
    DevicesQuery,
    HistoryQuery,
    PointKey,
    answer,
    utc_of,
)
from gateway.serve.instants import boot_utc, iso
from gateway.serve.problems import Problem, invalid, unknown

if TYPE_CHECKING:
    from starlette.responses import Response

    from gateway.keep.latest import HeldDevice
    from gateway.serve.views import Body

DAY_SECONDS = 86_400
LONGEST_SECONDS = 400 * DAY_SECONDS


async def overview(ask: Asking) -> Response:
    """The first screen: verdict, buildings, open alarms and lines."""
    hub = ask.house.hub
    tiles = hub.views.tiles(ask.scope)
    return answer({"seq": hub.seq_of("overview", ask.scope), **hub.views.overview(ask.scope, tiles)})


async def building(ask: Asking, building: BuildingId) -> Response:
    """A building with its devices and their values."""
    hub = ask.house.hub
    if not hub.views.sees_building(ask.scope, building):
        raise unknown("building", building)
    return answer({"seq": hub.seq_of(f"building:{building}", ask.scope), **hub.views.building(building)})


async def devices(ask: Asking, query: Annotated[DevicesQuery, Query()]) -> Response:
    """All devices but detectors, or those of a building or grid, without their values."""
    views = ask.house.hub.views
    boot = boot_utc(ask.house.now())
    found = []
    for device in views.others_seen(ask.scope):
        stands = views.layout.devices.get(device)
        fits = (not query.building or (stands and stands.place.building == query.building)) and (
            not query.grid or views.layout.grid_of(device) == query.grid
        )
        if fits:
            found.append(views.device(device, boot, points=False))
    return answer({"devices": found})


async def device(ask: Asking, device: DeviceId) -> Response:
    """A device with its values."""
    held = _held(ask, device)
    return answer(ask.house.hub.views.device(held.device.id, boot_utc(ask.house.now())))


async def point(ask: Asking, device: DeviceId, key: PointKey) -> Response:
    """One point of a device."""
    return answer(_point(ask, device, key))


async def history(ask: Asking, device: DeviceId, key: PointKey, query: Annotated[HistoryQuery, Query()]) -> Response:
    """A point's past, decimated to what a plot can show."""
    named = _point(ask, device, key)
    held = ask.house.latest.devices[device]
    group, index = held.where[key]
    if not is_recorded(held.groups[group].points[index]):
        raise Problem(404, "not_recorded", "it has no recorded past: a text, or it tells of a person")
    end = utc_of(query.end, ask.house.now().utc)
    start = utc_of(query.start, end - DAY_SECONDS)
    if not 0 <= start < end:
        raise invalid({"path": "query.start", "why": "must lie before the end, and not before 1970"})
    if end - start > LONGEST_SECONDS:
        raise invalid({"path": "query.start", "why": "at most 400 days can be plotted"})
    plot = await ask.house.past.query(named["device"], named["key"], start, end, query.pixels)
    return answer(
        {
            **{key: named[key] for key in ("device", "key", "kind", "unit", "meaning")},
            "start": iso(start),
            "end": iso(end),
            "bucket_seconds": plot.bucket_seconds,
            "t": plot.t,
            "min": plot.min,
            "max": plot.max,
            "mean": plot.mean,
            "last": plot.last,
            "quality": plot.quality,
        }
    )


def _held(ask: Ask, device: str) -> HeldDevice:
    if not ask.house.hub.views.sees_device(ask.scope, device):
        raise unknown("device", device)
    return ask.house.latest.devices[device]


def _point(ask: Ask, device: str, key: str) -> Body:
    held = _held(ask, device)
    at = held.where.get(key)
    if at is None:
        raise unknown("point", key)
    body = ask.house.hub.views.point(held, *at, boot_utc(ask.house.now()))
    return {"device": held.device.id, "key": key, **body}


_POINT = "/api/v1/devices/{device}/points/{key}"


def add_routes(router: APIRouter) -> None:
    """The routes of what there is."""
    router.add_api_route("/api/v1/overview", overview, response_model=shapes.Overview)
    path = "/api/v1/buildings/{building}"
    router.add_api_route(path, building, response_model=shapes.BuildingView)
    router.add_api_route("/api/v1/devices", devices, response_model=shapes.Devices)
    router.add_api_route("/api/v1/devices/{device}", device, response_model=shapes.Device)
    router.add_api_route(_POINT, point, response_model=shapes.NamedPoint)
    router.add_api_route(f"{_POINT}/history", history, response_model=shapes.History)
