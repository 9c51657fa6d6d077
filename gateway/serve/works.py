"""Long work and how far it is: what this process does, tables on their way to controllers, outlets that catch up."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from pydantic import Field

from gateway.serve.asks import Ask, Asking, answer
from gateway.serve.door_list import REACHED, table_word
from gateway.serve.shape import Shape
from gateway.works import Work, WorkKind, WorkState

if TYPE_CHECKING:
    from collections.abc import Iterator

    from fastapi import APIRouter
    from starlette.responses import Response

LATE_SECONDS = 60.0
"""An outlet whose oldest batch waits longer is catching up; below, it is at its daily work."""


class WorkShape(Shape):
    """One piece of long work."""

    id: Annotated[str, Field(description="Its name, for as long as it lasts.")]
    kind: Annotated[WorkKind, Field(description="What it is.")]
    title: Annotated[str, Field(description="What it works on: a device, an outlet, a place.")]
    done: Annotated[int, Field(description="How much of it is done.")]
    total: Annotated[int | None, Field(description="How much it is in all; null where nobody knows.")]
    since_utc: Annotated[float, Field(description="Since when, in seconds since 1970.")]
    state: Annotated[WorkState, Field(description="Whether it goes on, or how it ended.")]


class WorkList(Shape):
    """What is under way, and what ended last."""

    works: Annotated[list[WorkShape], Field(description="What is under way first.")]


async def works(ask: Asking) -> Response:
    """Long work: what is under way, and what ended last. An actor sees what he asked for, and what the house does itself."""
    found = [*_permits(ask), *_outlets(ask), *(work for work in ask.house.works.known() if _sees(ask, work))]
    return answer(
        {
            "works": [
                {
                    "id": work.id,
                    "kind": work.kind,
                    "title": work.title,
                    "done": work.done,
                    "total": work.total,
                    "since_utc": work.since_utc,
                    "state": work.state,
                }
                for work in found
            ]
        }
    )


def _sees(ask: Ask, work: Work) -> bool:
    """The house's own work is of all grids."""
    return work.by == ask.actor.id if work.by else not ask.scope


def _permits(ask: Ask) -> Iterator[Work]:
    """The tables of all controllers that are behind, as one."""
    views = ask.house.hub.views
    behind = [
        table
        for device, table in ask.house.keeper.permits.tables.items()
        if table.wanted_version
        and views.sees_device(ask.scope, device)
        and table_word(table, reached=views.latest.devices[device].link in REACHED) != "current"
    ]
    total = sum(table.total or 0 for table in behind)
    if total:
        since = min(table.since_utc for table in behind)
        left = sum(table.left or 0 for table in behind)
        yield Work("permits", "permit_sync", "", since, done=max(0, total - left), total=total)


def _outlets(ask: Ask) -> Iterator[Work]:
    """Destinations that get what waited for them."""
    if ask.scope:
        return
    now, known = ask.house.now().utc, ask.house.works
    for outlet in ask.house.stores.outlets:
        waiting = ask.house.stores.outbox.backlog(outlet.id)
        peak = known.peak(outlet.id, waiting.points)
        if waiting.oldest_utc is not None and now - waiting.oldest_utc > LATE_SECONDS:
            yield Work(outlet.id, "backfill", outlet.id, waiting.oldest_utc, done=peak - waiting.points, total=peak)


def add_routes(router: APIRouter) -> None:
    """The route of long work."""
    router.add_api_route("/api/v1/works", works, response_model=WorkList)
