"""What the road counts, as plain numbers: cheap to raise in the hot path, read only when `/metrics` is asked.

Standard library only. Each field's metadata is its help text on `/metrics` and in docs/reference/metrics.md.
"""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass, field
from typing import Any

COMMIT_BOUNDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5)
"""Upper bounds in seconds: from a fast disk (1 ms) past the second after which a P1 goes out unrecorded."""


class Spread:
    """A histogram with fixed upper bounds; the last count is for everything above them."""

    __slots__ = ("bounds", "counts", "total")

    def __init__(self, bounds: tuple[float, ...]) -> None:
        self.bounds = bounds
        self.counts = [0] * (len(bounds) + 1)
        self.total = 0.0

    def add(self, value: float) -> None:
        """Count one value."""
        self.counts[bisect_left(self.bounds, value)] += 1
        self.total += value


def _count(what: str) -> Any:
    return field(default=0, metadata={"help": what})


@dataclass(slots=True)
class Numbers:
    """Everything that the road counts since the process started; each number only rises."""

    samples: int = _count("Samples that came in from drivers.")
    points: int = _count("Values in those samples, changed or not.")
    changed: int = _count("Values that differed from the one before.")
    told: int = _count("Values told to the destinations of telemetry.")
    heartbeats: int = _count("Times that a poll group was told whole because its heartbeat was due.")
    unwritable: int = _count("Values left out of telemetry because no destination could hold them, such as NaN.")
    events: int = _count("Events that devices reported, each counted once.")
    judged: int = _count("Outcomes that decide found.")
    turns: int = _count("Times that decide was woken because a deadline came.")
    not_recorded: int = _count("Outcomes released although the journal could not take them.")
    commit_seconds: Spread = field(
        default_factory=lambda: Spread(COMMIT_BOUNDS),
        metadata={"help": "From handing an entry to the journal until it was on disk, in seconds."},
    )
