"""The table of notices: what was to be told to whom, and what became of it. Derived from log rows of two kinds.

Fates come from several sides and may overtake each other, so each row only goes forward: what was delivered is no longer
"sent", and what was sent after all is no longer "failed".
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, NamedTuple

from gateway.decide.escalation.notice_json import notice_from_json
from gateway.notice import Fate, Notice

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Mapping

    from drivers.contract import Json

_FORWARD = {
    Fate.WITHDRAWN: (Fate.WAITING, Fate.FAILED),
    Fate.FAILED: (Fate.WAITING, Fate.SENT),
    Fate.FOLDED: (Fate.WAITING, Fate.WITHDRAWN, Fate.FAILED),
    Fate.SENT: (Fate.WAITING, Fate.WITHDRAWN, Fate.FAILED),
    Fate.DELIVERED: (Fate.WAITING, Fate.WITHDRAWN, Fate.FAILED, Fate.SENT, Fate.FOLDED),
    Fate.ANSWERED: tuple(fate for fate in Fate if fate is not Fate.ANSWERED),
}
"""From which fates a notice can come to each."""

_LEFT_THE_HOUSE = (Fate.SENT, Fate.FOLDED, Fate.DELIVERED, Fate.ANSWERED)

_INSERT = """
    INSERT INTO notices VALUES (?, ?, ?, 'waiting', '', NULL, ?, ?)
    ON CONFLICT(seq) DO NOTHING
    ON CONFLICT(number) DO UPDATE SET seq = excluded.seq, subject = excluded.subject, fate = excluded.fate,
        why = excluded.why, sent = excluded.sent, changed = excluded.changed, body = excluded.body
        WHERE excluded.seq > seq"""
"""A number that stands already is of a journal that lost its count: the later row is the one that is still to be sent."""

_UPDATE = (
    "UPDATE notices SET fate = :fate, why = :why, changed = :utc, sent = coalesce(sent, :sent)"
    " WHERE number = :number AND fate IN (SELECT value FROM json_each(:before))"
)
_WAITING = "SELECT body FROM notices WHERE fate = 'waiting' ORDER BY number"
_ABOUT = "SELECT fate, why, sent, changed, body FROM notices WHERE subject = ? ORDER BY number LIMIT ?"
_HIGHEST = "SELECT coalesce(max(number), 0) FROM notices"

MOST_ABOUT_ONE = 1_000
"""The most notices about one subject that a reader is given."""


class KeptNotice(NamedTuple):
    """A notice and what became of it. `sent_utc` is when it first left the house, None while it did not."""

    notice: Notice
    fate: Fate
    why: str
    sent_utc: float | None
    changed_utc: float


def derive_notice(connection: sqlite3.Connection, seq: int, utc: float, body: Mapping[str, Json], text: str) -> None:
    """Enter a log row of kind "notice"; `text` is its body as it stands there."""
    connection.execute(_INSERT, (seq, body["number"], body["subject"], utc, text))


def derive_noticed(connection: sqlite3.Connection, utc: float, body: Mapping[str, Json]) -> None:
    """Bring notices to what a log row of kind "noticed" says."""
    fate = Fate(body["fate"])
    if fate is Fate.WAITING:
        return
    said = {
        "fate": fate.value,
        "why": body["why"],
        "utc": utc,
        "sent": utc if fate in _LEFT_THE_HOUSE else None,
        "before": json.dumps([before.value for before in _FORWARD[fate]]),
    }
    connection.executemany(_UPDATE, [{**said, "number": number} for number in body["numbers"]])


def highest_number(connection: sqlite3.Connection) -> int:
    """The number of the latest notice, 0 before the first one."""
    return int(connection.execute(_HIGHEST).fetchone()[0])


def waiting(connection: sqlite3.Connection) -> list[Notice]:
    """What is on disk and was neither sent nor given up, oldest first."""
    return [notice for (body,) in connection.execute(_WAITING) if (notice := _read(body)) is not None]


def about(connection: sqlite3.Connection, subject: str) -> list[KeptNotice]:
    """The notices about one subject such as "alarm:12", oldest first, at most `MOST_ABOUT_ONE`."""
    return [
        KeptNotice(notice, Fate(fate), why, sent, changed)
        for fate, why, sent, changed, body in connection.execute(_ABOUT, (subject, MOST_ABOUT_ONE))
        if (notice := _read(body)) is not None
    ]


def _read(body: str) -> Notice | None:
    """A notice; None for one that damage has made unreadable: the others must go out."""
    try:
        return notice_from_json(json.loads(body))
    except (LookupError, TypeError, ValueError):
        return None
