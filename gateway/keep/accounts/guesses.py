"""Wrong PINs of a phone: they outlive the process, so that a restart gives whoever found it no new guesses.

A remembered row `pin_guesses:<hash of the session>` holds when they were; it goes with a right PIN, or with the session.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from gateway.keep.accounts.credentials import transaction

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Sequence

    from gateway.model import Now

_KEY = "pin_guesses:"
_MOST = 64
"""As many as a lane counts (`serve/accounts/throttling.py`)."""

_OF_ENDED = f"""
    DELETE FROM remembered WHERE key GLOB '{_KEY}*'
    AND NOT EXISTS (SELECT 1 FROM sessions WHERE hash = substr(remembered.key, {len(_KEY) + 1}))
"""  # noqa: S608 - words of ours


def wrong_pins(connection: sqlite3.Connection, session: str, now: Now, forgiven_seconds: float) -> int:
    """How many wrong PINs were typed since the last right one, within `forgiven_seconds`; `session` is the phone's hash.

    A clock that was set back forgives none.
    """
    return sum(now.utc - at < forgiven_seconds for at in _times(connection, session))


def note_wrong_pin(connection: sqlite3.Connection, session: str, now: Now) -> None:
    """One more was wrong. What was noted of sessions that ended is forgotten."""
    with transaction(connection):
        times = [*_times(connection, session), now.utc][-_MOST:]
        row = (_KEY + session, json.dumps(times))
        connection.execute("INSERT OR REPLACE INTO remembered(key, value) VALUES (?, ?)", row)
        connection.execute(_OF_ENDED)


def forget_wrong_pins(connection: sqlite3.Connection, session: str) -> None:
    """A right PIN made up for them."""
    connection.execute("DELETE FROM remembered WHERE key = ?", (_KEY + session,))


def _times(connection: sqlite3.Connection, session: str) -> Sequence[float]:
    found = connection.execute("SELECT value FROM remembered WHERE key = ?", (_KEY + session,)).fetchone()
    times: list[float] = [] if found is None else json.loads(found[0])
    return times
