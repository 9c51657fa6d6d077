"""Whether a caller is within reach of the box: on this machine, or on the network that it hangs in."""

from __future__ import annotations

from ipaddress import ip_address, ip_network
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from starlette.requests import HTTPConnection

_NEAR: Final = tuple(
    ip_network(each)
    for each in (
        "127.0.0.0/8",
        "10.0.0.0/8",
        "172.16.0.0/12",
        "192.168.0.0/16",
        "169.254.0.0/16",
        "::1/128",
        "fc00::/7",
        "fe80::/10",
    )
)
"""Loopback, private and link-local addresses (RFC 1122, RFC 1918, RFC 3927, RFC 4193, RFC 4291)."""


def is_near(request: HTTPConnection) -> bool:
    """Whether the caller himself has such an address; nobody knows who stands behind a proxy, so nobody does."""
    if request.client is None or any(_is_forwarding(name) for name in request.headers):
        return False
    address = ip_address(request.client.host.partition("%")[0])
    address = getattr(address, "ipv4_mapped", None) or address
    return any(address in network for network in _NEAR)


def _is_forwarding(header: str) -> bool:
    return header in ("forwarded", "via", "x-real-ip") or header.startswith("x-forwarded-")
