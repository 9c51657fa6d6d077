"""The one gate of the simulator: it binds and reaches loopback only, so that it can never move a real door."""

from __future__ import annotations

import asyncio
import errno
import ipaddress
import socket
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

MAXIMUM_PORT = 0xFFFF


class NotLoopback(ValueError):
    """An address that is not loopback, as a sentence for a person."""


def loopback_only(host: str) -> str:
    """The numeric loopback address that `host` names; every bind and every connect of the simulator passes through here.

    The number is returned, and used, so that a name cannot resolve to something else a moment later. A name counts
    only when *all* that it resolves to is loopback. Raises `NotLoopback` for anything else, `0.0.0.0` and `::` included.
    """
    plain = host.strip("[]")
    try:
        numbers = [ipaddress.ip_address(plain)]
    except ValueError:
        numbers = _resolved(plain)
    for number in numbers:
        if not _is_loopback(number):
            raise NotLoopback(
                f"the simulator binds and reaches loopback only; {host!r} is {number}. Use 127.0.0.1 or ::1."
            )
    return str(_unmapped(numbers[0]))


class PortTaken(OSError):
    """A port that another program holds, as a sentence."""


async def listening(
    protocol: Callable[[], asyncio.BaseProtocol], host: str, port: int, what: str = "port", option: str = "--base-port"
) -> tuple[asyncio.Server, int]:
    """A server on loopback and its port, a free one for 0. Raises `NotLoopback` or `PortTaken`, which names `option`."""
    address = loopback_only(host)
    try:
        server = await asyncio.get_running_loop().create_server(protocol, address, port)
    except OSError as error:
        if error.errno != errno.EADDRINUSE:
            raise
        raise PortTaken(
            errno.EADDRINUSE,
            f"{what} {port} on {address} is taken by another program; end it, or choose another {option}",
        ) from None
    return server, server.sockets[0].getsockname()[1]


def split_address(text: str) -> tuple[str, int]:
    """`HOST:PORT` (IPv6 in brackets) as a loopback address and a port; raises `ValueError` with a sentence."""
    host, colon, port = text.rpartition(":")
    if not colon or not port.isdecimal() or int(port) > MAXIMUM_PORT:
        raise ValueError(f"{text!r} is not HOST:PORT, such as 127.0.0.1:15900")
    return loopback_only(host), int(port)


def _resolved(name: str) -> list[ipaddress.IPv4Address | ipaddress.IPv6Address]:
    try:
        found = socket.getaddrinfo(name, None, type=socket.SOCK_STREAM) if name else []
    except (OSError, UnicodeError):
        found = []
    if not found:
        raise NotLoopback(f"{name!r} is no address and resolves to none. Use 127.0.0.1 or ::1.")
    # IPv4 first: what the simulator serves is reached by most clients as 127.0.0.1.
    return sorted(
        (ipaddress.ip_address(str(entry[4][0]).partition("%")[0]) for entry in found), key=lambda number: number.version
    )


def _is_loopback(number: ipaddress.IPv4Address | ipaddress.IPv6Address) -> bool:
    return _unmapped(number).is_loopback


def _unmapped(
    number: ipaddress.IPv4Address | ipaddress.IPv6Address,
) -> ipaddress.IPv4Address | ipaddress.IPv6Address:
    # Python before 3.13 does not see through ::ffff:127.0.0.1.
    return (number.ipv4_mapped or number) if isinstance(number, ipaddress.IPv6Address) else number
