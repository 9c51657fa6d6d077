"""How many messages a channel's server still bears, with some of them kept for P1."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from gateway.deliver.channels.contract import Limits

MINUTE = 60.0


class Bucket:
    """Tokens of a minute; each comes back 60 s after it was taken.

    A bucket that refills drop by drop lets twice its size through in the minute after a pause, and a bot that counts its last
    minute is then blocked for ten. Times are those of one steady clock, in seconds.
    """

    def __init__(self, limits: Limits) -> None:
        self._size = max(1, int(limits.per_minute))
        self._reserved = min(int(limits.reserved), self._size - 1)
        self._per_second = limits.per_second
        self._taken: deque[float] = deque()

    def left(self, now: float, *, urgent: bool) -> int:
        """How many messages may go now; of the reserve only urgent ones take."""
        while self._taken and self._taken[0] <= now - MINUTE:
            self._taken.popleft()
        size = self._size if urgent else self._size - self._reserved
        return 0 if now < self._next_second(now) else max(0, size - len(self._taken))

    def take(self, now: float) -> None:
        """A message goes."""
        self._taken.append(now)

    def next_at(self, now: float, *, urgent: bool) -> float:
        """When the next message may go, if none may now."""
        size = self._size if urgent else self._size - self._reserved
        full = self._taken[len(self._taken) - size] + MINUTE if len(self._taken) >= size else now
        return max(full, self._next_second(now))

    def _next_second(self, now: float) -> float:
        """When the server bears one more by its limit for a second."""
        if self._per_second is None or self._per_second <= 0:
            return now
        burst = max(1, int(self._per_second))
        if len(self._taken) < burst:
            return now
        return max(now, self._taken[-burst] + burst / self._per_second)
