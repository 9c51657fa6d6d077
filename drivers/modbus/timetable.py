"""When each read of a line is due: earliest deadline first, on absolute beats.

Pure: the time is passed in, in seconds of the caller's clock. A beat's deadline is its next beat. A beat that could not be
served before its deadline is skipped and counted, so that a slow moment is never followed by a bunch of requests.
"""

from __future__ import annotations

from heapq import heappop, heappush
from itertools import count
from math import inf
from typing import Generic, Protocol, TypeVar


class Beat(Protocol):
    """Something that is due every `period` seconds; `due` belongs to the timetable, `inf` while it is parked."""

    due: float
    period: float


B = TypeVar("B", bound=Beat)


class Timetable(Generic[B]):
    """The beats of one line."""

    def __init__(self) -> None:
        # An entry whose time is no longer that of its beat is a leftover and is dropped when it comes up: moving a beat
        # is then one push and needs no search.
        self._waiting: list[tuple[float, int, B]] = []
        self._ready: list[tuple[float, int, B]] = []
        self._order = count()

    def put(self, beat: B, due: float) -> None:
        """Make a beat due at a time, wherever it stood before."""
        beat.due = due
        heappush(self._waiting, (due, next(self._order), beat))

    def park(self, beat: B) -> None:
        """Take a beat out until it is put again."""
        beat.due = inf

    def take(self, now: float) -> B | None:
        """Take the due beat with the earliest deadline, or None. The caller serves it and calls `advance` or `put`."""
        return heappop(self._ready)[2] if self.ready(now) else None

    def ready(self, now: float) -> bool:
        """Whether a beat is due."""
        waiting, ready = self._waiting, self._ready
        while waiting and waiting[0][0] <= now:
            due, order, beat = heappop(waiting)
            heappush(ready, (due + beat.period, order, beat))
        while ready:
            deadline, _, beat = ready[0]
            if deadline == beat.due + beat.period:
                return True
            heappop(ready)
        return False

    def advance(self, beat: B, now: float) -> int:
        """Put a served beat on its next beat that can still be met; returns how many were skipped."""
        if beat.due == inf:
            return 0
        due = beat.due + beat.period
        skipped = max(0, int((now - due) // beat.period))
        self.put(beat, due + skipped * beat.period)
        return skipped

    def next_due(self) -> float:
        """When the next beat is due (a leftover may make it too early); `inf` when none is ever."""
        if self._ready:
            return self._ready[0][2].due
        return self._waiting[0][0] if self._waiting else inf
