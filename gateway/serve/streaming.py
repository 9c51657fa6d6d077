"""The route of the stream; what flows through it is in `stream.py` and `events.py`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from gateway.serve.asks import SEQ_LIMIT, Ask
from gateway.serve.events import EventStream
from gateway.serve.problems import Problem
from gateway.serve.row import Row

if TYPE_CHECKING:
    from starlette.responses import Response

VIEWS = 16
"""More views in one stream than any page shows."""


async def stream(ask: Ask) -> Response:
    """Everything live, as server-sent events: snapshots of the views asked for, then what changes.

    Ask with `view=overview`, `view=building:ID`, `view=device:ID`, repeated for more (16 at most). Events: snapshot,
    delta, alarm, link, tick (every 5 s) and resync. With `Last-Event-ID` the alarm changes after it are said again.
    """
    names = ask.request.query_params.getlist("view")
    if not 0 < len(names) <= VIEWS:
        raise Problem(
            422,
            "invalid",
            "the request is not as it should be",
            errors=[{"path": "query.view", "why": f"give 1 to {VIEWS} views, such as view=overview"}],
        )
    last = ask.request.headers.get("last-event-id", "")
    seq = int(last) if last.isascii() and last.isdecimal() and len(last) < len(str(SEQ_LIMIT)) else None
    actor = ask.actor

    async def still_welcome() -> bool:
        try:
            return await ask.actors.of(ask.request) == actor
        except Problem:
            return False

    listener = ask.house.hub.listen(names, ask.scope, seq)
    answer: Any = EventStream(ask.house.hub, ask.house.records, listener, still_welcome)
    return cast("Response", answer)  # an ASGI answer is all that the router asks for


ROWS = (Row("GET", "/api/v1/stream", stream, problems=(404, 503), media="text/event-stream"),)
