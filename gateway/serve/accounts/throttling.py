"""Guessing is slowed, and nobody is ever locked out: attempts stand in lanes, with a gap that grows with the wrong ones before.

A lane lets one attempt through at a time. Its gap begins after a few wrong ones and doubles up to a bound, so a right
credential waits for that bound at most once it is its turn; whoever guessed least goes first. All lanes together are bounded:
what is forgotten first is the lane with the fewest wrong attempts.
"""

from __future__ import annotations

import asyncio
from bisect import insort
from collections import deque
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from itertools import count
from math import ceil
from typing import TYPE_CHECKING

from gateway.serve.problems import Problem

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

FREE = 3
"""So many wrong attempts cost nothing: people mistype."""

FIRST_GAP_SECONDS = 1.0
PATIENCE_SECONDS = 30.0
"""Whoever had to wait for longer is told when to come back instead."""

PLACES = 16
"""How many attempts may wait in one lane; the one that guessed most is sent away for one that guessed less."""


@dataclass(frozen=True, slots=True)
class Pace:
    """How guessing is slowed: by the longest gap, and for how long a wrong attempt counts.

    `right_forgives`: a right one makes up for the wrong ones before it. That is for lanes of one person's own device alone: in
    others, whoever guesses would profit from it.
    """

    longest_gap_seconds: float
    forgiven_seconds: float = 900.0
    right_forgives: bool = False


@dataclass(slots=True, order=True)
class _Place:
    rank: int
    ticket: int
    turn: asyncio.Future[None] = field(compare=False)


@dataclass(slots=True)
class Attempt:
    """One attempt whose turn it is; whoever judges it says whether it was right. None: it was not judged."""

    right: bool | None = None


class Lane:
    """Attempts at one thing: on one account, from one address, or of one device."""

    def __init__(self, pace: Pace, places: int = PLACES) -> None:
        self._pace = pace
        self._places = places
        self._wrong: deque[float] = deque(maxlen=64)
        self._busy = False
        self._free_at = 0.0
        self._waiting: list[_Place] = []
        self._tickets = count()
        self._timer: asyncio.TimerHandle | None = None

    @property
    def idle(self) -> bool:
        """Whether nobody waits here or is being judged."""
        return not self._busy and not self._waiting

    def wrong(self) -> int:
        """How many attempts were wrong lately; 64 stands for more."""
        now = asyncio.get_running_loop().time()
        while self._wrong and now - self._wrong[0] >= self._pace.forgiven_seconds:
            self._wrong.popleft()
        return len(self._wrong)

    def recall(self, wrong: int) -> None:
        """So many were wrong before this lane was made: they count from now on, and so does the gap after them."""
        now = asyncio.get_running_loop().time()
        self._wrong.extend([now] * wrong)
        self._free_at = now + self.gap_seconds()

    def gap_seconds(self) -> float:
        """How long after one attempt the next may be."""
        over = self.wrong() - FREE
        return 0.0 if over < 0 else min(FIRST_GAP_SECONDS * 2.0 ** min(over, 32), self._pace.longest_gap_seconds)

    @asynccontextmanager
    async def turn(self, rank: int = 0) -> AsyncIterator[Attempt]:
        """Wait for one's turn; the lowest rank goes first, then who came first. The judgement is made inside.

        Raises Problem 429 with a time to come back, where the wait would be too long.
        """
        await self._stand(rank)
        attempt = Attempt()
        try:
            yield attempt
        finally:
            self._busy = False
            now = asyncio.get_running_loop().time()
            if attempt.right is False:
                self._wrong.append(now)
            elif attempt.right and self._pace.right_forgives:
                self._wrong.clear()
            self._free_at = now + self.gap_seconds()
            self._look()

    async def _stand(self, rank: int) -> None:
        place = _Place(rank, next(self._tickets), asyncio.get_running_loop().create_future())
        insort(self._waiting, place)
        if len(self._waiting) > self._places:
            last = self._waiting.pop()
            if last is place:
                raise too_many(self._pace.longest_gap_seconds)
            last.turn.set_exception(too_many(self._pace.longest_gap_seconds))
        self._look()
        try:
            await place.turn
        except asyncio.CancelledError:
            if place in self._waiting:
                self._waiting.remove(place)
            elif place.turn.done() and not place.turn.cancelled() and place.turn.exception() is None:
                self._busy = False  # its turn came in the very moment in which it went away
                self._look()
            raise

    def _look(self) -> None:
        """Let the first in, if the lane is free by now; else look again when it is."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if self._busy or not self._waiting:
            return
        loop = asyncio.get_running_loop()
        left = self._free_at - loop.time()
        if left > PATIENCE_SECONDS:
            for place in self._waiting:
                place.turn.set_exception(too_many(left))
            self._waiting.clear()
        elif left > 0:
            self._timer = loop.call_later(left, self._look)
        else:
            self._busy = True
            self._waiting.pop(0).turn.set_result(None)


class Lanes:
    """At most so many lanes of one sort, each made when it is first needed."""

    def __init__(self, pace: Pace, limit: int = 1_000) -> None:
        self._pace = pace
        self._limit = limit
        self._lanes: dict[str, Lane] = {}

    def __len__(self) -> int:
        return len(self._lanes)

    def __contains__(self, key: str) -> bool:
        return key in self._lanes

    def __getitem__(self, key: str) -> Lane:
        """The lane of that name. Raises Problem 429 when all there may be are in use at this moment."""
        lane = self._lanes.get(key)
        if lane is None:
            if len(self._lanes) >= self._limit:
                self._forget_one()
            lane = self._lanes[key] = Lane(self._pace)
        return lane

    def _forget_one(self) -> None:
        idle = [key for key, lane in self._lanes.items() if lane.idle]
        if not idle:
            raise too_many(self._pace.longest_gap_seconds)
        del self._lanes[min(idle, key=lambda key: self._lanes[key].wrong())]


def too_many(seconds: float) -> Problem:
    """429: come back later."""
    wait = str(max(1, ceil(seconds)))
    return Problem(
        429, "too_many_guesses", f"too many wrong credentials; try again in {wait} s", headers={"Retry-After": wait}
    )
