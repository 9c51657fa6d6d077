"""The route of the stream; what flows through it is in `stream.py` and `events.py`."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query

from gateway.keep.accounts.credentials import AccountsDown
from gateway.serve.asks import SEQ_LIMIT, Asking, StreamQuery
from gateway.serve.events import EventStream
from gateway.serve.problems import Problem


async def stream(ask: Asking, query: Annotated[StreamQuery, Query()]) -> EventStream:
    """Everything live, as server-sent events: snapshots of the views asked for, then what changes.

    Events: snapshot, delta, alarm, link, tick (every 5 s) and resync. With `Last-Event-ID` the alarm changes after it are
    said again.
    """
    last = ask.request.headers.get("last-event-id", "")
    seq = int(last) if last.isascii() and last.isdecimal() and len(last) < len(str(SEQ_LIMIT)) else None
    actor = ask.actor

    async def still_welcome() -> bool:
        try:
            return await ask.actors.of(ask.request) == actor
        except Problem:
            return False
        except AccountsDown:  # nobody is sent away because the disk is slow
            return True

    listener = ask.house.hub.listen(query.view, ask.scope, seq)
    return EventStream(ask.house.hub, ask.house.records, listener, still_welcome)


def add_routes(router: APIRouter) -> None:
    """The route of the stream."""
    router.add_api_route(
        "/api/v1/stream", stream, status_code=200, response_class=EventStream, responses={404: {}, 503: {}}
    )
