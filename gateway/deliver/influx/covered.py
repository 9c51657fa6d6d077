"""Which batches a destination has, and which it gets next: fresh ones first, what is waiting beside them."""

from __future__ import annotations

from typing import NamedTuple

FRESH = 3
"""So many of the newest batches go first while more are waiting: at one a second, what a person sees is this old."""


class Stretch(NamedTuple):
    """Batches with `after < seq <= last`."""

    after: int
    last: int


class Covered:
    """The batches that are done: all up to `cursor`, and stretches above it.

    Only the cursor outlives the process: what was done above it is sent again after a crash, which changes nothing,
    since the same series and time overwrite what is there.
    """

    def __init__(self, cursor: int) -> None:
        self.cursor = cursor
        self._above: list[Stretch] = []
        self._fresh_next = True

    def next(self, committed: int) -> Stretch | None:
        """What to send now; None when all that is committed is done.

        Few batches in a row go in their order. While many wait, fresh ones and old ones take turns, so that neither
        the page in front of a person nor the backlog stands still.
        """
        newest = Stretch(max([self.cursor, *(stretch.last for stretch in self._above)]), committed)
        if newest.last <= newest.after:
            return self._oldest(committed)
        if (
            newest.last - self.cursor <= FRESH
        ):  # then nothing is above: a fresh stretch leaves at least so much below it
            return Stretch(self.cursor, committed)
        if not self._fresh_next:
            return self._oldest(committed)
        return Stretch(max(newest.after, newest.last - FRESH), newest.last)

    def _oldest(self, committed: int) -> Stretch | None:
        last = self._above[0].after if self._above else committed
        return Stretch(self.cursor, last) if last > self.cursor else None

    def done(self, stretch: Stretch) -> None:
        """The destination has these. `cursor` rises when nothing is missing below them any more."""
        self._fresh_next = stretch.after == self.cursor
        above: list[Stretch] = []
        for known in sorted([*self._above, stretch]):
            if above and known.after <= above[-1].last:
                above[-1] = Stretch(above[-1].after, max(above[-1].last, known.last))
            else:
                above.append(known)
        while above and above[0].after <= self.cursor:
            self.cursor = max(self.cursor, above.pop(0).last)
        self._above = above
