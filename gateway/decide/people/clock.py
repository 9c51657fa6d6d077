"""What time it is for a roster, when the clock on the wall cannot be believed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.model import NANOSECONDS, Now, Remember

if TYPE_CHECKING:
    from collections.abc import Mapping

    from drivers.contract import Json
    from gateway.model import Outcome

_KEY = "people:clock"

NOTE_SECONDS = 3600.0
"""How often the time is noted for the next boot."""

BACK_SECONDS = 900.0
"""A clock that is set back by less was corrected: no shift that has begun ends by it. Set back by more, it was wrong."""


class RosterClock:
    """The best that is known of the time.

    A trusted clock is taken at its word. One that is not trusted any more goes on from its last trusted moment for as long as
    the box runs. After another boot an untrusted clock is taken too, unless it stands before a time that was here already:
    then nothing is known, `lost` is true, and time stands still.
    """

    def __init__(self, remembered: Mapping[str, Json]) -> None:
        noted = remembered.get(_KEY)
        self._noted: Now | None = None if noted is None else Now(*noted)
        self._anchor = self._noted if self._noted is not None and self._noted.trusted else None
        self.lost = False

    def utc(self, now: Now) -> float:
        """The time; while it is lost, the last one that was noted."""
        best = self._best(now)
        self.lost = best is None
        if best is None:
            assert self._noted is not None  # noqa: S101 - it is lost only before a noted time
            return self._noted.utc
        if best.trusted:
            self._anchor = best
        return best.utc

    def note(self, now: Now) -> list[Outcome]:
        """Note the time for the next boot, where the last note is an hour old or the clock was set back."""
        best = self._best(now)
        if best is None or (self._noted is not None and 0 <= best.utc - self._noted.utc < NOTE_SECONDS):
            return []
        self._noted = best
        return [Remember(_KEY, list(best))]

    def _best(self, now: Now) -> Now | None:
        anchor = self._anchor
        if now.trusted:
            return now
        if anchor is not None and anchor.boot_id == now.boot_id:
            passed = (now.boottime_ns - anchor.boottime_ns) / NANOSECONDS
            return now._replace(utc=anchor.utc + passed, trusted=True)
        if self._noted is not None and now.utc < self._noted.utc - BACK_SECONDS:
            return None
        return now
