"""Signing in by password or one-time code.

Guesses at passwords stand in lanes (`throttling.py`) before they are judged: strangers in that of their address and then in
that of the account, whoever signed in on this device before in the device's own. The figures are in docs/accounts.md.
"""

from __future__ import annotations

from contextlib import asynccontextmanager, suppress
from typing import TYPE_CHECKING

from starlette.responses import Response

from gateway.keep.accounts.credentials import AccountsDown
from gateway.keep.accounts.sessions import LIFE_SECONDS
from gateway.serve.accounts.cookies import session_of, set_session
from gateway.serve.accounts.known_devices import KnownDevices
from gateway.serve.accounts.sources import address_of, label_of, place_of
from gateway.serve.accounts.throttling import Lanes, Pace
from gateway.serve.problems import Problem, unauthorised

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from starlette.requests import HTTPConnection

    from gateway.actor import Actor
    from gateway.keep.accounts.accounts import Accounts
    from gateway.keep.accounts.sessions import SessionKind, SignedIn
    from gateway.serve.accounts.refusals import Refusals
    from gateway.serve.accounts.throttling import Attempt

AT_AN_ACCOUNT = Pace(20.0)
"""4,320 guesses a day at one account, by all strangers together."""

FROM_AN_ADDRESS = Pace(5.0)
"""17,280 guesses a day from one address, at all accounts together."""

ON_A_KNOWN_DEVICE = Pace(20.0, right_forgives=True)
"""4,320 guesses a day at an account by a device that signed in to it before."""


class SigningIn:
    """Lets people in."""

    def __init__(self, accounts: Accounts, device_key: bytes, refusals: Refusals) -> None:
        self.devices = KnownDevices(device_key)
        self._accounts = accounts
        self._refusals = refusals
        self._names = Lanes(AT_AN_ACCOUNT)
        self._addresses = Lanes(FROM_AN_ADDRESS)
        self._known = Lanes(ON_A_KNOWN_DEVICE)

    async def by_password(self, request: HTTPConnection, name: str, password: str) -> SignedIn:
        """A new session for whoever knows the password. Raises Problem 401 for a wrong one, 429 for too many."""
        accounts = self._accounts
        user = (await accounts.held(name, "password")).user
        number = self.devices.number(request, user)
        async with self._turn(request, user or f"?{name}", number) as attempt:
            user, kept = await accounts.held(name, "password")  # as it is when its turn has come
            attempt.right = await accounts.hashing.fits(kept, password, stranger=not number)
        if not attempt.right:
            await self._refusals.note(user, "password", place_of(request))
            raise unauthorised("password", "this name and password do not belong together")
        await self._refusals.settle(user, "password")
        if accounts.hashing.outdated(kept):
            with suppress(AccountsDown):
                await accounts.strengthen(user, "password", kept, password)
        signed_in = await accounts.begin_session(user, label_of(request), place_of(request), session_of(request))
        if signed_in is None:
            raise unauthorised("password", "this account was closed")
        return signed_in

    async def prove_own(self, request: HTTPConnection, actor: Actor, password: str) -> None:
        """Whoever is signed in proves that it is he. Raises Problem 403 for a wrong password, 429 for too many."""
        hashing = self._accounts.hashing
        async with self._known[f"{actor.id}:{session_of(request)}"].turn() as attempt:
            kept = await self._accounts.held_by(actor.id, "password")
            attempt.right = await hashing.fits(kept, password, stranger=False)
        if not attempt.right:
            await self._refusals.note(actor.id, "password", place_of(request))
            raise Problem(403, "password_wrong", "this is not your password")

    async def by_code(self, request: HTTPConnection, code: str) -> SignedIn | None:
        """A new session for whoever has a one-time code; None for a wrong, old or used one."""
        return await self._accounts.redeem(code, label_of(request), place_of(request), session_of(request))

    def welcome(self, request: HTTPConnection, user: str, session: str, kind: SessionKind) -> Response:
        """204 with the session's cookie, and with the one by which this device is known again."""
        response = Response(status_code=204)
        set_session(request, response, session, LIFE_SECONDS[kind])
        if kind != "screen":
            self.devices.remember(request, response, user)
        return response

    @asynccontextmanager
    async def _turn(self, request: HTTPConnection, account: str, device: str) -> AsyncIterator[Attempt]:
        if device:
            async with self._known[device].turn() as attempt:
                yield attempt
            return
        address = self._addresses[address_of(request)]
        async with address.turn() as here, self._names[account].turn(address.wrong()) as attempt:
            yield attempt
            here.right = attempt.right
