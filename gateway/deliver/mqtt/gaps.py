"""Which stretches of the outbox did not go out live and have to go late. No input or output, no clock.

A reading is named by its batch and its time. A gap begins at the first line of its batch that is old enough and ends at
exactly one line: so where a clock was set back, or a line found no place in the outbox, some go twice and none is left out.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from typing import NamedTuple

MOST = 64
"""How many gaps are kept apart; from then on the last one grows, and what went live in between goes late again."""


class FirstLive(NamedTuple):
    """The first reading that went live again, in `batch`; no other line has its device and time."""

    batch: int
    device: str
    utc_ns: int


@dataclass(slots=True)
class Gap:
    """Lines that go late: from the first one of at least `utc_ns` in `batch` or, if none is there, behind it.

    What is before it is done; who sends it late moves it on. `end` is None while nothing goes live.
    """

    batch: int
    utc_ns: int
    end: FirstLive | None = None


class Gaps:
    """All gaps that are not done, oldest first."""

    def __init__(self) -> None:
        self._gaps: deque[Gap] = deque()

    def __len__(self) -> int:
        return len(self._gaps)

    @property
    def first(self) -> Gap | None:
        """The one to work on."""
        return self._gaps[0] if self._gaps else None

    @property
    def open(self) -> bool:
        """Whether nothing goes live."""
        return bool(self._gaps) and self._gaps[-1].end is None

    def begin(self, batch: int, utc_ns: int) -> None:
        """From this reading on nothing went live. A gap that begins behind it becomes part of the new one."""
        gaps = self._gaps
        while gaps and (gaps[-1].batch, gaps[-1].utc_ns) >= (batch, utc_ns):
            gaps.pop()
        if len(gaps) >= MOST:
            gaps[-1].end = None
        elif not self.open:
            gaps.append(Gap(batch, utc_ns))

    def close(self, first_live: FirstLive) -> None:
        """This reading went live again."""
        if self.open:
            self._gaps[-1].end = first_live

    def done(self, gap: Gap) -> None:
        """It is done, unless it became part of another one meanwhile."""
        if self.first is gap:
            self._gaps.popleft()
