"""Accounts as the HTTP face asks for them: off the event loop, on connections of their own.

One thread reads and one writes: whoever shows a credential never waits for another's change, nor for the disk. When a
credential was last used is written down beside; a disk that cannot take it keeps nobody out.
"""

from __future__ import annotations

import asyncio
import sqlite3
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import TYPE_CHECKING, TypeVar

from gateway.keep.accounts import guesses, proofs, sessions, ties, tokens, users
from gateway.keep.accounts.credentials import AccountsDown
from gateway.keep.accounts.passwords import Cost, Hashing
from gateway.keep.schema import connect, connect_to_read

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping, Sequence

    from gateway.actor import Actor, Role
    from gateway.keep.accounts.proofs import Held, Proof
    from gateway.keep.accounts.sessions import Code, Found, Purpose, Session, SignedIn
    from gateway.keep.accounts.tokens import Token
    from gateway.keep.accounts.users import User, UserKind
    from gateway.model import Now

_Found = TypeVar("_Found")

COST = Cost()


class Accounts:
    """Who holds which credential.

    Changes raise `UserError` (`credentials.py`) where they cannot be made, and all of it `AccountsDown` when the disk fails.
    """

    def __init__(self, source: str, clock: Callable[[], Now], cost: Cost = COST) -> None:
        self.hashing = Hashing(cost)
        self._clock = clock
        self._writer = connect(source)
        self._reader = connect_to_read(source)
        self._writing = ThreadPoolExecutor(1, thread_name_prefix="accounts: writing")
        self._reading = ThreadPoolExecutor(1, thread_name_prefix="accounts: reading")

    def close(self) -> None:
        """Close the connections; calls under way end first."""
        self.hashing.close()
        self._writing.shutdown()
        self._reading.shutdown()
        self._writer.close()
        self._reader.close()

    # ------------------------------------------------------------ credentials

    async def by_token(self, token: str) -> Actor | None:
        """Whose access token it is; None for nobody's."""
        return await self._seen(token, tokens.user_by_token, tokens.see_token)

    async def by_session(self, session: str) -> Actor | None:
        """Whose session it is; None for nobody's or an ended one."""
        return await self._seen(session, sessions.user_by_session, sessions.see_session)

    async def held(self, name: str, proof: Proof) -> Held:
        """The hash of the password or PIN of the user of that name."""
        return await self._read(lambda reader, _now: proofs.held_by_name(reader, name, proof))

    async def held_by(self, user: str, proof: Proof) -> str:
        """The hash of a user's own password or PIN, "" where he has none."""
        return await self._read(lambda reader, _now: proofs.held_by_id(reader, user, proof))

    async def person(self, name: str, way: str) -> Actor | None:
        """The open account of that name as an actor; None for nobody."""
        return await self._read(lambda reader, _now: proofs.person_named(reader, name, way))

    async def strengthen(self, user: str, proof: Proof, before: str, secret: str) -> None:
        """Hash a proved secret again, at the cost that is usual now."""
        kept = await self.hashing.hash(secret)
        await self._write(lambda writer, _now: proofs.strengthen(writer, user, proof, before, kept))

    async def record_wrong(self, user: str, proof: str, count: int, place: str) -> None:
        """Write down that so many wrong credentials were shown for a user, or (user "") for nobody whom the house knows."""
        await self._write(lambda writer, now: proofs.record_wrong(writer, user, proof, count, place, now))

    async def wrong_pins(self, session: str, forgiven_seconds: float) -> int:
        """How many wrong PINs were typed on a phone lately, since the last right one; `session` is the hash of its session."""
        return await self._read(lambda reader, now: guesses.wrong_pins(reader, session, now, forgiven_seconds))

    async def note_wrong_pin(self, session: str) -> None:
        """One more was wrong on a phone."""
        await self._write(lambda writer, now: guesses.note_wrong_pin(writer, session, now))

    async def forget_wrong_pins(self, session: str) -> None:
        """A right PIN was typed on a phone."""
        await self._write(lambda writer, _now: guesses.forget_wrong_pins(writer, session))

    # ------------------------------------------------------------ signing in and out

    async def redeem(self, code: str, label: str, place: str, before: str) -> SignedIn | None:
        """Turn a one-time code into a session; None for a wrong, old or used one."""
        return await self._write(
            lambda writer, now: sessions.redeem(writer, code, now, label, place=place, before=before)
        )

    async def begin_session(self, user: str, label: str, place: str, before: str) -> SignedIn | None:
        """A browser's session for whoever proved who he is; None where his account was closed meanwhile."""
        return await self._write(
            lambda writer, now: sessions.begin_session(writer, user, now, label, place=place, before=before)
        )

    async def has_administrator(self) -> bool:
        """Whether the house has somebody who may change users all over it."""
        return await self._read(lambda reader, _now: users.has_administrator(reader))

    async def make_first_administrator(self, name: str, password: str, label: str, place: str) -> str:
        """Make the first administrator, and sign him in; returns the session's secret."""
        kept = await self.hashing.hash(password)
        return await self._write(
            lambda writer, now: proofs.make_first_administrator(writer, name, kept, now, label, place)
        )

    async def end_session(self, session: str) -> None:
        """End the session of a device that signs out; an unknown one is ended already."""
        await self._write(lambda writer, now: sessions.end_session(writer, session, now))

    # ------------------------------------------------------------ one's own

    async def sessions_of(self, user: str, current: str) -> Sequence[Session]:
        """The sessions of a user; `current` is the secret of the one that asks."""
        return await self._read(lambda reader, now: sessions.sessions_of(reader, user, now, current))

    async def end_one(self, user: str, session: str, by: str) -> bool:
        """End one of a user's sessions by its id; returns whether there was one."""
        return await self._write(lambda writer, now: sessions.end_one(writer, user, session, now, by))

    async def end_all(self, user: str, by: str) -> int:
        """End all sessions of a user; returns how many."""
        return await self._write(lambda writer, now: sessions.end_all(writer, user, now, by))

    async def tokens_of(self, user: str) -> Sequence[Token]:
        """The access tokens of a user."""
        return await self._read(lambda reader, now: tokens.tokens_of(reader, user, now))

    async def make_token(self, user: str, name: str, scopes: Collection[str], days: int, by: str) -> tuple[str, str]:
        """Make an access token; returns its id, and the token, which is shown this once."""
        return await self._write(lambda writer, now: tokens.make_token(writer, user, name, scopes, days, now, by))

    async def drop_token(self, user: str, token: str, by: str) -> bool:
        """End one of a user's tokens by its id; returns whether there was one."""
        return await self._write(lambda writer, now: tokens.drop_token(writer, user, token, now, by))

    async def set_password(self, user: str, password: str, by: str, current: str) -> int:
        """Set a password; every session but `current` ends. Returns how many ended."""
        kept = await self.hashing.hash(password)
        return await self._write(lambda writer, now: proofs.set_password(writer, user, kept, now, by, current))

    async def set_pin(self, user: str, pin: str, by: str) -> None:
        """Set a PIN."""
        kept = await self.hashing.hash(pin)
        await self._write(lambda writer, now: proofs.set_pin(writer, user, kept, now, by))

    # ------------------------------------------------------------ users and screens

    async def users(self, kind: UserKind = "person") -> Sequence[User]:
        """All users of a kind, by name."""
        return await self._read(lambda reader, now: users.list_users(reader, now, kind))

    async def create_user(
        self, name: str, role: Role, grids: Collection[str], by: str, kind: UserKind = "person", person: str = ""
    ) -> str:
        """Add a user or screen without a way in, or the account of one of the staff; returns its id."""
        return await self._write(
            lambda writer, now: users.create_user(writer, name, role, grids, now, by, kind, person)
        )

    async def change_user(self, user: str, role: Role, grids: Collection[str], by: str, *, closed: bool) -> None:
        """Change what a user may, or close his account."""
        await self._write(lambda writer, now: users.change_user(writer, user, role, grids, now, by, closed=closed))

    async def drop_user(self, user: str, by: str) -> None:
        """Remove a user with all that lets him in."""
        await self._write(lambda writer, now: users.drop_user(writer, user, now, by))

    async def issue_code(self, user: str, purpose: Purpose, by: str) -> Code:
        """A one-time code for one purpose."""
        return await self._write(lambda writer, now: sessions.issue_code(writer, user, purpose, now, by))

    async def lose_phone(self, user: str, by: str, reason: str) -> tuple[int, int]:
        """End whatever a lost phone could hold; returns how many sessions and tokens."""
        return await self._write(lambda writer, now: users.lose_phone(writer, user, now, by, reason))

    # ------------------------------------------------------------ accounts of the staff

    async def of_people(self) -> Mapping[str, str]:
        """The name of the account of each of the staff who has or had one; see `ties.accounts_of_people`."""
        return await self._read(lambda reader, _now: ties.accounts_of_people(reader))

    async def holder_of(self, person: str, name: str) -> str:
        """Who of the staff beside `person` has the account of that name, or waits for it; "" for nobody."""
        return await self._read(lambda reader, _now: ties.holder_of(reader, person, name))

    async def tie(self, person: str, name: str, by: str) -> None:
        """Make the account of that name that of one of the staff, or the one that will be made under it; "" for none."""
        await self._write(lambda writer, now: ties.tie_named(writer, person, name, now, by))

    # ------------------------------------------------------------ the two threads

    async def _seen(
        self,
        secret: str,
        look_up: Callable[[sqlite3.Connection, str, Now], Found | None],
        see: Callable[[sqlite3.Connection, str, Now], None],
    ) -> Actor | None:
        found = await self._read(lambda reader, now: look_up(reader, secret, now))
        if found is None:
            return None
        if found.unseen:
            self._write_later(lambda writer, now: see(writer, secret, now))
        return found.actor

    async def _read(self, question: Callable[[sqlite3.Connection, Now], _Found]) -> _Found:
        return await self._on(self._reading, question, self._reader)

    async def _write(self, change: Callable[[sqlite3.Connection, Now], _Found]) -> _Found:
        return await self._on(self._writing, change, self._writer)

    async def _on(
        self,
        thread: ThreadPoolExecutor,
        work: Callable[[sqlite3.Connection, Now], _Found],
        connection: sqlite3.Connection,
    ) -> _Found:
        try:
            return await asyncio.wrap_future(thread.submit(work, connection, self._clock()))
        except sqlite3.Error as error:
            raise AccountsDown(str(error)) from error

    def _write_later(self, change: Callable[[sqlite3.Connection, Now], None]) -> None:
        now, writer = self._clock(), self._writer

        def write() -> None:
            with suppress(sqlite3.Error):  # the next use tries again
                change(writer, now)

        self._writing.submit(write)
