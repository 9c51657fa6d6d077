"""Weekly schedules of permits, and the days on which the week does not count."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Any

from fastapi import APIRouter, Query

from gateway.permit import DropSchedule, PutSchedule, Schedule, Standing
from gateway.serve import permit_shapes
from gateway.serve.acts import walk
from gateway.serve.asks import Ask, Asking, answer
from gateway.serve.permit_asks import HolidaysQuery, ScheduleBody, SchedulePath  # noqa: TC001 - FastAPI reads annotations at run time
from gateway.serve.problems import unknown

if TYPE_CHECKING:
    from starlette.responses import Response

    from gateway.serve.views import Body

HOLIDAY_KIND = 7
"""docs/acp1.md, "The table": 7 is a holiday, less is a day that is worked as if it were that weekday."""


async def schedules(ask: Asking) -> Response:
    """All schedules."""
    book = ask.house.keeper.permits
    counts = Counter(permit.schedule for permit in book.permits.values() if permit.standing is Standing.VALID)
    return answer({"schedules": [_body(each, counts[name]) for name, each in sorted(book.schedules.items())]})


async def put_schedule(ask: Asking, schedule: SchedulePath, body: ScheduleBody) -> Response:
    """Make a schedule, or change it for all permits that name it."""
    days: dict[str, tuple[tuple[int, int], ...]] = {day: tuple(spans) for day, spans in body.days.items() if spans}
    await walk(ask, PutSchedule(ask.actor, Schedule(schedule, body.name.strip(), days)))
    return answer(_one(ask, schedule))


async def drop_schedule(ask: Asking, schedule: SchedulePath) -> Response:
    """Let a schedule go that no permit names."""
    if schedule not in ask.house.keeper.permits.schedules:
        raise unknown("schedule", schedule)
    body = _one(ask, schedule)
    await walk(ask, DropSchedule(ask.actor, schedule))
    return answer(body)


async def holidays(ask: Asking, query: Annotated[HolidaysQuery, Query()]) -> Response:
    """The days of a year on which schedules do not follow the weekday: public holidays, and weekends that are worked."""
    permits = ask.house.keeper.permits
    year = query.year or datetime.fromtimestamp(ask.house.now().utc, UTC).year
    days = [
        {
            "date": special.day.isoformat(),
            "name": special.name,
            "kind": "holiday" if special.kind == HOLIDAY_KIND else "workday",
        }
        for special in permits.holidays(year)
    ]
    return answer({"year": year, "known": permits.holidays_known(year), "days": days})


def _one(ask: Ask, name: str) -> Body:
    book = ask.house.keeper.permits
    count = sum(permit.schedule == name for permit in book.permits.values() if permit.standing is Standing.VALID)
    return _body(book.schedules[name], count)


def _body(schedule: Schedule, permits: int) -> Body:
    return {"id": schedule.id, "name": schedule.name, "days": dict(schedule.days), "permits": permits}


_ACT: dict[int | str, dict[str, Any]] = {409: {}, 503: {}}


def add_routes(router: APIRouter) -> None:
    """The routes of schedules and holidays."""
    router.add_api_route("/api/v1/schedules", schedules, response_model=permit_shapes.Schedules)
    path = "/api/v1/schedules/{schedule}"
    router.add_api_route(path, put_schedule, methods=["PUT"], response_model=permit_shapes.Schedule, responses=_ACT)
    router.add_api_route(path, drop_schedule, methods=["DELETE"], response_model=permit_shapes.Schedule, responses=_ACT)
    router.add_api_route("/api/v1/holidays", holidays, response_model=permit_shapes.Holidays)
