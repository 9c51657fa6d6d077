"""What a line could not take as data lately: for whoever has to find out why."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.serve import tag_shapes
from gateway.serve.asks import Asking, answer
from gateway.serve.charging_asks import LineId  # noqa: TC001 - FastAPI reads annotations at run time
from gateway.serve.instants import iso
from gateway.serve.problems import unknown

if TYPE_CHECKING:
    from fastapi import APIRouter
    from starlette.responses import Response

LISTED = 50
"""As many messages are told, whatever a driver keeps."""


async def rejected_messages(ask: Asking, line: LineId) -> Response:
    """Messages that a line could not take as data lately, newest first; empty for a line of which every word is asked for."""
    views = ask.house.hub.views
    strange = (held.device.id for held in views.latest.devices.values() if held.line == line)
    if line not in views.layout.lines or any(not views.sees_device(ask.scope, device) for device in strange):
        raise unknown("line", line)
    return answer(
        {
            "rejected": [
                {
                    "source": message.source,
                    "why": message.why,
                    "size": message.size,
                    "excerpt": message.excerpt,
                    "received": iso(message.received_utc),
                    "times": message.times,
                }
                for message in ask.house.rejected(line)[:LISTED]
            ]
        }
    )


def add_routes(router: APIRouter) -> None:
    """The route of rejected messages."""
    path, shape = "/api/v1/lines/{line}/rejected", tag_shapes.RejectedMessages
    router.add_api_route(path, rejected_messages, response_model=shape)
