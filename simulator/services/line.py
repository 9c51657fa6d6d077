"""The end of a long connection that a service holds: the newest client, and what a test may do to it."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from aiohttp import web


class NobodyListens(Exception):
    """A person says something, and no client is connected that could hear it."""


class Line:
    """At most one client at a time; another takes its place."""

    def __init__(self) -> None:
        self._socket: web.WebSocketResponse | None = None

    @property
    def connected(self) -> bool:
        """Whether a client listens."""
        return self._socket is not None and not self._socket.closed

    def taken_by(self, socket: web.WebSocketResponse) -> web.WebSocketResponse | None:
        """A client was let in; returns whoever it replaces."""
        before, self._socket = self._socket, socket
        return before if before is not None and not before.closed else None

    def left_by(self, socket: web.WebSocketResponse) -> None:
        """A client has gone."""
        if self._socket is socket:
            self._socket = None

    async def send(self, frame: str | bytes) -> None:
        """Send a frame as it is, however hostile. Raises `NobodyListens`."""
        if self._socket is None or self._socket.closed:
            raise NobodyListens
        with suppress(ConnectionError):
            await (self._socket.send_bytes(frame) if isinstance(frame, bytes) else self._socket.send_str(frame))

    async def drop(self) -> None:
        """Break the connection without a word, as a network does."""
        if self._socket is not None:
            transport = self._socket._req.transport if self._socket._req else None  # noqa: SLF001 - aiohttp has no abort
            if transport is not None:
                transport.abort()
