"""Access tokens of the API: named, limited to scopes, and good for a year at most."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

from gateway.keep.accounts.credentials import actor_of, digest_of, new_id, new_secret, record, transaction
from gateway.keep.accounts.sessions import SEEN_EVERY_SECONDS, Found
from gateway.keep.accounts.ties import PERSON_OF
from gateway.keep.writing import compact

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterable

    from gateway.model import Now

DAY_SECONDS = 86_400.0
LONGEST_DAYS = 365
"""How long a token may be good, and how long the first one of a new user is."""


@dataclass(frozen=True, slots=True)
class Token:
    """A token as its user sees it in a list. `scopes` empty: all that the role may. `seen_utc` 0: never used."""

    id: str
    name: str
    scopes: tuple[str, ...]
    created_utc: float
    until_utc: float
    seen_utc: float


def make_token(
    connection: sqlite3.Connection, user: str, name: str, scopes: Iterable[str], days: int, now: Now, by: str
) -> tuple[str, str]:
    """Make a token; returns its id, and the token itself, which is shown once and never again.

    Raises `UserError` when there is no such user.
    """
    with transaction(connection):
        return insert_token(connection, user, name, scopes, days, now, by)


def insert_token(
    connection: sqlite3.Connection, user: str, name: str, scopes: Iterable[str], days: int, now: Now, by: str
) -> tuple[str, str]:
    """`make_token` inside the caller's transaction."""
    token, token_id, several = new_secret(), new_id("t"), sorted(set(scopes))
    until = now.utc + min(days, LONGEST_DAYS) * DAY_SECONDS
    row = (digest_of(token), token_id, user, name, compact(several), now.utc, until)
    connection.execute(
        "INSERT INTO tokens(hash, id, user, name, scopes, created, expires) VALUES (?, ?, ?, ?, ?, ?, ?)", row
    )
    record(connection, now, user, "token made", token=token_id, scopes=several, until=until, by=by)
    return token_id, token


def user_by_token(connection: sqlite3.Connection, token: str, now: Now) -> Found | None:
    """Whose access token it is; None for nobody's, an expired one, and one of a closed account."""
    query = (
        f"SELECT users.id, users.name, users.role, users.grids, {PERSON_OF}, tokens.scopes, tokens.seen"  # noqa: S608 - words of ours
        " FROM tokens JOIN users ON tokens.user = users.id WHERE tokens.hash = ? AND tokens.expires >= ? AND NOT users.closed"
    )
    row = connection.execute(query, (digest_of(token), now.utc)).fetchone()
    if row is None:
        return None
    *user, scopes, seen = row
    return Found(actor_of(user, "token", scopes), now.utc - seen >= SEEN_EVERY_SECONDS)


def see_token(connection: sqlite3.Connection, token: str, now: Now) -> None:
    """Write down that a token was used."""
    connection.execute("UPDATE tokens SET seen = ? WHERE hash = ?", (now.utc, digest_of(token)))


def tokens_of(connection: sqlite3.Connection, user: str, now: Now) -> list[Token]:
    """The tokens of a user that are still good, the newest first."""
    query = (
        "SELECT id, name, scopes, created, expires, seen FROM tokens WHERE user = ? AND expires >= ?"
        " ORDER BY created DESC, id"
    )
    return [
        Token(token, name, tuple(json.loads(scopes)), created, until, seen)
        for token, name, scopes, created, until, seen in connection.execute(query, (user, now.utc))
    ]


def drop_token(connection: sqlite3.Connection, user: str, token: str, now: Now, by: str) -> bool:
    """End one of a user's tokens by its id; returns whether there was one."""
    with transaction(connection):
        ended = connection.execute("DELETE FROM tokens WHERE user = ? AND id = ?", (user, token)).rowcount
        if ended:
            record(connection, now, user, "token ended", token=token, by=by)
    return bool(ended)
