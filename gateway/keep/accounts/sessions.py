"""One-time codes, and the sessions that they or a password are turned into.

`now.utc` decides about expiry: a clock that jumps ends sessions early or late, it never opens a door.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, NamedTuple, TypeAlias

from gateway.keep.accounts.credentials import (
    UserError,
    actor_of,
    digest_of,
    id_of,
    new_id,
    new_secret,
    record,
    transaction,
)
from gateway.keep.accounts.ties import PERSON_OF

if TYPE_CHECKING:
    import sqlite3

    from gateway.actor import Actor
    from gateway.model import Now

Purpose: TypeAlias = Literal["sign_in", "invite", "phone", "screen"]
"""What a code is for. An "invite" ends the password that there was: whoever opens it chooses a new one."""

SessionKind: TypeAlias = Literal["browser", "phone", "screen"]

CODE_SECONDS = 600.0
"""How long a sign-in code, or one that binds a phone, is good: time to walk to the other device."""

CODE_LIFE_SECONDS: dict[Purpose, float] = {
    "sign_in": CODE_SECONDS,
    "phone": CODE_SECONDS,
    "screen": 86_400.0,
    "invite": 3 * 86_400.0,
}
"""How long a code of each purpose is good: an invitation over a weekend, a screen until somebody hung it up."""

SESSION_SECONDS = 30 * 86_400.0
"""How long a browser stays signed in."""

_NEVER = 1e11
"""The end of a screen's session, in seconds since 1970: the year 5138."""

LIFE_SECONDS: dict[SessionKind, float | None] = {"browser": SESSION_SECONDS, "phone": 90 * 86_400.0, "screen": None}
"""How long a session of each kind lives; None: until somebody ends it."""

SEEN_EVERY_SECONDS = 600.0
"""How finely it is known when a session or token was last used: each use would be a write to the disk."""

_BEGUN: dict[str, SessionKind] = {"sign_in": "browser", "invite": "browser", "phone": "phone", "screen": "screen"}
_WAYS = {"browser": "session", "phone": "phone", "screen": "screen"}


class Code(NamedTuple):
    """A one-time code and until when it is good, in seconds since 1970."""

    secret: str
    until_utc: float


@dataclass(frozen=True, slots=True)
class SignedIn:
    """A session that was just begun; `secret` is shown to its device alone."""

    secret: str
    user: str
    kind: SessionKind


@dataclass(frozen=True, slots=True)
class Session:
    """A session as its user sees it in a list; `until_utc` None: it does not end by itself."""

    id: str
    kind: str
    label: str
    created_utc: float
    seen_utc: float
    until_utc: float | None
    current: bool


class Found(NamedTuple):
    """Who shows a credential, and whether its last use is so long ago that this one is to be written down."""

    actor: Actor
    unseen: bool


def make_code(connection: sqlite3.Connection, name: str, now: Now, by: str) -> str:
    """A code that signs a user in once within `CODE_SECONDS`, or makes a device a duty screen.

    Raises `UserError` when there is nobody of that name.
    """
    user = id_of(connection, name)
    (kind,) = connection.execute("SELECT kind FROM users WHERE id = ?", (user,)).fetchone()
    return issue_code(connection, user, "screen" if kind == "screen" else "sign_in", now, by).secret


def issue_code(connection: sqlite3.Connection, user: str, purpose: Purpose, now: Now, by: str) -> Code:
    """A one-time code for one purpose; an older one for the same purpose is void.

    Raises `UserError` when there is no such user or his account is closed.
    """
    code = Code(new_secret(), now.utc + CODE_LIFE_SECONDS[purpose])
    with transaction(connection):
        closed = connection.execute("SELECT closed FROM users WHERE id = ?", (user,)).fetchone()
        if closed and closed[0]:
            raise UserError("user_closed", "This account is closed. Open it first.")
        connection.execute("DELETE FROM codes WHERE expires < ?", (now.utc,))
        if purpose != "sign_in":  # from a terminal several links may be made for one user, one for each device
            connection.execute("DELETE FROM codes WHERE user = ? AND kind = ?", (user, purpose))
        row = (digest_of(code.secret), user, purpose, code.until_utc)
        connection.execute("INSERT INTO codes VALUES (?, ?, ?, ?, 0)", row)
        record(connection, now, user, "code made", purpose=purpose, by=by)
    return code


