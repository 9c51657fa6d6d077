"""What an address of the network is, as far as several parts of the house must know."""

from __future__ import annotations

from ipaddress import ip_address


def is_loopback(host: str) -> bool:
    """Whether a host, as it is written, is this machine and nothing else. A name is not looked up."""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
