"""The port at which chargers dial in: each is let in or turned away, and there is one connection of each at most."""

from __future__ import annotations

import asyncio
import logging
from contextlib import asynccontextmanager, suppress
from http import HTTPStatus
from typing import TYPE_CHECKING, Final

from websockets.asyncio.server import serve
from websockets.frames import CloseCode
from websockets.typing import Subprotocol

from drivers.contract import LineLost
from drivers.ocpp.admission import certified, encryption, identity_of
from drivers.ocpp.conversation import QUIET_BEATS, QUIET_SECONDS, Conversation
from drivers.ocpp.frame import LIMIT_BYTES
from drivers.ocpp.oddities import Strangers
from drivers.ocpp.settling import settle
from drivers.ocpp.station import boottime_ns
from drivers.ocpp.turnstile import Turnstile

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping, Sequence

    from websockets.asyncio.server import Server, ServerConnection
    from websockets.http11 import Request, Response

    from drivers.contract import Post
    from drivers.ocpp.admission import Credentials
    from drivers.ocpp.config import OcppConfig
    from drivers.ocpp.station import Shared, Station

PROTOCOL: Final = Subprotocol("ocpp1.6")
FIRST_PING_SECONDS: Final = 5.0
"""Where nobody has a password, so long the first connection has to show that it lives, before a second one takes its place."""
BACKLOG: Final = 1024
"""So many connections wait to be taken: a compound's chargers all dial in at once when the mains return, and one that finds no
room dials again after 1, 3 and 7 s, as TCP has it."""
CLOSE_SECONDS: Final = 0.3
"""At the end of a run the chargers have so long to say goodbye."""

_SILENT: Final = logging.Logger("ocpp connections", logging.CRITICAL)  # noqa: LOG001 - one that nobody can switch on
"""What the library has to say of connections that fail is counted here and told in other words."""


class Listening:
    """Takes connections for the stations that are known at that moment."""

    def __init__(
        self, config: OcppConfig, stations: Mapping[str, tuple[Station, Credentials]], shared: Shared, post: Post
    ) -> None:
        self._config = config
        self._stations = stations
        self._shared = shared
        self._tally = shared.tally
        self._post = post
        self._strangers = Strangers()
        self._turnstile = Turnstile()
        self._trying: set[str] = set()
        """Identities whose first connection is being tried because of a second one."""
        self._proved_by_more_than_name = config.security != "none"

    @asynccontextmanager
    async def open(self) -> AsyncIterator[None]:
        """Listen while the context lasts. Raises LineLost and Misconfigured before it begins."""
        config = self._config
        try:
            server = await serve(
                self._serve,
                config.host,
                config.port,
                ssl=encryption(config),
                process_request=self._admit,
                select_subprotocol=_chosen,
                compression=None,  # a small frame would grow to gigabytes, and what chargers say is short
                ping_interval=None,  # silence is judged by any frame, not by pongs alone
                max_size=LIMIT_BYTES,
                close_timeout=1.0,
                server_header=None,
                backlog=BACKLOG,
                logger=_SILENT,
            )
        except OSError as error:
            why = error.strerror or str(error)
            raise LineLost(f"{config.id}: cannot listen at {config.listen} ({why})") from error
        try:
            yield
        finally:
            await _closed(server)

    # ------------------------------------------------------------ who is let in

    async def _admit(self, connection: ServerConnection, request: Request) -> Response | None:
        await self._turnstile.pass_through()
        identity = identity_of(request, self._config.path)
        station, credentials = self._stations.get(identity or "", (None, None))
        if identity is None or station is None or credentials is None:
            self._tally.refused_unknown += 1
            if identity is not None:
                self._strangers.dialled(identity, boottime_ns(), self._post)
            return connection.respond(HTTPStatus.NOT_FOUND, "unknown charge point\n")
        doubt = self._doubt(connection, request, identity, credentials)
        if doubt:
            self._tally.refused_password += 1
            await self._doubted(station, doubt, connection)
            response = connection.respond(HTTPStatus.UNAUTHORIZED, "not believed\n")
            response.headers["WWW-Authenticate"] = 'Basic realm="OCPP"'
            return response
        if not self._proved_by_more_than_name and await self._first_lives(station, identity):
            self._tally.refused_second += 1
            await self._doubted(station, "a second connection, while the first answers", connection)
            return connection.respond(HTTPStatus.CONFLICT, "connected already\n")
        return None

    def _doubt(self, connection: ServerConnection, request: Request, identity: str, credentials: Credentials) -> str:
        """Why the charger is not believed to be who it says; "" where it is."""
        if self._config.security == "mutual":
            return "" if certified(connection, identity) else "a certificate of another name"
        if self._config.security == "none" or credentials.fit(request, identity):
            return ""
        return "a wrong password" if "Authorization" in request.headers else "no password"

    async def _first_lives(self, station: Station, identity: str) -> bool:
        first = station.conversation
        if first is None or not first.open:
            return False
        if identity in self._trying:
            return True
        self._trying.add(identity)
        try:
            return await first.answers_ping(FIRST_PING_SECONDS)
        finally:
            self._trying.discard(identity)

    async def _doubted(self, station: Station, what: str, connection: ServerConnection) -> None:
        address = connection.remote_address
        doubt = station.doubted(what, str(address[0]) if address else "")
        if doubt is not None:
            await station.post.keep((doubt,), {})

    # ------------------------------------------------------------ one connection

    async def _serve(self, connection: ServerConnection) -> None:
        if connection.subprotocol != PROTOCOL:
            self._tally.refused_protocol += 1
            await connection.close(
                CloseCode.PROTOCOL_ERROR, "speak ocpp1.6"
            )  # OCPP-J 1.6, 3.3: only after the handshake
            return
        request = connection.request
        identity = None if request is None else identity_of(request, self._config.path)
        station, _ = self._stations.get(identity or "", (None, None))
        if station is None:
            return  # it was taken out of the configuration while it dialled
        first = station.conversation
        conversation = Conversation(connection, station, self._turnstile, self._tally, self._shared.rejects)
        self._tally.connections += 1
        station.connected(conversation)
        if first is not None and first.open:
            self._tally.replaced += 1
            first.drop("a newer connection took its place")
        await self._talk(station, conversation)

    async def _talk(self, station: Station, conversation: Conversation) -> None:
        quiet_seconds = max(QUIET_SECONDS, QUIET_BEATS * self._config.heartbeat_seconds)
        settling = None
        if not self._config.conformance:
            settling = asyncio.create_task(settle(station, conversation), name=f"{station.device.id}: settle")
        try:
            await conversation.run(self._config.ping_seconds, None if self._config.conformance else quiet_seconds)
            await self._turnstile.pass_through()  # a network that is cut ends hundreds in the same moment
        finally:
            station.disconnected(conversation)
            if settling is not None:
                settling.cancel()
                await asyncio.gather(settling, return_exceptions=True)


def _chosen(_: ServerConnection, offered: Sequence[Subprotocol]) -> Subprotocol | None:
    return PROTOCOL if PROTOCOL in offered else None


async def _closed(server: Server) -> None:
    """Close within a moment, whatever the chargers do."""
    server.close()
    with suppress(TimeoutError):
        async with asyncio.timeout(CLOSE_SECONDS):
            await server.wait_closed()
            return
    for connection in list(server.handlers):
        connection.transport.abort()
    await server.wait_closed()
