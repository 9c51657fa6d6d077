"""Devices that signed in to an account before: strangers who guess at that account do not slow them.

A device is known by a cookie that we signed: which user, and a random number of its own. It lets nobody in. Whoever steals
one may guess at that one account without standing behind other guessers, and is slowed by his own wrong attempts.
"""

from __future__ import annotations

import hmac
import secrets
from typing import TYPE_CHECKING

from gateway.serve.accounts.cookies import device_of, set_device

if TYPE_CHECKING:
    from collections.abc import Iterator

    from starlette.requests import HTTPConnection
    from starlette.responses import Response

USERS_ON_ONE_DEVICE = 4
"""A computer in an office is shared: so many of its users are known on it, the latest ones."""

_SIGNED_FOR = b"gridpost known device\n"
_NUMBER_BYTES = 12
_LONGEST = 1_000


class KnownDevices:
    """Signs and reads the cookie. `key` is the house's own."""

    def __init__(self, key: bytes) -> None:
        self._key = key

    def number(self, request: HTTPConnection, user: str) -> str:
        """The number of a device on which the user signed in before; "" where he did not."""
        return next((number for known, number in self._read(request) if user and known == user), "")

    def remember(self, request: HTTPConnection, response: Response, user: str) -> None:
        """Let the device be known as one of the user's from now on."""
        number = self.number(request, user) or secrets.token_urlsafe(_NUMBER_BYTES)
        others = [(known, other) for known, other in self._read(request) if known != user]
        kept = [(user, number), *others][:USERS_ON_ONE_DEVICE]
        set_device(request, response, "~".join(f"{known}.{each}.{self._mac(known, each)}" for known, each in kept))

    def _read(self, request: HTTPConnection) -> Iterator[tuple[str, str]]:
        cookie = device_of(request)
        for each in cookie.split("~")[:USERS_ON_ONE_DEVICE] if len(cookie) < _LONGEST else ():
            user, _, rest = each.partition(".")
            number, _, mac = rest.partition(".")
            if mac.isascii() and hmac.compare_digest(mac, self._mac(user, number)):
                yield user, number

    def _mac(self, user: str, number: str) -> str:
        return hmac.digest(self._key, _SIGNED_FOR + f"{user}\n{number}".encode(), "sha256").hex()[:32]
