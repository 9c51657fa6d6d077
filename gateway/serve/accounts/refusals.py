"""Wrong credentials as the audit reads them: counted, and written down once a minute for a user at most.

Whoever guesses must not fill the disk. For names that nobody has there is one count together: what was typed there may have
been a password.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from gateway.keep.accounts.credentials import AccountsDown

if TYPE_CHECKING:
    from gateway.keep.accounts.accounts import Accounts

WRITTEN_EVERY_SECONDS = 60.0
_COUNTED = 1_000


@dataclass(slots=True)
class _Count:
    wrong: int = 0
    written_at: float = float("-inf")
    place: str = ""


class Refusals:
    """Counts what was wrong, per user and proof."""

    def __init__(self, accounts: Accounts) -> None:
        self._accounts = accounts
        self._counts: OrderedDict[tuple[str, str], _Count] = OrderedDict()

    async def note(self, user: str, proof: str, place: str) -> None:
        """One more was wrong; `user` "" for a name that nobody has."""
        count = self._counts.setdefault((user, proof), _Count())
        self._counts.move_to_end((user, proof))
        count.wrong += 1
        count.place = place
        if asyncio.get_running_loop().time() - count.written_at >= WRITTEN_EVERY_SECONDS:
            await self._write(user, proof, count)
        if len(self._counts) > _COUNTED:
            (user, proof), count = self._counts.popitem(last=False)
            await self._write(user, proof, count)

    async def settle(self, user: str, proof: str) -> None:
        """He came in: what was refused since the last row is written down before that."""
        if count := self._counts.pop((user, proof), None):
            await self._write(user, proof, count)

    async def _write(self, user: str, proof: str, count: _Count) -> None:
        wrong, count.wrong = count.wrong, 0
        count.written_at = asyncio.get_running_loop().time()
        if not wrong:
            return
        with suppress(AccountsDown):  # it stays refused, recorded or not
            await self._accounts.record_wrong(user, proof, wrong, count.place)
