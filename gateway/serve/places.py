"""Overview, buildings, devices, points and their past: what there is, and how it is."""

from __future__ import annotations

from typing import TYPE_CHECKING

from drivers.contract import Kind
from gateway.serve import asks, shapes
from gateway.serve.asks import Ask, answer, utc_of
from gateway.serve.instants import boot_utc, iso
from gateway.serve.problems import Problem, unknown
from gateway.serve.row import Row

if TYPE_CHECKING:
    from starlette.responses import Response

    from gateway.keep.latest import HeldDevice
    from gateway.serve.views import Body

DAY_SECONDS = 86_400
LONGEST_SECONDS = 400 * DAY_SECONDS


async def overview(ask: Ask) -> Response:
    """The first screen: verdict, buildings, open alarms and lines."""
    hub = ask.house.hub
    tiles = hub.views.tiles(ask.scope)
    return answer({"seq": hub.seq_of("overview", ask.scope), **hub.views.overview(ask.scope, tiles)})


async def building(ask: Ask) -> Response:
    """A building with its devices and their values."""
    hub, name = ask.house.hub, ask.part("building")
    if not hub.views.sees_building(ask.scope, name):
        raise unknown("building", name)
    return answer({"seq": hub.seq_of(f"building:{name}", ask.scope), **hub.views.building(name)})


async def devices(ask: Ask) -> Response:
    """All devices, or those of a building or grid, without their values."""
    query = ask.query(asks.DevicesQuery)
    views = ask.house.hub.views
    boot = boot_utc(ask.house.now())
    found = []
    for device in views.latest.devices:
        stands = views.layout.devices.get(device)
        fits = (not query.building or (stands and stands.place.building == query.building)) and (
            not query.grid or views.layout.grid_of(device) == query.grid
        )
        if fits and views.sees_device(ask.scope, device):
            found.append(views.device(device, boot, points=False))
    return answer({"devices": found})


async def device(ask: Ask) -> Response:
    """A device with its values."""
    held = _held(ask)
    return answer(ask.house.hub.views.device(held.device.id, boot_utc(ask.house.now())))


async def point(ask: Ask) -> Response:
    """One point of a device."""
    return answer(_point(ask, _held(ask)))


async def history(ask: Ask) -> Response:
    """A point's past, decimated to what a plot can show."""
    query = ask.query(asks.HistoryQuery)
    held = _held(ask)
    named = _point(ask, held)
    if named["kind"] == Kind.TEXT.value:
        raise Problem(404, "not_recorded", "texts have no recorded past")
    end = utc_of(query.end, ask.house.now().utc)
    start = utc_of(query.start, end - DAY_SECONDS)
    if not 0 <= start < end:
        raise _wrong("query.start", "must lie before the end, and not before 1970")
    if end - start > LONGEST_SECONDS:
        raise _wrong("query.start", "at most 400 days can be plotted")
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


def _held(ask: Ask) -> HeldDevice:
    name = ask.part("device")
    if not ask.house.hub.views.sees_device(ask.scope, name):
        raise unknown("device", name)
    return ask.house.latest.devices[name]


def _point(ask: Ask, held: HeldDevice) -> Body:
    key = ask.part("key")
    at = held.where.get(key)
    if at is None:
        raise unknown("point", key)
    body = ask.house.hub.views.point(held, *at, boot_utc(ask.house.now()))
    return {"device": held.device.id, "key": key, **body}


def _wrong(path: str, why: str) -> Problem:
    return Problem(422, "invalid", "the request is not as it should be", errors=[{"path": path, "why": why}])


_POINT = "/api/v1/devices/{device}/points/{key}"

ROWS = (
    Row("GET", "/api/v1/overview", overview, shapes.Overview),
    Row("GET", "/api/v1/buildings/{building}", building, shapes.BuildingView, problems=(404,)),
    Row("GET", "/api/v1/devices", devices, shapes.Devices, query=asks.DevicesQuery),
    Row("GET", "/api/v1/devices/{device}", device, shapes.Device, problems=(404,)),
    Row("GET", _POINT, point, shapes.NamedPoint, problems=(404,)),
    Row("GET", f"{_POINT}/history", history, shapes.History, query=asks.HistoryQuery, problems=(404,)),
)
