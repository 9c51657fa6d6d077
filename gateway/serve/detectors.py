"""Detectors: the list, one of them with its record, and what hangs there."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Annotated, Any

from fastapi import APIRouter, Query
from fastapi import Body as InBody

from drivers.contract import Link
from gateway.actor import Role
from gateway.detecting import BeginBatteryChange, MountSensor, TakeDownSensor
from gateway.model import NANOSECONDS
from gateway.serve import detector_shapes
from gateway.serve.acts import walk
from gateway.serve.asks import Ask, Asking, answer
from gateway.serve.detector_asks import (
    BatteryChangeBody,
    DetectorId,
    DetectorsQuery,
    MountBody,
    TakeDownBody,
)
from gateway.serve.detector_search import Wanted
from gateway.serve.instants import boot_utc, iso
from gateway.serve.problems import unknown
from gateway.serve.receivers import receivers_seen
from gateway.serve.supervising import MISSING

if TYPE_CHECKING:
    from starlette.responses import Response

    from gateway.model import LogRow
    from gateway.serve.layout import DetectorPlace
    from gateway.serve.views import Body

RECORD_LIMIT = 50
"""How much of what was done to a detector is told."""

Changing = Annotated[BatteryChangeBody, InBody(default_factory=BatteryChangeBody)]
"""A body that may be left out: half an hour is enough for most."""


async def detectors(ask: Asking, query: Annotated[DetectorsQuery, Query()]) -> Response:
    """Detectors in the order in which people walk, a page at a time."""
    wanted = Wanted(query.building, query.entrance, query.kind, query.state, query.q.casefold())
    listed = ask.house.detectors
    try:
        page = listed.search.page(ask.scope, wanted, query.after, query.limit)
    except KeyError:
        raise unknown("detector", query.after) from None
    await asyncio.sleep(0)  # others go first: looking through all of them and writing a page take milliseconds each
    return answer({"detectors": listed.bodies(page.places), "total": page.total, "next": page.next})


async def detector_counts(ask: Asking) -> Response:
    """Detectors, receivers, stock and strangers in numbers."""
    everything, buildings = await ask.house.detectors.counts(ask.scope)
    known = ask.house.detector_keeper.detectors
    receivers = receivers_seen(ask)
    return answer(
        {
            "all": everything,
            "buildings": buildings,
            "receivers": {"total": len(receivers), "blind": sum(map(known.blind, receivers))},
            "stock": sum(sensor.in_stock for sensor in known.register.sensors.values()),
            "strangers": len(ask.house.hub.strangers.newest_first(known.register.sensors)),
        }
    )


async def detector(ask: Asking, detector: DetectorId) -> Response:
    """A detector with its values, its open alarms and what was done to it."""
    return await _detail(ask, _known(ask, detector))


async def mount_sensor(ask: Asking, detector: DetectorId, body: MountBody) -> Response:
    """Say which sensor hangs at a detector now; its history stays with the place. One that hung there goes out of service."""
    place = _known(ask, detector)
    await walk(ask, MountSensor(ask.actor, place.device, body.sensor, body.reason))
    return await _detail(ask, place)


async def take_sensor_down(ask: Asking, detector: DetectorId, body: TakeDownBody) -> Response:
    """Say that nothing hangs at a detector any more; the sensor goes back into the stock, or is gone for good."""
    place = _known(ask, detector)
    await walk(ask, TakeDownSensor(ask.actor, place.device, body.reason, body.gone))
    return await _detail(ask, place)


async def change_battery(ask: Asking, detector: DetectorId, body: Changing) -> Response:
    """Say that a detector's battery is being changed: for some minutes its sensor's counter may begin anew, once."""
    place = _known(ask, detector)
    await walk(ask, BeginBatteryChange(ask.actor, place.device, body.minutes))
    return await _detail(ask, place)


def _known(ask: Ask, detector: str) -> DetectorPlace:
    place = ask.house.detectors.place(ask.scope, detector)
    if place is None:
        raise unknown("detector", detector)
    return place


async def _detail(ask: Ask, place: DetectorPlace) -> Response:
    house, views = ask.house, ask.house.hub.views
    rows = await house.detector_keeper.record("sensor", place.device, RECORD_LIMIT)
    boot = boot_utc(house.now())
    [body] = house.detectors.bodies([place])
    held = house.latest.devices.get(place.device)
    until_ns = house.detector_keeper.detectors.register.battery_change_until_ns(place.device)
    body |= {
        "line": place.line,
        "link": (held.link if held else Link.UNKNOWN).value,
        "why": held.why if held else "",
        "battery_change_until": iso(boot + until_ns / NANOSECONDS) if until_ns else None,
        "points": _points(views.device(place.device, boot)["points"], body["state"]) if held else {},
        "alarms": views.alarms_of(place.device),
        "record": [_recorded(ask, row) for row in rows],
        "statistics": dict(house.device_statistics(place.line).get(place.device, {})),
    }
    return answer(body)


def _points(points: Body, state: str) -> Body:
    """What a detector said that is silent now is not to be relied on, whatever it was."""
    if state in MISSING:
        for point in points.values():
            if point["quality"] == "good":
                point |= {"quality": "uncertain", "why": "not heard in time"}
    return points


def _recorded(ask: Ask, row: LogRow) -> Body:
    """One thing that was done; who did it is told to those who work here."""
    body = row.body
    return {
        "at": iso(row.utc),
        "what": "gone" if body.get("gone") else body["what"],
        "actor": "" if ask.actor.role is Role.VIEWER else body["actor"],
        "tail": body.get("sensor", "")[-4:],
        "why": body.get("reason", ""),
    }


_DETECTOR = "/api/v1/detectors/{detector}"
_ACT: dict[int | str, dict[str, Any]] = {409: {}, 503: {}}


def add_routes(router: APIRouter) -> None:
    """The routes of detectors."""
    shape = detector_shapes.DetectorDetail
    router.add_api_route("/api/v1/detectors", detectors, response_model=detector_shapes.Detectors, responses={404: {}})
    router.add_api_route("/api/v1/detectors/counts", detector_counts, response_model=detector_shapes.Counts)
    router.add_api_route(_DETECTOR, detector, response_model=shape)
    path = f"{_DETECTOR}/sensor"
    router.add_api_route(path, mount_sensor, methods=["POST"], response_model=shape, responses=_ACT)
    router.add_api_route(path, take_sensor_down, methods=["DELETE"], response_model=shape, responses=_ACT)
    path = f"{_DETECTOR}/battery-change"
    router.add_api_route(path, change_battery, methods=["POST"], response_model=shape, responses=_ACT)
