"""The HTTP face put together: fence, gate, routes; and the server that runs it inside our own tasks."""

from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING

import uvicorn
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.routing import Route

from gateway.serve import acts, alarms, docs, health, page, places, records, sessions, streaming
from gateway.serve.actors import Actors
from gateway.serve.asks import Ask
from gateway.serve.fence import Fence
from gateway.serve.gate import Gate
from gateway.serve.problems import Problem, answer_problem, answer_routing

if TYPE_CHECKING:
    import socket
    from collections.abc import Generator

    from starlette.requests import Request
    from starlette.responses import Response

    from gateway.serve.house import House
    from gateway.serve.row import Row
    from gateway.serve.stream import Hub


API: tuple[Row, ...] = (
    *health.ROWS,
    *sessions.ROWS,
    *places.ROWS,
    *alarms.ROWS,
    *acts.ROWS,
    *records.ROWS,
    *streaming.ROWS,
)
"""Every route of the API, in the order of its description."""


def create_app(house: House) -> Starlette:
    """The HTTP face of a house."""
    actors = Actors(house.accounts)
    rows = (*page.rows(house.page), *API, *docs.rows(API, house.version))
    app = Starlette(
        routes=[_route(row, house, actors) for row in rows],
        middleware=[Middleware(Fence, names=house.names), Middleware(Gate, actors=actors)],
        exception_handlers={Problem: answer_problem, HTTPException: answer_routing},
    )
    app.router.redirect_slashes = False
    return app


def _route(row: Row, house: House, actors: Actors) -> Route:
    async def endpoint(request: Request) -> Response:
        return await row.endpoint(Ask(house, actors, request))

    return Route(row.path, endpoint, methods=[row.method], name=row.endpoint.__name__)


class _Server(uvicorn.Server):
    """uvicorn without its hand on the process's signals: it would raise SIGTERM again and end us before our tasks close."""

    def __init__(self, config: uvicorn.Config, stop: asyncio.Event) -> None:
        super().__init__(config)
        self.stop = stop

    @contextlib.contextmanager
    def capture_signals(self) -> Generator[None, None, None]:
        """Leave them to whoever owns them."""
        yield

    async def main_loop(self) -> None:
        """Keep the Date header right until told to stop; uvicorn's own loop wakes ten times a second to find out."""
        while not self.stop.is_set():
            await self.on_tick(0)
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(1):
                    await self.stop.wait()


async def serve(app: Starlette, hub: Hub, sock: socket.socket, stop: asyncio.Event) -> None:
    """Answer on a bound socket until told to stop; streams are ended, other requests get a second to finish."""
    config = uvicorn.Config(
        app,
        http="h11",
        ws="none",
        loop="none",
        lifespan="off",
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,
        timeout_keep_alive=30,
        timeout_graceful_shutdown=1,
    )
    server = _Server(config, stop)
    try:
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(server.serve(sockets=[sock]), name="http")
            tasks.create_task(hub.run(), name="stream hub")
            await stop.wait()
            hub.close()
    finally:
        hub.close()
        for listening in getattr(server, "servers", ()):  # uvicorn leaves them open when it is cancelled
            listening.close()
        sock.close()
