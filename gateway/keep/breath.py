"""How a thread that computes for long steps aside: Python runs one thread at a time, and the event loop must not wait."""

from __future__ import annotations

import time

WORK_SECONDS = 0.001
REST_SECONDS = 0.0003
"""Python itself takes a thread off only after 5 ms; a rest as short as this is enough for one that waits to get in."""


class Breath:
    """To be drawn between two steps of a long piece of work."""

    __slots__ = ("_due",)

    def __init__(self) -> None:
        self._due = 0.0

    def draw(self) -> None:
        """Rest if the last rest was a millisecond of work ago."""
        if time.perf_counter() >= self._due:
            time.sleep(REST_SECONDS)
            self._due = time.perf_counter() + WORK_SECONDS
