"""By which names and addresses others reach this box."""

from __future__ import annotations

import socket
from typing import Final

FIRST_BIND: Final = "0.0.0.0:8443"
"""A new box has no screen: its page is for the phones around it, encrypted by its own certificate."""

_ELSEWHERE: Final = (("192.0.2.1", socket.AF_INET), ("2001:db8::1", socket.AF_INET6))
"""Addresses of nobody (RFC 5737, RFC 3849): asked which of ours would speak to them, the system sends nothing."""


def own_names() -> list[str]:
    """Its host name, and the one by which phones find it on a network without a server of names (RFC 6762)."""
    host = socket.gethostname().partition(".")[0].lower()
    return [host, f"{host}.local"]


def own_addresses() -> list[str]:
    """The addresses by which this box speaks to others, its own loopback last."""
    found = []
    for elsewhere, family in _ELSEWHERE:
        try:
            with socket.socket(family, socket.SOCK_DGRAM) as asking:
                asking.connect((elsewhere, 9))
                found.append(str(asking.getsockname()[0]))
        except OSError:
            continue
    return list(dict.fromkeys((*found, "127.0.0.1", "::1")))
