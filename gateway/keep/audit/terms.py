"""How long each kind of log row is kept, and up to which row that time is over.

Order comes from the rows' numbers, not from their clock: what stands before a row that is old enough is older still.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING, Final

from gateway.keep.audit.chain import ERASED

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Mapping

    from gateway.model import Now

DAY: Final = 86_400.0

BELIEVED_AFTER_DAYS: Final = 30
"""A clock that jumped is believed when rows of so many days follow the jump."""

JUMP_DAYS: Final = 60
"""Rows of two moments so far apart, with none between them: the box was off for long, or the clock jumped."""


class Term(Enum):
    """The three terms.

    Access records hold who passed where (90 days, then counts), audit rows who did what (at least 6 months: Cybersecurity Law
    of the PRC, article 21 (3)), incident rows what happened to alarms and incidents (3 years).
    """

    ACCESS = "access"
    AUDIT = "audit"
    INCIDENT = "incident"


ACCESS_KINDS: Final = frozenset({"event", "answer", "link", "stranger"})
"""Passages and whatever else devices tell and ask."""

INCIDENT_KINDS: Final = frozenset(
    {
        "alarm", "incident", "escalation", "notice", "noticed", "verdict", "county_refused", "effect", "fire_held", "trial",
        "would_have", "drill", "charging_stop", "duty", "rescued", "restored", "pruned", ERASED,
    }
)  # fmt: skip
"""What happened to alarms and incidents, who was told, and the journal's words about itself. Every other kind is audit."""


@dataclass(frozen=True, slots=True)
class Terms:
    """How many days each term lasts."""

    access_days: int = 90
    audit_days: int = 183
    incident_days: int = 1095

    def days(self, term: Term) -> int:
        """How many days a term lasts."""
        return {Term.ACCESS: self.access_days, Term.AUDIT: self.audit_days, Term.INCIDENT: self.incident_days}[term]


def term_of(kind: str) -> Term:
    """The term of a kind of log row."""
    if kind in ACCESS_KINDS:
        return Term.ACCESS
    return Term.INCIDENT if kind in INCIDENT_KINDS else Term.AUDIT


def over(connection: sqlite3.Connection, terms: Terms, now: Now) -> Mapping[Term, int]:
    """Up to which row each term is over, 0 where no row is old enough."""
    return {term: last_before(connection, now.utc - terms.days(term) * DAY) for term in Term}


def why_not(connection: sqlite3.Connection, now: Now) -> str:
    """Why nothing may be pruned by this clock, "" when it may.

    A clock that is not synchronised prunes nothing. Nor does one that has jumped ahead: where rows from a month ago should be,
    there are none, only much older ones. Rows of a month after the jump make it believed; then the box was off.
    """
    if not now.trusted:
        return "the clock is not synchronised"
    then = now.utc - BELIEVED_AFTER_DAYS * DAY
    seq = last_before(connection, then)
    if not seq:
        return ""
    found = connection.execute(
        "SELECT utc FROM log WHERE seq <= ? AND trusted ORDER BY seq DESC LIMIT 1", (seq,)
    ).fetchone()
    if found is None or then - found[0] <= JUMP_DAYS * DAY:
        return ""
    gap = (then - found[0]) / DAY
    return f"the log has no rows of the {gap:.0f} days before last month: the clock may have jumped ahead"


def last_before(connection: sqlite3.Connection, utc: float) -> int:
    """The last row before the first one that was written at `utc` or later by a believed clock; 0 for none.

    Found by halving. Where a clock went back in between it may stop short, and never too far by more than those rows.
    """
    first, last = connection.execute("SELECT coalesce(min(seq), 1), coalesce(max(seq), 0) FROM log").fetchone()
    low, high = first - 1, last
    while low < high:
        middle = (low + high + 1) // 2
        found = connection.execute(
            "SELECT seq, utc FROM log WHERE seq BETWEEN ? AND ? AND trusted ORDER BY seq LIMIT 1", (middle, high)
        ).fetchone()
        if found is None:  # nobody knows of when they are: they are not old enough
            high = middle - 1
        elif found[1] < utc:
            low = found[0]
        else:
            high = middle - 1
    return int(low) if low >= first else 0
