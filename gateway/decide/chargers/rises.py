"""How fast a socket grows warm, and how its power jumps: what one reading does not show."""

from __future__ import annotations

from collections import deque

from gateway.model import NANOSECONDS

SAMPLE_NS = 5 * NANOSECONDS
"""A rise is measured over minutes: readings closer together than this add nothing."""

STEP_NS = 5 * NANOSECONDS
"""A second load on a socket comes within this (domain rule)."""

BETWEEN_NS = 15 * NANOSECONDS
"""Two readings in a row that are no farther apart may show a step: no charger tells its ports faster all the time."""


class Rise:
    """The temperature of a socket over the last minutes."""

    __slots__ = ("_fast", "_last", "_past")

    def __init__(self) -> None:
        self._past: deque[tuple[int, float]] = deque()
        self._last: tuple[int, float] | None = None
        self._fast = 0

    @property
    def fast(self) -> bool:
        """The last reading was on a rise that is too fast."""
        return self._fast > 0

    def take(self, celsius: float, now_ns: int, held_ns: int, minutes: float, kelvin_per_minute: float) -> float | None:
        """A reading; the one before it held until `held_ns`. How fast it rises in K a minute when that is too fast.

        Two readings in a row must show it: a single one may be a sensor's stumble.
        """
        past, last = self._past, self._last
        if last is not None and held_ns - (past[-1][0] if past else 0) >= SAMPLE_NS:
            past.append((held_ns, last[1]))
        self._last = (now_ns, celsius)
        span_ns = int(minutes * 60 * NANOSECONDS)
        while len(past) > 1 and now_ns - past[1][0] >= span_ns:
            past.popleft()
        if not past or now_ns - past[0][0] < span_ns:
            return None
        at_ns, before = past[0]
        speed = (celsius - before) / ((now_ns - at_ns) / NANOSECONDS / 60)
        self._fast = self._fast + 1 if speed > kelvin_per_minute else 0
        return speed if self._fast > 1 else None


class Steps:
    """The power of a port over the last seconds: those readings than which no later one was lower."""

    __slots__ = ("_past",)

    def __init__(self) -> None:
        self._past: deque[list[float]] = deque()

    def take(self, watts: float, now_ns: int, held_ns: int) -> float:
        """A reading; the one before it held until `held_ns`. How much more it is than the least of the last seconds, in W."""
        past, base = self._past, watts
        if past:
            last = past[-1]
            last[0] = max(last[0], held_ns)
            while past and now_ns - past[0][0] > STEP_NS:
                past.popleft()
            if past:
                base = past[0][1]
            elif now_ns - last[0] <= BETWEEN_NS:
                base = last[1]
            while past and past[-1][1] >= watts:
                past.pop()
        past.append([now_ns, watts])
        return watts - base
