"""What a user proves himself with: the hashes of his password and PIN (made in `passwords.py`), and wrong ones recorded."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, NamedTuple, TypeAlias

from gateway.actor import Role
from gateway.keep.accounts.credentials import KIND, UserError, actor_of, digest_of, record, transaction
from gateway.keep.accounts.sessions import begin_in
from gateway.keep.accounts.ties import PERSON_OF
from gateway.keep.accounts.users import has_administrator, insert_user
from gateway.keep.writing import log_row

if TYPE_CHECKING:
    import sqlite3

    from gateway.actor import Actor
    from gateway.model import Now

Proof: TypeAlias = Literal["password", "pin"]

_HELD = {
    "password": "SELECT id, password FROM users WHERE name = ? AND kind = 'person' AND NOT closed",
    "pin": "SELECT id, pin FROM users WHERE name = ? AND kind = 'person' AND NOT closed",
}
_KEEP = {"password": "UPDATE users SET password = ? WHERE id = ?", "pin": "UPDATE users SET pin = ? WHERE id = ?"}
_STRENGTHEN = {
    "password": "UPDATE users SET password = ? WHERE id = ? AND password = ?",
    "pin": "UPDATE users SET pin = ? WHERE id = ? AND pin = ?",
}


class Held(NamedTuple):
    """Whose proof it is and the hash that is kept of it: both "" for nobody, the hash "" where none was set."""

    user: str
    kept: str


def held_by_name(connection: sqlite3.Connection, name: str, proof: Proof) -> Held:
    """The proof of the user of that name, whose account is open."""
    row = connection.execute(_HELD[proof], (name,)).fetchone()
    return Held("", "") if row is None else Held(*row)


def held_by_id(connection: sqlite3.Connection, user: str, proof: Proof) -> str:
    """The hash of a user's own proof, "" where he has none."""
    row = connection.execute("SELECT password, pin FROM users WHERE id = ?", (user,)).fetchone()
    return "" if row is None else str(row[proof == "pin"])


def person_named(connection: sqlite3.Connection, name: str, way: str) -> Actor | None:
    """The open account of that name as an actor; None for nobody."""
    query = f"SELECT id, name, role, grids, {PERSON_OF} FROM users WHERE name = ? AND kind = 'person' AND NOT closed"  # noqa: S608 - words of ours
    row = connection.execute(query, (name,)).fetchone()
    return None if row is None else actor_of(row, way)


def set_password(connection: sqlite3.Connection, user: str, kept: str, now: Now, by: str, current: str = "") -> int:
    """Keep a new password's hash; every session but the one whose secret is `current` ends. Returns how many ended.

    Raises `UserError` when there is no such user.
    """
    with transaction(connection):
        connection.execute(_KEEP["password"], (kept, user))
        gone = connection.execute("DELETE FROM sessions WHERE user = ? AND hash <> ?", (user, digest_of(current)))
        connection.execute("DELETE FROM codes WHERE user = ?", (user,))
        record(connection, now, user, "password set", sessions=gone.rowcount, by=by)
    return gone.rowcount


def set_pin(connection: sqlite3.Connection, user: str, kept: str, now: Now, by: str) -> None:
    """Keep a new PIN's hash. Raises `UserError` when there is no such user."""
    with transaction(connection):
        connection.execute(_KEEP["pin"], (kept, user))
        record(connection, now, user, "PIN set", by=by)


def strengthen(connection: sqlite3.Connection, user: str, proof: Proof, before: str, kept: str) -> None:
    """Replace a hash by one of the same secret at the cost that is usual now, unless it was changed meanwhile."""
    connection.execute(_STRENGTHEN[proof], (kept, user, before))


def make_first_administrator(
    connection: sqlite3.Connection, name: str, kept: str, now: Now, label: str, place: str
) -> str:
    """Make the first administrator of a house, by the set-up code, and sign him in; returns his session's secret.

    Raises `UserError` when there is an administrator already, and when the name is taken or empty.
    """
    with transaction(connection):
        if has_administrator(connection):
            raise UserError("administrator_there", "This house has an administrator already.")
        user = insert_user(connection, name, Role.ADMINISTRATOR, (), now, "set-up")
        connection.execute(_KEEP["password"], (kept, user))
        return begin_in(connection, user, now, label, place).secret


def record_wrong(connection: sqlite3.Connection, user: str, proof: str, count: int, place: str, now: Now) -> None:
    """Write down that so many wrong credentials were shown for a user, or (user "") for nobody whom the house knows."""
    with transaction(connection):
        found = connection.execute("SELECT name FROM users WHERE id = ?", (user,)).fetchone()
        body = {"change": "refused", "id": user, "proof": proof, "count": count, "place": place}
        log_row(connection, now, KIND, found[0] if found else "", body)
