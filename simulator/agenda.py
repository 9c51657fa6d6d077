"""What is due when: acts with their times, in order."""

from __future__ import annotations

from heapq import heappop, heappush
from itertools import count
from math import inf
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


class Agenda:
    """Acts, each with the time at which it is called, which it is given."""

    __slots__ = ("_acts", "_order")

    def __init__(self) -> None:
        self._acts: list[tuple[float, int, Callable[[float], None]]] = []
        self._order: Iterator[int] = count()

    def plan(self, at: float, act: Callable[[float], None]) -> None:
        """Call it then; at the same time, what was planned first goes first."""
        heappush(self._acts, (at, next(self._order), act))

    @property
    def next_at(self) -> float:
        """When the next one is due."""
        return self._acts[0][0] if self._acts else inf

    def advance(self, now: float) -> None:
        """Call all that are due."""
        acts = self._acts
        while acts and acts[0][0] <= now:
            at, _, act = heappop(acts)
            act(at)
