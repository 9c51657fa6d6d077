"""Who asks: an access token, or the session that a one-time code was turned into.

Wrong credentials are answered late, and the later the more of them there are, whoever sends them: guessing is slowed and
nobody is locked out, for a right credential is never kept waiting. The secrets have 128 bits and more, so slowing them
does not protect the secrets: it keeps a flood of guesses from costing the box its disk and CPU.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from hashlib import sha256
from typing import TYPE_CHECKING

from gateway.serve.problems import Problem

if TYPE_CHECKING:
    from starlette.requests import Request

    from gateway.actor import Actor
    from gateway.serve.house import Accounts

COOKIE = "gridpost_session"
SESSION_SECONDS = 30 * 86_400
"""How long a browser keeps the cookie; the journal decides how long the session lives."""

BELIEVED_SECONDS = 5.0
"""How long a looked-up credential is believed without asking the disk again: a removed user is out within 5 s."""

BELIEVED = 1_000
DELAY_SECONDS = 0.25
LONGEST_DELAY_SECONDS = 2.0
FORGIVEN_SECONDS = 30.0
"""A minute's quiet forgives: each wrong credential counts for 30 s."""

WAITING = 64
"""How many wrong answers are held back at a time; more are told to come back later."""

CREDENTIAL_LIMIT = 512
"""No credential of ours is longer; what is longer is not worth hashing."""


class Actors:
    """Knows actors by what they show."""

    def __init__(self, accounts: Accounts) -> None:
        self.refused = 0
        self._accounts = accounts
        self._believed: OrderedDict[bytes, tuple[Actor, float]] = OrderedDict()
        self._wrong: list[float] = []
        self._waiting = 0

    async def of(self, request: Request) -> Actor:
        """The actor of a request. Raises Problem 401 when it shows nothing, or nothing that is valid."""
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        session = request.cookies.get(COOKIE, "")
        if scheme.lower() == "bearer" and token:
            actor = await self._known("token", token.strip())
        elif session:
            actor = await self._known("session", session)
        else:
            raise _unauthorised("sign_in", "sign in first: with an access token, or with a one-time link", "")
        if actor is None:
            await self.slow()
            raise _unauthorised(
                "credential", "this token or session is not valid (any more)", ', error="invalid_token"'
            )
        return actor

    async def redeem(self, code: str) -> str:
        """Turn a one-time code into a session. Raises Problem 401 for a wrong, old or used code."""
        session = await self._accounts.redeem(code) if len(code) <= CREDENTIAL_LIMIT else None
        if session is None:
            await self.slow()
            raise _unauthorised("code", "this code is wrong, older than 10 minutes or already used", "")
        return session

    async def end(self, request: Request) -> None:
        """End the session of a request, if it has one."""
        session = request.cookies.get(COOKIE, "")
        if session:
            self._believed.pop(_digest("session", session), None)
            await self._accounts.end_session(session)

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
        if len(secret) > CREDENTIAL_LIMIT:
            return None
        loop = asyncio.get_running_loop()
        digest = _digest(way, secret)
        known = self._believed.get(digest)
        if known is not None and loop.time() < known[1]:
            return known[0]
        look_up = self._accounts.by_token if way == "token" else self._accounts.by_session
        actor = await look_up(secret)
        if actor is None:
            self._believed.pop(digest, None)
            return None
        self._believed[digest] = actor, loop.time() + BELIEVED_SECONDS
        self._believed.move_to_end(digest)
        if len(self._believed) > BELIEVED:
            self._believed.popitem(last=False)
        return actor


def _digest(way: str, secret: str) -> bytes:
    return sha256(f"{way}:{secret}".encode("utf-8", "surrogateescape")).digest()


def _unauthorised(code: str, detail: str, error: str) -> Problem:
    return Problem(401, code, detail, headers={"WWW-Authenticate": f'Bearer realm="gridpost"{error}'})
