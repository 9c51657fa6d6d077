"""The dead man's switch: whether somebody off the box still hears from us."""

from __future__ import annotations

from datetime import datetime  # noqa: TC003 - pydantic reads annotations at run time
from typing import TYPE_CHECKING, Annotated

from pydantic import Field

from gateway.deliver.heartbeat.beating import MISSES
from gateway.serve.asks import Asking, answer
from gateway.serve.instants import iso
from gateway.serve.shape import Shape

if TYPE_CHECKING:
    from fastapi import APIRouter
    from starlette.responses import Response

    from gateway.deliver.heartbeat.beating import Beating
    from gateway.serve.views import Body


class Heartbeat(Shape):
    """One heartbeat."""

    id: Annotated[str, Field(description="Its name in the configuration.")]
    target: Annotated[str, Field(description="Where it goes, without what may be secret in an address.")]
    every_seconds: Annotated[float, Field(description="How often.")]
    answered: Annotated[datetime | None, Field(description="When it was last answered; null: not since the start.")]
    missed: Annotated[int, Field(description="How many in a row nobody answered.")]
    unanswered: Annotated[bool, Field(description=f"{MISSES} or more were missed: there is an alarm about it.")]
    why: Annotated[str, Field(description="Why the last one was not answered, or not sent.")]


class Heartbeats(Shape):
    """All of them."""

    heartbeats: Annotated[list[Heartbeat], Field(description="In the order of the configuration.")]


async def heartbeats(ask: Asking) -> Response:
    """Who off the box is told that we live, and whether it is answered."""
    return answer({"heartbeats": [_body(each) for each in ask.house.heartbeats()]})


def _body(beating: Beating) -> Body:
    return {
        "id": beating.id,
        "target": beating.target,
        "every_seconds": beating.every_seconds,
        "answered": iso(beating.answered_utc) if beating.answered_utc else None,
        "missed": beating.missed,
        "unanswered": beating.missed >= MISSES,
        "why": beating.why,
    }


def add_routes(router: APIRouter) -> None:
    """The route of heartbeats."""
    router.add_api_route("/api/v1/heartbeats", heartbeats, response_model=Heartbeats)
