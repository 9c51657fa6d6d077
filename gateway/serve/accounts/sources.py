"""Where a request comes from: the address that slowing counts by, and what the audit and a list of devices say of it."""

from __future__ import annotations

from ipaddress import IPv6Address, ip_address, ip_network
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from starlette.requests import HTTPConnection

_SYSTEMS = (
    ("HarmonyOS", "HarmonyOS"),
    ("Android", "Android"),
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Windows", "Windows"),
    ("Mac OS X", "Mac"),
    ("Linux", "Linux"),
)
_BROWSERS = (
    ("MicroMessenger", "微信"),
    ("DingTalk", "钉钉"),
    ("Edg", "Edge"),
    ("Firefox", "Firefox"),
    ("Chrome", "Chrome"),
    ("Safari", "Safari"),
)
_ONE_HOUSEHOLD_BITS = 64


def address_of(request: HTTPConnection) -> str:
    """The client's address; behind a proxy of this machine the one that the proxy saw. IPv6: its network of 64 bits.

    "" where there is none to be read. Whoever sits on this machine may claim any.
    """
    seen = request.client.host if request.client is not None else ""
    try:
        address = ip_address(seen)
        if address.is_loopback and (forwarded := request.headers.get("x-forwarded-for", "")):
            address = ip_address(forwarded.rpartition(",")[2].strip())
    except ValueError:
        return ""
    if isinstance(address, IPv6Address):
        if address.ipv4_mapped is not None:
            return str(address.ipv4_mapped)
        if not address.is_loopback:
            return str(ip_network((address, _ONE_HOUSEHOLD_BITS), strict=False))
    return str(address)


def place_of(request: HTTPConnection) -> str:
    """What the audit says of where somebody signed in: the address within the building, from outside only its family."""
    address = address_of(request)
    if not address:
        return ""
    network = ip_network(address)
    return address if network.is_private or network.is_link_local else f"IPv{network.version}"


def label_of(request: HTTPConnection) -> str:
    """What a device is called in its user's list, such as "Chrome, Android"; by what it says of itself."""
    agent = request.headers.get("user-agent", "")
    found = (next((name for mark, name in kinds if mark in agent), "") for kinds in (_BROWSERS, _SYSTEMS))
    return ", ".join(filter(None, found))
