"""Who may use the house: users, their access tokens, one-time codes and browser sessions.

Plain functions on a connection, each one short transaction: `gridpost users` works on the file of a running gateway, and
SQLite's lock keeps the two apart. Only SHA-256 of a secret is stored. A slow hash protects secrets that people choose;
these are 256 random bits, which nobody can guess however fast he tries. Every change is a log row of kind "user", without
secrets. `now.utc` decides about expiry: a clock that jumps ends sessions early or late, it never opens a door.
"""

from __future__ import annotations

import hashlib
import json
import secrets
from contextlib import contextmanager
from typing import TYPE_CHECKING

from gateway.actor import Actor, Role
from gateway.keep.folder import open_folder
from gateway.keep.schema import JOURNAL_NAME, VERSION, connect, disk_source, migrate, version_of
from gateway.keep.writing import compact, log_row

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from gateway.model import Now

CODE_SECONDS = 600.0
"""How long a one-time sign-in code is good: time to walk to the other device."""

SESSION_SECONDS = 30 * 86_400.0
"""How long a browser stays signed in."""

TOKEN_SECONDS = 365 * 86_400.0
"""How long a new user's access token is good."""

_SECRET_BYTES = 32
_ACTOR = "SELECT users.id, users.name, users.role, users.grids FROM users"


class UserError(Exception):
    """A change of users that cannot be made, as a sentence."""


def open_users(folder: Path) -> sqlite3.Connection:
    """A connection to the journal in a data folder, whether or not a gateway runs on it. The caller closes it.

    Raises FolderError, NewerJournal, or sqlite3.Error where the file cannot be used.
    """
    path = folder / JOURNAL_NAME
    connection = connect(disk_source(path)) if path.exists() else None
    if connection is not None and version_of(connection) == VERSION:
        return connection
    if connection is not None:
        connection.close()
    with open_folder(folder):  # nobody runs on it: we may make or migrate it
        connection = connect(disk_source(path))
        try:
            path.chmod(0o600)
            migrate(connection, path)
        except BaseException:
            connection.close()
            raise
    return connection


def add_user(connection: sqlite3.Connection, name: str, role: Role, grids: Iterable[str], now: Now, by: str) -> str:
    """Add a user; return the access token, which is shown once and never again. `by` is who adds, for the audit.

    Raises `UserError` when the name is taken or empty.
    """
    name = name.strip()
    if not name:
        raise UserError("A user needs a name.")
    token = secrets.token_urlsafe(_SECRET_BYTES)
    user = f"u-{secrets.token_hex(4)}"
    grids = sorted(set(grids))
    with _transaction(connection):
        if connection.execute("SELECT 1 FROM users WHERE name = ?", (name,)).fetchone():
            raise UserError(f"There is a user {name} already. Remove that one first or choose another name.")
        row = (user, name, role.value, compact(grids), now.utc)
        connection.execute("INSERT INTO users(id, name, role, grids, created) VALUES (?, ?, ?, ?, ?)", row)
        held = (_hash(token), f"t{user[1:]}", user, "first", "[]", now.utc, now.utc + TOKEN_SECONDS)
        connection.execute(
            "INSERT INTO tokens(hash, id, user, name, scopes, created, expires) VALUES (?, ?, ?, ?, ?, ?, ?)", held
        )
        log_row(
            connection, now, "user", name, {"change": "added", "id": user, "role": role.value, "grids": grids, "by": by}
        )
    return token


def remove_user(connection: sqlite3.Connection, name: str, now: Now, by: str) -> None:
    """Remove a user with all that lets him in. Raises `UserError` when there is none of that name."""
    with _transaction(connection):
        user = _id_of(connection, name)
        connection.execute("DELETE FROM users WHERE id = ?", (user,))
        connection.execute("DELETE FROM codes WHERE user = ?", (user,))
        connection.execute("DELETE FROM sessions WHERE user = ?", (user,))
        connection.execute("DELETE FROM tokens WHERE user = ?", (user,))
        log_row(connection, now, "user", name, {"change": "removed", "id": user, "by": by})


