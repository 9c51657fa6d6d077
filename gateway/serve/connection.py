"""One connection to the HTTP face: how long a client may keep us waiting, and how many may be open.

uvicorn waits for ever for the rest of a request that was begun, and for ever for a client that reads nothing. Here whoever
keeps us waiting is cut off: a hundred such clients cost a hundred connections for seconds, and nobody his answer.
"""

from __future__ import annotations

import socket
from ipaddress import ip_address
from typing import TYPE_CHECKING

from uvicorn.protocols.http.h11_impl import H11Protocol

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Sequence

HEAD_BYTES = 16 * 1024
"""Request line and headers; a browser's have about 1 kB. uvicorn ends a longer one that comes in pieces with 400."""

HEAD_SECONDS = 10.0
"""How long request line and headers may take: from the connecting on, and later from their first byte."""

UNREAD_SECONDS = 60.0
"""How long a client may leave 64 kB and more of its answer unread; a phone in a lift is back within a minute."""

SEND_BUFFER_BYTES = 128 * 1024
"""What the kernel keeps of an answer that is not read; left to itself it lets each connection have 4 MB (tcp(7), tcp_wmem)."""

CONNECTIONS = 512
"""How many are open at once: every stream that we hold open, and as many requests when everybody's network returns."""

CONNECTIONS_OF_ONE = 128
"""Of these, from one address: a floor of screens behind one router. A proxy on this machine stands for everybody."""


class Connection(H11Protocol):
    """uvicorn's protocol with these limits. Whoever exceeds one is cut off without a word: he would not read it."""

    _due: asyncio.TimerHandle | None = None
    """Cuts off unless the rest of a request's head comes before."""
    _unread: asyncio.TimerHandle | None = None
    """Cuts off unless something is read before."""
    _between = False
    """An answer was given, and nothing of the next request has come."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn has it
        """Take it, or cut it off when there are too many."""
        super().connection_made(transport)
        clients = [other.client for other in self.connections if isinstance(other, Connection)]
        if too_many([client[0] for client in clients if client], self.client[0] if self.client else ""):
            transport.abort()
            return
        transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, SEND_BUFFER_BYTES)
        self._expect_head()

    def data_received(self, data: bytes) -> None:
        """Bytes of a request."""
        if self._between:
            self._between = False
            self._expect_head()
        super().data_received(data)
        self._look()

    def on_response_complete(self) -> None:
        """The answer is given; the next request may have come already."""
        self._between = True
        super().on_response_complete()
        self._look()

    def pause_writing(self) -> None:
        """The client does not read as fast as we write."""
        super().pause_writing()
        self._unread = self.loop.call_later(UNREAD_SECONDS, self.transport.abort)

    def resume_writing(self) -> None:
        """It has read."""
        super().resume_writing()
        if self._unread is not None:
            self._unread.cancel()

    def connection_lost(self, exc: Exception | None) -> None:
        """It is over."""
        for timer in (self._due, self._unread):
            if timer is not None:
                timer.cancel()
        super().connection_lost(exc)

    def _expect_head(self) -> None:
        if self._due is not None:
            self._due.cancel()
        self._due = self.loop.call_later(HEAD_SECONDS, self.transport.abort)

    def _look(self) -> None:
        """While a request is answered no head is owed; how long its body may take is the business of `bodies.py`."""
        if self._due is not None and self.cycle is not None and not self.cycle.response_complete:
            self._due.cancel()
            self._between = False


def too_many(hosts: Sequence[str], newest: str) -> bool:
    """Whether the newest is one too many; `hosts` has the address of every open connection, this one's too."""
    if len(hosts) > CONNECTIONS:
        return True
    return hosts.count(newest) > CONNECTIONS_OF_ONE and not ip_address(newest.partition("%")[0]).is_loopback