def redeem(
    connection: sqlite3.Connection, code: str, now: Now, label: str = "", *, place: str = "", before: str = ""
) -> SignedIn | None:
    """Turn a one-time code into a session; None for a wrong, old or used one, and for one of a closed account.

    `label` names the device for its user, `place` says for the log where it is. `before` is the session that the same device
    had until now: it ends.
    """
    with transaction(connection):
        found = connection.execute(
            "UPDATE codes SET used = 1 WHERE hash = ? AND NOT used AND expires >= ? RETURNING user, kind, expires",
            (digest_of(code), now.utc),
        ).fetchone()
        if not found or not _open(connection, found[0]):
            return None
        user, purpose, expires = found
        if expires > now.utc + 2 * CODE_LIFE_SECONDS[purpose]:  # the clock was years ahead, and the code good for years
            return None
        if purpose == "invite":
            connection.execute("UPDATE users SET password = '' WHERE id = ?", (user,))
        return _begin(connection, user, _BEGUN[purpose], label, place, before, now)


def begin_session(
    connection: sqlite3.Connection, user: str, now: Now, label: str, *, place: str = "", before: str = ""
) -> SignedIn | None:
    """A browser's session for whoever proved by his password who he is; None where his account was closed meanwhile."""
    with transaction(connection):
        return _begin(connection, user, "browser", label, place, before, now) if _open(connection, user) else None


def begin_in(connection: sqlite3.Connection, user: str, now: Now, label: str, place: str) -> SignedIn:
    """A browser's session inside the caller's transaction."""
    return _begin(connection, user, "browser", label, place, "", now)


def user_by_session(connection: sqlite3.Connection, session: str, now: Now) -> Found | None:
    """Whose session it is; None for nobody's or an ended one."""
    query = (
        f"SELECT users.id, users.name, users.role, users.grids, {PERSON_OF}, sessions.kind, sessions.seen"  # noqa: S608 - words of ours
        " FROM sessions JOIN users ON sessions.user = users.id"
        " WHERE sessions.hash = ? AND sessions.expires >= ? AND NOT users.closed"
    )
    row = connection.execute(query, (digest_of(session), now.utc)).fetchone()
    if row is None:
        return None
    *user, kind, seen = row
    return Found(actor_of(user, _WAYS[kind]), now.utc - seen >= SEEN_EVERY_SECONDS)


def see_session(connection: sqlite3.Connection, session: str, now: Now) -> None:
    """Write down that a session was used."""
    connection.execute("UPDATE sessions SET seen = ? WHERE hash = ?", (now.utc, digest_of(session)))


def sessions_of(connection: sqlite3.Connection, user: str, now: Now, current: str = "") -> list[Session]:
    """The sessions of a user that go on, the latest used first; `current` is the secret of the one that asks."""
    query = (
        "SELECT id, kind, label, created, seen, expires, hash = ? FROM sessions WHERE user = ? AND expires >= ?"
        " ORDER BY seen DESC, created DESC"
    )
    rows = connection.execute(query, (digest_of(current), user, now.utc))
    return [
        Session(id_, kind, label, created, seen, None if expires >= _NEVER else expires, bool(this))
        for id_, kind, label, created, seen, expires, this in rows
    ]


def end_session(connection: sqlite3.Connection, session: str, now: Now) -> None:
    """End the session of a device that signs out; an unknown one is ended already."""
    with transaction(connection):
        found = connection.execute(
            "DELETE FROM sessions WHERE hash = ? RETURNING user", (digest_of(session),)
        ).fetchone()
        if found:
            record(connection, now, found[0], "signed out")


def end_one(connection: sqlite3.Connection, user: str, session: str, now: Now, by: str) -> bool:
    """End one of a user's sessions by its id; returns whether there was one."""
    with transaction(connection):
        ended = connection.execute("DELETE FROM sessions WHERE user = ? AND id = ?", (user, session)).rowcount
        if ended:
            record(connection, now, user, "session ended", session=session, by=by)
    return bool(ended)


def end_all(connection: sqlite3.Connection, user: str, now: Now, by: str) -> int:
    """End all sessions of a user; returns how many there were. Raises `UserError` when there is no such user."""
    with transaction(connection):
        ended = connection.execute("DELETE FROM sessions WHERE user = ?", (user,)).rowcount
        record(connection, now, user, "sessions ended", sessions=ended, by=by)
    return ended


def _open(connection: sqlite3.Connection, user: str) -> bool:
    return connection.execute("SELECT 1 FROM users WHERE id = ? AND NOT closed", (user,)).fetchone() is not None


def _begin(
    connection: sqlite3.Connection, user: str, kind: SessionKind, label: str, place: str, before: str, now: Now
) -> SignedIn:
    connection.execute("DELETE FROM sessions WHERE expires < ? OR hash = ?", (now.utc, digest_of(before)))
    secret, life = new_secret(), LIFE_SECONDS[kind]
    until = _NEVER if life is None else now.utc + life
    row = (digest_of(secret), new_id("s"), user, kind, label[:80], now.utc, now.utc, until)
    connection.execute("INSERT INTO sessions VALUES (?, ?, ?, ?, ?, ?, ?, ?)", row)
    record(connection, now, user, "signed in", kind=kind, place=place)
    return SignedIn(secret, user, kind)
