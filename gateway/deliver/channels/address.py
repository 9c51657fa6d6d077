"""Addresses of servers as an installer writes them: whether they can be used, where they lead, how they are shown."""

from __future__ import annotations

from urllib.parse import urlsplit

from drivers.addresses import is_loopback


def leads_home(url: str) -> bool:
    """Whether an address leads nowhere but to this box."""
    return is_loopback(urlsplit(url).hostname or "")


def shown(url: str) -> str:
    """An address for people: scheme and host, without what could be a secret in its path, query or user."""
    parts = urlsplit(url)
    port = f":{parts.port}" if parts.port else ""
    return f"{parts.scheme}://{parts.hostname or ''}{port}"


def usable(url: str, *schemes: str) -> str:
    """The address as it is, when it has one of these schemes and a host; raises `ValueError` with a sentence."""
    parts = urlsplit(url)
    _ = parts.port
    if parts.scheme not in schemes or not parts.hostname:
        raise ValueError(f"it begins with {' or '.join(f'{scheme}://' for scheme in schemes)} and names a host")
    if parts.username is not None or parts.password is not None:
        raise ValueError("it holds a user or a password")
    return url
