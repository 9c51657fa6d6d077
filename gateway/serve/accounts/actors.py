"""Who asks: an access token, or the session of a browser, phone or duty screen.

Wrong tokens and codes are answered late, and the later the more of them there are, whoever sends them: a right one is never
kept waiting. They have 256 bits, so slowing them does not protect them: it keeps a flood of guesses from costing the box its
disk and CPU. What people choose themselves (`signing_in.py`, `pins.py`) is slowed before it is judged.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from hashlib import sha256
from typing import TYPE_CHECKING

from gateway.serve.accounts.cookies import session_of
from gateway.serve.accounts.pins import Pins
from gateway.serve.accounts.refusals import Refusals
from gateway.serve.accounts.signing_in import SigningIn
from gateway.serve.accounts.sources import place_of
from gateway.serve.problems import Problem, unauthorised

if TYPE_CHECKING:
    from starlette.requests import HTTPConnection

    from gateway.actor import Actor
    from gateway.keep.accounts.accounts import Accounts
    from gateway.keep.accounts.sessions import SignedIn

BELIEVED_SECONDS = 5.0
"""How long a looked-up credential is believed without asking the disk again: whoever is removed at a terminal is out within
5 s. What changes over HTTP counts at once."""

BELIEVED = 1_000
DELAY_SECONDS = 0.25
LONGEST_DELAY_SECONDS = 2.0
FORGIVEN_SECONDS = 30.0
"""A minute's quiet forgives: each wrong credential counts for 30 s."""

WAITING = 64
"""How many wrong answers are held back at a time; more are told to come back later."""


class Actors:
    """Knows actors by what they show. `device_key` signs by what a browser is known again."""

    def __init__(self, accounts: Accounts, device_key: bytes) -> None:
        self.refused = 0
        self.refusals = Refusals(accounts)
        self.signing_in = SigningIn(accounts, device_key, self.refusals)
        self.pins = Pins(accounts, self.refusals)
        self._accounts = accounts
        self._believed: OrderedDict[bytes, tuple[Actor, float]] = OrderedDict()
        self._changes = 0
        self._wrong: list[float] = []
        self._waiting = 0

    async def of(self, request: HTTPConnection) -> Actor:
        """The actor of a request. Raises Problem 401 when it shows nothing, or nothing that is valid."""
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        session = session_of(request)
        if scheme.lower() == "bearer" and token:
            actor = await self._known("token", token.strip())
        elif session:
            actor = await self._known("session", session)
        else:
            raise unauthorised(
                "sign_in", "sign in first: with a name and password, a one-time link, or an access token"
            )
        if actor is None:
            await self.slow()
            raise unauthorised("credential", "this token or session is not valid (any more)", invalid=True)
        return actor

    async def redeem(self, request: HTTPConnection, code: str) -> SignedIn:
        """Turn a one-time code into a session. Raises Problem 401 for a wrong, old or used code."""
        signed_in = await self.signing_in.by_code(request, code)
        if signed_in is None:
            await self.refusals.note("", "code", place_of(request))
            await self.slow()
            raise unauthorised("code", "this link is wrong, too old or already used")
        return signed_in

    async def end(self, request: HTTPConnection) -> None:
        """End the session of a request, if it has one."""
        session = session_of(request)
        if session:
            await self._accounts.end_session(session)
            self.look_again()

    def look_again(self) -> None:
        """Accounts changed: believe nobody without asking the disk, nor what the disk was asked before."""
        self._changes += 1
        self._believed.clear()

    async def slow(self) -> None:
        """Hold back an answer to a wrong credential. Raises Problem 429 when too many are held back."""
        self.refused += 1
        loop = asyncio.get_running_loop()
        now = loop.time()
        self._wrong = [at for at in self._wrong if now - at < FORGIVEN_SECONDS][-WAITING:]
        self._wrong.append(now)
        if self._waiting >= WAITING:
            raise Problem(
                429, "too_many_guesses", "too many wrong credentials; try again", headers={"Retry-After": "5"}
            )
        self._waiting += 1
        try:
            await asyncio.sleep(min(DELAY_SECONDS * len(self._wrong), LONGEST_DELAY_SECONDS))
        finally:
            self._waiting -= 1

    async def _known(self, way: str, secret: str) -> Actor | None:
        loop = asyncio.get_running_loop()
        digest = _digest(way, secret)
        known = self._believed.get(digest)
        if known is not None and loop.time() < known[1]:
            return known[0]
        look_up = self._accounts.by_token if way == "token" else self._accounts.by_session
        changes = self._changes
        actor = await look_up(secret)
        if actor is None or changes != self._changes:
            return actor
        self._believed[digest] = actor, loop.time() + BELIEVED_SECONDS
        self._believed.move_to_end(digest)
        if len(self._believed) > BELIEVED:
            self._believed.popitem(last=False)
        return actor


def _digest(way: str, secret: str) -> bytes:
    return sha256(f"{way}:{secret}".encode("utf-8", "surrogateescape")).digest()
