"""Which of the staff an account belongs to: told by the ids of both, and kept for longer than the account.

A person may be entered before his account is made, with the name that it will have. Whoever has that name is he, until an
account of that name is removed: then its id stands in the name's place, and whoever is called so later is somebody else.

A tie is a remembered row `account:<person>` that holds the user's id, "" where he has no account and waits for none. The
judgement does not read it: who asks is told by `Actor.person`.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from gateway.keep.accounts.credentials import UserError, record, transaction

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Mapping

    from gateway.model import Now

_TIED = "FROM remembered AS tie WHERE tie.key GLOB 'account:*'"
_PERSON = "substr(tie.key, 9)"

_WAITING = """
    FROM remembered AS waiting WHERE waiting.key GLOB 'people:person:*'
    AND CASE WHEN json_valid(waiting.value) THEN json_extract(waiting.value, '$.account') END = {}
    AND NOT EXISTS (SELECT 1 FROM remembered AS tie WHERE tie.key = 'account:' || substr(waiting.key, 15))
"""
_WHO_WAITS = "substr(waiting.key, 15)"

PERSON_OF = f"""coalesce(
    (SELECT {_PERSON} {_TIED} AND tie.value = '"' || users.id || '"'),
    (SELECT CASE count(*) WHEN 1 THEN min({_WHO_WAITS}) END {_WAITING.format("users.name")} AND users.kind = 'person'),
    ''
)"""
"""The id of the one of the staff whose account a row of `users` is, "" for nobody's, or where several wait for its name."""


def tie_new(connection: sqlite3.Connection, person: str, user: str, now: Now, by: str) -> None:
    """Make a new account that of one of the staff, inside the caller's transaction.

    Raises `UserError` where he has another one.
    """
    if _account_of(connection, person):
        raise UserError("person_taken", f"{person} has an account already.")
    _keep(connection, person, user)
    record(connection, now, user, "tied", person=person, by=by)


def tie_named(connection: sqlite3.Connection, person: str, name: str, now: Now, by: str) -> None:
    """Make the account of that name that of one of the staff, or the one that will be made under it; "" for none.

    Raises `UserError` where it is another person's.
    """
    with transaction(connection):
        if holder := holder_of(connection, person, name):
            raise UserError("account_taken", f"The account {name} is that of {holder}.")
        before, user = _account_of(connection, person), _user_named(connection, name)
        if before and before != user:
            record(connection, now, before, "untied", person=person, by=by)
        if user and before != user:
            record(connection, now, user, "tied", person=person, by=by)
        if name and not user:
            connection.execute("DELETE FROM remembered WHERE key = ?", (_key(person),))
        else:
            _keep(connection, person, user)


def holder_of(connection: sqlite3.Connection, person: str, name: str) -> str:
    """Who of the staff beside `person` has the account of that name, or waits for it; "" for nobody."""
    if not name:
        return ""
    query = f"SELECT {PERSON_OF} FROM users WHERE name = ?"  # noqa: S608 - words of ours
    found = connection.execute(query, (name,)).fetchone()
    if found is None:
        query = f"SELECT {_WHO_WAITS} {_WAITING.format('?')} AND {_WHO_WAITS} <> ?"
        found = connection.execute(query, (name, person)).fetchone()
    return "" if found is None or found[0] == person else str(found[0])


def accounts_of_people(connection: sqlite3.Connection) -> Mapping[str, str]:
    """The name of the account of each of the staff who has one, "" where his was removed; others may wait for theirs."""
    names = {json.dumps(user): name for user, name in connection.execute("SELECT id, name FROM users")}
    return {person: names.get(user, "") for person, user in connection.execute(f"SELECT {_PERSON}, tie.value {_TIED}")}


def settle(connection: sqlite3.Connection, user: str) -> None:
    """Before an account is removed, inside the caller's transaction: its name is nobody's any more."""
    query = f"SELECT {PERSON_OF} FROM users WHERE id = ?"  # noqa: S608 - words of ours
    for (person,) in connection.execute(query, (user,)).fetchall():
        if person:
            _keep(connection, person, user)


def _user_named(connection: sqlite3.Connection, name: str) -> str:
    found = connection.execute("SELECT id FROM users WHERE name = ? AND kind = 'person'", (name,)).fetchone()
    return "" if found is None else str(found[0])


def _account_of(connection: sqlite3.Connection, person: str) -> str:
    query = "SELECT users.id FROM users JOIN remembered ON value = '\"' || users.id || '\"' WHERE key = ?"
    found = connection.execute(query, (_key(person),)).fetchone()
    return "" if found is None else str(found[0])


def _keep(connection: sqlite3.Connection, person: str, user: str) -> None:
    row = (_key(person), json.dumps(user))
    connection.execute("INSERT OR REPLACE INTO remembered(key, value) VALUES (?, ?)", row)


def _key(person: str) -> str:
    return f"account:{person}"
