"""Who may use the house: people, and the duty screens that hang on its walls.

Plain functions on a connection, each one short transaction: `gridpost users` works on the file of a running gateway, and
SQLite's lock keeps the two apart. Every change is a log row of kind "user". A house that has an administrator keeps one.
What lets them in stands beside this file: `sessions.py`, `tokens.py` and `proofs.py`.
"""

from __future__ import annotations

import json
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, TypeAlias

from gateway.actor import Role
from gateway.keep.accounts.credentials import UserError, id_of, new_id, record, transaction
from gateway.keep.accounts.names import check_name
from gateway.keep.accounts.ties import PERSON_OF, settle, tie_new
from gateway.keep.accounts.tokens import LONGEST_DAYS, insert_token
from gateway.keep.folder import open_folder
from gateway.keep.schema import JOURNAL_NAME, VERSION, connect, disk_source, migrate, version_of
from gateway.keep.writing import compact

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from gateway.model import Now

UserKind: TypeAlias = Literal["person", "screen"]

_LISTED = f"""
    SELECT id, name, role, grids, {PERSON_OF}, closed, created, password <> '', pin <> '',
        (SELECT count(*) FROM sessions WHERE sessions.user = users.id AND sessions.expires >= :utc),
        (SELECT count(*) FROM tokens WHERE tokens.user = users.id AND tokens.expires >= :utc),
        (SELECT max(seen) FROM sessions WHERE sessions.user = users.id)
    FROM users WHERE kind = :kind ORDER BY name
"""  # noqa: S608 - words of ours


@dataclass(frozen=True, slots=True)
class User:
    """A user as administrators see him: what he may, and how many ways in he has. No secret, and no digest of one.

    `grids` empty: all. `person`: which of the staff he is, by id, "" for none. `seen_utc`: when one of his sessions was last
    used, None where he has none.
    """

    id: str
    name: str
    role: Role
    grids: frozenset[str]
    person: str
    closed: bool
    created_utc: float
    password_set: bool
    pin_set: bool
    sessions: int
    tokens: int
    seen_utc: float | None


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
    """Add a user with an access token that may all that his role may; returns the token, shown once and never again.

    `by` is who adds, for the audit. Raises `UserError` when the name cannot be (`names.py`).
    """
    with transaction(connection):
        user = insert_user(connection, name, role, grids, now, by)
        return insert_token(connection, user, "first", (), LONGEST_DAYS, now, by)[1]


def create_user(
    connection: sqlite3.Connection,
    name: str,
    role: Role,
    grids: Iterable[str],
    now: Now,
    by: str,
    kind: UserKind = "person",
    person: str = "",
) -> str:
    """Add a user or screen that has no way in yet, or the account of one of the staff; returns its id.

    Raises `UserError` when the name cannot be (`names.py`), and when that `person` has an account.
    """
    with transaction(connection):
        user = insert_user(connection, name, role, grids, now, by, kind)
        if person:
            tie_new(connection, person, user, now, by)
        return user


def insert_user(
    connection: sqlite3.Connection,
    name: str,
    role: Role,
    grids: Iterable[str],
    now: Now,
    by: str,
    kind: UserKind = "person",
) -> str:
    """`create_user` inside the caller's transaction."""
    name, user, bound = name.strip(), new_id("u"), sorted(set(grids))
    check_name(connection, name)
    row = (user, name, role.value, compact(bound), kind, now.utc)
    connection.execute("INSERT INTO users(id, name, role, grids, kind, created) VALUES (?, ?, ?, ?, ?, ?)", row)
    record(connection, now, user, "added", role=role.value, grids=bound, by=by)
    return user


def change_user(
    connection: sqlite3.Connection, user: str, role: Role, grids: Iterable[str], now: Now, by: str, *, closed: bool
) -> None:
    """Change what a user may, or close his account: his sessions, tokens and codes end with it.

    Raises `UserError` when there is no such user, and when the house would be left without an administrator.
    """
    bound = sorted(set(grids))
    with _keeping_an_administrator(connection):
        connection.execute(
            "UPDATE users SET role = ?, grids = ?, closed = ? WHERE id = ?", (role.value, compact(bound), closed, user)
        )
        if closed:
            _end_ways_in(connection, user)
        record(connection, now, user, "changed", role=role.value, grids=bound, closed=closed, by=by)


def drop_user(connection: sqlite3.Connection, user: str, now: Now, by: str) -> None:
    """Remove a user with all that lets him in.

    Raises `UserError` when there is no such user, and when the house would be left without an administrator.
    """
    with _keeping_an_administrator(connection):
        record(connection, now, user, "removed", by=by)
        _end_ways_in(connection, user)
        settle(connection, user)
        connection.execute("DELETE FROM users WHERE id = ?", (user,))


def remove_user(connection: sqlite3.Connection, name: str, now: Now, by: str) -> None:
    """`drop_user` by the name, as it is typed at a terminal."""
    drop_user(connection, id_of(connection, name), now, by)


def lose_phone(connection: sqlite3.Connection, user: str, now: Now, by: str, reason: str) -> tuple[int, int]:
    """Whatever a lost phone could hold ends at once: sessions, tokens and open codes. Returns how many of the first two.

    Raises `UserError` when there is no such user.
    """
    with transaction(connection):
        sessions, tokens = _end_ways_in(connection, user)
        record(connection, now, user, "phone lost", sessions=sessions, tokens=tokens, reason=reason, by=by)
    return sessions, tokens


def list_users(connection: sqlite3.Connection, now: Now | None = None, kind: UserKind = "person") -> list[User]:
    """All users of a kind, by name; with `now` only the ways in that are still good are counted."""
    rows = connection.execute(_LISTED, {"kind": kind, "utc": 0.0 if now is None else now.utc})
    return [
        User(
            user,
            name,
            Role(role),
            frozenset(json.loads(grids)),
            person,
            bool(closed),
            created,
            bool(word),
            bool(pin),
            *counts,
        )
        for user, name, role, grids, person, closed, created, word, pin, *counts in rows
    ]


def has_administrator(connection: sqlite3.Connection) -> bool:
    """Whether somebody can sign in, or could if he were let in again by a link, who may change users all over the house."""
    query = "SELECT 1 FROM users WHERE role = ? AND grids = '[]' AND kind = 'person' AND NOT closed"
    return connection.execute(query, (Role.ADMINISTRATOR.value,)).fetchone() is not None


@contextmanager
def _keeping_an_administrator(connection: sqlite3.Connection) -> Iterator[None]:
    """One transaction, undone where it would take the house its last administrator."""
    with transaction(connection):
        had = has_administrator(connection)
        yield
        if had and not has_administrator(connection):
            raise UserError(
                "last_administrator", "This is the last administrator of the house. Make another one first."
            )


def _end_ways_in(connection: sqlite3.Connection, user: str) -> tuple[int, int]:
    connection.execute("DELETE FROM codes WHERE user = ?", (user,))
    sessions = connection.execute("DELETE FROM sessions WHERE user = ?", (user,)).rowcount
    return sessions, connection.execute("DELETE FROM tokens WHERE user = ?", (user,)).rowcount
