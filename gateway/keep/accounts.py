"""Accounts as the HTTP face asks for them: `gateway.keep.users` off the event loop, on a connection of its own."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, TypeVar

from gateway.keep import users
from gateway.keep.schema import connect

if TYPE_CHECKING:
    from collections.abc import Callable

    from gateway.actor import Actor
    from gateway.model import Now

_Found = TypeVar("_Found")


class Accounts:
    """Who holds which credential. One thread, so that one connection serves all."""

    def __init__(self, source: str, clock: Callable[[], Now]) -> None:
        self._connection = connect(source)
        self._clock = clock
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="accounts")

    def close(self) -> None:
        """Close the connection; calls under way end first."""
        self._thread.shutdown()
        self._connection.close()

    async def by_token(self, token: str) -> Actor | None:
        """Whose access token it is; None for nobody's."""
        now = self._clock()
        return await self._ask(lambda: users.user_by_token(self._connection, token, now))

    async def by_session(self, session: str) -> Actor | None:
        """Whose session it is; None for nobody's or an ended one."""
        now = self._clock()
        return await self._ask(lambda: users.user_by_session(self._connection, session, now))

    async def redeem(self, code: str) -> str | None:
        """Turn a one-time code into a session; None for a wrong, old or used one."""
        now = self._clock()
        return await self._ask(lambda: users.redeem(self._connection, code, now))

    async def end_session(self, session: str) -> None:
        """End a session; an unknown one is ended already."""
        now = self._clock()
        await self._ask(lambda: users.end_session(self._connection, session, now))

    async def _ask(self, question: Callable[[], _Found]) -> _Found:
        return await asyncio.get_running_loop().run_in_executor(self._thread, question)
