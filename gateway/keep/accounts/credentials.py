"""What lets somebody in, as the journal holds it: digests of secrets, never a secret.

A slow hash protects secrets that people choose (`passwords.py`). Tokens, codes and sessions are 256 random bits,
which nobody can guess however fast he tries: their digest is a plain SHA-256.
"""

from __future__ import annotations

import hashlib
import json
import secrets
from contextlib import contextmanager
from typing import TYPE_CHECKING

from gateway.actor import Actor, Role
from gateway.keep.writing import log_row

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterable, Iterator

    from drivers.contract import Json
    from gateway.model import Now

KIND = "user"
"""The kind of the log rows about accounts; their subject is the user's name, their body holds no secret."""

_SECRET_BYTES = 32


class UserError(Exception):
    """A change of accounts that cannot be made, as a sentence; `code` names it for programs."""

    def __init__(self, code: str, sentence: str) -> None:
        super().__init__(sentence)
        self.code = code


class AccountsDown(Exception):
    """The disk does not answer: what was asked is not known, what was to be changed may not be recorded."""


def new_secret() -> str:
    """A secret of 256 random bits that fits into a link."""
    return secrets.token_urlsafe(_SECRET_BYTES)


def new_id(letter: str) -> str:
    """An id for a row, such as "u-1f2e3d4c"."""
    return f"{letter}-{secrets.token_hex(4)}"


def digest_of(secret: str) -> str:
    """What is kept of a random secret."""
    return hashlib.sha256(secret.encode("utf-8", "replace")).hexdigest()


def actor_of(row: Iterable[str], way: str, scopes: str = "[]") -> Actor:
    """An actor from the columns id, name, role and grids of a user, which of the staff he is, and the scopes of a token."""
    user, name, role, grids, person = row
    allowed = frozenset(json.loads(scopes))
    return Actor(user, name, Role(role), frozenset(json.loads(grids)), way, allowed, person=person)


def name_of(connection: sqlite3.Connection, user: str) -> str:
    """What a user is called. Raises `UserError` where there is none of that id."""
    found = connection.execute("SELECT name FROM users WHERE id = ?", (user,)).fetchone()
    if found is None:
        raise UserError("user_unknown", f"There is no user {user}.")
    return str(found[0])


def id_of(connection: sqlite3.Connection, name: str) -> str:
    """The id of the user of that name. Raises `UserError` where there is none."""
    found = connection.execute("SELECT id FROM users WHERE name = ?", (name,)).fetchone()
    if found is None:
        raise UserError("user_unknown", f"There is no user {name}.")
    return str(found[0])


def record(connection: sqlite3.Connection, now: Now, user: str, change: str, **body: Json) -> None:
    """Write into the log what changed about a user, inside the caller's transaction."""
    log_row(connection, now, KIND, name_of(connection, user), {"change": change, "id": user, **body})


@contextmanager
def transaction(connection: sqlite3.Connection) -> Iterator[None]:
    """One short transaction that writes: all of it or nothing."""
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield
    except BaseException:
        connection.execute("ROLLBACK")
        raise
    connection.execute("COMMIT")
