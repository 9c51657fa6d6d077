"""The door of a socket that speaks TLS: every connection shows by its first byte what it speaks, and is let in or sent on.

asyncio's own server would do the handshake too; here plain HTTP to the same port gets an answer that a person understands,
programs on this machine are served in plain as ever, and whoever dawdles over his handshake costs others nothing.
"""

from __future__ import annotations

import asyncio
import re
import socket
from collections import Counter
from contextlib import suppress
from ipaddress import ip_address
from typing import TYPE_CHECKING, Final, cast

if TYPE_CHECKING:
    from collections.abc import Callable

    from gateway.serve.tls import Tls

HANDSHAKE_SECONDS = 10.0
"""How long a client may take from connecting to the first request: three round trips of a bad network, and as much again."""

UNDER_WAY = 256
"""How many handshakes may be under way; with one more the oldest is given up, so that nobody can hold the door shut."""

OF_ONE = 32
"""Of these, from one address beyond this machine."""

FULL_SECONDS = 0.2
"""How long nobody is let in when there is no file descriptor left."""

_HANDSHAKE: Final = b"\x16"
"""The first byte of TLS (RFC 8446, 5.1: content type handshake)."""

_HEAD_BYTES = 8192
_HOST = re.compile(r"[A-Za-z0-9.-]{1,253}(:\d{1,5})?|\[[0-9A-Fa-f:]{2,45}\](:\d{1,5})?")
_PATH = re.compile(r"/[!-~]{0,2000}")


class Doorstep:
    """Lets connections of a bound, listening socket in. `make` makes the protocol that serves one."""

    def __init__(self, sock: socket.socket, tls: Tls, make: Callable[[], asyncio.Protocol]) -> None:
        self._sock = sock
        self._tls = tls
        self._make = make
        self._waiting: dict[asyncio.Task[None], str] = {}

    async def run(self) -> None:
        """Accept until cancelled."""
        loop = asyncio.get_running_loop()
        async with asyncio.TaskGroup() as tasks:
            while True:
                try:
                    accepted, (host, *_) = await loop.sock_accept(self._sock)
                except OSError:
                    await asyncio.sleep(FULL_SECONDS)
                    continue
                if self._has_too_many(host):
                    accepted.close()
                    continue
                task = tasks.create_task(self._let_in(accepted, host), name=f"handshake {host}")
                self._waiting[task] = host
                task.add_done_callback(self._waiting.pop)

    def _has_too_many(self, host: str) -> bool:
        if len(self._waiting) >= UNDER_WAY:
            next(iter(self._waiting)).cancel()
        return not _is_here(host) and Counter(self._waiting.values())[host] >= OF_ONE

    async def _let_in(self, accepted: socket.socket, host: str) -> None:
        """What fails here is the client's loss alone."""
        loop = asyncio.get_running_loop()
        begun = False
        try:
            async with asyncio.timeout(HANDSHAKE_SECONDS):
                first = await _first_byte(accepted)
                if not first:
                    return
                begun = True  # from here on the transport closes the socket
                if first == _HANDSHAKE:
                    await loop.connect_accepted_socket(
                        self._make, accepted, ssl=self._tls.context, ssl_handshake_timeout=HANDSHAKE_SECONDS
                    )
                else:
                    await loop.connect_accepted_socket(self._make if _is_here(host) else _SentOn, accepted)
        except OSError:  # TimeoutError and ssl.SSLError are
            pass
        finally:
            if not begun:
                accepted.close()


async def _first_byte(accepted: socket.socket) -> bytes:
    """The first byte, left where it is; nothing when the client left."""
    loop = asyncio.get_running_loop()
    readable: asyncio.Future[None] = loop.create_future()

    def is_readable() -> None:
        if not readable.done():
            readable.set_result(None)

    loop.add_reader(accepted, is_readable)
    try:
        await readable
    finally:
        loop.remove_reader(accepted)
    with suppress(ConnectionError):
        return accepted.recv(1, socket.MSG_PEEK)
    return b""


def _is_here(host: str) -> bool:
    address = ip_address(host.partition("%")[0])
    return (getattr(address, "ipv4_mapped", None) or address).is_loopback


class _SentOn(asyncio.Protocol):
    """Answers one plain request: where the page is. What would change something is refused: it was in clear already."""

    def __init__(self) -> None:
        self._head = bytearray()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)  # uvloop's own is none by its class
        self._end = asyncio.get_running_loop().call_later(HANDSHAKE_SECONDS, self._transport.abort)

    def data_received(self, data: bytes) -> None:
        self._head += data
        if b"\r\n\r\n" in self._head or len(self._head) > _HEAD_BYTES:
            self._transport.write(sent_on(bytes(self._head[:_HEAD_BYTES])))
            self._transport.close()

    def connection_lost(self, _exc: Exception | None) -> None:
        self._end.cancel()


def sent_on(head: bytes) -> bytes:
    """The answer to a plain request, by its head: a redirect for who only looks, a refusal for everybody else."""
    lines = head.decode("latin-1").split("\r\n")
    method, _, rest = lines[0].partition(" ")
    path = rest.partition(" ")[0]
    headers = {name.strip().lower(): value.strip() for name, _, value in (line.partition(":") for line in lines[1:])}
    host = headers.get("host", "")
    if method in ("GET", "HEAD") and _HOST.fullmatch(host) and _PATH.fullmatch(path):
        return _answer("307 Temporary Redirect", f"Location: https://{host}{path}\r\n", "")
    said = "This port speaks HTTPS: write https:// in front of the address."
    return _answer("426 Upgrade Required", "Upgrade: TLS/1.2\r\nConnection: Upgrade, close\r\n", said)


def _answer(status: str, header: str, said: str) -> bytes:
    plain = "Content-Type: text/plain; charset=utf-8\r\nCache-Control: no-store\r\n"
    close = "" if "Connection" in header else "Connection: close\r\n"
    return f"HTTP/1.1 {status}\r\n{header}{close}{plain}Content-Length: {len(said)}\r\n\r\n{said}".encode()
