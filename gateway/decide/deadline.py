"""Deadlines that survive a restart and distrust the clock (ARCHITECTURE.md, "Time")."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from gateway.model import NANOSECONDS, Now

if TYPE_CHECKING:
    from drivers.contract import Json

CHECKPOINT_NS = 60 * NANOSECONDS
"""How often a running deadline writes down how much of it is left: the most that a restart can lengthen it by."""


@dataclass(frozen=True, slots=True)
class Deadline:
    """So much was left at that moment.

    Within the same boot CLOCK_BOOTTIME counts what has passed since; after another boot UTC does, where it was trusted then
    and is now; else the time in between counts as zero and `uncounted` says so.
    """

    at: Now
    left_ns: int
    uncounted: bool = False

    def left(self, now: Now) -> int:
        """Nanoseconds still to go at `now`; zero or less when it is due."""
        return self.left_ns - self._passed(now)

    def resumed(self, now: Now) -> Deadline:
        """The same deadline, counted from `now` on: a checkpoint, or the first look after a restart."""
        blind = now.boot_id != self.at.boot_id and not (self.at.trusted and now.trusted)
        return Deadline(now, self.left(now), self.uncounted or blind)

    def _passed(self, now: Now) -> int:
        if now.boot_id == self.at.boot_id:
            return max(0, now.boottime_ns - self.at.boottime_ns)
        if self.at.trusted and now.trusted:
            return max(0, int((now.utc - self.at.utc) * NANOSECONDS))
        return 0

    def to_json(self) -> Json:
        """As decide remembers it."""
        return [*self.at, self.left_ns, self.uncounted]

    @classmethod
    def from_json(cls, body: Json) -> Deadline:
        """The inverse of `to_json`."""
        *at, left_ns, uncounted = body
        return cls(Now(*at), left_ns, uncounted)
