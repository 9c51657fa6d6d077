"""The one socket that the HTTP face listens on, bound before anything is started."""

from __future__ import annotations

import errno
import socket
from ipaddress import IPv4Address, IPv6Address, ip_address
from urllib.parse import urlsplit

USER_TIMEOUT_MS = 20_000
"""A peer that acknowledges nothing for 20 s is gone: a phone that left the building must not hold its stream open."""

BACKLOG = 256


class ListenError(Exception):
    """The HTTP face cannot listen as it is configured; a sentence that names the address and the way out."""


def split(bind: str) -> tuple[str, int]:
    """Host and port of "127.0.0.1:8080" or "[::1]:8080". Raises ListenError for anything else."""
    try:
        parts = urlsplit(f"//{bind}")
        host, port = parts.hostname, parts.port
    except ValueError:
        host, port = None, None
    if not host or port is None:
        raise ListenError(f"http.bind: {bind!r} is not HOST:PORT, such as 127.0.0.1:8080 or [::1]:8080")
    return host, port


def listen(bind: str, *, plain_http_allowed: bool = False, encrypted: bool = False) -> socket.socket:
    """Bind. Port 0 takes a free one. `encrypted`: TLS will be spoken there.

    Raises ListenError for an occupied port, an address that is not here, and for an address beyond loopback unless plain
    HTTP is allowed: without TLS everybody on that network reads tokens and sessions.
    """
    address, port = check_bind(bind, plain_http_allowed=plain_http_allowed, encrypted=encrypted)
    family = socket.AF_INET6 if address.version == 6 else socket.AF_INET  # noqa: PLR2004 - IP version 6
    # with the protocol left open asyncio does not set TCP_NODELAY, and every answer waits 40 ms for a delayed ACK
    bound = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        bound.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, USER_TIMEOUT_MS)  # accepted sockets inherit both
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        bound.bind((str(address), port))
        bound.listen(BACKLOG)
    except OSError as error:
        bound.close()
        raise ListenError(_why(error, bind)) from None
    bound.setblocking(False)
    return bound


def check_bind(bind: str, *, plain_http_allowed: bool, encrypted: bool) -> tuple[IPv4Address | IPv6Address, int]:
    """Address and port to listen on, if it may be listened there. Raises ListenError."""
    host, port = split(bind)
    address = _resolve(host, port, bind)
    if not (address.is_loopback or plain_http_allowed or encrypted):
        raise ListenError(
            f"http.bind: {bind} can be reached from other machines, and plain HTTP shows them tokens and sessions; "
            "make a certificate with `gridpost tls`, name your own under `http.tls`, put a TLS proxy in front of 127.0.0.1, "
            "or write `plain_http_allowed: true` below `http` to accept it"
        )
    return address, port


def leaves_this_machine(bind: str) -> bool:
    """Whether others can reach that address. Raises ListenError for what is none."""
    host, port = split(bind)
    return not _resolve(host, port, bind).is_loopback


def _resolve(host: str, port: int, bind: str) -> IPv4Address | IPv6Address:
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except OSError:
        raise ListenError(f"http.bind: {bind}: there is no address for {host!r} here") from None
    return ip_address(found[0][4][0])


def _why(error: OSError, bind: str) -> str:
    if error.errno == errno.EADDRINUSE:
        return f"http.bind: {bind} is taken by another program; end that program, or choose another port with --http HOST:PORT"
    if error.errno == errno.EADDRNOTAVAIL:
        return f"http.bind: {bind} is not an address of this machine"
    if error.errno == errno.EACCES:
        return f"http.bind: {bind}: ports below 1024 need a privilege; choose a port from 1024 on"
    return f"http.bind: {bind}: {error.strerror or error}"
