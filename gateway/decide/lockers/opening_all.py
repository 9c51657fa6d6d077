"""Opening a whole cabinet: two persons, and then two compartments at a time."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class PendingOpenAll:
    """One person asked for it, and it waits for the second. `by` is the first one's name."""

    by: str
    person: str
    reason: str
    until_utc: float
