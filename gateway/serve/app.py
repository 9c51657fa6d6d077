"""The HTTP face put together: fence, gate, routes; and the server that runs it inside our own tasks."""

from __future__ import annotations

import asyncio
import contextlib
from functools import cache
from operator import attrgetter
from typing import TYPE_CHECKING, Any

import uvicorn
from fastapi import APIRouter, FastAPI
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware

from gateway.keep.accounts.credentials import AccountsDown
from gateway.serve import (
    acts,
    alarms,
    answer_link,
    charging_sessions,
    commissioning,
    county,
    detectors,
    device_health,
    docs,
    door_groups,
    doors,
    duty,
    enrolment,
    export,
    figures,
    health,
    heartbeats,
    histories,
    households,
    incidents,
    labels,
    lockers,
    notices,
    octt,
    outages,
    page,
    people,
    permit_files,
    permit_progress,
    permits,
    photos,
    places,
    receivers,
    records,
    rejected,
    rooms,
    rounds,
    safety,
    schedules,
    sensors,
    serials,
    simulator,
    stops,
    stores,
    streaming,
    system,
    tags,
    walk_tests,
    works,
)
from gateway.serve.accepting import Doorstep
from gateway.serve.accounts import my_account, screens, sessions, user_admin
from gateway.serve.accounts.actors import Actors
from gateway.serve.audit import routes as audit
from gateway.serve.bodies import Bodies
from gateway.serve.connection import HEAD_BYTES, Connection
from gateway.serve.fence import Fence
from gateway.serve.gate import Gate
from gateway.serve.privacy import investigations
from gateway.serve.privacy import routes as privacy
from gateway.serve.problems import Problem, answer_down, answer_invalid, answer_problem, answer_refused
from gateway.serve.room_power import RoomPower
from gateway.serve.setup import routes as setup

if TYPE_CHECKING:
    import socket
    from collections.abc import Generator, Sequence

    from fastapi.telemetry import TelemetryConfig
    from starlette.routing import BaseRoute

    from gateway.serve.house import House
    from gateway.serve.stream import Hub
    from gateway.serve.tls import Tls

NO_TELEMETRY: TelemetryConfig = {"tracing": False, "metrics": False, "logs": False, "auto_configure": False}
"""Nothing leaves the house by itself, whatever the environment says."""

_COMPOUND = (health, sessions, places, export, alarms, figures, acts, records, stores, streaming)
_BOX = (setup, system, labels)
_ACCOUNTS = (my_account, user_admin, screens)
_PAST = (histories, device_health, works)
_SIMULATED = (simulator,)
_DOORS = (
    doors,
    permits,
    permit_files,
    permit_progress,
    households,
    door_groups,
    schedules,
    enrolment,
    commissioning,
    serials,
)
_DETECTORS = (outages, detectors, receivers, sensors, rounds, walk_tests)
_LINKS = (answer_link, heartbeats, notices)
_LOCKERS = (lockers, rooms, charging_sessions, stops, tags, rejected)
_DUTY = (duty, people)
_FIRES = (safety,)
_INCIDENTS = (photos, incidents, county)
_PRIVACY = (privacy, investigations, audit)


class Face(FastAPI):
    """FastAPI with rights and problems in its description."""

    def openapi(self) -> dict[str, Any]:
        """The OpenAPI document, made when it is first asked for."""
        return self.openapi_schema or docs.completed(super().openapi())


def create_app(house: House) -> FastAPI:
    """The HTTP face of a house."""
    actors = Actors(house.accounts, house.device_key)
    app = Face(
        title="Gridpost",
        version=house.version,
        description="Doors, detectors, lockers, chargers, alarms and lines of a residential compound. "
        "Every error is a problem of RFC 9457.",
        openapi_url="/api/openapi.json",
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
        generate_unique_id_function=attrgetter("name"),
        telemetry=NO_TELEMETRY,
        middleware=[Middleware(Fence, names=house.names), Middleware(Gate, actors=actors), Middleware(Bodies)],
        exception_handlers={
            Problem: answer_problem,
            AccountsDown: answer_down,
            HTTPException: answer_refused,
            RequestValidationError: answer_invalid,
        },
    )
    app.state.house = house
    app.state.actors = actors
    app.state.power = RoomPower(house)
    page.add_routes(app, house.page)
    app.router.routes += _routes()
    if house.octt is not None:
        octt.add_routes(app.router)
    return app


@cache
def _routes() -> Sequence[BaseRoute]:
    """All routes but the page's: the same for every house, and 0.3 s of FastAPI looking at signatures."""
    router = APIRouter(generate_unique_id_function=attrgetter("name"))
    inside = (*_COMPOUND, *_ACCOUNTS, *_PAST, *_SIMULATED, *_DOORS, *_DETECTORS, *_LOCKERS, *_DUTY, *_FIRES)
    for part in (*inside, *_BOX, *_LINKS, *_INCIDENTS, *_PRIVACY, docs):
        part.add_routes(router)
    return router.routes


class _Server(uvicorn.Server):
    """uvicorn without its hand on the process's signals: it would raise SIGTERM again and end us before our tasks close."""

    def __init__(self, config: uvicorn.Config, stop: asyncio.Event) -> None:
        super().__init__(config)
        self.stop = stop

    @contextlib.contextmanager
    def capture_signals(self) -> Generator[None, None, None]:
        """Leave them to whoever owns them."""
        yield

    def protocol(self) -> asyncio.Protocol:
        """For one connection that another than uvicorn accepted."""
        config, state = self.config, self.server_state
        return Connection(config=config, server_state=state, app_state=self.lifespan.state)

    async def main_loop(self) -> None:
        """Keep the Date header right until told to stop; uvicorn's own loop wakes ten times a second to find out."""
        while not self.stop.is_set():
            await self.on_tick(0)
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(1):
                    await self.stop.wait()


async def serve(app: FastAPI, hub: Hub, sock: socket.socket, stop: asyncio.Event, tls: Tls | None = None) -> None:
    """Answer on a bound socket until told to stop; streams are ended, other requests get a second to finish.

    With `tls` the socket speaks HTTPS, and plain HTTP with this machine alone.
    """
    config = uvicorn.Config(
        app,
        http=Connection,
        h11_max_incomplete_event_size=HEAD_BYTES,
        ws="none",
        loop="none",
        lifespan="off",
        log_config=None,
        log_level="error",  # a request that is none is the sender's business, and he could fill the log with them
        access_log=False,
        server_header=False,
        proxy_headers=False,
        timeout_keep_alive=30,
        timeout_graceful_shutdown=1,
    )
    server = _Server(config, stop)
    try:
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(server.serve(sockets=[sock] if tls is None else []), name="http")
            tasks.create_task(hub.run(), name="stream hub")
            doorstep = None
            if tls is not None:
                doorstep = tasks.create_task(Doorstep(sock, tls, server.protocol).run(), name="doorstep")
            await stop.wait()
            hub.close()
            if doorstep is not None:
                doorstep.cancel()
    finally:
        hub.close()
        for listening in getattr(server, "servers", ()):  # uvicorn leaves them open when it is cancelled
            listening.close()
        sock.close()
