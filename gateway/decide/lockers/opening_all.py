"""Opening a whole cabinet: one person asks, another confirms, and then it opens two compartments at a time."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from gateway.decide.deadline import Deadline
from gateway.model import NANOSECONDS, Now

if TYPE_CHECKING:
    from drivers.contract import Json

CONFIRM_NS = 120 * NANOSECONDS
"""How long the second person has."""


@dataclass(frozen=True, slots=True)
class PendingOpenAll:
    """Somebody asked for it, and a second person is waited for. `person` is the first one's id, `by` the name."""

    person: str
    by: str
    reason: str
    ends: Deadline

    @property
    def until_utc(self) -> float:
        """Until when the second person may confirm it."""
        return self.ends.at.utc + self.ends.left_ns / NANOSECONDS

    def to_json(self) -> Json:
        """As decide remembers it."""
        return [self.person, self.by, self.reason, self.ends.to_json()]

    @classmethod
    def from_json(cls, body: Json, now: Now) -> PendingOpenAll:
        """The inverse of `to_json`; its time is counted on from `now`."""
        person, by, reason, ends = body
        return cls(person, by, reason, Deadline.from_json(ends).resumed(now))


@dataclass(frozen=True, slots=True)
class RunningOpenAll:
    """A cabinet is being opened as two persons wanted it: `parts` are still to be told, `told` were; the last ones at `at`."""

    by: str
    reason: str
    parts: tuple[str, ...]
    at: Now
    told: int = 0

    def went_on(self, passed: frozenset[str], told: int, now: Now) -> RunningOpenAll:
        """`passed` were told now, or need not be; `told` of them were."""
        rest = tuple(part for part in self.parts if part not in passed)
        return replace(self, parts=rest, at=now, told=self.told + told)

    def to_json(self) -> Json:
        """As decide remembers it."""
        return [self.by, self.reason, list(self.parts), list(self.at), self.told]

    @classmethod
    def from_json(cls, body: Json) -> RunningOpenAll:
        """The inverse of `to_json`."""
        by, reason, parts, at, told = body
        return cls(by, reason, tuple(parts), Now(*at), told)