def list_users(connection: sqlite3.Connection) -> list[Actor]:
    """All users, by name."""
    return [_actor(row, "token") for row in connection.execute(f"{_ACTOR} ORDER BY name")]


def make_code(connection: sqlite3.Connection, name: str, now: Now, by: str) -> str:
    """A code that signs the user in once within `CODE_SECONDS`. Raises `UserError` when there is none of that name."""
    code = secrets.token_urlsafe(_SECRET_BYTES)
    with _transaction(connection):
        user = _id_of(connection, name)
        connection.execute("DELETE FROM codes WHERE expires < ?", (now.utc,))
        connection.execute("INSERT INTO codes VALUES (?, ?, 'sign_in', ?, 0)", (_hash(code), user, now.utc + CODE_SECONDS))
        log_row(connection, now, "user", name, {"change": "code made", "id": user, "by": by})
    return code


def redeem(connection: sqlite3.Connection, code: str, now: Now) -> str | None:
    """Turn a one-time code into a session; None for a wrong, old or used one."""
    session = secrets.token_urlsafe(_SECRET_BYTES)
    with _transaction(connection):
        found = connection.execute(
            "UPDATE codes SET used = 1 WHERE hash = ? AND NOT used AND expires >= ? RETURNING user",
            (_hash(code), now.utc),
        ).fetchone()
        actor = found and connection.execute(f"{_ACTOR} WHERE id = ?", found).fetchone()
        if not actor:
            return None
        connection.execute("DELETE FROM sessions WHERE expires < ?", (now.utc,))
        row = (_hash(session), f"s-{secrets.token_hex(4)}", actor[0], "browser", "", now.utc, now.utc)
        connection.execute("INSERT INTO sessions VALUES (?, ?, ?, ?, ?, ?, ?, ?)", (*row, now.utc + SESSION_SECONDS))
        log_row(connection, now, "user", actor[1], {"change": "signed in", "id": actor[0]})
    return session


def end_session(connection: sqlite3.Connection, session: str, now: Now) -> None:
    """End a session; an unknown one is ended already."""
    with _transaction(connection):
        found = connection.execute("DELETE FROM sessions WHERE hash = ? RETURNING user", (_hash(session),)).fetchone()
        actor = found and connection.execute(f"{_ACTOR} WHERE id = ?", found).fetchone()
        if actor:
            log_row(connection, now, "user", actor[1], {"change": "signed out", "id": actor[0]})


def user_by_token(connection: sqlite3.Connection, token: str, now: Now) -> Actor | None:
    """Whose access token it is; None for nobody's or an expired one."""
    query = f"{_ACTOR} JOIN tokens ON tokens.user = users.id WHERE tokens.hash = ? AND tokens.expires >= ?"
    row = connection.execute(query, (_hash(token), now.utc)).fetchone()
    return row and _actor(row, "token")


def user_by_session(connection: sqlite3.Connection, session: str, now: Now) -> Actor | None:
    """Whose session it is; None for nobody's or an ended one."""
    query = f"{_ACTOR} JOIN sessions ON sessions.user = users.id WHERE sessions.hash = ? AND sessions.expires >= ?"
    row = connection.execute(query, (_hash(session), now.utc)).fetchone()
    return row and _actor(row, "session")


def _hash(secret: str) -> str:
    return hashlib.sha256(secret.encode("utf-8", "replace")).hexdigest()


def _id_of(connection: sqlite3.Connection, name: str) -> str:
    found = connection.execute("SELECT id FROM users WHERE name = ?", (name,)).fetchone()
    if found is None:
        raise UserError(f"There is no user {name}.")
    return str(found[0])


def _actor(row: tuple[str, str, str, str], way: str) -> Actor:
    user, name, role, grids = row
    return Actor(user, name, Role(role), frozenset(json.loads(grids)), way)


@contextmanager
def _transaction(connection: sqlite3.Connection) -> Iterator[None]:
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield
    except BaseException:
        connection.execute("ROLLBACK")
        raise
    connection.execute("COMMIT")
