"""The past of several points side by side: one time axis for all of them, and all of them as one CSV file."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

from fastapi import APIRouter, Query
from pydantic import Field

from gateway.keep.chunks import is_recorded
from gateway.keep.export import Stretch
from gateway.serve.asks import Ask, Asked, Asking, answer
from gateway.serve.device_health import stands_at
from gateway.serve.export import CsvStream, begin
from gateway.serve.problems import Problem, invalid, unknown
from gateway.serve.shape import Shape
from gateway.serve.shapes import Quality  # noqa: TC001 - pydantic reads annotations at run time

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from starlette.responses import Response

    from drivers.contract import Point

DAY_SECONDS = 86_400.0
LONGEST_SECONDS = 400 * DAY_SECONDS

SERIES = 12
"""More lines than anybody tells apart in a plot."""

END_OF_TIME = 253_402_300_800.0
"""The year 10000, as gateway/keep/plot.py has it."""

Points = Annotated[
    str,
    Field(
        description=f"DEVICE/KEY of each point, parted by commas; {SERIES} at most.",
        min_length=3,
        max_length=4_000,
        examples=["b3u1/supply_voltage,b4u1/supply_voltage"],
    ),
]
Moment = Annotated[float | None, Field(ge=0, lt=END_OF_TIME, allow_inf_nan=False)]


class StretchQuery(Asked):
    """Which points, and which part of their past."""

    points: Points
    from_utc: Annotated[Moment, Field(description="From when on, in seconds since 1970; a day before the end.")] = None
    to_utc: Annotated[Moment, Field(description="Until when; now if left out.")] = None


class SeveralQuery(StretchQuery):
    """Which points, which part of their past, and how finely."""

    pixels: Annotated[int, Field(description="How many buckets at most.", ge=1, le=2000)] = 600


class Series(Shape):
    """One point's past; null and `gap` where nothing is known."""

    device: Annotated[str, Field(description="The device.")]
    name: Annotated[str, Field(description="What the device is called where it stands.")]
    building_name: Annotated[str, Field(description="The building that it stands in.")]
    entrance: Annotated[str, Field(description="The unit of the building.")]
    detector: Annotated[bool, Field(description="Whether it is a detector; those have a page of their own.")]
    key: Annotated[str, Field(description="The point's key.")]
    kind: Annotated[str, Field(description="What sort of value it has; booleans are 0 and 1.")]
    unit: Annotated[str, Field(description="The unit.")]
    meaning: Annotated[str, Field(description="What it means to rules.")]
    part: Annotated[str, Field(description="The part of the device that it belongs to.")]
    min: Annotated[list[float | None], Field(description="The least value in each bucket.")]
    max: Annotated[list[float | None], Field(description="The greatest value.")]
    mean: Annotated[list[float | None], Field(description="The time-weighted mean.")]
    last: Annotated[list[float | None], Field(description="The value at its end.")]
    quality: Annotated[
        list[Quality | str], Field(description="good, uncertain, bad, or gap: how far it can be believed.")
    ]


class Histories(Shape):
    """Several points over the same buckets."""

    from_utc: Annotated[float, Field(description="Where the plot begins.")]
    to_utc: Annotated[float, Field(description="Where it ends.")]
    bucket_seconds: Annotated[float, Field(description="How long a bucket is.")]
    t: Annotated[list[float], Field(description="When each bucket begins, in seconds since 1970.")]
    series: Annotated[list[Series], Field(description="In the order in which they were asked for.")]


async def histories(ask: Asking, query: Annotated[SeveralQuery, Query()]) -> Response:
    """The past of several points, decimated to what a plot can show, over one time axis."""
    points, (start, end) = _points(ask, query.points), _span(ask, query)
    detectors = ask.house.hub.views.layout.detectors
    series, t, seconds = [], [], 0.0
    for device, key, point in points:
        plot = await ask.house.past.query(device, key, start, end, query.pixels)
        t, seconds = list(plot.t), plot.bucket_seconds  # the same for all: they hang on the span alone
        series.append(
            {
                "device": device,
                **stands_at(ask, device)._asdict(),
                "detector": device in detectors,
                "key": key,
                "kind": point.kind.value,
                "unit": point.unit,
                "meaning": point.meaning,
                "part": point.place,
                "min": plot.min,
                "max": plot.max,
                "mean": plot.mean,
                "last": plot.last,
                "quality": plot.quality,
            }
        )
    return answer({"from_utc": start, "to_utc": end, "bucket_seconds": seconds, "t": t, "series": series})


async def histories_export(ask: Asking, query: Annotated[StretchQuery, Query()]) -> CsvStream:
    """The past of several points as CSV: `time,device,point,value,unit,quality`, one row for each change.

    Rows are as those of one device's export; one device follows the other.
    """
    start, end = _span(ask, query)
    of: dict[str, dict[str, Point]] = {}
    for device, key, point in _points(ask, query.points):
        of.setdefault(device, {})[key] = point
    stretches = [Stretch(device, points, start, end, named=True, several=True) for device, points in of.items()]
    return await begin(ask, stretches, "history")


def _points(ask: Ask, asked: str) -> Sequence[tuple[str, str, Point]]:
    """The points that are meant, each once. Raises Problem for one that is not there, not to be seen, or has no past."""
    names = list(dict.fromkeys(name.strip() for name in asked.split(",") if name.strip()))
    if not names:
        raise invalid({"path": "query.points", "why": "names no point", "code": "missing"})
    if len(names) > SERIES:
        raise invalid({"path": "query.points", "why": f"names more than {SERIES} points", "code": "too_many"})
    return [_point(ask, *name.rpartition("/")[::2]) for name in names]


def _point(ask: Ask, device: str, key: str) -> tuple[str, str, Point]:
    if not ask.house.hub.views.sees_device(ask.scope, device):
        raise unknown("device", device)
    points = recordable(ask, device)
    if key not in points:
        raise unknown("point", f"{device}/{key}")
    if not is_recorded(points[key]):
        raise Problem(404, "not_recorded", "it has no recorded past: a text, or it tells of a person")
    return device, key, points[key]


def recordable(ask: Ask, device: str) -> Mapping[str, Point]:
    """All points of a device that is seen, by key."""
    return {point.key: point for group in ask.house.latest.devices[device].groups for point in group.points}


def _span(ask: Ask, query: StretchQuery) -> tuple[float, float]:
    now = ask.house.now().utc
    end = now if query.to_utc is None else min(query.to_utc, now)
    start = max(0.0, end - DAY_SECONDS) if query.from_utc is None else query.from_utc
    if start >= end:
        raise invalid({"path": "query.from_utc", "why": "must lie before the end and before now", "code": "not_after"})
    if end - start > LONGEST_SECONDS:
        raise invalid({"path": "query.from_utc", "why": "at most 400 days can be read at once", "code": "too_long_ago"})
    return start, end


_CSV: dict[int | str, dict[str, Any]] = {200: {"content": {"text/csv": {"schema": {"type": "string"}}}}}


def add_routes(router: APIRouter) -> None:
    """The routes of several points."""
    router.add_api_route("/api/v1/history", histories, response_model=Histories)
    router.add_api_route(
        "/api/v1/history/export", histories_export, status_code=200, response_class=CsvStream, responses=_CSV
    )
